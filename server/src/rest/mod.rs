//! REST under `/api/v1`: one file a room.
//!
//! Whoever asks shows an access token, or a key of the company's; cookies count for nothing here, so no browser can be made
//! to ask in somebody's name. Every refusal has the shape of [`schema::ErrorOut`].

mod accept;
mod audit;
mod commands;
mod device_changes;
mod devices;
mod document;
mod estates;
mod identity;
mod imports;
mod instruments;
mod keys;
mod live;
mod models;
mod places;
mod privacy;
mod regions;
mod residents;
mod schema;
mod search;
mod sessions;
mod staff;
mod telemetry;
mod tenancy;

use axum::{Router, http::header, response::IntoResponse, routing::get};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use document::{openapi, openapi_json};
pub(crate) use privacy::HeldOut;

use crate::http::HttpState;

fn described() -> OpenApiRouter<HttpState> {
    document::blank()
        .routes(routes!(tenancy::sign_up))
        .routes(routes!(tenancy::tenant, tenancy::change_tenant))
        .routes(routes!(identity::log_in))
        .routes(routes!(identity::refresh))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::end_session))
        .routes(routes!(privacy::export))
        .routes(routes!(regions::list_regions, regions::create_region))
        .routes(routes!(regions::rename_region, regions::remove_region))
        .routes(routes!(estates::list_estates, estates::create_estate))
        .routes(routes!(regions::change_estate))
        .routes(routes!(regions::list_phases, regions::create_phase))
        .routes(routes!(regions::rename_phase, regions::remove_phase))
        .routes(routes!(estates::list_buildings, estates::create_building))
        .routes(routes!(regions::change_building))
        .routes(routes!(places::build))
        .routes(routes!(estates::list_units, estates::create_unit))
        .routes(routes!(places::change_unit))
        .routes(routes!(estates::list_residents, estates::add_resident))
        .routes(routes!(residents::change_resident, residents::move_out))
        .routes(routes!(estates::reveal_contact))
        .routes(routes!(search::search))
        .routes(routes!(imports::import_roster))
        .routes(routes!(imports::roster_import))
        .routes(routes!(devices::list, devices::register))
        .routes(routes!(devices::device, device_changes::change))
        .routes(routes!(devices::points))
        .routes(routes!(models::list, models::create))
        .routes(routes!(models::one, models::change, models::remove))
        .routes(routes!(commands::list, commands::command))
        .routes(routes!(commands::one))
        .routes(routes!(devices::rekey, devices::revoke))
        .routes(routes!(instruments::list, instruments::replace))
        .routes(routes!(instruments::withdraw))
        .routes(routes!(telemetry::tell))
        .routes(routes!(telemetry::readings))
        .routes(routes!(staff::list))
        .routes(routes!(staff::invite))
        .routes(routes!(staff::join))
        .routes(routes!(staff::dismiss))
        .routes(routes!(staff::give))
        .routes(routes!(staff::take))
        .routes(routes!(staff::roles, staff::make_role))
        .routes(routes!(staff::change_role, staff::end_role))
        .routes(routes!(keys::list, keys::make))
        .routes(routes!(keys::end))
        .routes(routes!(live::ticket))
        .routes(routes!(audit::list))
}

/// Every route under `/api/v1`, and the document that describes them.
pub fn routes() -> Router<HttpState> {
    let document = openapi_json();
    let document = get(move || {
        let document = document.clone();
        async move {
            let kind = (header::CONTENT_TYPE, "application/json");
            ([kind, (header::CACHE_CONTROL, "no-cache")], document).into_response()
        }
    });
    Router::from(described()).route("/api/openapi.json", document)
}
