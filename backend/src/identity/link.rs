//! Links that let somebody in once.

use jiff::{SignedDuration, Timestamp};

use super::session::hex;
use crate::kernel::{cx::Site, keys::digest};

/// A link's secret, given out once, and until when it opens.
#[derive(Clone)]
pub struct InviteLink {
    pub token: String,
    pub expires_at: Timestamp,
}

impl InviteLink {
    pub(crate) fn fresh(site: &Site, life: SignedDuration) -> Self {
        Self {
            token: hex(&site.random::<32>()),
            expires_at: site.now() + life,
        }
    }

    /// What is kept of it.
    pub(crate) fn digest(&self) -> Vec<u8> {
        digest(self.token.as_bytes())
    }
}

impl std::fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InviteLink")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
