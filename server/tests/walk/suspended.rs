//! Every call as its owner, in a company that is suspended: it is read and not changed.

use std::collections::BTreeSet;

use backend::identity::rbac;

use crate::{
    functions,
    house::{House, Who},
    http::{self, Record},
    rest,
    roles::needs,
};

/// Calls that look at what only those may see who may change it.
const LOOKS: [&str; 8] = [
    "GET /api/v1/keys",
    "GET /api/v1/tenant",
    "POST /console/company/export",
    "POST /fn/estates/claims",
    "POST /fn/estates/code_homes",
    "POST /fn/identity/keys",
    "POST /fn/privacy/erasures",
    "POST /fn/tenancy/company",
];

/// Takes along what may be looked at, which leaves a trace and changes nothing else.
const TAKEN_ALONG: &str = "POST /console/devices/history";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_company_is_changed_by_nobody() {
    let house = House::new().await;
    let mut record = Record::new(&house);
    rest::record(&mut record).await;
    functions::record(&mut record).await;
    let (calls, _) = record.done();
    sqlx::query("UPDATE tenant SET state = 'suspended' WHERE id = $1")
        .bind(house.town.admin.cx.tenant.id.0)
        .execute(house.town.db.admin())
        .await
        .unwrap();

    // Every page of the console says so in words.
    let mut pages = Record::new(&house);
    for room in [
        "dashboard",
        "estates",
        "devices",
        "staff",
        "company",
        "audit",
        "me",
    ] {
        let page = pages.get(Who::Admin, &format!("/console/{room}"), "").await;
        assert!(
            page.text.contains("公司的账号已暂停"),
            "{room}: {}",
            page.text
        );
    }

    let before = http::rows(&house).await;
    let (mut refused, mut missed) = (BTreeSet::new(), BTreeSet::new());
    for call in calls.iter().filter(|call| call.target != TAKEN_ALONG) {
        let answer = http::send_as(&house, call, house.of(call.by)).await;
        assert!(answer.status < 500, "{}: {answer:?}", call.target);
        let target = call.target.as_str();
        if answer.code().as_deref() == Some("suspended") {
            refused.insert(target);
        } else if needs(target).is_some_and(rbac::changes) {
            missed.insert(target);
        }
    }
    for (table, after) in http::rows(&house).await {
        assert_eq!(before.get(&table), Some(&after), "{table} was changed");
    }
    assert!(refused.len() > 20, "{refused:?}");
    let looks = missed.iter().filter(|target| LOOKS.contains(target));
    assert_eq!(looks.count(), missed.len(), "{missed:?}");
}
