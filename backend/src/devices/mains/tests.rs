use domain::{
    audit::{Deeds, EntryFilter},
    devices::DeviceKind,
    identity::Role,
    page::PageAsk,
};

use super::*;
use crate::{
    devices::{
        register,
        tests::{build, form, settle},
    },
    testing::{Town, with_role},
};

fn below(ids: &[String]) -> BelowForm {
    BelowForm {
        below: ids.to_vec(),
    }
}

fn flaw<T: std::fmt::Debug>(refused: Result<T>) -> (Code, Option<Flaw>) {
    let problem = refused.unwrap_err().problem;
    (problem.code, problem.fields.get("below").copied())
}

async fn changes(cx: &Cx) -> usize {
    let filter = EntryFilter {
        deeds: Some(Deeds::One(Deed::DeviceChanged)),
        ..EntryFilter::default()
    };
    let page = audit::list(cx, &filter, &PageAsk::default()).await;
    page.unwrap().items.len()
}

#[tokio::test]
async fn whole_buildings_and_single_meters_hang_below_a_main_meter() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    let (other, _) = build(cx, home.estate, "9号楼", "901").await;
    let meter = async |unit| {
        let form = form(DeviceKind::WaterMeter, home.estate, unit);
        register(cx, form).await.unwrap().id
    };
    meter(Some(home.unit)).await;
    meter(Some(other)).await;
    let (main, garden) = (meter(None).await, meter(None).await);
    // Of another kind, and so not offered.
    let door = form(DeviceKind::Door, home.estate, None);
    let door = register(cx, door).await.unwrap().id;

    let may = hangings(cx, main).await.unwrap().unwrap();
    let counts = may.buildings.iter().map(|each| (each.meters, each.below));
    assert_eq!(counts.collect::<Vec<_>>(), [(1, 0), (1, 0)]);
    let own: Vec<_> = may.meters.iter().map(|each| each.device).collect();
    assert_eq!(own, [garden]);
    assert_eq!(hangings(cx, door).await.unwrap(), None);

    let first = may.buildings[0].building.to_string();
    let both = below(&[first.clone(), garden.to_string()]);
    let now = hang(cx, main, both.clone()).await.unwrap();
    assert_eq!((now.buildings[0].below, now.buildings[1].below), (1, 0));
    assert!(now.meters[0].below);
    hang(cx, main, both).await.unwrap();
    assert_eq!(changes(cx).await, 1);
    // The garden's is below the main one, so that none of what is above it can hang below it.
    let round = below(&[main.to_string()]);
    assert_eq!(
        flaw(hang(cx, garden, round).await),
        (Code::Conflict, Some(Flaw::Taken))
    );
    let itself = below(&[main.to_string()]);
    assert_eq!(
        flaw(hang(cx, main, itself).await),
        (Code::Conflict, Some(Flaw::Taken))
    );
    // What hung elsewhere is taken from there; what is not named any more hangs nowhere.
    hang(cx, garden, below(&[first])).await.unwrap();
    let now = hangings(cx, main).await.unwrap().unwrap();
    assert_eq!(now.buildings[0].below, 0);
    let now = hang(cx, garden, below(&[])).await.unwrap();
    assert_eq!(now.buildings[0].below, 0);
}

#[tokio::test]
async fn who_may_not_and_what_cannot_is_refused() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    let meter = async |cx: &Cx, estate, unit| {
        let form = form(DeviceKind::WaterMeter, estate, unit);
        register(cx, form).await.unwrap().id
    };
    let main = meter(cx, home.estate, None).await;
    let own = meter(cx, home.estate, Some(home.unit)).await;
    let elsewhere = settle(cx, "另一园").await;
    let strange = meter(cx, elsewhere.estate, None).await;

    let none = || below(&[]);
    assert_eq!(
        flaw(hang(cx, own, none()).await),
        (Code::Conflict, Some(Flaw::OutOfRange))
    );
    for id in [
        strange.to_string(),
        cx.new_id::<domain::BuildingId>().to_string(),
    ] {
        let unknown = hang(cx, main, below(&[id])).await;
        assert_eq!(flaw(unknown), (Code::Invalid, Some(Flaw::Unknown)));
    }
    let malformed = hang(cx, main, below(&["x".to_owned()])).await;
    assert_eq!(flaw(malformed), (Code::Invalid, Some(Flaw::Malformed)));
    let b = &town.admin_b;
    assert_eq!(hangings(b, main).await.unwrap(), None);
    assert_eq!(flaw(hang(b, main, none()).await), (Code::NotFound, None));
    let cashier = with_role(cx, Role::Cashier);
    assert_eq!(
        flaw(hang(&cashier, main, none()).await),
        (Code::Forbidden, None)
    );
    assert_eq!(
        flaw(hangings(&cashier, main).await),
        (Code::Forbidden, None)
    );
}
