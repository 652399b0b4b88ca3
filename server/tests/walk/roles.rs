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

/// What a call needs. Calls that anybody with a session may make are not here.
fn needs(target: &str) -> Option<Action> {
    use Action::*;

    let action = match target.split_once(' ')?.1 {
        "/api/v1/estates" if target.starts_with("POST") => EditEstates,
        "/api/v1/buildings" | "/api/v1/units" if target.starts_with("POST") => EditEstates,
        "/api/v1/residents" if target.starts_with("POST") => EditResidents,
        "/api/v1/devices" if target.starts_with("POST") => EditDevices,
        "/api/v1/roles" if target.starts_with("POST") => EditRoles,
        "/api/v1/estates" | "/api/v1/buildings" | "/api/v1/units" | "/api/v1/imports/{id}" => {
            ViewEstates
        }
        "/api/v1/residents" => ViewResidents,
        "/api/v1/imports/roster" | "/fn/estates/import" => EditEstates,
        "/api/v1/devices"
        | "/api/v1/devices/{id}"
        | "/api/v1/devices/{id}/points"
        | "/api/v1/points/{id}/readings" => ViewDevices,
        "/api/v1/staff" | "/api/v1/roles" => ViewStaff,
        "/api/v1/staff/invitations"
        | "/api/v1/staff/{id}"
        | "/api/v1/staff/{id}/grants"
        | "/api/v1/grants/{id}" => EditStaff,
        "/api/v1/roles/{id}" => EditRoles,
        "/fn/estates/list"
        | "/fn/estates/view"
        | "/fn/estates/unit"
        | "/fn/estates/imports"
        | "/fn/estates/import_result" => ViewEstates,
        "/fn/estates/create" | "/fn/estates/create_building" | "/fn/estates/create_unit" => {
            EditEstates
        }
        "/fn/estates/add_resident" => EditResidents,
        "/fn/estates/invite" => InviteOwner,
        "/fn/devices/list"
        | "/fn/devices/unheard"
        | "/fn/devices/view"
        | "/fn/telemetry/dashboard" => ViewDevices,
        "/fn/devices/register" => EditDevices,
        "/fn/identity/staff"
        | "/fn/identity/member"
        | "/fn/identity/roles"
        | "/fn/identity/offer" => ViewStaff,
        "/fn/identity/invite_staff"
        | "/fn/identity/give_role"
        | "/fn/identity/take_role"
        | "/fn/identity/dismiss" => EditStaff,
        "/fn/identity/make_role" | "/fn/identity/change_role" | "/fn/identity/end_role" => {
            EditRoles
        }
        "/api/v1/audit" | "/fn/audit/list" => ViewAudit,
        "/fn/tenancy/company" | "/fn/tenancy/change_company" => EditCompany,
        _ => return None,
    };
    Some(action)
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
