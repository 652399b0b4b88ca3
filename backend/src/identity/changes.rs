//! News of sessions and grants, as the database tells them with the commit that made them.

use domain::{DeviceId, PersonId, SessionId, TenantId};
use uuid::Uuid;

use crate::kernel::{cx::Site, news};

/// The channel of `migrations/0007_sessions.sql`.
const CHANNEL: &str = "linli_changed";

/// Whose sessions have to be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It ended, or its tokens did.
    Session(SessionId),
    /// What they may do in that company.
    Person(TenantId, PersonId),
    /// Everybody in that company.
    Tenant(TenantId),
    /// The secret of a device in that company.
    Device(TenantId, DeviceId),
    /// Notices may have been missed: everybody everywhere.
    Anything,
}

impl Changed {
    /// From a notice; one that cannot be read may be about anybody.
    fn read(notice: &str) -> Self {
        let mut words = notice.split(' ');
        let kind = words.next();
        let mut id = || words.next().and_then(|word| word.parse::<Uuid>().ok());
        match (kind, id(), id()) {
            (Some("session"), Some(session), None) => Self::Session(SessionId(session)),
            (Some("person"), Some(tenant), Some(person)) => {
                Self::Person(TenantId(tenant), PersonId(person))
            }
            (Some("tenant"), Some(tenant), None) => Self::Tenant(TenantId(tenant)),
            (Some("device"), Some(tenant), Some(device)) => {
                Self::Device(TenantId(tenant), DeviceId(device))
            }
            _ => Self::Anything,
        }
    }
}

/// Passes on what changes, for as long as the process runs. Each time that it begins to listen it
/// says [`Changed::Anything`], since nobody knows what was told before.
pub async fn watch(site: Site, mut tell: impl FnMut(Changed) + Send) {
    news::follow(&site, CHANNEL, |notice| {
        tell(notice.map_or(Changed::Anything, Changed::read));
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_may_be_about_anybody() {
        let id = Uuid::from_u128(7);
        let read = |text: String| Changed::read(&text);
        assert_eq!(
            read(format!("session {id}")),
            Changed::Session(SessionId(id))
        );
        let person = Changed::Person(TenantId(id), PersonId(id));
        assert_eq!(read(format!("person {id} {id}")), person);
        assert_eq!(read(format!("tenant {id}")), Changed::Tenant(TenantId(id)));
        let device = Changed::Device(TenantId(id), DeviceId(id));
        assert_eq!(read(format!("device {id} {id}")), device);
        for odd in [
            String::new(),
            "session".into(),
            "session x".into(),
            format!("person {id}"),
        ] {
            assert_eq!(read(odd), Changed::Anything);
        }
    }
}
