mod agree;
mod erasures;

pub use agree::AgreePage;
pub use erasures::ErasuresPage;
