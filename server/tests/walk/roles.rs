//! Every call of an admin's as every role: allowed or refused as the matrix says, and nothing else.

use std::collections::BTreeMap;

use backend::identity::{rbac, staff};
use domain::identity::{Action, Actions, Role, RoleForm};

use crate::{
    functions,
    house::{House, hire},
    http::{self, Call, Record},
    rest,
};

/// What calls need. Those that anybody with a session may make are not here.
const NEEDS: &[(Action, &[&str])] = &[
    (
        Action::ViewEstates,
        &[
            "GET /api/v1/buildings",
            "GET /api/v1/estates",
            "GET /api/v1/search",
            "GET /api/v1/imports/{id}",
            "GET /api/v1/phases",
            "GET /api/v1/regions",
            "GET /api/v1/units",
            "POST /fn/estates/import_result",
            "POST /fn/estates/import_state",
            "POST /fn/estates/building",
            "POST /fn/estates/find",
            "POST /fn/estates/imports",
            "POST /fn/estates/in_brief",
            "POST /fn/estates/list",
            "POST /fn/estates/regions",
            "POST /fn/estates/unit",
            "POST /fn/estates/view",
        ],
    ),
    (
        Action::EditEstates,
        &[
            "DELETE /api/v1/phases/{id}",
            "DELETE /api/v1/regions/{id}",
            "PATCH /api/v1/buildings/{id}",
            "PATCH /api/v1/estates/{id}",
            "PATCH /api/v1/phases/{id}",
            "PATCH /api/v1/regions/{id}",
            "PATCH /api/v1/units/{id}",
            "POST /api/v1/buildings",
            "POST /api/v1/buildings/bulk",
            "POST /api/v1/estates",
            "POST /api/v1/imports/roster",
            "POST /api/v1/phases",
            "POST /api/v1/regions",
            "POST /api/v1/units",
            "POST /fn/estates/build",
            "POST /fn/estates/archive",
            "POST /fn/estates/change_building",
            "POST /fn/estates/change_estate",
            "POST /fn/estates/change_unit",
            "POST /fn/estates/create",
            "POST /fn/estates/create_building",
            "POST /fn/estates/create_phase",
            "POST /fn/estates/create_region",
            "POST /fn/estates/create_unit",
            "POST /fn/estates/import",
            "POST /fn/estates/merge_units",
            "POST /fn/estates/move_unit",
            "POST /fn/estates/rearranged",
            "POST /fn/estates/remove_place",
            "POST /fn/estates/rename",
            "POST /fn/estates/restore",
            "POST /fn/estates/site",
            "POST /fn/estates/split_unit",
        ],
    ),
    (
        Action::ViewResidents,
        &["GET /api/v1/residents", "POST /fn/estates/resident"],
    ),
    (
        Action::ViewPhones,
        &[
            "POST /api/v1/residents/{id}/reveal",
            "POST /fn/estates/reveal",
        ],
    ),
    (
        Action::EraseResidents,
        &[
            "POST /fn/privacy/erase",
            "POST /fn/privacy/erasures",
            "POST /fn/privacy/refuse_erasure",
        ],
    ),
    (
        Action::EditResidents,
        &[
            "DELETE /api/v1/residents/{id}",
            "PATCH /api/v1/residents/{id}",
            "POST /api/v1/residents",
            "POST /console/vehicles/batch",
            "POST /fn/estates/accept_claim",
            "POST /fn/estates/add_resident",
            "POST /fn/estates/add_vehicle",
            "POST /fn/estates/change_resident",
            "POST /fn/estates/claims",
            "POST /fn/estates/move_out",
            "POST /fn/estates/refuse_claim",
            "POST /fn/estates/remove_vehicle",
            "POST /fn/estates/transfer",
            "POST /fn/privacy/file_erasure",
        ],
    ),
    (
        Action::InviteOwner,
        &[
            "POST /console/claims/print",
            "POST /fn/estates/code_homes",
            "POST /fn/estates/invite",
            "POST /fn/estates/print_reset",
        ],
    ),
    (
        Action::ViewDevices,
        &[
            "GET /api/v1/commands/{id}",
            "GET /api/v1/device-models",
            "GET /api/v1/device-models/{id}",
            "GET /api/v1/devices",
            "GET /api/v1/devices/{id}",
            "GET /api/v1/devices/{id}/commands",
            "GET /api/v1/devices/{id}/points",
            "GET /api/v1/devices/{id}/replacements",
            "GET /api/v1/points/{id}/readings",
            "POST /fn/devices/hangings",
            "POST /console/devices/history",
            "POST /fn/devices/list",
            "POST /fn/devices/model",
            "POST /fn/devices/model_list",
            "POST /fn/devices/told",
            "POST /fn/devices/unheard",
            "POST /fn/devices/view",
            "POST /fn/telemetry/dashboard",
            "POST /fn/telemetry/doors",
            "POST /fn/telemetry/energy",
            "POST /fn/telemetry/equipment",
            "POST /fn/telemetry/wall",
        ],
    ),
    (
        Action::EditDevices,
        &[
            "DELETE /api/v1/device-models/{id}",
            "DELETE /api/v1/devices/{id}/credentials",
            "DELETE /api/v1/replacements/{id}",
            "PATCH /api/v1/device-models/{id}",
            "PATCH /api/v1/devices/{id}",
            "POST /api/v1/device-models",
            "POST /api/v1/devices",
            "POST /api/v1/devices/{id}/credentials",
            "POST /api/v1/devices/{id}/replacements",
            "POST /console/device-models/import/file",
            "POST /console/device-models/import/sheet",
            "POST /console/devices/batch",
            "POST /fn/devices/archive_model",
            "POST /fn/devices/change",
            "POST /fn/devices/change_model",
            "POST /fn/devices/hang",
            "POST /fn/devices/make_model",
            "POST /fn/devices/models",
            "POST /fn/devices/register",
            "POST /fn/devices/rekey",
            "POST /fn/devices/remove_model",
            "POST /fn/devices/replace",
            "POST /fn/devices/revoke",
            "POST /fn/devices/withdraw_replacement",
        ],
    ),
    (
        Action::CommandDevices,
        &[
            "POST /api/v1/devices/{id}/commands",
            "POST /fn/devices/tell",
        ],
    ),
    (
        Action::ViewStaff,
        &[
            "GET /api/v1/roles",
            "GET /api/v1/staff",
            "POST /fn/identity/member",
            "POST /fn/identity/offer",
            "POST /fn/identity/roles",
            "POST /fn/identity/staff",
        ],
    ),
    (
        Action::EditStaff,
        &[
            "DELETE /api/v1/grants/{id}",
            "DELETE /api/v1/staff/{id}",
            "POST /api/v1/staff/invitations",
            "POST /api/v1/staff/{id}/grants",
            "POST /fn/identity/dismiss",
            "POST /fn/identity/give_role",
            "POST /fn/identity/invite_staff",
            "POST /fn/identity/stand_in",
            "POST /fn/identity/take_role",
        ],
    ),
    (
        Action::EditRoles,
        &[
            "DELETE /api/v1/roles/{id}",
            "POST /api/v1/roles",
            "POST /fn/identity/change_role",
            "POST /fn/identity/end_role",
            "POST /fn/identity/make_role",
            "PUT /api/v1/roles/{id}",
        ],
    ),
    (
        Action::EditKeys,
        &[
            "DELETE /api/v1/keys/{id}",
            "GET /api/v1/keys",
            "POST /api/v1/keys",
            "POST /fn/identity/end_key",
            "POST /fn/identity/keys",
            "POST /fn/identity/make_key",
        ],
    ),
    (
        Action::EditCompany,
        &[
            "GET /api/v1/tenant",
            "PATCH /api/v1/tenant",
            "POST /console/company/export",
            "POST /fn/identity/want_second_factor",
            "POST /fn/tenancy/change_company",
            "POST /fn/tenancy/company",
            "POST /fn/tenancy/drop_logo",
            "POST /fn/tenancy/put_steps_away",
            "POST /fn/tenancy/set_logo",
        ],
    ),
    (
        Action::ViewAudit,
        &["GET /api/v1/audit", "POST /fn/audit/list"],
    ),
];

pub(crate) fn needs(target: &str) -> Option<Action> {
    let found = NEEDS.iter().find(|(_, targets)| targets.contains(&target));
    found.map(|(action, _)| *action)
}

/// Calls of an admin's that ask for nothing but a session: this list may only become shorter.
const ANYBODYS: [&str; 4] = [
    "POST /api/v1/live/ticket",
    "POST /fn/devices/broker",
    "POST /fn/devices/place",
    "POST /fn/identity/me",
];

async fn recorded(house: &House) -> Vec<Call> {
    let mut record = Record::new(house);
    rest::record(&mut record).await;
    functions::record(&mut record).await;
    let (calls, _) = record.done();
    let admins = calls
        .into_iter()
        .filter(|call| call.by == crate::house::Who::Admin);
    admins.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_does_what_the_matrix_says() {
    let house = House::new().await;
    let calls = recorded(&house).await;
    let unknown: Vec<_> = calls
        .iter()
        .map(|call| call.target.as_str())
        .filter(|target| needs(target).is_none() && !ANYBODYS.contains(target))
        .collect();
    assert_eq!(unknown, Vec::<&str>::new(), "say what these calls need");

    let mut roles: BTreeMap<String, Actions> = Role::of_staff()
        .map(|role| (role.as_str().to_owned(), rbac::actions(role)))
        .collect();
    let form = RoleForm {
        name: "抄表员".to_owned(),
        actions: vec!["edit_devices".to_owned(), "view_residents".to_owned()],
    };
    let own = staff::make_role(&house.town.admin.cx, form).await.unwrap();
    let actions = [
        Action::ViewEstates,
        Action::ViewResidents,
        Action::ViewDevices,
        Action::EditDevices,
    ];
    roles.insert(own.to_string(), actions.into_iter().collect());

    let mut wrong = Vec::new();
    for (role, actions) in roles {
        let opened = hire(&house.town, &role, None).await;
        for call in &calls {
            let Some(action) = needs(&call.target) else {
                continue;
            };
            let answer = http::send_as(&house, call, Some(&opened)).await;
            let forbidden = answer.code().as_deref() == Some("forbidden");
            // What one gives must be one's own as well: then the matrix does not say it alone.
            let more = action == Action::EditStaff && actions.contains(action);
            if forbidden == actions.contains(action) && !more {
                wrong.push(format!("{role}: {} {}", call.target, answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
