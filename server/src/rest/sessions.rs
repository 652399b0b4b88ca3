//! `/api/v1/sessions`: the asker's own, under all their hats.

use axum::{Json, http::StatusCode};
use backend::identity;
use domain::{SessionId, session::OwnSession};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    accept::{Asker, Named},
    schema::{HatWord, PageOut, SessionRef, Time},
};
use crate::http::Refusal;

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionOut {
    #[schema(value_type = SessionRef)]
    id: SessionId,
    /// The company that it is with.
    company: String,
    #[schema(value_type = HatWord)]
    hat: &'static str,
    /// Browser and system in a few words, or `API`.
    device: String,
    /// Where it was opened from.
    address: String,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    /// To five minutes.
    #[schema(value_type = Time)]
    seen_at: Timestamp,
    /// It is the one that asks.
    current: bool,
    /// Opened on a device that had not been used for ninety days, and not looked at since.
    unusual: bool,
}

impl From<OwnSession> for SessionOut {
    fn from(session: OwnSession) -> Self {
        Self {
            id: session.id,
            company: session.company,
            hat: session.hat.as_str(),
            device: session.device,
            address: session.address,
            created_at: session.created_at,
            seen_at: session.seen_at,
            current: session.current,
            unusual: session.unusual,
        }
    }
}

/// List your own sessions
#[utoipa::path(get, path = "/api/v1/sessions", tag = "identity",
    responses((status = 200, body = PageOut<SessionOut>)))]
pub(super) async fn list_sessions(Asker(cx): Asker) -> Result<Json<PageOut<SessionOut>>, Refusal> {
    let sessions = identity::sessions(&cx).await?;
    Ok(Json(PageOut {
        items: sessions.into_iter().map(SessionOut::from).collect(),
        next: None,
    }))
}

/// End one of your own sessions
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "identity",
    params(("id" = SessionRef, Path)), responses((status = 204)))]
pub(super) async fn end_session(
    Asker(cx): Asker,
    Named(id): Named<SessionId>,
) -> Result<StatusCode, Refusal> {
    identity::end_session(&cx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
