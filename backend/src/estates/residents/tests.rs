use domain::{
    HouseholdId, UnitId,
    estates::{ClaimForm, ResidentForm, ShareForm},
    identity::{LoginForm, Role},
    page::PageAsk,
    problem::Flaw,
};
use uuid::Uuid;

use super::*;
use crate::{
    devices::tests::{Place, settle},
    estates::{
        add_resident, claim, find_residents, home_notices, home_people, invite, list_residents,
        print_codes, reveal_contact, share_home,
    },
    identity::{Kind, log_in},
    kernel::cx::Peer,
    testing::{PASSWORD, Town, comes_in, next_click, sale_today, with_role},
};

const PHONE: &str = "13812345678";
const OTHER: &str = "13987654321";

async fn add(cx: &Cx, unit: UnitId, name: &str, relation: Relation) -> ResidentId {
    let form = ResidentForm {
        unit,
        name: name.to_owned(),
        phone: Some(PHONE.to_owned()),
        id_number: Some("E12345678".to_owned()),
        relation,
    };
    add_resident(cx, form).await.unwrap().id
}

/// A home with 王小明, who owns it, and their family.
async fn scene() -> (Town, Place, ResidentId, ResidentId) {
    let town = Town::new().await;
    let place = settle(&town.admin_a, "阳光花园").await;
    let owner = add(&town.admin_a, place.unit, "王小明", Relation::Owner).await;
    let wife = add(&town.admin_a, place.unit, "李太太", Relation::Family).await;
    (town, place, owner, wife)
}

fn named(name: &str) -> ResidentChangeForm {
    ResidentChangeForm {
        name: Some(name.to_owned()),
        ..ResidentChangeForm::default()
    }
}

fn phone(number: &str) -> ResidentChangeForm {
    ResidentChangeForm {
        phone: Some(number.to_owned()),
        ..ResidentChangeForm::default()
    }
}

fn relation(word: &str) -> ResidentChangeForm {
    ResidentChangeForm {
        relation: Some(word.to_owned()),
        ..ResidentChangeForm::default()
    }
}

async fn comes(town: &Town, resident: ResidentId, login: &str) -> Cx {
    let link = invite(&town.admin_a, resident).await.unwrap();
    comes_in(&town.site, &link.token, login).await
}

async fn entries(town: &Town, deed: &str) -> Vec<Vec<String>> {
    sqlx::query_scalar("SELECT fields FROM audit_entry WHERE deed = $1 ORDER BY id")
        .bind(deed)
        .fetch_all(town.db.admin())
        .await
        .unwrap()
}

async fn told(owner: &Cx, home: HouseholdId) -> Vec<NoticeKind> {
    let notices = home_notices(owner, home).await.unwrap().unwrap();
    notices.into_iter().map(|notice| notice.kind).collect()
}

#[tokio::test]
async fn what_is_given_changes_and_the_rest_stays() {
    let (town, place, _, wife) = scene().await;
    let cx = &with_role(&town.admin_a, Role::FrontDesk);
    let before = resident(cx, wife).await.unwrap().unwrap();
    assert_eq!(before.home, "阳光花园 1号楼 101");
    assert!(before.identified && before.running);

    let form = ResidentChangeForm {
        phone: Some(OTHER.to_owned()),
        id_number: Some(String::new()),
        relation: Some("renter".to_owned()),
        ..named("李小花")
    };
    let changed = change_resident(cx, wife, form.clone()).await.unwrap();
    assert_eq!(
        (
            changed.name.as_str(),
            changed.phone.as_deref(),
            changed.relation
        ),
        ("李小花", Some("139****4321"), Relation::Renter)
    );
    let after = resident(cx, wife).await.unwrap().unwrap();
    assert_eq!(after.resident, changed);
    assert!(!after.identified);
    let contact = reveal_contact(cx, wife).await.unwrap();
    assert_eq!(contact.phone.as_deref(), Some(OTHER));
    assert_eq!(contact.id_number, None);
    // She is found by the new ones, and not by the old.
    let found = async |search: &str| {
        let found = find_residents(cx, search, &PageAsk::default()).await;
        let ids = found.unwrap().items.into_iter().map(|row| row.resident.id);
        ids.collect::<Vec<_>>().contains(&wife)
    };
    assert!(found(OTHER).await && found("李小花 4321").await);
    assert!(!found(PHONE).await && !found("李太太").await);

    // The same again changes nothing, and leaves no trace; nor does an empty form.
    change_resident(cx, wife, form).await.unwrap();
    change_resident(cx, wife, ResidentChangeForm::default())
        .await
        .unwrap();
    let fields = ["name", "phone", "id_number", "relation"].map(str::to_owned);
    assert_eq!(entries(&town, "resident.changed").await, [fields.to_vec()]);
    let listed = list_residents(cx, Some(place.unit), &PageAsk::default()).await;
    assert!(listed.unwrap().items.contains(&changed));
}

/// A new name is found in letters as well, and the old one is not any more.
#[tokio::test]
async fn a_new_name_is_spelt_anew() {
    let (town, _, owner, _) = scene().await;
    let cx = &town.admin_a;
    let found = async |letters: &str| {
        let page = find_residents(cx, letters, &PageAsk::default()).await;
        let page = page.unwrap().items;
        page.iter()
            .map(|found| found.resident.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("wxm").await, [owner]);
    change_resident(cx, owner, named("赵大明")).await.unwrap();
    assert_eq!(found("zdm").await, [owner]);
    assert_eq!(found("wxm").await, []);
}

#[tokio::test]
async fn bad_input_changes_nothing() {
    let (town, _, owner, wife) = scene().await;
    let cx = &town.admin_a;
    let form = ResidentChangeForm {
        phone: Some("12".to_owned()),
        id_number: Some("1".to_owned()),
        relation: Some("guest".to_owned()),
        ..named(" ")
    };
    let bad = change_resident(cx, wife, form).await.unwrap_err().problem;
    assert_eq!(bad.fields.len(), 4, "{bad}");
    // Whose the home is says the deed.
    for (who, word) in [(owner, "family"), (wife, "owner")] {
        let form = ResidentChangeForm {
            name: Some("别名".to_owned()),
            ..relation(word)
        };
        let bad = change_resident(cx, who, form).await.unwrap_err().problem;
        assert_eq!(bad.fields.get("relation"), Some(&Flaw::Unknown), "{word}");
    }
    let leaves = move_out(cx, owner).await.unwrap_err();
    assert_eq!(leaves.code(), Code::Conflict);
    assert!(entries(&town, "resident.changed").await.is_empty());
    assert!(entries(&town, "resident.left").await.is_empty());
}

#[tokio::test]
async fn whoever_may_not_does_not() {
    let (town, place, _, wife) = scene().await;
    let cx = &town.admin_a;
    let code = async |cx: &Cx, id| {
        let changed = change_resident(cx, id, named("别名")).await;
        let left = move_out(cx, id).await.unwrap_err().code();
        let changed = changed.unwrap_err().code();
        assert_eq!(changed, left);
        changed
    };
    for role in [Role::Steward, Role::Cashier, Role::EngineeringLead] {
        assert_eq!(
            code(&with_role(cx, role), wife).await,
            Code::Forbidden,
            "{role:?}"
        );
    }
    let owner = town.owner_of(cx, place.household).await;
    assert_eq!(code(&owner, wife).await, Code::Forbidden);
    assert!(resident(&owner, wife).await.is_err());
    let rival = &town.admin_b;
    assert_eq!(code(rival, wife).await, Code::NotFound);
    assert_eq!(resident(rival, wife).await.unwrap(), None);
    let nobody = ResidentId(Uuid::from_u128(42));
    assert_eq!(code(cx, nobody).await, Code::NotFound);
    let mut suspended = cx.clone();
    suspended.tenant.suspended = true;
    assert_eq!(code(&suspended, wife).await, Code::Suspended);
    assert!(resident(&suspended, wife).await.unwrap().is_some());

    // Whoever has sold is written down as they were.
    let sale = sale_today(cx, place.unit, place.household);
    crate::estates::transfer(cx, sale).await.unwrap();
    assert_eq!(code(cx, wife).await, Code::NotFound);
    let past = resident(cx, wife).await.unwrap().unwrap();
    assert_eq!((past.running, past.resident.phone), (false, None));
    assert_eq!(past.resident.name, "李太太");
}

#[tokio::test]
async fn a_changed_number_ends_what_was_sent_to_it_and_the_owners_are_told() {
    let (town, place, owner, wife) = scene().await;
    let cx = &town.admin_a;
    let (_, slips) = print_codes(cx, &[place.unit]).await.unwrap();
    let link = invite(cx, wife).await.unwrap();
    let claims = async |digits: &str| {
        let form = ClaimForm {
            code: slips[0].code.grouped(),
            surname: "王".to_owned(),
            last_digits: digits.to_owned(),
            other_phone: false,
            login: OTHER.to_owned(),
            password: PASSWORD.to_owned(),
        };
        claim(&town.site, form, None, &Peer::local()).await
    };
    // Of the family, only their own link was meant for the number.
    change_resident(cx, wife, phone(OTHER)).await.unwrap();
    let opened = crate::estates::invitation(&town.site, &link.token).await;
    assert!(opened.unwrap().is_none());
    let codes = "SELECT count(*) FROM home_code WHERE ended_at IS NULL AND used_at IS NULL";
    let open: i64 = sqlx::query_scalar(codes)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(open, 1);
    // A name that is spelt anew ends nothing either.
    change_resident(cx, owner, named("王晓明")).await.unwrap();
    change_resident(cx, owner, phone("13800000000"))
        .await
        .unwrap();
    for digits in ["5678", "0000"] {
        let refused = claims(digits).await.unwrap_err();
        assert_eq!(refused.code(), Code::Expired);
    }
    // Who has come in with a number goes on with it, and hears of the next change.
    let cx_owner = comes(&town, owner, "13800000000").await;
    assert!(told(&cx_owner, place.household).await.is_empty());
    change_resident(cx, owner, phone("")).await.unwrap();
    change_resident(cx, wife, phone(PHONE)).await.unwrap();
    let heard = told(&cx_owner, place.household).await;
    assert_eq!(heard, [NoticeKind::PhoneChanged, NoticeKind::PhoneChanged]);
    assert!(next_click(&cx_owner).await.is_some());
    let form = LoginForm {
        tenant: String::new(),
        login: "13800000000".to_owned(),
        password: PASSWORD.to_owned(),
    };
    log_in(&town.site, form, Kind::Browser, &Peer::local())
        .await
        .unwrap();
}

#[tokio::test]
async fn who_is_taken_off_is_refused_at_the_next_click() {
    let (town, place, _, wife) = scene().await;
    let cx = &with_role(&town.admin_a, Role::FrontDesk);
    let cx_wife = comes(&town, wife, PHONE).await;
    assert!(next_click(&cx_wife).await.is_some());
    move_out(cx, wife).await.unwrap();
    assert!(next_click(&cx_wife).await.is_none());
    let again = move_out(cx, wife).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    assert!(!resident(cx, wife).await.unwrap().unwrap().running);
    assert_eq!(
        entries(&town, "resident.left").await,
        [Vec::<String>::new()]
    );
    // A link that is out opens nothing either.
    let son = add(cx, place.unit, "王小宝", Relation::Family).await;
    let link = invite(cx, son).await.unwrap();
    move_out(cx, son).await.unwrap();
    let opened = crate::estates::invitation(&town.site, &link.token).await;
    assert!(opened.unwrap().is_none());
}

#[tokio::test]
async fn a_renter_who_becomes_family_has_no_lease_any_more() {
    let (town, place, owner, _) = scene().await;
    let cx_owner = comes(&town, owner, PHONE).await;
    let form = ShareForm {
        household: place.household,
        name: "赵租客".to_owned(),
        relation: "renter".to_owned(),
        until: "2036-01-31".to_owned(),
        sees_meters: false,
    };
    let (renter, _) = share_home(&cx_owner, form).await.unwrap();
    let cx = &town.admin_a;
    change_resident(cx, renter, relation("family"))
        .await
        .unwrap();
    let people = home_people(&cx_owner, place.household).await;
    let people = people.unwrap().unwrap().people;
    let found = people.iter().find(|sharer| sharer.id == renter).unwrap();
    assert_eq!((found.relation, found.until), (Relation::Family, None));
    assert!(found.sees_meters);
}

/// One does not write back what the other has just put right.
#[tokio::test]
async fn two_changes_at_once_both_count() {
    let (town, _, _, wife) = scene().await;
    let cx = &town.admin_a;
    let (name, number) = tokio::join!(
        change_resident(cx, wife, named("李小花")),
        change_resident(cx, wife, phone(OTHER))
    );
    name.unwrap();
    number.unwrap();
    let now = resident(cx, wife).await.unwrap().unwrap().resident;
    assert_eq!(
        (now.name.as_str(), now.phone.as_deref()),
        ("李小花", Some("139****4321"))
    );
}
