//! Lists as workbooks: with the filters and the order that the page's address has, and the columns
//! that it shows.

use std::collections::HashMap;

use app::{
    columns::{List, SHOW},
    devices::words as device_words,
    estates::{asked::UnitAsk, words},
};
use axum::{
    extract::{Path, Query},
    http::HeaderMap,
    response::Response,
};
use backend::exports::{self, DeviceWords, ResidentWords};
use domain::{
    Code, EstateId,
    columns::Sort,
    devices::{DeviceFilter, DeviceKind, DeviceState},
};

use super::{
    Language,
    inside::{Inside, XLSX, file},
    refusal::Refusal,
};

type Asked = Query<HashMap<String, String>>;

/// The units of an estate, as its page shows them.
pub(super) async fn units(
    Inside(cx): Inside,
    Path(estate): Path<String>,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Result<Response, Refusal> {
    let estate = estate.parse::<EstateId>().map_err(|_| Code::NotFound)?;
    let asked = UnitAsk::of(|name| asked.get(name).cloned());
    let columns = List::Units.chosen(asked.show(), &headers);
    let bytes = exports::units(&cx, &asked.filter(estate)?, &columns).await?;
    file(XLSX, "linli-units.xlsx", bytes)
}

/// Whom a search has found.
pub(super) async fn residents(
    Inside(cx): Inside,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Result<Response, Refusal> {
    let locale = Language::chosen(&headers).locale();
    let said = ResidentWords {
        unit: words::found_unit(locale),
        car: words::found_car(locale),
        relation: |relation| words::relation(locale, relation),
    };
    let q = asked.get("q").map(String::as_str).unwrap_or_default();
    let bytes = exports::residents(&cx, q, said).await?;
    file(XLSX, "linli-residents.xlsx", bytes)
}

/// The devices of an estate, or of all that the asker sees.
pub(super) async fn devices(
    Inside(cx): Inside,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Result<Response, Refusal> {
    let locale = Language::chosen(&headers).locale();
    let estate = asked.get("estate").map(|id| id.parse::<EstateId>());
    let filter = DeviceFilter {
        estate: estate.transpose().map_err(|_| Code::NotFound)?,
        kind: asked.get("kind").and_then(|kind| DeviceKind::parse(kind)),
        state: asked
            .get("state")
            .and_then(|state| DeviceState::parse(state)),
        unit: None,
        retired: asked
            .get("retired")
            .is_some_and(|retired| retired == "true"),
        sort: asked.get("sort").and_then(|sort| Sort::parse(sort)),
    };
    let show = asked.get(SHOW).map(String::as_str);
    let show = show.filter(|words| !words.is_empty());
    let columns = List::Devices.chosen(show, &headers);
    let said = DeviceWords {
        kind: |kind| device_words::kind(locale, kind),
        state: |state| device_words::state(locale, state),
    };
    let bytes = exports::devices(&cx, &filter, &columns, said).await?;
    file(XLSX, "linli-devices.xlsx", bytes)
}
