//! What a person agreed to, what is held about them, and how they are forgotten.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    estates::{Relation, words},
    id::{ErasureId, UnitId},
    identity::Hat,
};

/// The privacy notice that is shown now. Whoever agreed to an earlier one is asked again.
pub const NOTICE_VERSION: i32 = 1;

/// Since when it is shown, in the calendar of mainland China.
pub const NOTICE_DATE: &str = "2026-11-25";

/// What stands in the place of a name that was forgotten.
pub const ERASED: &str = "已删除";

words! {
    /// How a request to be forgotten stands.
    ErasureState {
        Waiting = "waiting" [];
        Done = "done" [];
        Refused = "refused" [];
    }
}

words! {
    /// Why something is kept although somebody asks to be forgotten. Words of ours, so that nobody's
    /// case is written down.
    KeepReason {
        /// They still own the home, and the contract with the company runs.
        Contract = "contract" [];
        /// Something is not paid.
        Bills = "bills" [];
        /// Something is in dispute.
        Dispute = "dispute" [];
        /// A law says for how long it has to be kept.
        Law = "law" [];
        /// They did not show who they are.
        Identity = "identity" [];
    }
}

/// A request to be forgotten, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRow {
    pub id: ErasureId,
    pub unit: UnitId,
    /// `阳光花园 3号楼 2单元 1202`
    pub home: String,
    pub name: String,
    pub relation: Relation,
    /// What speaks for keeping it, as far as Linli knows.
    pub reasons: Vec<KeepReason>,
    /// Who filed it for them at the desk; `None` where they asked themselves.
    pub filed_by: Option<String>,
    /// Whether the one who looks at it filed it, and so leaves it to a colleague to carry it out.
    pub waits_for_another: bool,
    #[serde(with = "crate::time")]
    pub created_at: Timestamp,
}

/// A home that a person lives or lived in, as it is written down.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldHome {
    pub company: String,
    /// `阳光花园 3号楼 2单元 1202`
    pub home: String,
    pub relation: Relation,
    pub name: String,
    pub phone: Option<String>,
    pub id_number: Option<String>,
    /// The plates of the home's cars while they lived there.
    #[serde(default)]
    pub cars: Vec<String>,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    /// Whether they live there now.
    pub running: bool,
    /// How their last request to be forgotten there stands.
    pub asked: Option<ErasureState>,
    pub refused_for: Option<KeepReason>,
}

/// A company that a person works or worked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldWork {
    pub company: String,
    pub name: String,
    pub from: Timestamp,
    pub to: Option<Timestamp>,
}

/// A session of a person's, running or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSession {
    pub company: String,
    pub hat: Hat,
    pub device: String,
    pub address: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// A version of the privacy notice that a person agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldConsent {
    pub version: i32,
    pub agreed_at: Timestamp,
}

/// What is held about a person beside their homes. Of the log-in itself only a keyed hash is kept,
/// so it cannot be told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPerson {
    pub name: String,
    pub since: Timestamp,
    pub password_changed_at: Option<Timestamp>,
    pub second_factor: bool,
    pub work: Vec<HeldWork>,
    /// The newest first.
    pub sessions: Vec<HeldSession>,
    pub consents: Vec<HeldConsent>,
}

/// All that is held about a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub person: HeldPerson,
    pub homes: Vec<HeldHome>,
}

macro_rules! silent {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
silent!(HeldHome, HeldPerson, Held);

/// The same on a page: numbers masked, and sessions counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldView {
    pub sessions: usize,
    pub consent: Option<ConsentView>,
    pub homes: Vec<HeldHomeView>,
}

/// The newest version of the notice that they agreed to, there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentView {
    pub version: i32,
    #[serde(with = "crate::time")]
    pub agreed_at: Timestamp,
}

/// A home on that page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldHomeView {
    pub home: String,
    pub name: String,
    pub phone: Option<String>,
    pub id_number: Option<String>,
    pub cars: Vec<String>,
    pub asked: Option<ErasureState>,
    pub refused_for: Option<KeepReason>,
}
