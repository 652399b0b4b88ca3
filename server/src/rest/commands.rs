//! `/api/v1/devices/{id}/commands` and `/api/v1/commands`.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use backend::devices::commands;
use domain::{
    Code, CommandId, DeviceId,
    devices::commands::{Command, CommandForm, CommandState, DEFAULT_TIMEOUT_S},
    problem::Check,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    accept::{Asked, Asker, Given, Named, Sent},
    estates::PageParams,
    schema::{CommandRef, CommandWord, DeviceRef, PageOut, Time},
};
use crate::http::Refusal;

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CommandIn {
    /// What to do, in the device's own words: `open`.
    #[serde(default)]
    #[schema(value_type = String, required = true, pattern = "^[A-Za-z][A-Za-z0-9_]{0,39}$")]
    method: Given<String>,
    /// At most 4 KiB as JSON.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    params: Given<Map<String, Value>>,
    /// After this nothing is done any more.
    #[serde(default)]
    #[schema(value_type = u32, required = false, minimum = 1, maximum = 300, default = 10)]
    timeout_s: Given<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CommandTaken {
    #[schema(value_type = CommandRef)]
    id: CommandId,
    #[schema(value_type = DeviceRef)]
    device: DeviceId,
    method: String,
    #[schema(value_type = Object)]
    params: Map<String, Value>,
    timeout_s: u32,
}

/// 202 and the command, which goes to its device next.
pub(super) struct Taken(CommandTaken);

impl IntoResponse for Taken {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, Json(self.0)).into_response()
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CommandOut {
    #[schema(value_type = CommandRef)]
    id: CommandId,
    #[schema(value_type = DeviceRef)]
    device: DeviceId,
    method: String,
    #[schema(value_type = CommandWord)]
    state: CommandState,
    #[schema(value_type = Time)]
    asked_at: Timestamp,
    #[schema(value_type = Time)]
    expires_at: Timestamp,
    #[schema(value_type = Option<Time>, required = true)]
    answered_at: Option<Timestamp>,
    /// What the device says, with a bool `ok`; where it could not be told, `ok` is false and
    /// `error` is `device_offline` or `transport_unsupported`.
    #[schema(value_type = Option<Object>, required = true)]
    answer: Option<Value>,
    /// Whether the answer came after `expires_at`; the state stays `expired`.
    late: bool,
}

impl From<Command> for CommandOut {
    fn from(command: Command) -> Self {
        let Command {
            id,
            device,
            number: _,
            method,
            state,
            asked_at,
            expires_at,
            answered_at,
            answer,
            late,
        } = command;
        Self {
            id,
            device,
            method,
            state,
            asked_at,
            expires_at,
            answered_at,
            answer,
            late,
        }
    }
}

/// Tell a device to do something
///
/// It goes out at once, at most once, or not at all: 409 `device_offline` where the device is not
/// heard of, `behind_gateway` where only its gateway reaches it. Ask for the command to see what the
/// device answers.
#[utoipa::path(post, path = "/api/v1/devices/{id}/commands", operation_id = "command_device", tag = "devices",
    params(("id" = DeviceRef, Path)), request_body = CommandIn, responses((status = 202, body = CommandTaken)))]
pub(super) async fn command(
    Asker(cx): Asker,
    Named(device): Named<DeviceId>,
    Sent(sent): Sent<CommandIn>,
) -> Result<Taken, Refusal> {
    let mut check = Check::default();
    let method = check.take("method", sent.method.need());
    let params = check.take("params", sent.params.maybe());
    let timeout_s = check.take("timeout_s", sent.timeout_s.maybe());
    let given = (|| Some((method?, params?.unwrap_or_default(), timeout_s?)))();
    let (method, params, timeout_s) = check.done(given)?;
    let form = CommandForm {
        method: method.clone(),
        params: Some(Value::Object(params.clone())),
        timeout_s,
    };
    let id = commands::command(&cx, device, form).await?;
    Ok(Taken(CommandTaken {
        id,
        device,
        method: method.trim().to_owned(),
        params,
        timeout_s: timeout_s.unwrap_or(DEFAULT_TIMEOUT_S),
    }))
}

/// List what a device was told to do, newest first
#[utoipa::path(get, path = "/api/v1/devices/{id}/commands", operation_id = "list_device_commands", tag = "devices",
    params(("id" = DeviceRef, Path), PageParams), responses((status = 200, body = PageOut<CommandOut>)))]
pub(super) async fn list(
    Asker(cx): Asker,
    Named(device): Named<DeviceId>,
    mut asked: Asked,
) -> Result<Json<PageOut<CommandOut>>, Refusal> {
    let page = asked.page();
    asked.done()?;
    let page = commands::commands(&cx, device, &page).await?;
    Ok(Json(page.ok_or(Code::NotFound)?.into()))
}

/// See how far a command has come, and what the device answered
#[utoipa::path(get, path = "/api/v1/commands/{id}", operation_id = "get_command", tag = "devices",
    params(("id" = CommandRef, Path)), responses((status = 200, body = CommandOut)))]
pub(super) async fn one(
    Asker(cx): Asker,
    Named(id): Named<CommandId>,
) -> Result<Json<CommandOut>, Refusal> {
    let command = commands::command_of(&cx, id).await?;
    Ok(Json(command.ok_or(Code::NotFound)?.into()))
}
