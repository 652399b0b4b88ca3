//! `/api/v1/device-models`.

use axum::{Json, http::StatusCode};
use backend::devices::models;
use domain::{
    Code,
    devices::{
        DeviceKind, NewPoint,
        models::{ModelFilter, ModelForm, ModelKey, ModelRow, ModelShown, change::ModelChangeForm},
        register_map::RegisterMap,
    },
    problem::{Check, Flaw},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    accept::{Asked, Asker, Given, Named, Patched, Sent},
    devices::PointForm,
    estates::PageParams,
    schema::{Created, KindWord, ModelRef, PageOut},
};
use crate::http::Refusal;

/// A model in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModelRowOut {
    #[schema(value_type = ModelRef)]
    id: ModelKey,
    name: String,
    /// May be empty.
    maker: String,
    #[schema(value_type = KindWord)]
    kind: DeviceKind,
    /// Whether it comes with Linli: then nobody changes it.
    built_in: bool,
    points: u32,
    registers: u32,
    /// How many devices in use follow it.
    devices: i64,
    archived: bool,
}

impl From<ModelRow> for ModelRowOut {
    fn from(row: ModelRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            maker: row.maker,
            kind: row.kind,
            built_in: row.built_in,
            points: row.points,
            registers: row.registers,
            devices: row.devices,
            archived: row.archived,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModelOut {
    #[schema(value_type = ModelRef)]
    id: ModelKey,
    name: String,
    /// May be empty.
    maker: String,
    #[schema(value_type = KindWord)]
    kind: DeviceKind,
    /// Those that no register feeds, beside those of the kind.
    #[schema(value_type = Vec<PointForm>)]
    points: Vec<NewPoint>,
    /// Which values stand at which addresses; null for devices that speak by themselves.
    #[schema(value_type = Option<Object>, required = true)]
    map: Option<RegisterMap>,
    built_in: bool,
    archived: bool,
    /// How many devices follow it, those out of use as well.
    devices: i64,
}

impl From<ModelShown> for ModelOut {
    fn from(shown: ModelShown) -> Self {
        let model = shown.model;
        Self {
            id: model.id,
            name: model.name,
            maker: model.maker,
            kind: model.kind,
            points: model.points,
            map: model.map,
            built_in: shown.built_in,
            archived: shown.archived,
            devices: shown.devices,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct ModelParams {
    /// Part of a name, a maker or an id.
    #[param(value_type = Option<String>)]
    q: Option<String>,
    #[param(value_type = Option<KindWord>)]
    kind: Option<String>,
    /// Those that no device is registered with any more, instead of the others.
    #[param(value_type = Option<bool>)]
    archived: Option<String>,
}

/// List device models, Linli's and the company's own
#[utoipa::path(get, path = "/api/v1/device-models", operation_id = "list_device_models", tag = "devices",
    params(ModelParams, PageParams), responses((status = 200, body = PageOut<ModelRowOut>)))]
pub(super) async fn list(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<ModelRowOut>>, Refusal> {
    let q = asked.text("q").map(str::to_owned);
    if q.as_ref().is_some_and(|q| q.chars().count() > 80) {
        asked.flaw("q", Flaw::TooLong);
    }
    let filter = ModelFilter {
        q,
        kind: asked.by("kind", DeviceKind::parse),
        archived: asked.parse("archived").unwrap_or_default(),
    };
    let page = asked.page();
    asked.done()?;
    Ok(Json(models::list(&cx, &filter, &page).await?.into()))
}

/// A model says which points its devices have, from where to where their values can be true, and of
/// Modbus devices where they stand.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ModelIn {
    #[serde(default)]
    #[schema(value_type = ModelRef, required = true, example = "acme-3p")]
    id: Given<String>,
    #[serde(default)]
    #[schema(value_type = String, required = true, max_length = 80)]
    name: Given<String>,
    #[serde(default)]
    #[schema(value_type = String, required = false, max_length = 80)]
    maker: Given<String>,
    #[serde(default)]
    #[schema(value_type = KindWord, required = true)]
    kind: Given<String>,
    /// Those that no register feeds.
    #[serde(default)]
    #[schema(value_type = Vec<PointForm>, required = false)]
    points: Given<Value>,
    /// A register map: `{registers: [{name, point?, address, function, type, scale?, offset?, unit?, min?,
    /// max?, …}], limits?, writes?}`.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    map: Given<Value>,
}

/// Make a device model
#[utoipa::path(post, path = "/api/v1/device-models", operation_id = "make_device_model", tag = "devices",
    request_body = ModelIn, responses((status = 201, body = ModelOut)))]
pub(super) async fn create(
    Asker(cx): Asker,
    Sent(sent): Sent<ModelIn>,
) -> Result<Created<ModelOut>, Refusal> {
    let mut check = Check::default();
    let id = check.take("id", sent.id.need());
    let name = check.take("name", sent.name.need());
    let maker = check.take("maker", sent.maker.maybe());
    let kind = check.take("kind", sent.kind.need());
    let points = check.take("points", sent.points.maybe());
    let map = check.take("map", sent.map.maybe());
    let form = (|| {
        Some(ModelForm {
            id: id?,
            name: name?,
            maker: maker?.unwrap_or_default(),
            kind: kind?,
            points: points?.unwrap_or_default(),
            map: map?.unwrap_or_default(),
        })
    })();
    let form = check.done(form)?;
    Ok(Created(models::create(&cx, form).await?.into()))
}

/// See a device model
#[utoipa::path(get, path = "/api/v1/device-models/{id}", operation_id = "get_device_model", tag = "devices",
    params(("id" = ModelRef, Path)), responses((status = 200, body = ModelOut)))]
pub(super) async fn one(
    Asker(cx): Asker,
    Named(id): Named<ModelKey>,
) -> Result<Json<ModelOut>, Refusal> {
    let model = models::model(&cx, &id).await?;
    let model = model.ok_or(Code::NotFound)?;
    Ok(Json(model.into()))
}

/// What changes; what is not there stays as it is. Its id and its kind stay.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ModelPatch {
    #[serde(default)]
    #[schema(value_type = String, required = false, max_length = 80)]
    name: Patched<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, max_length = 80)]
    maker: Patched<String>,
    #[serde(default)]
    #[schema(value_type = Vec<PointForm>, required = false)]
    points: Patched<Value>,
    /// Null takes the map away.
    #[serde(default)]
    #[schema(value_type = Option<Object>, required = false)]
    map: Patched<Value>,
    /// No device is registered with it any more; those that follow it go on.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    archived: Patched<bool>,
}

/// As JSON has it, null too.
fn json(patched: Patched<Value>) -> Option<Value> {
    match patched {
        Patched::Absent | Patched::Bad => None,
        Patched::Null => Some(Value::Null),
        Patched::Good(value) => Some(value),
    }
}

/// Change a device model
///
/// Devices that follow it are asked by the new map from then on, and have its new points. What they have
/// said stays as it was read, so no point that they have changes its unit or its type.
#[utoipa::path(patch, path = "/api/v1/device-models/{id}", operation_id = "change_device_model", tag = "devices",
    params(("id" = ModelRef, Path)), request_body = ModelPatch, responses((status = 200, body = ModelOut)))]
pub(super) async fn change(
    Asker(cx): Asker,
    Named(id): Named<ModelKey>,
    Sent(sent): Sent<ModelPatch>,
) -> Result<Json<ModelOut>, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", sent.name.typed());
    let maker = check.take("maker", sent.maker.typed());
    let archived = match sent.archived {
        Patched::Absent => Ok(None),
        Patched::Good(archived) => Ok(Some(archived)),
        Patched::Null | Patched::Bad => Err(Flaw::Malformed),
    };
    let archived = check.take("archived", archived);
    let form = (|| {
        Some(ModelChangeForm {
            name: name?,
            maker: maker?,
            points: json(sent.points),
            map: json(sent.map),
            archived: archived?,
        })
    })();
    let form = check.done(form)?;
    Ok(Json(models::change(&cx, &id, form).await?.into()))
}

/// Delete a device model that no device follows
#[utoipa::path(delete, path = "/api/v1/device-models/{id}", operation_id = "delete_device_model", tag = "devices",
    params(("id" = ModelRef, Path)), responses((status = 204)))]
pub(super) async fn remove(
    Asker(cx): Asker,
    Named(id): Named<ModelKey>,
) -> Result<StatusCode, Refusal> {
    models::remove(&cx, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
