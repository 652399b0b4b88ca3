//! One page a file.

mod landing;
mod missing;

pub use landing::LandingPage;
pub use missing::MissingPage;
