//! The owner's frame and pages.

mod frame;
mod me;
mod meters;
mod now;
mod people;

pub use frame::HomeFrame;
pub use me::HomeMePage;
pub use meters::HomeMetersPage;
pub use now::HomePage;
pub use people::HomePeoplePage;
