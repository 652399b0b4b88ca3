//! `/api/v1/keys`: keys of the company's own programs. No key makes, lists or ends one.

use axum::{Json, http::StatusCode};
use backend::identity::api_keys;
use domain::{
    KeyId,
    identity::{ApiKey, KeyForm, KeyMade, RoleKey},
    problem::Check,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    accept::{Asked, Asker, Given, Named, Sent},
    estates::PageParams,
    schema::{Created, Day, KeyRef, PageOut, Time},
    staff::GrantIn,
};
use crate::http::Refusal;

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyOut {
    #[schema(value_type = KeyRef)]
    id: KeyId,
    /// Of the program that uses it.
    name: String,
    /// The first letters of the key.
    starts_with: String,
    #[schema(value_type = String)]
    role: RoleKey,
    /// Of a role of the company's own.
    #[schema(required = true)]
    role_name: Option<String>,
    everywhere: bool,
    /// Names of the estates that the asker may see.
    places: Vec<String>,
    /// The last day of it, in the company's time zone.
    #[schema(value_type = Day)]
    until: Date,
    expired: bool,
    /// Who made it, and holds at least as much.
    maker: String,
    /// To five minutes; null where it was not used yet.
    #[schema(value_type = Option<Time>, required = true)]
    used_at: Option<Timestamp>,
    /// The address that it was used from then.
    #[schema(required = true)]
    used_from: Option<String>,
}

impl From<ApiKey> for KeyOut {
    fn from(key: ApiKey) -> Self {
        let (used_at, used_from) = key.used.map(|used| (used.at, used.from)).unzip();
        Self {
            id: key.id,
            name: key.name,
            starts_with: key.starts_with,
            role: key.role,
            role_name: key.role_name,
            everywhere: key.everywhere,
            places: key.places,
            until: key.until,
            expired: key.expired,
            maker: key.maker,
            used_at,
            used_from,
        }
    }
}

/// List the keys that nobody has ended, newest first
#[utoipa::path(get, path = "/api/v1/keys", operation_id = "list_keys", tag = "keys", params(PageParams),
    responses((status = 200, body = PageOut<KeyOut>)))]
pub(super) async fn list(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<KeyOut>>, Refusal> {
    let page = asked.page();
    asked.done()?;
    Ok(Json(api_keys::list(&cx, &page).await?.into()))
}

/// A role everywhere or at estates, for a year where no last day is given, and two at most.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct KeyIn {
    /// Of the program that will use it.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "收费系统")]
    name: Given<String>,
    #[serde(flatten)]
    grant: GrantIn,
}

/// The key is told only this once.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyMadeOut {
    #[schema(value_type = KeyRef)]
    id: KeyId,
    name: String,
    /// Goes into `Authorization: Bearer …`.
    key: String,
    #[schema(value_type = Day)]
    until: Date,
}

/// Make a key for a program of the company's own
#[utoipa::path(post, path = "/api/v1/keys", operation_id = "make_key", tag = "keys",
    request_body = KeyIn, responses((status = 201, body = KeyMadeOut)))]
pub(super) async fn make(
    Asker(cx): Asker,
    Sent(sent): Sent<KeyIn>,
) -> Result<Created<KeyMadeOut>, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", sent.name.need());
    let grant = sent.grant.form(&mut check);
    let form = (|| {
        Some(KeyForm {
            name: name?,
            grant: grant?,
        })
    })();
    let form = check.done(form)?;
    let name = form.name.trim().to_owned();
    let KeyMade { id, secret, until } = api_keys::make(&cx, form).await?;
    let key = secret.as_str().to_owned();
    Ok(Created(KeyMadeOut {
        id,
        name,
        key,
        until,
    }))
}

/// End a key: its next request is refused
#[utoipa::path(delete, path = "/api/v1/keys/{id}", operation_id = "end_key", tag = "keys",
    params(("id" = KeyRef, Path)), responses((status = 204)))]
pub(super) async fn end(Asker(cx): Asker, Named(id): Named<KeyId>) -> Result<StatusCode, Refusal> {
    api_keys::end(&cx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
