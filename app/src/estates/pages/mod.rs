//! One page a file.

mod building;
mod building_facts;
mod claim;
mod claim_state;
mod claims;
mod estate;
mod estate_facts;
mod estate_list;
mod import;
mod import_columns;
mod import_result;
mod new_building;
mod print;
mod rearrange;
mod resident;
mod residents;
mod transfer;
mod unit;
mod unit_facts;
mod unit_history;
mod unit_vehicles;

pub use building::BuildingPage;
pub use claim::ClaimPage;
pub use claim_state::ClaimStatePage;
pub use claims::ClaimsPage;
pub use estate::EstatePage;
pub use estate_list::EstateListPage;
pub use import::ImportPage;
pub use import_result::ImportResultPage;
pub use new_building::NewBuildingPage;
pub use print::PrintPage;
pub use rearrange::RearrangePage;
pub use resident::ResidentPage;
pub use residents::ResidentsPage;
pub use transfer::TransferPage;
pub use unit::UnitPage;
