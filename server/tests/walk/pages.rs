//! Every page as the server renders it, with the data that is in it.

use domain::page::PageAsk;
use leptos_axum::generate_route_list;

use crate::{
    complete,
    house::{MARK, OWN, Who},
    http::Record,
};

const LOGO: &str = "/console/company/logo";
const REFUSED: &str = "/console/import/{import}/refused.xlsx";
/// Lists as files.
const LISTS: [&str; 3] = [
    "/console/devices.xlsx",
    "/console/estates/{estate}/units.xlsx",
    "/console/residents.xlsx",
];

/// Pages that show nobody's data, whoever asks.
const PLAIN: [&str; 24] = [
    "/",
    "/agree",
    "/claim",
    "/claim/{token}",
    "/console",
    "/console/claims",
    "/console/company",
    "/console/device-models",
    "/console/device-models/new",
    "/console/device-models/{model}",
    "/console/device-models/{model}/edit",
    "/console/erasures",
    "/console/roles",
    "/console/staff",
    "/console/staff/{person}",
    "/forgot",
    "/invite/{token}",
    "/join/{token}",
    "/login",
    "/login/sms",
    "/reset",
    "/reset/{token}",
    "/signup",
    "/home/me",
];

pub(crate) async fn record(record: &mut Record<'_>) {
    let house = record.house;
    let (estate, building, unit, device) = (
        house.estate.to_string(),
        house.building.to_string(),
        house.unit.to_string(),
        house.meter.id.to_string(),
    );
    let resident = house.resident.to_string();
    let (cx, ask) = (&house.of(Who::Admin).unwrap().cx, PageAsk::default());
    let imports = backend::estates::list_imports(cx, house.estate, &ask)
        .await
        .unwrap();
    let person = cx.actor.person().unwrap().to_string();
    let import = imports.items[0].id.to_string();
    let (admin, owner, nobody) = (Who::Admin, Who::Owner, Who::Nobody);
    for (by, page, id) in [
        (nobody, "/", ""),
        (nobody, "/agree", ""),
        (nobody, "/signup", ""),
        (nobody, "/login", ""),
        (nobody, "/login/sms", ""),
        (nobody, "/invite/{token}", "unknown"),
        (nobody, "/join/{token}", "unknown"),
        (nobody, "/forgot", ""),
        (nobody, "/reset", ""),
        (nobody, "/reset/{token}", "unknown"),
        (nobody, "/claim", ""),
        (nobody, "/claim/{token}", "unknown"),
        (admin, "/console", ""),
        (admin, "/console/me", ""),
        (admin, "/console/dashboard?estate={id}", &*estate),
        (admin, "/console/energy?estate={id}", &estate),
        (admin, "/console/equipment?estate={id}", &estate),
        (admin, "/console/doors?estate={id}", &estate),
        (admin, "/console/wall/{estate}", &estate),
        (admin, "/console/estates", ""),
        (admin, "/console/estates/{estate}", &estate),
        (admin, "/console/estates/{estate}/build", &estate),
        (admin, "/console/buildings/{building}", &building),
        (admin, "/console/units/{unit}", &unit),
        (admin, "/console/units/{unit}/rearrange", &unit),
        (admin, "/console/units/{unit}/transfer", &unit),
        (admin, "/console/import?estate={id}", &estate),
        (admin, "/console/import/{import}", &import),
        (admin, "/console/devices?estate={id}", &estate),
        (admin, "/console/devices/new?estate={id}", &estate),
        (admin, "/console/devices/{device}", &device),
        (admin, "/console/device-models", ""),
        (admin, "/console/device-models/new", ""),
        (admin, "/console/device-models/{model}", "acme-1"),
        (admin, "/console/device-models/{model}/edit", "acme-1"),
        (admin, "/console/claims", ""),
        (admin, "/console/erasures", ""),
        (admin, "/console/residents?q=王", ""),
        (admin, "/console/residents/{resident}", &resident),
        (admin, "/console/claims/print?building={id}", &*building),
        (admin, "/console/staff", ""),
        (admin, "/console/staff/{person}", &person),
        (admin, "/console/roles", ""),
        (admin, "/console/keys", ""),
        (admin, "/console/company", ""),
        (admin, "/console/audit", ""),
        (admin, "/console/audit?subject={id}", &unit),
        (owner, "/home", ""),
        (owner, "/home/meters", ""),
        (owner, "/home/people", ""),
        (owner, "/home/me", ""),
    ] {
        let answer = record.get(by, page, id).await;
        let name = page.split('?').next().unwrap();
        let marked = answer.text.contains(MARK) || answer.text.contains(OWN);
        assert!(
            PLAIN.contains(&name) || marked,
            "{page} shows nothing of A's: {}",
            answer.text
        );
    }
    files(record, &estate, &import).await;
    let found = generate_route_list(app::App);
    let found = found
        .iter()
        .map(|listing| format!("GET {}", listing.path()));
    let mut recorded = record.recorded("GET /");
    recorded.retain(|target| {
        let path = target.trim_start_matches("GET ");
        !(path.starts_with("/api/") || [LOGO, REFUSED].contains(&path) || LISTS.contains(&path))
    });
    complete("page", found, recorded);
}

/// A picture and workbooks, and no pages.
async fn files(record: &mut Record<'_>, estate: &str, import: &str) {
    let admin = Who::Admin;
    let logo = record.get(admin, LOGO, "").await;
    assert_eq!(logo.header("content-type"), "image/webp");
    assert_eq!(logo.header("x-content-type-options"), "nosniff");
    let refused = record.get(admin, REFUSED, import).await;
    assert!(refused.header("content-type").contains("spreadsheetml"));
    for (list, id) in [
        ("/console/devices.xlsx?estate={id}", estate),
        ("/console/estates/{estate}/units.xlsx", estate),
        ("/console/residents.xlsx?q=王", ""),
    ] {
        let file = record.get(admin, list, id).await;
        assert!(file.header("content-type").contains("spreadsheetml"));
        assert_eq!(file.header("cache-control"), "no-store");
    }
}
