//! What the company's page is made of.

mod logo;
mod plan;
mod steps;

pub(super) use logo::logo;
pub(super) use plan::{plan, warnings};
pub(super) use steps::steps;
