//! `/api/v1/audit`.

use axum::Json;
use backend::audit;
use domain::{
    AuditId, KeyId, PersonId,
    audit::{Acting, Channel, Deed, Deeds, Doer, Entry, EntryFilter, Origin, Subject},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    accept::{Asked, Asker},
    estates::PageParams,
    schema::{
        ActingWord, AuditRef, ChannelWord, Day, DeedWord, KeyRef, PageOut, PersonRef, SubjectRef,
        SubjectWord, Time,
    },
};
use crate::http::Refusal;

#[derive(Debug, Serialize, ToSchema)]
struct DoerOut {
    #[schema(value_type = ActingWord)]
    acting: Acting,
    /// Null for a key and for the product itself.
    #[schema(value_type = Option<PersonRef>, required = true)]
    person: Option<PersonId>,
    /// Of a program with its own key; else null.
    #[schema(value_type = Option<KeyRef>, required = true)]
    key: Option<KeyId>,
    /// As the company has it now.
    #[schema(required = true)]
    name: Option<String>,
}

impl From<Doer> for DoerOut {
    fn from(doer: Doer) -> Self {
        let Doer {
            acting,
            person,
            key,
            name,
        } = doer;
        Self {
            acting,
            person,
            key,
            name,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct SubjectOut {
    #[schema(value_type = SubjectWord)]
    kind: &'static str,
    #[schema(value_type = SubjectRef)]
    id: Subject,
    /// What it is called now; of a resident, the address of the home.
    #[schema(required = true)]
    name: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OriginOut {
    #[schema(value_type = ChannelWord)]
    channel: Channel,
    /// Null for the product itself.
    #[schema(required = true)]
    address: Option<String>,
}

impl From<Origin> for OriginOut {
    fn from(origin: Origin) -> Self {
        let Origin { channel, address } = origin;
        Self { channel, address }
    }
}

/// Who did what, when and from where.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntryOut {
    #[schema(value_type = AuditRef)]
    id: AuditId,
    #[schema(value_type = Time)]
    ts: Timestamp,
    doer: DoerOut,
    #[schema(value_type = DeedWord)]
    deed: Deed,
    subject: SubjectOut,
    /// The names of what was given or changed, never the values.
    fields: Vec<String>,
    origin: OriginOut,
}

impl From<Entry> for EntryOut {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            ts: entry.at,
            doer: entry.doer.into(),
            deed: entry.deed,
            subject: SubjectOut {
                kind: entry.subject.kind(),
                id: entry.subject,
                name: entry.subject_name,
            },
            fields: entry.fields,
            origin: entry.origin.into(),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct AuditParams {
    /// A deed, or a group of them: `access`, `places`, `people`, `devices`, `staff`.
    deed: Option<String>,
    #[param(value_type = Option<PersonRef>)]
    person: Option<String>,
    #[param(value_type = Option<SubjectRef>)]
    subject: Option<String>,
    /// The first day that counts, in the company's time zone.
    #[param(value_type = Option<Day>)]
    from: Option<String>,
    /// The last day that counts, in the company's time zone.
    #[param(value_type = Option<Day>)]
    to: Option<String>,
}

/// List who did what, when and from where, newest first
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "list_audit", tag = "audit", params(AuditParams, PageParams),
    responses((status = 200, body = PageOut<EntryOut>)))]
pub(super) async fn list(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<EntryOut>>, Refusal> {
    let filter = EntryFilter {
        deeds: asked.by("deed", Deeds::parse),
        person: asked.parse("person"),
        subject: asked.parse("subject"),
        from: asked.parse::<Date>("from"),
        to: asked.parse::<Date>("to"),
    };
    let page = asked.page();
    asked.done()?;
    Ok(Json(audit::list(&cx, &filter, &page).await?.into()))
}
