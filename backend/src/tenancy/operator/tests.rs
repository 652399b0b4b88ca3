use domain::{
    Code,
    audit::{Acting, Deed, EntryFilter, Subject},
    page::PageAsk,
    problem::Flaw,
};
use sqlx::{Connection, PgConnection};

use super::*;
use crate::{
    audit, identity,
    kernel::cx::Cx,
    tenancy,
    testing::{Town, next_click},
};

async fn operator(town: &Town) -> PgConnection {
    PgConnection::connect_with(&town.db.owner()).await.unwrap()
}

async fn deeds(cx: &Cx) -> Vec<(Deed, Acting)> {
    let all = audit::list(cx, &EntryFilter::default(), &PageAsk::default()).await;
    let all = all.unwrap().items;
    all.into_iter()
        .filter(|entry| entry.subject == Subject::Company(cx.tenant.id))
        .map(|entry| (entry.deed, entry.doer.acting))
        .collect()
}

#[tokio::test]
async fn the_operator_suspends_and_resumes_a_company() {
    let town = Town::new().await;
    let (mut conn, now) = (operator(&town).await, town.site.now());
    suspend(&mut conn, "anju", " 欠费三个月 ", now)
        .await
        .unwrap();
    suspend(&mut conn, "anju", "欠费", now).await.unwrap();

    let cx = next_click(&town.admin_a).await.unwrap();
    assert!(cx.tenant.suspended);
    let seen = tenancy::company(&cx).await.unwrap().suspended.unwrap();
    assert_eq!((seen.why.as_str(), seen.since), ("欠费", Some(now)));
    let ids = [town.admin_a.tenant.id, town.admin_b.tenant.id];
    let found = tenancy::suspended(&town.site, &ids).await.unwrap();
    assert_eq!(found, [town.admin_a.tenant.id]);
    let listed = companies(&mut conn).await.unwrap();
    let of = |slug: &str| listed.iter().find(|company| company.slug == slug).unwrap();
    assert_eq!(of("anju").state, "suspended");
    assert_eq!(of("anju").suspended_for.as_deref(), Some("欠费"));
    assert_eq!(
        (&*of("boyuan").state, &*of("boyuan").plan),
        ("trial", "trial")
    );

    resume(&mut conn, "anju", now).await.unwrap();
    let cx = next_click(&town.admin_a).await.unwrap();
    assert!(!cx.tenant.suspended);
    assert_eq!(tenancy::company(&cx).await.unwrap().suspended, None);
    let twice = resume(&mut conn, "anju", now).await.unwrap_err();
    assert_eq!(twice.code(), Code::NotFound);

    let told = deeds(&cx).await;
    let by_operator = |deed| (deed, Acting::Operator);
    for deed in [Deed::CompanySuspended, Deed::CompanyResumed] {
        assert!(told.contains(&by_operator(deed)), "{told:?}");
    }
    let other = deeds(&town.admin_b).await;
    assert!(other.iter().all(|(_, acting)| *acting != Acting::Operator));
}

#[tokio::test]
async fn a_company_moves_to_another_plan() {
    let town = Town::new().await;
    let (mut conn, now) = (operator(&town).await, town.site.now());
    move_to(&mut conn, "anju", "group", now).await.unwrap();
    let usage = tenancy::company(&town.admin_a).await.unwrap().usage;
    assert_eq!((usage.plan.as_str(), usage.estates.most), ("group", 500));
    assert!(
        deeds(&town.admin_a)
            .await
            .contains(&(Deed::PlanChanged, Acting::Operator))
    );
    let refused = move_to(&mut conn, "anju", "gold", now).await.unwrap_err();
    assert_eq!(refused.problem.fields.get("plan"), Some(&Flaw::Unknown));
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_leaves_nothing() {
    let town = Town::new().await;
    let (mut conn, now) = (operator(&town).await, town.site.now());
    let before = deeds(&town.admin_a).await;
    for reason in ["", "  ", &"长".repeat(201)] {
        let refused = suspend(&mut conn, "anju", reason, now).await.unwrap_err();
        assert!(refused.problem.fields.contains_key("reason"), "{reason}");
    }
    for slug in ["chenguang", "", "a'; DROP TABLE tenant", "\0"] {
        let refused = suspend(&mut conn, slug, "欠费", now).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound, "{slug}");
        let refused = move_to(&mut conn, slug, "group", now).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound, "{slug}");
    }
    assert_eq!(deeds(&town.admin_a).await, before);
}

#[tokio::test]
async fn who_serves_is_no_operator() {
    let town = Town::new().await;
    let now = town.site.now();
    let mut conn = PgConnection::connect_with(&town.db.app()).await.unwrap();
    assert!(companies(&mut conn).await.unwrap().is_empty());
    assert!(suspend(&mut conn, "anju", "欠费", now).await.is_err());
    assert!(resume(&mut conn, "anju", now).await.is_err());
    assert!(move_to(&mut conn, "anju", "trial", now).await.is_err());
    // Nor can it write as one, in its own company either.
    let mut tx =
        crate::kernel::tx::TenantTx::begin(&town.admin_a, &domain::identity::Scope::Everywhere)
            .await
            .unwrap();
    let forged = sqlx::query(
        "INSERT INTO audit_entry (tenant_id, id, at, actor, deed, subject_kind, subject_id, fields, channel)
         VALUES ($1, gen_random_uuid(), now(), 'operator', 'company.resumed', 'company', $1, '{}', 'inside')",
    )
    .bind(town.admin_a.tenant.id.0)
    .execute(tx.conn())
    .await
    .unwrap_err();
    assert!(
        forged.to_string().contains("row-level security"),
        "{forged}"
    );
}

#[tokio::test]
async fn a_slug_is_for_ever() {
    let town = Town::new().await;
    let admin = town.db.admin();
    for sql in [
        "UPDATE tenant SET slug = 'other' WHERE slug = 'anju'",
        "DELETE FROM tenant WHERE slug = 'anju'",
        "DELETE FROM tenant",
    ] {
        let refused = sqlx::query(sql).execute(admin).await.unwrap_err();
        assert!(refused.to_string().contains("never"), "{sql}: {refused}");
    }
    let mut conn = operator(&town).await;
    let refused = sqlx::query("UPDATE tenant SET slug = 'other'")
        .execute(&mut conn)
        .await;
    assert!(refused.is_err());
    let mut conn = PgConnection::connect_with(&town.db.app()).await.unwrap();
    for sql in ["UPDATE tenant SET slug = 'other'", "DELETE FROM tenant"] {
        let refused = sqlx::query(sql).execute(&mut conn).await.unwrap_err();
        assert!(
            refused.to_string().contains("permission denied"),
            "{sql}: {refused}"
        );
    }
    // A suspended company's is not free either.
    suspend(&mut operator(&town).await, "anju", "欠费", town.site.now())
        .await
        .unwrap();
    let taken = tenancy::check_slug(&town.site, "anju").await.unwrap();
    assert_eq!(taken, Err(Flaw::Taken));
    assert!(identity::me(&town.admin_a).is_ok());
}
