//! The room's SQL.

pub(super) mod arrivals;
pub(super) mod dashboard;
pub(super) mod doors;
pub(super) mod energy;
pub(super) mod equipment;
pub(super) mod history;
pub(super) mod home;
pub(super) mod ingest;
pub(super) mod steps;
pub(super) mod turned;
