mod frame;
mod me;
mod meters;
mod today;

pub use frame::HomeFrame;
pub use me::HomeMePage;
pub use meters::HomeMetersPage;
pub use today::HomePage;
