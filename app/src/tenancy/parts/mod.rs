//! What the company's page is made of.

mod logo;
mod plan;
mod steps;
mod takeout;

pub(super) use logo::logo;
pub(super) use plan::{plan, warnings};
pub(super) use steps::steps;
pub(super) use takeout::takeout;
