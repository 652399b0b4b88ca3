//! `/api/v1/residents/{id}`.

use axum::{Json, http::StatusCode};
use backend::estates;
use domain::{ResidentId, estates::ResidentChangeForm, identity::Phone, problem::Check};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    accept::{Asker, Named, Patched, Sent},
    estates::ResidentOut,
    schema::{RelationWord, ResidentRef},
};
use crate::http::Refusal;

/// What is not there stays as it is, and null empties it.
#[derive(Deserialize, ToSchema)]
pub(super) struct ResidentPatch {
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    name: Patched<String>,
    /// Mainland mobiles as 11 digits, all else with `+` and the country's code. What was sent out for
    /// the old number stops opening, and the owners who are in are told.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false)]
    phone: Patched<String>,
    /// Of an identity card or a passport.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false)]
    id_number: Patched<String>,
    /// From `family` to `renter` or back; nobody becomes an owner, or stops being one, without a sale.
    #[serde(default)]
    #[schema(value_type = RelationWord, required = false)]
    relation: Patched<String>,
}

/// Change what the register says of a resident
#[utoipa::path(patch, path = "/api/v1/residents/{id}", tag = "estates", params(("id" = ResidentRef, Path)),
    request_body = ResidentPatch, responses((status = 200, body = ResidentOut)))]
pub(super) async fn change_resident(
    Asker(cx): Asker,
    Named(id): Named<ResidentId>,
    Sent(sent): Sent<ResidentPatch>,
) -> Result<Json<ResidentOut>, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", sent.name.typed());
    let phone = check.take("phone", sent.phone.typed());
    let id_number = check.take("id_number", sent.id_number.typed());
    let relation = check.take("relation", sent.relation.typed());
    let form = (|| {
        Some(ResidentChangeForm {
            name: name?,
            phone: phone?,
            id_number: id_number?,
            relation: relation?,
        })
    })();
    let form = check.done(form)?;
    let phone = form.phone.as_deref().and_then(|raw| Phone::parse(raw).ok());
    let changed = estates::change_resident(&cx, id, form).await?;
    Ok(Json(ResidentOut::from(changed).telling(phone)))
}

/// Take somebody off their household who has moved out: their next click is refused
#[utoipa::path(delete, path = "/api/v1/residents/{id}", tag = "estates", params(("id" = ResidentRef, Path)),
    responses((status = 204)))]
pub(super) async fn move_out(
    Asker(cx): Asker,
    Named(id): Named<ResidentId>,
) -> Result<StatusCode, Refusal> {
    estates::move_out(&cx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
