//! The console's frame and its first page.

mod board;
mod dashboard;
mod energy;
mod figures;
mod first_steps;
mod frame;

pub use dashboard::DashboardPage;
pub use energy::EnergyPage;
pub use frame::ConsoleFrame;
pub(crate) use frame::{lead_to, live_ended, unusual};
