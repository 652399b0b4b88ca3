//! `/api/v1/points/{id}/readings`.

use axum::Json;
use backend::telemetry;
use domain::{
    Code, PointId,
    problem::Flaw,
    telemetry::{Quality, Sample, Value},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    accept::{Asked, Asker, Named},
    estates::PageParams,
    schema::{PageOut, PointRef, QualityWord, ReadingValue, Time},
};
use crate::http::Refusal;

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
}

/// List the raw readings of a point, oldest first
#[utoipa::path(get, path = "/api/v1/points/{id}/readings", operation_id = "list_readings", tag = "telemetry",
    params(("id" = PointRef, Path), ReadingParams, PageParams),
    responses((status = 200, body = PageOut<ReadingOut>)))]
pub(super) async fn readings(
    Asker(cx): Asker,
    Named(id): Named<PointId>,
    mut asked: Asked,
) -> Result<Json<PageOut<ReadingOut>>, Refusal> {
    let (from, to) = (
        asked.parse::<Timestamp>("from"),
        asked.parse::<Timestamp>("to"),
    );
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        asked.flaw("to", Flaw::OutOfRange);
    }
    // Raw readings only: a client that asks for steps must not take them for such.
    asked.refuse("step");
    let page = asked.page();
    asked.done()?;
    let readings = telemetry::readings(&cx, id, from, to, &page).await?;
    Ok(Json(readings.ok_or(Code::NotFound)?.into()))
}
