//! The console's frame, its first page, and the boards of an estate.

mod board;
mod dashboard;
mod door_rows;
mod doors;
mod energy;
mod equipment;
mod figures;
mod first_steps;
mod frame;
mod groups;
mod kept;
mod machines;
mod of_estate;
mod wall;
mod wall_tiles;

pub use dashboard::DashboardPage;
pub use doors::DoorsPage;
pub use energy::EnergyPage;
pub use equipment::EquipmentPage;
pub use frame::ConsoleFrame;
pub(crate) use frame::{lead_to, live_ended, unusual};
pub use wall::WallPage;
