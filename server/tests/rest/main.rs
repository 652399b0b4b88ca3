//! The HTTP edge on a real socket over a real database: REST and what surrounds it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod bad_input;
mod calls;
mod company;
mod document;
mod doors;
mod edge;
mod imports;
mod keys;
mod lists;
mod meters;
mod places;
mod residents;
mod second_factor;
mod sessions;
mod town;
mod walls;
