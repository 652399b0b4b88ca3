//! `/api/v1/me/export`: what is held about the asker.

use axum::Json;
use backend::privacy;
use domain::{
    estates::Relation,
    identity::Hat,
    privacy::{Held, HeldConsent, HeldHome, HeldSession, HeldWork, KeepReason},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    accept::Asker,
    schema::{HatWord, RelationWord, Time},
};
use crate::http::Refusal;

/// All that is held about a person. Of the log-in and the password only hashes are kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeldOut {
    name: String,
    #[schema(value_type = Time)]
    since: Timestamp,
    #[schema(value_type = Option<Time>, required = true)]
    password_changed_at: Option<Timestamp>,
    second_factor: bool,
    homes: Vec<HeldHomeOut>,
    work: Vec<HeldWorkOut>,
    /// The newest first.
    sessions: Vec<HeldSessionOut>,
    /// Versions of the privacy notice that they agreed to.
    consents: Vec<HeldConsentOut>,
}

#[derive(Serialize, ToSchema)]
struct HeldHomeOut {
    company: String,
    home: String,
    #[schema(value_type = RelationWord)]
    relation: Relation,
    name: String,
    /// Whole.
    #[schema(required = true)]
    phone: Option<String>,
    /// Of an identity card or a passport, whole.
    #[schema(required = true)]
    id_number: Option<String>,
    #[schema(value_type = Time)]
    since: Timestamp,
    #[schema(value_type = Option<Time>, required = true)]
    until: Option<Timestamp>,
    /// Whether they live there now.
    running: bool,
    /// How their last request to be forgotten there stands: `waiting` or `refused`.
    #[schema(required = true)]
    erasure: Option<&'static str>,
    /// Why it was refused: `contract`, `bills`, `dispute`, `law` or `identity`.
    #[schema(required = true)]
    refused_for: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
struct HeldWorkOut {
    company: String,
    name: String,
    #[schema(value_type = Time)]
    from: Timestamp,
    #[schema(value_type = Option<Time>, required = true)]
    to: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
struct HeldSessionOut {
    company: String,
    #[schema(value_type = HatWord)]
    hat: Hat,
    device: String,
    address: String,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    #[schema(value_type = Time)]
    seen_at: Timestamp,
    #[schema(value_type = Option<Time>, required = true)]
    ended_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
struct HeldConsentOut {
    version: i32,
    #[schema(value_type = Time)]
    agreed_at: Timestamp,
}

impl From<Held> for HeldOut {
    fn from(held: Held) -> Self {
        let Held { person, homes } = held;
        Self {
            name: person.name,
            since: person.since,
            password_changed_at: person.password_changed_at,
            second_factor: person.second_factor,
            homes: homes.into_iter().map(home).collect(),
            work: person.work.into_iter().map(work).collect(),
            sessions: person.sessions.into_iter().map(session).collect(),
            consents: person.consents.into_iter().map(consent).collect(),
        }
    }
}

fn home(home: HeldHome) -> HeldHomeOut {
    HeldHomeOut {
        company: home.company,
        home: home.home,
        relation: home.relation,
        name: home.name,
        phone: home.phone,
        id_number: home.id_number,
        since: home.since,
        until: home.until,
        running: home.running,
        erasure: home.asked.map(domain::privacy::ErasureState::as_str),
        refused_for: home.refused_for.map(KeepReason::as_str),
    }
}

fn work(work: HeldWork) -> HeldWorkOut {
    HeldWorkOut {
        company: work.company,
        name: work.name,
        from: work.from,
        to: work.to,
    }
}

fn session(session: HeldSession) -> HeldSessionOut {
    HeldSessionOut {
        company: session.company,
        hat: session.hat,
        device: session.device,
        address: session.address,
        created_at: session.created_at,
        seen_at: session.seen_at,
        ended_at: session.ended_at,
    }
}

fn consent(consent: HeldConsent) -> HeldConsentOut {
    HeldConsentOut {
        version: consent.version,
        agreed_at: consent.agreed_at,
    }
}

/// Take along all that is held about you
#[utoipa::path(get, path = "/api/v1/me/export", tag = "privacy",
    responses((status = 200, body = HeldOut)))]
pub(super) async fn export(Asker(cx): Asker) -> Result<Json<HeldOut>, Refusal> {
    Ok(Json(privacy::export(&cx).await?.into()))
}
