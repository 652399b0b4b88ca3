//! One page a file.

mod claim;
mod claim_state;
mod claims;
mod estate;
mod estate_list;
mod import;
mod import_result;
mod print;
mod residents;
mod transfer;
mod unit;

pub use claim::ClaimPage;
pub use claim_state::ClaimStatePage;
pub use claims::ClaimsPage;
pub use estate::EstatePage;
pub use estate_list::EstateListPage;
pub use import::ImportPage;
pub use import_result::ImportResultPage;
pub use print::PrintPage;
pub use residents::ResidentsPage;
pub use transfer::TransferPage;
pub use unit::UnitPage;
