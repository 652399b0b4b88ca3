//! What pages of other rooms show.

mod agreeing;
mod my_data;

pub use agreeing::agreeing;
pub use my_data::my_data;
