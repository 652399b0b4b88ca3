//! Shapes that several rooms share, and names of the domain's words in the document.

use std::{borrow::Cow, collections::BTreeMap};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    audit::{Acting, Channel, Deed, Subject},
    columns::{Column, Sort},
    devices::{DeviceKind, ValueType},
    estates::Relation,
    page::Page,
    telemetry::{Quality, Refusal as Refused},
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type, schema::SchemaType},
};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PageOut<T> {
    pub(super) items: Vec<T>,
    /// Goes into `cursor` for the next page; null on the last.
    #[schema(required = true)]
    pub(super) next: Option<String>,
}

impl<T, O: From<T>> From<Page<T>> for PageOut<O> {
    fn from(page: Page<T>) -> Self {
        Self {
            items: page.items.into_iter().map(O::from).collect(),
            next: page.next,
        }
    }
}

/// Items that are few enough for one answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ItemsOut<T> {
    pub(super) items: Vec<T>,
}

/// 201 and the thing that was made.
pub(super) struct Created<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorOut {
    error: ErrorDetail,
}

#[derive(Debug, Serialize, ToSchema)]
struct ErrorDetail {
    /// For programs: `invalid`, `unauthenticated`, `bad_credentials`, `otp_required`, `forbidden`,
    /// `second_factor_required`, `not_found`, `conflict`, `device_offline`, `behind_gateway`, `expired`, `too_many`,
    /// `too_large`, `suspended`, `over_quota`, `internal`, `unavailable`,
    /// `method_not_allowed`, `unsupported_media_type`.
    code: String,
    /// For people, in the language of `Accept-Language`: Chinese or English.
    message: String,
    /// What is wrong with which field or parameter.
    fields: BTreeMap<String, String>,
    /// Leads to the request in the server's log.
    request_id: String,
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident = $schema:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

fn words(words: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
}

/// Each column that a list is sorted by, up and down.
fn sorts<C: Column>() -> ObjectBuilder {
    let both = |by: &C| [false, true].map(|down| Sort { by: *by, down }.to_string());
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(C::ALL.iter().flat_map(both)))
}

fn id(of: &str, prefix: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(format!("Names {of}.")))
        .pattern(Some(format!("^{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}$")))
}

named! {
    KindWord = words(DeviceKind::ALL.iter().map(|kind| kind.as_str()))
        .description(Some("What a device is."));
    NumberingWord = words(domain::estates::Numbering::ALL.iter().map(|rule| rule.as_str()))
        .description(Some("How the code of a door is made: `1702` or `17B`."));
    OccupancyWord = words(domain::estates::Occupancy::ALL.iter().map(|state| state.as_str()))
        .description(Some("How a unit is lived in."));
    UseWord = words(domain::estates::UnitUse::ALL.iter().map(|each| each.as_str()))
        .description(Some("What a unit is for."));
    UnitSortWord = sorts::<domain::estates::UnitSort>()
        .description(Some("What units are sorted by; with a minus, the other way round."));
    DeviceSortWord = sorts::<domain::devices::DeviceSort>()
        .description(Some("What devices are sorted by; with a minus, the other way round."));
    RelationWord = words(Relation::ALL.iter().map(|relation| relation.as_str()))
        .description(Some("How somebody belongs to a household."));
    TypeWord = words(ValueType::ALL.iter().map(|kind| kind.as_str()))
        .description(Some("What the values of a point are."));
    QualityWord = words(Quality::ALL.iter().map(|quality| quality.as_str()))
        .description(Some("How far a value may be trusted."));
    RefusalWord = words(Refused::ALL.iter().map(|refusal| refusal.as_str()))
        .description(Some("Why a reading was not stored."));
    FramingWord = words(["tcp", "rtu_over_tcp"])
        .description(Some("How Modbus requests are framed on the connection."));
    StateWord = words(domain::devices::DeviceState::ALL.iter().map(|state| state.as_str()))
        .description(Some("How alive a device is."));
    CommandWord = words(domain::devices::commands::CommandState::ALL.iter().map(|state| state.as_str()))
        .description(Some("How far a command has come."));
    DeedWord = words(Deed::ALL.iter().map(|deed| deed.as_str()))
        .description(Some("What was done."));
    SubjectWord = words(Subject::KINDS.iter().copied())
        .description(Some("What it was done to."));
    ActingWord = words(Acting::ALL.iter().map(|acting| acting.as_str()))
        .description(Some("As what somebody acted."));
    ChannelWord = words(Channel::ALL.iter().map(|channel| channel.as_str()))
        .description(Some("What a request came in through."));
    ReadingValue = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Number, Type::Boolean, Type::String]))
        .description(Some("Of the point's own type."));
    ActionWord = words(domain::identity::Action::ALL.iter().map(|action| action.as_str()))
        .description(Some("What somebody may do."));
    CurrencyWord = words(domain::tenancy::Currency::ALL.iter().map(|currency| currency.as_str()))
        .description(Some("What a company reckons in: ISO 4217."));
    LanguageWord = words(domain::tenancy::Language::ALL.iter().map(|language| language.as_str()));
    PlanWord = words(["trial", "standard", "group"])
        .description(Some("How much a company may have."));
    GrantRef = id("a grant", domain::GrantId::PREFIX);
    RoleRef = id("a role of the company's own", domain::RoleId::PREFIX);
    KeyRef = id("a key", domain::KeyId::PREFIX);
    JoinRef = id("an invitation to work here", domain::JoinId::PREFIX);
    HatWord = words(["staff", "resident"])
        .description(Some("As what somebody is with a company."));
    SessionRef = id("a session", domain::SessionId::PREFIX);
    TenantRef = id("a property company", domain::TenantId::PREFIX);
    RegionRef = id("a region", domain::RegionId::PREFIX);
    EstateRef = id("an estate", domain::EstateId::PREFIX);
    PhaseRef = id("a phase of an estate", domain::PhaseId::PREFIX);
    BuildingRef = id("a building", domain::BuildingId::PREFIX);
    UnitRef = id("a unit", domain::UnitId::PREFIX);
    HouseholdRef = id("a household", domain::HouseholdId::PREFIX);
    ResidentRef = id("a resident", domain::ResidentId::PREFIX);
    ImportRef = id("a run of the roster importer", domain::ImportId::PREFIX);
    DeviceRef = id("a device", domain::DeviceId::PREFIX);
    ModelRef = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[a-z0-9][a-z0-9-]{0,39}$"))
        .description(Some("Names a device model: a word that the company gave it, or one of Linli's."));
    CommandRef = id("a command", domain::CommandId::PREFIX);
    InstrumentRef = id("what hangs at a meter's place", domain::InstrumentId::PREFIX);
    PointRef = id("a point", domain::PointId::PREFIX);
    PersonRef = id("a person", domain::PersonId::PREFIX);
    AuditRef = id("an entry of the audit log", domain::AuditId::PREFIX);
    SubjectRef = id("what a deed was done to", "[a-z]{2,3}");
    Day = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Date)))
        .description(Some("A day: `2026-11-22`."));
    Time = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
        .description(Some("RFC 3339, in UTC."));
}
