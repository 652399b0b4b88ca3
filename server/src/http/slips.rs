//! The sheet of codes: a document of its own, since its codes are shown this once.

use app::{
    estates::slips::{Sheet, document},
    routes,
};
use axum::{
    Form,
    extract::State,
    http::HeaderMap,
    response::{Html, IntoResponse, Redirect, Response},
};
use backend::estates;
use domain::{BuildingId, Code, UnitId};

use super::{HttpState, Language, inside::Inside, refusal::Refusal};

/// Makes codes for the homes that were ticked, and answers with the slips to print.
pub(super) async fn print(
    State(state): State<HttpState>,
    Inside(cx): Inside,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let named = |name: &'static str| {
        let all = fields.iter().filter(move |(field, _)| field == name);
        all.map(|(_, value)| value.as_str())
    };
    let units: Result<Vec<UnitId>, _> = named("unit").map(str::parse).collect();
    let units = units.map_err(|_| Refusal::from(Code::Invalid))?;
    let (until, slips) = match estates::print_codes(&cx, &units).await {
        Ok(printed) => printed,
        // Nothing was ticked, say: back to where it can be.
        Err(error) if error.code() == Code::Invalid => {
            let building = named("building").next();
            let building = building.and_then(|id| id.parse::<BuildingId>().ok());
            let building = building.ok_or(Refusal::from(Code::Invalid))?;
            let back = format!("{}&flaw=invalid", routes::claims_print(building));
            return Ok(Redirect::to(&back).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let sheet = Sheet {
        public_url: state.edge.public_url().to_owned(),
        company: cx.tenant.name.clone(),
        until: until.to_zoned(cx.tenant.zone.clone()).date(),
    };
    let english = Language::chosen(&headers) == Language::En;
    Ok(Html(document(english, &sheet, slips)).into_response())
}
