//! What the business is: types, rules and arithmetic.
//!
//! Compiles to wasm and native alike. No I/O, no async, no clock: whoever needs the time is given it.

pub mod audit;
pub mod columns;
pub mod devices;
pub mod estates;
pub mod form;
pub mod id;
pub mod identity;
pub mod page;
pub mod privacy;
pub mod problem;
pub mod secret;
pub mod session;
pub mod sheet;
pub mod telemetry;
pub mod tenancy;
pub mod time;

pub use id::{
    AuditId, BuildingId, ClaimId, CodeId, CommandId, DeviceId, EntranceId, ErasureId, EstateId,
    GrantId, HouseholdId, ImportId, InstrumentId, InvitationId, JoinId, KeyId, ModelId, NoticeId,
    PersonId, PhaseId, PointId, RegionId, ResidentId, RoleId, SessionId, TenantId, UnitId,
    VehicleId,
};
pub use problem::{Code, Problem};
pub use secret::Secret;
