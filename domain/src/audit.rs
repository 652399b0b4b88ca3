//! Who did what, when and from where.
//!
//! An entry holds ids and names of fields, never a value: it outlives what it tells of, and must
//! not keep what somebody else was made to forget. Names are looked up when it is read.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{
    estates::words,
    id::{
        AuditId, BadId, BuildingId, DeviceId, EstateId, ImportId, JoinId, KeyId, ModelId, PersonId,
        PhaseId, RegionId, ResidentId, RoleId, SessionId, TenantId, UnitId,
    },
};

words! {
    /// Something that was done and is remembered. Its word is stored for ever: a deed that cannot
    /// be done any more keeps its place here.
    Deed {
        CompanyFounded = "company.founded" [];
        SessionOpened = "session.opened" [];
        SessionEnded = "session.ended" [];
        PasswordChanged = "password.changed" [];
        SecondFactorOn = "second_factor.on" [];
        SecondFactorOff = "second_factor.off" [];
        InvitationAccepted = "invitation.accepted" [];
        RegionCreated = "region.created" [];
        RegionChanged = "region.changed" [];
        RegionRemoved = "region.removed" [];
        EstateCreated = "estate.created" [];
        /// Its name, or the region that it lies in.
        EstateChanged = "estate.changed" [];
        PhaseCreated = "phase.created" [];
        PhaseChanged = "phase.changed" [];
        PhaseRemoved = "phase.removed" [];
        BuildingCreated = "building.created" [];
        /// Its name, or the phase that it stands in.
        BuildingChanged = "building.changed" [];
        /// With all its entrances and units, by a rule.
        BuildingBuilt = "building.built" [];
        /// With all its units.
        BuildingArchived = "building.archived" [];
        BuildingRestored = "building.restored" [];
        UnitCreated = "unit.created" [];
        UnitChanged = "unit.changed" [];
        /// Into another building or entrance.
        UnitMoved = "unit.moved" [];
        /// New units stand beside it.
        UnitSplit = "unit.split" [];
        /// Another is a part of it now.
        UnitsMerged = "units.merged" [];
        UnitArchived = "unit.archived" [];
        UnitRestored = "unit.restored" [];
        RosterImported = "roster.imported" [];
        /// A roster that was tried, or refused: nothing of it was written.
        RosterChecked = "roster.checked" [];
        /// A list of units was taken along as a file.
        UnitsExported = "units.exported" [];
        ResidentAdded = "resident.added" [];
        ResidentChanged = "resident.changed" [];
        /// Taken off a household by the desk.
        ResidentLeft = "resident.left" [];
        OwnerInvited = "owner.invited" [];
        HomeTransferred = "home.transferred" [];
        VehicleAdded = "vehicle.added" [];
        VehicleRemoved = "vehicle.removed" [];
        /// Many at once, from a sheet.
        VehiclesImported = "vehicles.imported" [];
        HomeShared = "home.shared" [];
        SharingEnded = "sharing.ended" [];
        MetersShown = "meters.shown" [];
        CodesPrinted = "codes.printed" [];
        /// A home opened with a code on paper.
        HomeClaimed = "home.claimed" [];
        ClaimRequested = "claim.requested" [];
        ClaimAccepted = "claim.accepted" [];
        ClaimRefused = "claim.refused" [];
        NoticeSeen = "notice.seen" [];
        /// A code for a resident's new password.
        ResetPrinted = "reset.printed" [];
        /// Somebody looked at a resident's whole numbers.
        ContactRevealed = "contact.revealed" [];
        /// Somebody took a resident's whole number along, with all of the company's.
        ContactExported = "contact.exported" [];
        /// Somebody looked at so many that it was enough for this hour.
        RevealsLimited = "reveals.limited" [];
        /// What a search had found was taken along as a file.
        ResidentsExported = "residents.exported" [];
        /// A person took along what is held about them.
        DataExported = "data.exported" [];
        /// A person agreed to the privacy notice when they were asked again.
        ConsentGiven = "consent.given" [];
        ErasureAsked = "erasure.asked" [];
        /// For somebody who asked at the desk.
        ErasureFiled = "erasure.filed" [];
        ErasureRefused = "erasure.refused" [];
        ResidentErased = "resident.erased" [];
        DeviceRegistered = "device.registered" [];
        /// Many at once, by the product itself.
        DevicesRegistered = "devices.registered" [];
        /// A list of devices was taken along as a file.
        DevicesExported = "devices.exported" [];
        /// It was told to do something.
        DeviceCommanded = "device.commanded" [];
        /// A new secret; the old one is good for nothing from then on.
        DeviceRekeyed = "device.rekeyed" [];
        /// It may not connect any more.
        DeviceRevoked = "device.revoked" [];
        /// Its name, or where it is.
        DeviceChanged = "device.changed" [];
        /// It is out of use.
        DeviceRetired = "device.retired" [];
        DeviceTakenBack = "device.taken_back" [];
        /// Another instrument hangs there.
        MeterReplaced = "meter.replaced" [];
        /// No other instrument hangs there after all.
        ReplacementWithdrawn = "meter.replacement_withdrawn" [];
        /// A device model of the company's own.
        ModelMade = "model.made" [];
        /// What its devices say, and where it stands in them.
        ModelChanged = "model.changed" [];
        /// No device is registered with it any more.
        ModelArchived = "model.archived" [];
        ModelRestored = "model.restored" [];
        /// No device had it.
        ModelRemoved = "model.removed" [];
        /// What it said was taken along as a file.
        HistoryExported = "history.exported" [];
        StaffInvited = "staff.invited" [];
        StaffJoined = "staff.joined" [];
        StaffDismissed = "staff.dismissed" [];
        RoleGiven = "role.given" [];
        RoleTaken = "role.taken" [];
        RoleMade = "role.made" [];
        RoleChanged = "role.changed" [];
        RoleEnded = "role.ended" [];
        CompanyChanged = "company.changed" [];
        /// All of it was taken along.
        CompanyExported = "company.exported" [];
        KeyMade = "key.made" [];
        KeyEnded = "key.ended" [];
        CompanySuspended = "company.suspended" [];
        CompanyResumed = "company.resumed" [];
        PlanChanged = "plan.changed" [];
    }
}

words! {
    /// What deeds are about, to look through them by.
    DeedGroup {
        Access = "access" [];
        Places = "places" [];
        People = "people" [];
        Devices = "devices" [];
        Staff = "staff" [];
    }
}

impl Deed {
    #[must_use]
    pub const fn group(self) -> DeedGroup {
        match self {
            Self::CompanyFounded
            | Self::CompanyChanged
            | Self::CompanyExported
            | Self::CompanySuspended
            | Self::CompanyResumed
            | Self::PlanChanged
            | Self::SessionOpened
            | Self::SessionEnded
            | Self::PasswordChanged
            | Self::SecondFactorOn
            | Self::SecondFactorOff
            | Self::InvitationAccepted
            | Self::HomeClaimed
            | Self::ConsentGiven => DeedGroup::Access,
            Self::RegionCreated
            | Self::RegionChanged
            | Self::RegionRemoved
            | Self::EstateCreated
            | Self::EstateChanged
            | Self::PhaseCreated
            | Self::PhaseChanged
            | Self::PhaseRemoved
            | Self::BuildingCreated
            | Self::BuildingChanged
            | Self::BuildingBuilt
            | Self::BuildingArchived
            | Self::BuildingRestored
            | Self::UnitCreated
            | Self::UnitChanged
            | Self::UnitMoved
            | Self::UnitSplit
            | Self::UnitsMerged
            | Self::UnitArchived
            | Self::UnitRestored
            | Self::RosterImported
            | Self::RosterChecked
            | Self::UnitsExported => DeedGroup::Places,
            Self::ResidentAdded
            | Self::ResidentChanged
            | Self::ResidentLeft
            | Self::OwnerInvited
            | Self::HomeTransferred
            | Self::VehicleAdded
            | Self::VehicleRemoved
            | Self::VehiclesImported
            | Self::HomeShared
            | Self::SharingEnded
            | Self::MetersShown
            | Self::CodesPrinted
            | Self::ClaimRequested
            | Self::ClaimAccepted
            | Self::ClaimRefused
            | Self::NoticeSeen
            | Self::ResetPrinted
            | Self::ContactRevealed
            | Self::ContactExported
            | Self::RevealsLimited
            | Self::ResidentsExported
            | Self::DataExported
            | Self::ErasureAsked
            | Self::ErasureFiled
            | Self::ErasureRefused
            | Self::ResidentErased => DeedGroup::People,
            Self::DeviceRegistered
            | Self::DevicesRegistered
            | Self::DevicesExported
            | Self::DeviceCommanded
            | Self::DeviceRekeyed
            | Self::DeviceRevoked
            | Self::DeviceChanged
            | Self::DeviceRetired
            | Self::DeviceTakenBack
            | Self::MeterReplaced
            | Self::ReplacementWithdrawn
            | Self::ModelMade
            | Self::ModelChanged
            | Self::ModelArchived
            | Self::ModelRestored
            | Self::ModelRemoved
            | Self::HistoryExported => DeedGroup::Devices,
            Self::StaffInvited
            | Self::StaffJoined
            | Self::StaffDismissed
            | Self::RoleGiven
            | Self::RoleTaken
            | Self::RoleMade
            | Self::RoleChanged
            | Self::RoleEnded
            | Self::KeyMade
            | Self::KeyEnded => DeedGroup::Staff,
        }
    }
}

/// One deed, or all of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deeds {
    One(Deed),
    Group(DeedGroup),
}

impl Deeds {
    /// Reads either's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let one = Deed::parse(text).map(Self::One);
        one.or_else(|| DeedGroup::parse(text).map(Self::Group))
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One(deed) => deed.as_str(),
            Self::Group(group) => group.as_str(),
        }
    }

    /// The words that are stored.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        Deed::ALL
            .iter()
            .filter(|deed| match self {
                Self::One(one) => **deed == one,
                Self::Group(group) => deed.group() == group,
            })
            .map(|deed| deed.as_str())
            .collect()
    }
}

macro_rules! subjects {
    ($($(#[$doc:meta])* $kind:ident($id:ident) = $word:literal;)*) => {
        /// What a deed was done to, by its id.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Subject {
            $($(#[$doc])* $kind($id),)*
        }

        impl Subject {
            /// The word for what it is.
            #[must_use]
            pub const fn kind(self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $word,)*
                }
            }

            #[must_use]
            pub const fn uuid(self) -> Uuid {
                match self {
                    $(Self::$kind(id) => id.0,)*
                }
            }

            /// From what is stored; `None` for a word that is none of these.
            #[must_use]
            pub fn stored(kind: &str, id: Uuid) -> Option<Self> {
                match kind {
                    $($word => Some(Self::$kind($id(id))),)*
                    _ => None,
                }
            }

            /// The words for what a subject can be.
            pub const KINDS: &'static [&'static str] = &[$($word,)*];
        }

        impl fmt::Display for Subject {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$kind(id) => id.fmt(f),)*
                }
            }
        }

        impl FromStr for Subject {
            type Err = BadId;

            /// The id's prefix tells what it is.
            fn from_str(text: &str) -> Result<Self, BadId> {
                $(if let Ok(id) = text.parse() {
                    return Ok(Self::$kind(id));
                })*
                Err(BadId("subject"))
            }
        }
    };
}

subjects! {
    Company(TenantId) = "company";
    Session(SessionId) = "session";
    Region(RegionId) = "region";
    Estate(EstateId) = "estate";
    Phase(PhaseId) = "phase";
    Building(BuildingId) = "building";
    Unit(UnitId) = "unit";
    Import(ImportId) = "import";
    Resident(ResidentId) = "resident";
    Device(DeviceId) = "device";
    Model(ModelId) = "model";
    /// Somebody with a log-in; mostly a member of staff.
    Person(PersonId) = "person";
    Role(RoleId) = "role";
    Joining(JoinId) = "joining";
    Key(KeyId) = "key";
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

words! {
    /// As what somebody acted.
    Acting {
        Staff = "staff" [];
        Resident = "resident" [];
        /// A program of the company's own, with its key.
        Key = "key" [];
        /// The product itself: schedules, the demo.
        System = "system" [];
        /// Whoever runs the product, from its command line.
        Operator = "operator" [];
    }
}

words! {
    /// What a request came in through.
    Channel {
        /// A page in a browser.
        Web = "web" [];
        /// A program with an access token.
        Api = "api" [];
        /// A device.
        Bridge = "bridge" [];
        /// Nothing: the product itself.
        Inside = "inside" [];
    }
}

/// Where a request came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub channel: Channel,
    /// Of whoever sent it; `None` for the product itself.
    pub address: Option<String>,
}

impl Origin {
    /// The product itself.
    #[must_use]
    pub const fn inside() -> Self {
        Self {
            channel: Channel::Inside,
            address: None,
        }
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doer {
    pub acting: Acting,
    /// `None` for a key, for the product itself and for its operator.
    pub person: Option<PersonId>,
    /// Which one, where it was a key.
    pub key: Option<KeyId>,
    /// As the company has it now; `None` where it does not know the person any more.
    pub name: Option<String>,
}

/// One deed as the log remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: AuditId,
    #[serde(with = "crate::time")]
    pub at: Timestamp,
    pub doer: Doer,
    pub deed: Deed,
    pub subject: Subject,
    /// What the subject is called now, or where it is: for a resident the address of the home.
    /// `None` where that says nothing, or it is gone.
    pub subject_name: Option<String>,
    /// Where the subject is.
    pub estate: Option<EstateId>,
    /// The unit that the subject is or lives in.
    pub unit: Option<UnitId>,
    /// The names of what was given or changed.
    pub fields: Vec<String>,
    pub origin: Origin,
}

/// Which entries are wanted; what is not named does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    pub deeds: Option<Deeds>,
    pub person: Option<PersonId>,
    pub subject: Option<Subject>,
    /// The first day that counts, in the tenant's zone.
    pub from: Option<Date>,
    /// The last day that counts, in the tenant's zone.
    pub to: Option<Date>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_subject_is_known_by_its_id() {
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
        let mut seen = HashSet::new();
        for kind in Subject::KINDS {
            let subject = Subject::stored(kind, id).unwrap();
            assert_eq!((subject.kind(), subject.uuid()), (*kind, id));
            assert_eq!(subject.to_string().parse(), Ok(subject));
            assert!(seen.insert(subject.to_string()), "{kind}");
        }
        assert_eq!(Subject::stored("planet", id), None);
        assert!("aud_01JA0000000000000000000000".parse::<Subject>().is_err());
    }

    #[test]
    fn a_group_is_its_deeds() {
        let mut all: Vec<_> = DeedGroup::ALL
            .iter()
            .flat_map(|group| Deeds::Group(*group).words())
            .collect();
        all.sort_unstable();
        let mut deeds: Vec<_> = Deed::ALL.iter().map(|deed| deed.as_str()).collect();
        deeds.sort_unstable();
        assert_eq!(all, deeds);
        assert_eq!(
            Deeds::parse("device.registered"),
            Some(Deeds::One(Deed::DeviceRegistered))
        );
        assert_eq!(
            Deeds::parse("people"),
            Some(Deeds::Group(DeedGroup::People))
        );
        assert_eq!(Deeds::parse("nothing"), None);
    }

    #[test]
    fn words_have_the_shape_that_the_table_wants() {
        for deed in Deed::ALL {
            let (what, done) = deed.as_str().split_once('.').unwrap();
            let plain = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(plain(what) && plain(done), "{}", deed.as_str());
        }
    }
}
