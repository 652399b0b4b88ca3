//! `/api/v1/live/ticket`.

use axum::Json;
use backend::identity;
use serde::Serialize;
use utoipa::ToSchema;

use super::accept::Asker;
use crate::http::Refusal;

#[derive(Serialize, ToSchema)]
pub(super) struct TicketOut {
    /// Goes into `/live?ticket=…`, once, within 30 seconds.
    ticket: String,
}

/// Get a ticket to the live websocket
#[utoipa::path(post, path = "/api/v1/live/ticket", operation_id = "live_ticket", tag = "live",
    responses((status = 200, body = TicketOut)))]
pub(super) async fn ticket(Asker(cx): Asker) -> Result<Json<TicketOut>, Refusal> {
    Ok(Json(TicketOut {
        ticket: identity::live_ticket(&cx).await?,
    }))
}
