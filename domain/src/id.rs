//! Ids that people and machines can read: `est_01J9Z…`.
//!
//! Inside, each is a UUID (version 7, so that keys grow with time); outside, it is a prefix that
//! names the kind and 26 characters of Crockford base 32, which sort the same way.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;
use uuid::Uuid;

/// The text was not an id of the kind that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0} id")]
pub struct BadId(pub &'static str);

fn write(f: &mut fmt::Formatter<'_>, prefix: &str, id: Uuid) -> fmt::Result {
    write!(f, "{prefix}_{}", Ulid::from(id.as_u128()))
}

fn parse(text: &str, prefix: &'static str) -> Result<Uuid, BadId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        // 26 characters hold two bits more than an id has. The decoder drops them: an id would have
        // four spellings.
        .filter(|rest| rest.starts_with(|first| matches!(first, '0'..='7')))
        .and_then(|rest| Ulid::from_string(rest).ok())
        .map(|ulid| Uuid::from_u128(ulid.into()))
        .ok_or(BadId(prefix))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "sql", derive(sqlx::Type), sqlx(transparent))]
        pub struct $name(pub Uuid);

        impl $name {
            /// What the id starts with on the outside.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(f, $prefix, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(f, $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                parse(text, $prefix).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A property company.
    TenantId = "ten";
    /// A human being, in no tenant.
    PersonId = "per";
    /// One log-in under one hat.
    SessionId = "ses";
    /// Estates that somebody answers for together (区域).
    RegionId = "rgn";
    /// A residential estate (小区).
    EstateId = "est";
    /// A part of an estate that was built together (期).
    PhaseId = "phs";
    /// A building (楼栋).
    BuildingId = "bld";
    /// An entrance with its stairwell (单元).
    EntranceId = "ent";
    /// A home, shop or bay (房屋).
    UnitId = "unt";
    /// The responsible party of a unit from one date to another (户).
    HouseholdId = "hh";
    /// Somebody who belongs to a household (住户).
    ResidentId = "res";
    /// A car of a household (车辆).
    VehicleId = "veh";
    /// An invitation of an owner to a home.
    InvitationId = "inv";
    /// A code on paper for a home.
    CodeId = "cod";
    /// Somebody who says that a home is theirs (入住登记).
    ClaimId = "clm";
    /// Somebody who asks to be forgotten at a home.
    ErasureId = "ers";
    /// Something that an owner is told on their first page.
    NoticeId = "ntc";
    /// What a member of staff was given: a role at some places (授权).
    GrantId = "grt";
    /// A role that a company made for itself (自定义角色).
    RoleId = "rol";
    /// A key of one of the company's own programs (接口密钥).
    KeyId = "key";
    /// An invitation of somebody to work here.
    JoinId = "jin";
    /// A run of the roster importer.
    ImportId = "imp";
    /// A meter, door, pump, lift or sensor.
    DeviceId = "dev";
    /// A device model of a company's own (型号).
    ModelId = "mdl";
    /// One measured or switched quantity of a device.
    PointId = "pt";
    /// What hangs at a meter's place of measuring (计量器具).
    InstrumentId = "ins";
    /// Something that a device was told to do (指令).
    CommandId = "cmd";
    /// A deed as the audit log remembers it.
    AuditId = "aud";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::page::PageAsk;

    #[test]
    fn round_trips_and_refuses_other_kinds() {
        let id = EstateId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
        let text = id.to_string();
        assert!(text.starts_with("est_01"), "{text}");
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.parse::<UnitId>(), Err(BadId("unt")));
        assert!("est_".parse::<EstateId>().is_err());
        assert!("est_\u{4e2d}".parse::<EstateId>().is_err());
        let other = text.replacen("est_0", "est_8", 1);
        assert_eq!(other.parse::<EstateId>(), Err(BadId("est")));
    }

    #[test]
    fn text_sorts_like_the_uuid() {
        let (a, b) = (
            EstateId(Uuid::from_u128(7)),
            EstateId(Uuid::from_u128(1 << 100)),
        );
        assert!(a < b && a.to_string() < b.to_string());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        /// As a path, a field and a cursor bring them.
        #[test]
        fn any_text_can_be_asked(text in "(est_)?([0-9A-HJKMNP-TV-Za-z]{26}|[0-7][0-9A-HJKMNP-TV-Z]{25}|[0-9A-Za-z_]{0,30}|.{0,30})") {
            let id = text.parse::<EstateId>();
            let cursor = PageAsk { cursor: Some(text.clone()), limit: None };
            prop_assert_eq!(cursor.after::<EstateId>().ok().flatten(), id.ok());
            prop_assert_eq!(serde_json::from_value::<EstateId>(text.clone().into()).ok(), id.ok());
            if let Ok(id) = id {
                prop_assert_eq!(id.to_string().parse(), Ok(id));
                prop_assert!(text.eq_ignore_ascii_case(&id.to_string()));
            }
        }
    }
}
