//! That somebody agreed to the privacy notice is written down once, and asked for when it changes.

use super::{agree, whoami};
use crate::testing::Town;

#[tokio::test]
async fn coming_in_agrees_and_a_newer_notice_asks_again() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    assert!(!whoami(cx).await.unwrap().notice_due);
    let kept = "SELECT version, way FROM consent WHERE person_id = $1";
    let person = cx.actor.person().unwrap().0;
    let rows = || sqlx::query_as::<_, (i32, String)>(kept).bind(person);
    let first = rows().fetch_all(town.db.admin()).await.unwrap();
    assert_eq!(first, [(1, "coming_in".to_owned())]);

    // As it is for whoever agreed to an earlier one: there is none of this version.
    let earlier = "DELETE FROM consent WHERE person_id = $1";
    let earlier = sqlx::query(earlier).bind(person);
    earlier.execute(town.db.admin()).await.unwrap();
    assert!(whoami(cx).await.unwrap().notice_due);
    agree(cx).await.unwrap();
    agree(cx).await.unwrap();
    assert!(!whoami(cx).await.unwrap().notice_due);
    let again = rows().fetch_all(town.db.admin()).await.unwrap();
    assert_eq!(again, [(1, "asked".to_owned())]);
    let deeds = "SELECT count(*) FROM audit_entry WHERE deed = 'consent.given'";
    let deeds: i64 = sqlx::query_scalar(deeds)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(deeds, 1);

    // The product itself agrees to nothing, and others have not agreed with it.
    assert!(agree(&town.system(cx)).await.is_err());
    assert!(!whoami(&town.admin_b).await.unwrap().notice_due);
}
