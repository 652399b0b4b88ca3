//! What every room stands on. Names no feature.

pub mod background;
pub(crate) mod cell;
pub mod clock;
pub mod cx;
pub mod error;
pub mod keys;
pub mod news;
pub mod page;
pub(crate) mod sheet;
pub mod tx;
