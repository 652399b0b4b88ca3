//! Where brokers take what devices say.

use std::future::Future;

use domain::{
    devices::commands::Answer,
    id::{DeviceId, EstateId, TenantId},
};
use jiff::Timestamp;

use crate::payload::{Behind, Decoded};

/// The device behind a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSession {
    pub tenant: TenantId,
    pub device: DeviceId,
    pub estate: EstateId,
    /// The tenant's slug.
    pub slug: String,
    /// The device's key; `{slug}:{key}` is its user name and client id.
    pub key: String,
    /// When the secret was made that let it in.
    pub since: Timestamp,
}

/// The store cannot be reached now. The reason is for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store is away: {0}")]
pub struct Away(pub String);

/// Where a broker takes what devices say.
///
/// Calls may be dropped half-way when they take longer than the broker's patience; nothing is
/// acknowledged then, and the device sends again.
pub trait Intake: Send + Sync + 'static {
    /// Whose credentials these are; `None` refuses the connection.
    fn connect(
        &self,
        username: &str,
        password: &[u8],
    ) -> impl Future<Output = Result<Option<DeviceSession>, Away>> + Send;

    /// Stores readings and counts refusals; resolves after the commit. A device that is heard is
    /// online: readings take back an earlier `offline`.
    fn accept(
        &self,
        device: &DeviceSession,
        decoded: Decoded,
    ) -> impl Future<Output = Result<(), Away>> + Send;

    /// Stores what a gateway says of devices behind it, by their keys, as [`Intake::accept`] does. A
    /// key that is not behind it is counted as the gateway's refusals, beside those that are its own.
    fn accept_behind(
        &self,
        gateway: &DeviceSession,
        behind: Behind,
    ) -> impl Future<Output = Result<(), Away>> + Send;

    /// `online` or `offline` from the status topic, `true` for a connection that is up, or `false` for
    /// one that was lost (the last will); resolves after the commit. A clean DISCONNECT says nothing. Calls for one
    /// device come one after the other.
    fn status(
        &self,
        device: &DeviceSession,
        online: bool,
    ) -> impl Future<Output = Result<(), Away>> + Send;

    /// Keeps what a device says to a command, by the number of the command's topic; resolves after
    /// the commit. False where the device was never sent such a command: then it is counted.
    fn answered(
        &self,
        device: &DeviceSession,
        number: u64,
        answer: Answer,
    ) -> impl Future<Output = Result<bool, Away>> + Send;

    /// The time of readings that carry none.
    fn now(&self) -> Timestamp;
}
