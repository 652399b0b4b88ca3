//! What two of the owner's pages share.

mod load;
mod meter;

pub(super) use load::with_meters;
pub(super) use meter::{Shows, meter_card};
