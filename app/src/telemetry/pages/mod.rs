mod dashboard;
mod frame;

pub use dashboard::DashboardPage;
pub use frame::ConsoleFrame;
