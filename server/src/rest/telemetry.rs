//! `/api/v1/telemetry` and `/api/v1/points/{id}/readings`.

use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use backend::telemetry;
use bridge::{intake::Intake as _, payload::decode};
use domain::{
    Code, PointId,
    page::Page,
    problem::Flaw,
    telemetry::{Quality, Refusal as Reason, Sample, Step, Summary, Value},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    accept::{Asked, Asker, Named, Speaker},
    estates::PageParams,
    schema::{PageOut, PointRef, QualityWord, ReadingValue, Time},
};
use crate::http::{HttpState, Refusal};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadingOut {
    /// The device's own time.
    #[schema(value_type = Time)]
    ts: Timestamp,
    #[schema(value_type = ReadingValue)]
    value: Value,
    #[schema(value_type = QualityWord)]
    quality: Quality,
}

impl From<Sample> for ReadingOut {
    fn from(sample: Sample) -> Self {
        let Sample { ts, value, quality } = sample;
        Self { ts, value, quality }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct ReadingParams {
    /// The first moment that counts.
    #[param(value_type = Option<Time>)]
    from: Option<String>,
    /// The first moment that does not count any more.
    #[param(value_type = Option<Time>)]
    to: Option<String>,
    /// `1m`, `1h` or `1d`.
    #[param(value_type = Option<String>, pattern = "^1[mhd]$")]
    step: Option<String>,
}

/// What a point's good numbers came to in one step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SummaryOut {
    /// Start of the step.
    #[schema(value_type = Time)]
    ts: Timestamp,
    min: f64,
    max: f64,
    mean: f64,
    /// The last by the device's own time.
    last: f64,
    /// Of a meter's register: what was counted since the reading before, over a replacement on record and
    /// by the ratio of its time. A step back otherwise counts as nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<f64>,
}

impl From<Summary> for SummaryOut {
    fn from(summary: Summary) -> Self {
        let Summary {
            ts,
            min,
            max,
            mean,
            last,
            used,
        } = summary;
        Self {
            ts,
            min,
            max,
            mean,
            last,
            used,
        }
    }
}

/// Readings as they came, or what they came to in each step.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum History {
    Readings(PageOut<ReadingOut>),
    Steps(PageOut<SummaryOut>),
}

/// List the readings of a point, oldest first: as they came, or by step
///
/// With `step`, whole steps that begin before `to`, from the one on that `from` falls into; days are
/// those of the company's time zone. Hours and days of numbers reach as far as readings are kept;
/// minutes, and steps of switches, at most 31 days.
#[utoipa::path(get, path = "/api/v1/points/{id}/readings", operation_id = "list_readings", tag = "telemetry",
    params(("id" = PointRef, Path), ReadingParams, PageParams),
    responses((status = 200, body = History)))]
pub(super) async fn readings(
    Asker(cx): Asker,
    Named(id): Named<PointId>,
    mut asked: Asked,
) -> Result<Json<History>, Refusal> {
    let (from, to) = (
        asked.parse::<Timestamp>("from"),
        asked.parse::<Timestamp>("to"),
    );
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        asked.flaw("to", Flaw::OutOfRange);
    }
    let step = asked.by("step", Step::parse);
    let page = asked.page();
    asked.done()?;
    let history = match step {
        None => {
            let readings = telemetry::readings(&cx, id, from, to, &page).await?;
            readings.map(|page| History::Readings(page.into()))
        }
        Some(step) => {
            let steps = telemetry::steps(&cx, id, step, (from, to), &page).await?;
            steps.map(|page: Page<Summary>| History::Steps(page.into()))
        }
    };
    Ok(Json(history.ok_or(Code::NotFound)?))
}

/// What became of a device's message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Told {
    /// Values that could be read. Whether the device has such points is checked as they are stored:
    /// what is refused is counted on the device, with its reason.
    values: usize,
}

/// Take in a device's readings
///
/// The body is what a device would publish to `…/telemetry`, and shown with its own user name and
/// password: `Authorization: Device <user name>:<password>`. The answer comes after the readings are
/// stored, or counted as refused; a device that gets none sends the same again, and what carries a
/// `ts` is stored once.
#[utoipa::path(post, path = "/api/v1/telemetry", operation_id = "send_telemetry", tag = "telemetry",
    request_body(content = String, content_type = "application/json"), security(("device" = [])),
    responses((status = 202, body = Told)))]
pub(super) async fn tell(
    State(state): State<HttpState>,
    Speaker(device): Speaker,
    body: Bytes,
) -> Result<(StatusCode, Json<Told>), Refusal> {
    let decoded = decode(&body, state.intake.now());
    let values = decoded.readings.len();
    let unreadable = values == 0 && decoded.refused.contains_key(&Reason::Malformed);
    state
        .intake
        .accept(&device, decoded)
        .await
        .map_err(|_| Refusal::from(Code::Unavailable))?;
    // Counted on the device's page all the same.
    if unreadable {
        return Err(Refusal::unreadable());
    }
    Ok((StatusCode::ACCEPTED, Json(Told { values })))
}
