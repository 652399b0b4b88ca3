//! One page a file.

mod estate;
mod estate_list;
mod import;
mod import_result;
mod unit;

pub use estate::EstatePage;
pub use estate_list::EstateListPage;
pub use import::ImportPage;
pub use import_result::ImportResultPage;
pub use unit::UnitPage;
