use std::collections::BTreeSet;

use domain::{
    Code,
    audit::Deed,
    estates::{BuildingForm, EstateForm},
    identity::{GrantForm, InviteStaffForm, Role},
};

use super::{
    super::{create_building, create_estate, estate, list_estates},
    *,
};
use crate::{
    audit,
    identity::staff,
    testing::{Town, hire, next_click, with_role},
};

async fn region(cx: &Cx, name: &str) -> RegionId {
    let name = name.to_owned();
    create_region(cx, NameForm { name }).await.unwrap().id
}

async fn site(cx: &Cx, name: &str) -> EstateId {
    let name = name.to_owned();
    create_estate(cx, EstateForm { name }).await.unwrap().id
}

fn into(region: Option<RegionId>) -> EstateChangeForm {
    EstateChangeForm {
        region: Some(region.map(|id| id.to_string()).unwrap_or_default()),
        ..EstateChangeForm::default()
    }
}

fn called(name: &str) -> EstateChangeForm {
    EstateChangeForm {
        name: Some(name.to_owned()),
        ..EstateChangeForm::default()
    }
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

async fn names(cx: &Cx) -> Vec<String> {
    let estates = list_estates(cx, &PageAsk::default()).await.unwrap().items;
    estates.into_iter().map(|estate| estate.name).collect()
}

async fn deeds(cx: &Cx, deed: Deed) -> usize {
    let filter = domain::audit::EntryFilter {
        deeds: Some(domain::audit::Deeds::One(deed)),
        ..domain::audit::EntryFilter::default()
    };
    let page = audit::list(cx, &filter, &PageAsk::default()).await;
    page.unwrap().items.len()
}

#[tokio::test]
async fn an_estate_lies_in_a_region_or_in_none() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (east, west) = (region(cx, "华东区").await, region(cx, "华西区").await);
    let id = site(cx, "阳光花园").await;

    let moved = change_estate(cx, id, into(Some(east))).await.unwrap();
    assert_eq!(
        (moved.region, moved.region_name.as_deref()),
        (Some(east), Some("华东区"))
    );
    assert_eq!(estate(cx, id).await.unwrap(), Some(moved));
    let counted = list_regions(cx, &PageAsk::default()).await.unwrap().items;
    // Both were made in the same moment of the clock, so that either may be the older one.
    let counted: BTreeSet<_> = counted.iter().map(|r| (r.id, r.estates)).collect();
    assert_eq!(counted, [(east, 1), (west, 0)].into());

    // The same again leaves no trace.
    change_estate(cx, id, into(Some(east))).await.unwrap();
    assert_eq!(deeds(cx, Deed::EstateChanged).await, 1);
    let renamed = change_estate(cx, id, called(" 阳光新城 ")).await.unwrap();
    assert_eq!(
        (renamed.name.as_str(), renamed.region),
        ("阳光新城", Some(east))
    );
    let out = change_estate(cx, id, into(None)).await.unwrap();
    assert_eq!((out.region, out.region_name), (None, None));

    let name = "华南区".to_owned();
    let named = rename_region(cx, west, NameForm { name }).await.unwrap();
    assert_eq!(named.name, "华南区");
    for name in ["华东区", " "] {
        let name = name.to_owned();
        let refused = rename_region(cx, west, NameForm { name })
            .await
            .unwrap_err();
        assert!(refused.problem.fields.contains_key("name"), "{refused}");
    }
    site(cx, "另一园").await;
    let taken = change_estate(cx, id, called("另一园")).await.unwrap_err();
    assert_eq!(taken.code(), Code::Conflict);
    let unknown = into(Some(RegionId(uuid::Uuid::from_u128(9))));
    let unknown = change_estate(cx, id, unknown).await.unwrap_err();
    assert_eq!(unknown.problem.fields["region"], Flaw::Unknown);
}

#[tokio::test]
async fn who_has_a_region_has_the_estates_in_it() {
    let town = Town::new().await;
    let admin = &town.admin_a;
    let (east, west) = (region(admin, "华东区").await, region(admin, "华西区").await);
    let (x, y) = (site(admin, "甲苑").await, site(admin, "乙苑").await);
    change_estate(admin, x, into(Some(east))).await.unwrap();

    let role = ("regional_manager", &[east.to_string()][..]);
    let manager = hire(admin, "区经理", role).await.unwrap();
    assert_eq!(names(&manager).await, ["甲苑"]);
    let seen = list_regions(&manager, &PageAsk::default()).await.unwrap();
    let seen: Vec<_> = seen.items.into_iter().map(|region| region.id).collect();
    assert_eq!(seen, [east]);
    let building = |estate| BuildingForm {
        estate,
        name: "1号楼".to_owned(),
    };
    create_building(&manager, building(x)).await.unwrap();
    assert_eq!(
        code(create_building(&manager, building(y)).await),
        Some(Code::NotFound)
    );

    // What comes in is theirs on the next click, and what goes out is not.
    change_estate(admin, y, into(Some(east))).await.unwrap();
    change_estate(admin, x, into(Some(west))).await.unwrap();
    let manager = next_click(&manager).await.unwrap();
    assert_eq!(names(&manager).await, ["乙苑"]);

    // Their own region they rename; estates they move where they hold both ends.
    let name = "东区".to_owned();
    rename_region(&manager, east, NameForm { name })
        .await
        .unwrap();
    change_estate(&manager, y, called("乙园")).await.unwrap();
    assert_eq!(
        code(change_estate(&manager, y, into(None)).await),
        Some(Code::Forbidden)
    );
    let hidden = change_estate(&manager, y, into(Some(west))).await;
    assert_eq!(hidden.unwrap_err().problem.fields["region"], Flaw::Unknown);
    let name = "北区".to_owned();
    assert_eq!(
        code(create_region(&manager, NameForm { name }).await),
        Some(Code::Forbidden)
    );
    let places = [east.to_string(), west.to_string()];
    let both = hire(admin, "大区经理", ("regional_manager", &places))
        .await
        .unwrap();
    change_estate(&both, y, into(Some(west))).await.unwrap();
    assert_eq!(names(&next_click(&manager).await.unwrap()).await, [""; 0]);
}

#[tokio::test]
async fn a_region_is_given_by_whoever_holds_it() {
    let town = Town::new().await;
    let admin = &town.admin_a;
    let (east, west) = (region(admin, "华东区").await, region(admin, "华西区").await);
    let x = site(admin, "甲苑").await;
    change_estate(admin, x, into(Some(east))).await.unwrap();
    let regional = ("regional_manager", &[east.to_string()][..]);
    let regional = hire(admin, "区经理", regional).await.unwrap();
    let estate = ("estate_manager", &[x.to_string()][..]);
    let manager = hire(admin, "项目经理", estate).await.unwrap();
    let guard = hire(admin, "保安", ("guard", &[x.to_string()][..]))
        .await
        .unwrap();
    let guard = guard.actor.person().unwrap();
    let at = |place: String| GrantForm {
        role: "cashier".to_owned(),
        places: vec![place],
        ..GrantForm::default()
    };

    staff::give(&regional, guard, at(east.to_string()))
        .await
        .unwrap();
    staff::give(&regional, guard, at(x.to_string()))
        .await
        .unwrap();
    assert_eq!(
        code(staff::give(&regional, guard, at(west.to_string())).await),
        Some(Code::Invalid)
    );
    // Whoever has every estate of a region has not the region: another may come in tomorrow.
    assert_eq!(
        code(staff::give(&manager, guard, at(east.to_string())).await),
        Some(Code::Forbidden)
    );
    // They name the region that their estate lies in, and see who holds a role there.
    let named = list_regions(&manager, &PageAsk::default()).await.unwrap();
    assert_eq!(named.items.len(), 1);
    let member = staff::member(&manager, regional.actor.person().unwrap()).await;
    assert_eq!(member.unwrap().unwrap().roles[0].places, ["华东区"]);
    let name = "改名".to_owned();
    assert_eq!(
        code(rename_region(&manager, east, NameForm { name }).await),
        Some(Code::Forbidden)
    );
}

#[tokio::test]
async fn strangers_find_no_region() {
    let town = Town::new().await;
    let admin = &town.admin_a;
    let east = region(admin, "华东区").await;
    let id = site(admin, "甲苑").await;
    change_estate(admin, id, into(Some(east))).await.unwrap();
    let form = || NameForm {
        name: "改名".to_owned(),
    };
    let b = &town.admin_b;
    assert_eq!(
        list_regions(b, &PageAsk::default()).await.unwrap().items,
        []
    );
    assert_eq!(
        code(rename_region(b, east, form()).await),
        Some(Code::NotFound)
    );
    assert_eq!(
        code(change_estate(b, id, called("改")).await),
        Some(Code::NotFound)
    );
    // Names are taken within one company only.
    region(b, "华东区").await;
    let theirs = site(b, "甲苑").await;
    let unknown = change_estate(b, theirs, into(Some(east)))
        .await
        .unwrap_err();
    assert_eq!(unknown.problem.fields["region"], Flaw::Unknown);

    let cashier = with_role(admin, Role::Cashier);
    assert_eq!(
        code(create_region(&cashier, form()).await),
        Some(Code::Forbidden)
    );
    assert_eq!(
        code(rename_region(&cashier, east, form()).await),
        Some(Code::Forbidden)
    );
    assert_eq!(
        code(change_estate(&cashier, id, called("改")).await),
        Some(Code::Forbidden)
    );
}

#[tokio::test]
async fn an_empty_region_goes_when_nobody_answers_for_it() {
    let town = Town::new().await;
    let admin = &town.admin_a;
    let (east, west) = (region(admin, "华东区").await, region(admin, "华西区").await);
    let x = site(admin, "甲苑").await;
    change_estate(admin, x, into(Some(east))).await.unwrap();
    assert_eq!(code(remove_region(admin, east).await), Some(Code::Conflict));

    let role = ("regional_manager", &[west.to_string()][..]);
    let manager = hire(admin, "区经理", role).await.unwrap();
    assert_eq!(code(remove_region(admin, west).await), Some(Code::Conflict));
    assert_eq!(
        code(remove_region(&manager, west).await),
        Some(Code::Forbidden)
    );
    assert_eq!(
        code(remove_region(&manager, east).await),
        Some(Code::NotFound)
    );
    assert_eq!(
        code(remove_region(&town.admin_b, west).await),
        Some(Code::NotFound)
    );
    staff::dismiss(admin, manager.actor.person().unwrap())
        .await
        .unwrap();
    remove_region(admin, west).await.unwrap();
    assert_eq!(code(remove_region(admin, west).await), Some(Code::NotFound));
    assert_eq!(deeds(admin, Deed::RegionRemoved).await, 1);

    // An invitation that waits would give a role there.
    let south = region(admin, "华南区").await;
    let invitation = InviteStaffForm {
        name: "新人".to_owned(),
        grant: GrantForm {
            role: "regional_manager".to_owned(),
            places: vec![south.to_string()],
            ..GrantForm::default()
        },
    };
    staff::invite(admin, invitation).await.unwrap();
    assert_eq!(
        code(remove_region(admin, south).await),
        Some(Code::Conflict)
    );
}
