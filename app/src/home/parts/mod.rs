//! What two of the owner's pages share.

mod load;
mod meter;
mod notices;

pub(super) use load::{Found, with_meters};
pub(super) use meter::{Shows, meter_card};
pub(super) use notices::home_notices;
