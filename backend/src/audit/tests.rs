use domain::{
    BuildingId, Code, DeviceId, ImportId, ResidentId, UnitId,
    audit::{Acting, Channel, DeedGroup, Deeds, Doer, Origin},
    columns::Columns,
    devices::{
        DeviceFilter, DeviceForm, DeviceKind, TransportForm, changes::DeviceChangeForm,
        commands::CommandForm, instruments::ReplacementForm,
    },
    estates::{
        BuildingChangeForm, BuildingForm, ClaimForm, EstateChangeForm, EstateForm, NameForm,
        PhaseForm, RegularForm, Relation, ResidentChangeForm, ResidentForm, ShareForm,
        UnitChangeForm, UnitFilter, UnitForm,
    },
    identity::{AcceptForm, GrantForm, InviteStaffForm, KeyForm, LoginForm, RoleForm, Scope},
    tenancy::CompanyForm,
};
use jiff::{SignedDuration, civil::date};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::*;
use crate::{
    devices, estates, exports,
    identity::{self, Kind},
    kernel::cx::{Actor, Peer},
    privacy,
    telemetry::{self, Batch, Registry},
    tenancy,
    testing::{PASSWORD, Town, comes_in, sale_today},
};

/// In every text that somebody writes in these tests.
const MARK: &str = "独一无二";
const PHONE: &str = "13812345678";

async fn all(cx: &Cx) -> Vec<Entry> {
    let filter = EntryFilter::default();
    let whole = PageAsk::longest();
    list(cx, &filter, &whole).await.unwrap().items
}

async fn count(town: &Town) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM audit_entry")
        .fetch_one(town.db.admin())
        .await
        .unwrap()
}

async fn count_of(town: &Town, cx: &Cx) -> usize {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_entry WHERE tenant_id = $1")
        .bind(cx.tenant.id.0)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    usize::try_from(count).unwrap()
}

fn estate_form(what: &str) -> EstateForm {
    EstateForm {
        name: format!("{MARK}{what}"),
    }
}

fn device_form(estate: EstateId, unit: Option<UnitId>, key: &str) -> DeviceForm {
    DeviceForm {
        name: format!("{MARK}表"),
        key: Some(key.to_owned()),
        kind: DeviceKind::WaterMeter,
        estate,
        unit,
        place: Some(format!("{MARK}井")),
        transport: TransportForm::Mqtt {},
        gateway: None,
        model: None,
        points: Vec::new(),
    }
}

fn roster(estate: EstateId, owner: &str, dry_run: bool) -> estates::RosterUpload {
    let rows = format!("楼栋,单元,房号,业主,手机\n{MARK}8号楼,1单元,801,{owner},{PHONE}\n");
    estates::RosterUpload {
        estate,
        dry_run,
        file_name: format!("{MARK}.csv"),
        bytes: rows.into_bytes(),
        confirmed: std::collections::BTreeSet::default(),
        of: None,
        columns: domain::estates::ColumnChoice::default(),
        asks: false,
    }
}

/// Runs verbs one by one, and takes down what each of them left.
#[path = "places_tests.rs"]
mod places;

struct Diary<'a> {
    town: &'a Town,
    seen: i64,
}

impl Diary<'_> {
    /// The one entry that the last verb left; the clock moves on, so that the next is newer.
    async fn wrote(&mut self) -> Entry {
        assert_eq!(count(self.town).await, self.seen + 1, "one entry a verb");
        self.seen += 1;
        let clock = &self.town.site.clock;
        clock.set(clock.now() + SignedDuration::from_secs(1));
        all(&self.town.admin_a).await.remove(0)
    }

    /// The entries that a verb left that is about several things, newest first.
    async fn wrote_many(&mut self, many: i64) -> Vec<Entry> {
        assert_eq!(count(self.town).await, self.seen + many);
        self.seen += many;
        let clock = &self.town.site.clock;
        clock.set(clock.now() + SignedDuration::from_secs(1));
        let mut entries = all(&self.town.admin_a).await;
        entries.truncate(usize::try_from(many).unwrap());
        entries
    }
}

struct Things {
    estate: EstateId,
    building: BuildingId,
    unit: UnitId,
    resident: ResidentId,
    device: DeviceId,
    import: ImportId,
    /// Of whom the resident is.
    owner: Cx,
}

/// All that changes anything in company A, each with the entry that it must leave.
async fn do_everything(town: &Town) -> Things {
    let clock = &town.site.clock;
    clock.set(clock.now() + SignedDuration::from_secs(1));
    let mut diary = Diary {
        town,
        seen: count(town).await,
    };
    let (estate, building, unit, resident) = move_in(&mut diary).await;
    let import = import(&mut diary, estate).await;
    let device = connect(&mut diary, estate, unit).await;
    let owner = let_in(&mut diary, estate, unit, resident).await;
    keep_account(&mut diary, &owner, resident).await;
    places::park(&mut diary, estate, unit).await;
    places::rearrange(&mut diary, estate).await;
    places::model(&mut diary).await;
    employ(&mut diary, estate).await;
    connect_a_program(&mut diary).await;
    // What is no deed leaves nothing.
    identity::live_ticket(&owner).await.unwrap();
    assert_eq!(count(town).await, diary.seen);
    Things {
        estate,
        building,
        unit,
        resident,
        device,
        import,
        owner,
    }
}

async fn move_in(diary: &mut Diary<'_>) -> (EstateId, BuildingId, UnitId, ResidentId) {
    let cx = &diary.town.admin_a;
    let estate = estates::create_estate(cx, estate_form("园"))
        .await
        .unwrap()
        .id;
    let entry = diary.wrote().await;
    assert_eq!(entry.deed, Deed::EstateCreated);
    assert_eq!(entry.subject, Subject::Estate(estate));
    assert_eq!(entry.subject_name, Some(format!("{MARK}园")));
    assert_eq!(entry.estate, Some(estate));
    assert_eq!(entry.fields, ["name"]);
    let doer = Doer {
        acting: Acting::Staff,
        person: cx.actor.person(),
        key: None,
        name: Some("周敏".to_owned()),
    };
    assert_eq!(entry.doer, doer);
    assert_eq!(entry.origin, Peer::local().through(Channel::Web));

    let form = BuildingForm {
        estate,
        name: format!("{MARK}楼"),
    };
    let building = estates::create_building(cx, form).await.unwrap().id;
    let entry = diary.wrote().await;
    let found = (entry.deed, entry.subject, entry.estate);
    assert_eq!(
        found,
        (
            Deed::BuildingCreated,
            Subject::Building(building),
            Some(estate)
        )
    );

    divide(diary, estate, building).await;

    let form = UnitForm {
        building,
        entrance: Some(format!("{MARK}单元")),
        unit: "101".to_owned(),
        area_m2: None,
    };
    let unit = estates::create_unit(cx, form).await.unwrap().id;
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::UnitCreated, Subject::Unit(unit))
    );
    assert_eq!(entry.subject_name, Some(format!("{MARK}楼 {MARK}单元 101")));
    assert_eq!(entry.fields, ["building", "entrance", "unit"]);
    keep_register(diary, estate, unit).await;

    let form = ResidentForm {
        id_number: None,
        unit,
        name: format!("{MARK}王"),
        phone: Some(PHONE.to_owned()),
        relation: Relation::Owner,
    };
    let resident = estates::add_resident(cx, form).await.unwrap().id;
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::ResidentAdded, Subject::Resident(resident))
    );
    assert_eq!((entry.unit, entry.estate), (Some(unit), Some(estate)));
    assert_eq!(entry.subject_name, Some(format!("{MARK}楼 {MARK}单元 101")));
    assert_eq!(entry.fields, ["unit", "name", "phone", "relation"]);

    (estate, building, unit, resident)
}

/// A region around the estate and a phase around the building, each named twice.
async fn divide(diary: &mut Diary<'_>, estate: EstateId, building: BuildingId) {
    let cx = &diary.town.admin_a;
    let form = |name: &str| NameForm {
        name: format!("{MARK}{name}"),
    };
    let region = estates::create_region(cx, form("区")).await.unwrap().id;
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::RegionCreated, Subject::Region(region))
    );
    estates::rename_region(cx, region, form("大区"))
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!((entry.deed, entry.estate), (Deed::RegionChanged, None));
    assert_eq!(entry.subject_name, Some(format!("{MARK}大区")));
    let change = EstateChangeForm {
        region: Some(region.to_string()),
        ..EstateChangeForm::default()
    };
    estates::change_estate(cx, estate, change).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.estate),
        (Deed::EstateChanged, Subject::Estate(estate), Some(estate))
    );
    assert_eq!(entry.fields, ["region"]);

    let phase = PhaseForm {
        estate,
        name: format!("{MARK}期"),
    };
    let phase = estates::create_phase(cx, phase).await.unwrap().id;
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.estate),
        (Deed::PhaseCreated, Subject::Phase(phase), Some(estate))
    );
    estates::rename_phase(cx, phase, form("一期"))
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!(entry.deed, Deed::PhaseChanged);
    assert_eq!(entry.subject_name, Some(format!("{MARK}一期")));
    let change = BuildingChangeForm {
        phase: Some(phase.to_string()),
        ..BuildingChangeForm::default()
    };
    estates::change_building(cx, building, change)
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.estate),
        (
            Deed::BuildingChanged,
            Subject::Building(building),
            Some(estate)
        )
    );
    assert_eq!(entry.fields, ["phase"]);

    // What is gone is on record by its id.
    let phase = PhaseForm {
        estate,
        name: format!("{MARK}二期"),
    };
    let phase = estates::create_phase(cx, phase).await.unwrap().id;
    diary.wrote().await;
    estates::remove_phase(cx, phase).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.estate),
        (Deed::PhaseRemoved, Subject::Phase(phase), Some(estate))
    );
    let region = estates::create_region(cx, form("空区")).await.unwrap().id;
    diary.wrote().await;
    estates::remove_region(cx, region).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.subject_name),
        (Deed::RegionRemoved, Subject::Region(region), None)
    );
}

/// A whole building, and a unit that is changed.
async fn keep_register(diary: &mut Diary<'_>, estate: EstateId, unit: UnitId) {
    let cx = &diary.town.admin_a;
    let form = RegularForm {
        name: format!("{MARK}塔楼"),
        floors: "2".to_owned(),
        doors: "2".to_owned(),
        occupancy: Some("unsold".to_owned()),
        ..RegularForm::default()
    };
    let built = estates::build(cx, estate, form).await.unwrap().id;
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.estate),
        (Deed::BuildingBuilt, Subject::Building(built), Some(estate))
    );
    assert_eq!(entry.fields, ["name", "unit", "occupancy"]);

    let form = UnitChangeForm {
        floor_label: Some(format!("{MARK}层")),
        occupancy: Some("let".to_owned()),
        ..UnitChangeForm::default()
    };
    estates::change_unit(cx, unit, form).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.unit),
        (Deed::UnitChanged, Subject::Unit(unit), Some(unit))
    );
    assert_eq!(entry.fields, ["floor_label", "occupancy"]);
}

async fn import(diary: &mut Diary<'_>, estate: EstateId) -> ImportId {
    let cx = &diary.town.admin_a;
    let owner = format!("{MARK}李");
    for (dry_run, owner, deed, fields) in [
        (true, &owner, Deed::RosterChecked, [].as_slice()),
        (
            false,
            &owner,
            Deed::RosterImported,
            &["building", "entrance", "unit", "resident"],
        ),
        (false, &format!("{MARK}赵"), Deed::RosterChecked, &[]),
    ] {
        let import = estates::import_roster(cx, roster(estate, owner, dry_run))
            .await
            .unwrap();
        let entry = diary.wrote().await;
        assert_eq!(
            (entry.deed, entry.subject),
            (deed, Subject::Import(import.id))
        );
        assert_eq!(entry.subject_name, Some(format!("{MARK}园")));
        assert_eq!(entry.fields, fields);
    }
    let import = estates::import_roster(cx, roster(estate, &owner, false))
        .await
        .unwrap()
        .id;
    assert_eq!(
        diary.wrote().await.fields,
        Vec::<String>::new(),
        "nothing was new"
    );
    import
}

fn in_use(used: bool) -> DeviceChangeForm {
    DeviceChangeForm {
        retired: Some((!used).to_string()),
        ..DeviceChangeForm::default()
    }
}

/// Another meter hangs there, and then does not after all.
async fn replace_and_withdraw(diary: &mut Diary<'_>, device: DeviceId, estate: EstateId) {
    let cx = &diary.town.admin_a;
    let form = ReplacementForm {
        serial: format!("{MARK}1"),
        first_register: "0".to_owned(),
        ..ReplacementForm::default()
    };
    let hung = devices::instruments::replace_meter(cx, device, form)
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.estate),
        (Deed::MeterReplaced, Subject::Device(device), Some(estate))
    );
    assert_eq!(entry.fields, ["serial", "at", "first_register"]);

    devices::instruments::withdraw_replacement(cx, hung)
        .await
        .unwrap();
    let entry = diary.wrote().await;
    let withdrawn = Deed::ReplacementWithdrawn;
    assert_eq!(
        (entry.deed, entry.subject, entry.estate),
        (withdrawn, Subject::Device(device), Some(estate))
    );
    assert_eq!(entry.fields, [""; 0]);
}

async fn connect(diary: &mut Diary<'_>, estate: EstateId, unit: UnitId) -> DeviceId {
    let cx = &diary.town.admin_a;
    let form = device_form(estate, Some(unit), "w-101");
    let device = devices::register(cx, form).await.unwrap().id;
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::DeviceRegistered, Subject::Device(device))
    );
    assert_eq!(entry.subject_name, Some(format!("{MARK}表")));
    devices::rekey(cx, device).await.unwrap();
    assert_eq!(diary.wrote().await.deed, Deed::DeviceRekeyed);
    devices::revoke(cx, device).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::DeviceRevoked, Subject::Device(device))
    );

    let system = diary.town.system(cx);
    let heard = Batch {
        presence: vec![(device, cx.now(), None)],
        ..Batch::default()
    };
    telemetry::ingest(&system, &Registry::default(), heard)
        .await
        .unwrap();
    let form = CommandForm {
        method: "close".to_owned(),
        params: Some(serde_json::json!({ "code": MARK })),
        timeout_s: None,
    };
    devices::commands::command(cx, device, form).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.estate),
        (Deed::DeviceCommanded, Subject::Device(device), Some(estate))
    );
    assert_eq!(entry.fields, ["method", "params", "timeout_s"]);

    replace_and_withdraw(diary, device, estate).await;
    let cx = &diary.town.admin_a;
    let point = devices::points(cx, device).await.unwrap().unwrap()[0].id;
    let taken = domain::telemetry::course::CourseForm {
        from: "2026-11-01".to_owned(),
        ..Default::default()
    };
    let kind = telemetry::FileKind::Csv;
    let headers = telemetry::Headers::default();
    telemetry::export_course(cx, point, &taken, kind, headers)
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject, entry.estate),
        (Deed::HistoryExported, Subject::Device(device), Some(estate))
    );
    assert_eq!(entry.fields, ["point", "from"]);

    for (form, deed, fields) in [
        (
            DeviceChangeForm {
                name: Some(format!("{MARK}旧表")),
                unit: Some(String::new()),
                ..DeviceChangeForm::default()
            },
            Deed::DeviceChanged,
            &["name", "unit"][..],
        ),
        (in_use(false), Deed::DeviceRetired, &[]),
        (in_use(true), Deed::DeviceTakenBack, &[]),
    ] {
        devices::change(cx, device, form).await.unwrap();
        let entry = diary.wrote().await;
        assert_eq!((entry.deed, entry.estate), (deed, Some(estate)));
        assert_eq!(entry.fields, fields);
    }

    let two = ["w-1", "w-2"].map(|key| (device_form(estate, None, key), format!("{MARK}{key}")));
    devices::register_many(&system, two.into()).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::DevicesRegistered, Subject::Company(cx.tenant.id))
    );
    assert_eq!(
        (entry.doer.acting, entry.doer.person),
        (Acting::System, None)
    );
    assert_eq!(entry.origin, Origin::inside());
    device
}

/// Homes that are opened with codes, shared and sold.
async fn hand_on(town: &Town, building: BuildingId, landlord: &Cx) {
    let (cx, site) = (&town.admin_a, &town.site);
    let mut diary = Diary {
        town,
        seen: count(town).await,
    };
    let form = UnitForm {
        building,
        entrance: None,
        unit: "909".to_owned(),
        area_m2: None,
    };
    let unit = estates::create_unit(cx, form).await.unwrap();
    diary.wrote().await;
    let form = ResidentForm {
        id_number: None,
        unit: unit.id,
        name: format!("{MARK}王"),
        phone: Some(PHONE.to_owned()),
        relation: Relation::Owner,
    };
    let resident = estates::add_resident(cx, form).await.unwrap();
    diary.wrote().await;

    let mut wanted = Vec::new();
    for login in ["13911110001", "13911110002", "13911110003"] {
        let (_, slips) = estates::print_codes(cx, &[unit.id]).await.unwrap();
        let entry = diary.wrote().await;
        let printed = (Deed::CodesPrinted, Subject::Estate(unit.estate));
        assert_eq!((entry.deed, entry.subject), printed);
        let form = ClaimForm {
            code: slips[0].code.grouped(),
            surname: MARK.to_owned(),
            last_digits: "5678".to_owned(),
            other_phone: false,
            login: login.to_owned(),
            password: PASSWORD.to_owned(),
        };
        let peer = Peer::local();
        let claimed = estates::claim(site, form, None, &peer).await.unwrap();
        let deed = match claimed {
            estates::Claimed::Opened(_) => Deed::HomeClaimed,
            estates::Claimed::Waiting(_) => Deed::ClaimRequested,
        };
        let entry = diary.wrote().await;
        let who = Subject::Resident(resident.id);
        assert_eq!((entry.deed, entry.subject), (deed, who));
        wanted.push(deed);
    }
    let waits = Deed::ClaimRequested;
    assert_eq!(wanted, [Deed::HomeClaimed, waits, waits]);
    // The first of them is in, and is told.
    let login = LoginForm {
        tenant: "anju".to_owned(),
        login: "13911110001".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let peer = Peer::local();
    let opened = identity::log_in(site, login, Kind::Browser, &peer).await;
    let owner = opened.unwrap().cx;
    diary.wrote().await;
    let told = estates::home_notices(&owner, resident.household).await;
    estates::see_notice(&owner, told.unwrap().unwrap()[0].id)
        .await
        .unwrap();
    assert_eq!(diary.wrote().await.deed, Deed::NoticeSeen);
    let asked = estates::list_claims(cx).await.unwrap();
    estates::refuse_claim(cx, asked[0].id).await.unwrap();
    assert_eq!(diary.wrote().await.deed, Deed::ClaimRefused);
    estates::accept_claim(cx, asked[1].id).await.unwrap();
    assert_eq!(diary.wrote().await.deed, Deed::ClaimAccepted);
    let_live_here(&mut diary, landlord).await;

    let form = sale_today(cx, unit.id, resident.household);
    estates::transfer(cx, form).await.unwrap();
    let entry = diary.wrote().await;
    let sold = (Deed::HomeTransferred, Subject::Unit(unit.id));
    assert_eq!((entry.deed, entry.subject), sold);
}

/// A home that its owner shares.
async fn let_live_here(diary: &mut Diary<'_>, landlord: &Cx) {
    let home = identity::me(landlord).unwrap().households[0];
    let form = ShareForm {
        household: home,
        name: format!("{MARK}赵"),
        relation: "renter".to_owned(),
        until: "2036-01-31".to_owned(),
        sees_meters: false,
    };
    let (renter, _) = estates::share_home(landlord, form).await.unwrap();
    let entry = diary.wrote().await;
    let shared = (Deed::HomeShared, Subject::Resident(renter));
    assert_eq!((entry.deed, entry.subject), shared);
    assert_eq!(entry.fields, ["name", "relation", "until"]);
    estates::show_meters(landlord, renter, true).await.unwrap();
    assert_eq!(diary.wrote().await.deed, Deed::MetersShown);
    estates::end_sharing(landlord, renter).await.unwrap();
    assert_eq!(diary.wrote().await.deed, Deed::SharingEnded);
}

/// What an owner does about their account, and the desk about it.
async fn keep_account(diary: &mut Diary<'_>, owner: &Cx, resident: ResidentId) {
    let here = Peer::local();
    estates::print_reset(&diary.town.admin_a, resident)
        .await
        .unwrap();
    let entry = diary.wrote().await;
    let printed = (Deed::ResetPrinted, Subject::Resident(resident));
    assert_eq!((entry.deed, entry.subject), printed);

    let own = Subject::Person(owner.actor.person().unwrap());
    identity::change_password(owner, PASSWORD, PASSWORD, &here)
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!((entry.deed, entry.subject), (Deed::PasswordChanged, own));
    assert_eq!(entry.doer.person, owner.actor.person());
    let factor = identity::second_factor_tests::enrol(owner).await;
    let entry = diary.wrote().await;
    assert_eq!((entry.deed, entry.subject), (Deed::SecondFactorOn, own));
    identity::drop_second_factor(owner, PASSWORD, &factor.codes[0], &here)
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!((entry.deed, entry.subject), (Deed::SecondFactorOff, own));
}

async fn let_in(diary: &mut Diary<'_>, estate: EstateId, unit: UnitId, resident: ResidentId) -> Cx {
    let (cx, site) = (&diary.town.admin_a, &diary.town.site);
    let link = estates::invite(cx, resident).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::OwnerInvited, Subject::Resident(resident))
    );
    assert_eq!(entry.estate, Some(estate));

    let form = AcceptForm {
        token: link.token,
        login: PHONE.to_owned(),
        password: PASSWORD.to_owned(),
    };
    let owner = estates::accept(site, form, &Peer::local())
        .await
        .unwrap()
        .cx;
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::InvitationAccepted, Subject::Resident(resident))
    );
    assert_eq!((entry.unit, entry.estate), (Some(unit), Some(estate)));
    let doer = Doer {
        acting: Acting::Resident,
        person: owner.actor.person(),
        key: None,
        name: Some(format!("{MARK}王")),
    };
    assert_eq!(entry.doer, doer);

    let form = LoginForm {
        tenant: "anju".to_owned(),
        login: PHONE.to_owned(),
        password: PASSWORD.to_owned(),
    };
    let peer = Peer {
        address: "203.0.113.7".to_owned(),
        device: "?".to_owned(),
        loopback: false,
    };
    let opened = identity::log_in(site, form, Kind::Client, &peer)
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::SessionOpened, Subject::Session(opened.session))
    );
    assert_eq!(entry.origin, peer.through(Channel::Api));
    assert_eq!(entry.doer, doer);

    identity::log_out(&opened.cx).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::SessionEnded, Subject::Session(opened.session))
    );
    assert_eq!(
        (entry.doer, entry.origin),
        (doer, peer.through(Channel::Api))
    );
    owner
}

async fn connect_a_program(diary: &mut Diary<'_>) {
    let cx = &diary.town.admin_a;
    let form = KeyForm {
        name: format!("{MARK}收费系统"),
        grant: GrantForm {
            role: "accountant".to_owned(),
            everywhere: true,
            ..GrantForm::default()
        },
    };
    let key = identity::api_keys::make(cx, form).await.unwrap().id;
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::KeyMade, Subject::Key(key))
    );
    assert_eq!(entry.subject_name, Some(format!("{MARK}收费系统")));
    assert_eq!(entry.fields, ["name", "role", "until"]);
    identity::api_keys::end(cx, key).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::KeyEnded, Subject::Key(key))
    );
}

async fn employ(diary: &mut Diary<'_>, estate: EstateId) {
    let cx = &diary.town.admin_a;
    let role_form = |name: &str| RoleForm {
        name: format!("{MARK}{name}"),
        actions: vec!["view_devices".to_owned()],
    };
    let role = identity::staff::make_role(cx, role_form("早班"))
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::RoleMade, Subject::Role(role))
    );
    identity::staff::change_role(cx, role, role_form("晚班"))
        .await
        .unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::RoleChanged, Subject::Role(role))
    );
    assert_eq!(entry.subject_name, Some(format!("{MARK}晚班")));

    let form = InviteStaffForm {
        name: format!("{MARK}吴"),
        grant: GrantForm {
            role: role.to_string(),
            places: vec![estate.to_string()],
            ..GrantForm::default()
        },
    };
    let (invited, link) = identity::staff::invite(cx, form).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::StaffInvited, Subject::Joining(invited))
    );
    assert_eq!(entry.fields, ["name", "role", "places"]);
    let form = AcceptForm {
        token: link.token,
        login: format!("wu@{MARK}"),
        password: PASSWORD.to_owned(),
    };
    let (site, peer) = (&diary.town.site, Peer::local());
    let joined = identity::staff::join(site, form, Kind::Browser, &peer)
        .await
        .unwrap();
    let person = joined.cx.actor.person().unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::StaffJoined, Subject::Person(person))
    );
    assert_eq!(entry.doer.person, Some(person));
    assert_eq!(entry.doer.name, Some(format!("{MARK}吴")));

    let form = GrantForm {
        role: "guard".to_owned(),
        everywhere: true,
        ..GrantForm::default()
    };
    let grant = identity::staff::give(cx, person, form).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::RoleGiven, Subject::Person(person))
    );
    assert_eq!(entry.subject_name, Some(format!("{MARK}吴")));
    assert_eq!(entry.fields, ["role"]);
    identity::staff::take(cx, grant).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::RoleTaken, Subject::Person(person))
    );
    identity::staff::end_role(cx, role).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::RoleEnded, Subject::Role(role))
    );
    identity::staff::dismiss(cx, person).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::StaffDismissed, Subject::Person(person))
    );

    let form = CompanyForm {
        name: Some("安居物业".to_owned()),
        time_zone: Some("Asia/Shanghai".to_owned()),
        ..CompanyForm::default()
    };
    tenancy::change_company(cx, form).await.unwrap();
    let entry = diary.wrote().await;
    let company = Subject::Company(cx.tenant.id);
    assert_eq!((entry.deed, entry.subject), (Deed::CompanyChanged, company));
    assert_eq!(entry.fields, ["name", "time_zone"]);
}

/// What is done about what is held of somebody.
async fn mind(town: &Town, unit: UnitId) {
    let cx = &town.admin_a;
    let form = ResidentForm {
        unit,
        name: format!("{MARK}去"),
        phone: Some(PHONE.to_owned()),
        id_number: Some("E12345678".to_owned()),
        relation: Relation::Family,
    };
    let resident = estates::add_resident(cx, form).await.unwrap().id;
    for _ in 0..estates::MOST_REVEALED {
        estates::reveal_contact(cx, resident).await.unwrap();
    }
    assert!(estates::reveal_contact(cx, resident).await.is_err());
    let link = estates::invite(cx, resident).await.unwrap();
    let owner = comes_in(&town.site, &link.token, "13900000009").await;
    keep_right(cx, resident).await;
    privacy::export(&owner).await.unwrap();
    sqlx::query("DELETE FROM consent")
        .execute(town.db.admin())
        .await
        .unwrap();
    identity::agree(&owner).await.unwrap();
    for reason in [Some("law"), None] {
        privacy::ask_erasure(&owner).await.unwrap();
        let waiting = privacy::list_erasures(cx).await.unwrap().remove(0).id;
        match reason {
            Some(reason) => privacy::refuse_erasure(cx, waiting, reason).await,
            None => privacy::erase(cx, waiting).await,
        }
        .unwrap();
    }
}

/// What the desk does about what the register says of somebody.
async fn keep_right(cx: &Cx, resident: ResidentId) {
    let form = ResidentChangeForm {
        name: Some(format!("{MARK}走")),
        phone: Some(String::new()),
        ..ResidentChangeForm::default()
    };
    estates::change_resident(cx, resident, form).await.unwrap();
    privacy::file_erasure(cx, resident).await.unwrap();
    let filed = privacy::list_erasures(cx).await.unwrap().remove(0).id;
    privacy::refuse_erasure(cx, filed, "identity")
        .await
        .unwrap();
    let unit = estates::resident(cx, resident).await.unwrap().unwrap();
    let form = ResidentForm {
        unit: unit.resident.unit,
        name: format!("{MARK}客"),
        phone: None,
        id_number: None,
        relation: Relation::Renter,
    };
    let renter = estates::add_resident(cx, form).await.unwrap().id;
    estates::move_out(cx, renter).await.unwrap();
}

#[tokio::test]
async fn whoever_may_read_it_at_an_estate_reads_that_estates() {
    let town = Town::new().await;
    let things = do_everything(&town).await;
    let cx = &town.admin_a;
    let form = RoleForm {
        name: "审计".to_owned(),
        actions: vec!["view_audit".to_owned()],
    };
    let role = identity::staff::make_role(cx, form).await.unwrap();
    let other = estates::create_estate(cx, estate_form("里"))
        .await
        .unwrap()
        .id;
    let mut seen = Vec::new();
    for (estate, login) in [(things.estate, "zheng@here"), (other, "zheng@there")] {
        let form = InviteStaffForm {
            name: "郑".to_owned(),
            grant: GrantForm {
                role: role.to_string(),
                places: vec![estate.to_string()],
                ..GrantForm::default()
            },
        };
        let (_, link) = identity::staff::invite(cx, form).await.unwrap();
        let form = AcceptForm {
            token: link.token,
            login: login.to_owned(),
            password: PASSWORD.to_owned(),
        };
        let joined = identity::staff::join(&town.site, form, Kind::Browser, &Peer::local())
            .await
            .unwrap();
        let entries = all(&joined.cx).await;
        assert!(entries.iter().all(|entry| entry.estate == Some(estate)));
        seen.push(entries.len());
        // Who acts at some places leaves entries about what lies nowhere.
        identity::log_out(&joined.cx).await.unwrap();
        assert_eq!(all(cx).await.len(), count_of(&town, cx).await);
    }
    assert!(seen[0] > 5, "{seen:?}");
    assert_eq!(seen[1], 1, "that it was made");
}

/// What is done to a company from the command line.
async fn operate(town: &Town) {
    let (now, reason) = (town.site.now(), format!("{MARK}欠费"));
    let mut conn = PgConnection::connect_with(&town.db.owner()).await.unwrap();
    let before = count(town).await;
    tenancy::operator::suspend(&mut conn, "anju", &reason, now)
        .await
        .unwrap();
    tenancy::operator::resume(&mut conn, "anju", now)
        .await
        .unwrap();
    tenancy::operator::move_to(&mut conn, "anju", "group", now)
        .await
        .unwrap();
    assert_eq!(count(town).await, before + 3);
}

/// Lists, and all of the company, as files.
async fn take_along(town: &Town, unit: UnitId) {
    let cx = &town.admin_a;
    let form = ResidentForm {
        unit,
        name: format!("{MARK}孙"),
        phone: Some(PHONE.to_owned()),
        id_number: None,
        relation: Relation::Renter,
    };
    estates::add_resident(cx, form).await.unwrap();
    exports::units(cx, &UnitFilter::default(), &Columns::usual())
        .await
        .unwrap();
    let words = exports::ResidentWords {
        unit: "房屋",
        car: "车辆",
        relation: Relation::as_str,
    };
    exports::residents(cx, &format!("{MARK}孙"), words)
        .await
        .unwrap();
    let words = exports::DeviceWords {
        kind: DeviceKind::as_str,
        state: |_| "状态",
    };
    exports::devices(cx, &DeviceFilter::default(), &Columns::usual(), words)
        .await
        .unwrap();
    exports::company(cx, PASSWORD, true, &Peer::local())
        .await
        .unwrap();
}

#[tokio::test]
async fn every_verb_leaves_one_entry_and_no_value() {
    let town = Town::new().await;
    let founding = all(&town.admin_a).await.remove(0);
    assert_eq!(founding.deed, Deed::CompanyFounded);
    assert_eq!(founding.subject, Subject::Company(town.admin_a.tenant.id));
    assert_eq!(founding.subject_name.as_deref(), Some("安居物业"));
    assert_eq!(founding.doer.person, town.admin_a.actor.person());
    let things = do_everything(&town).await;
    hand_on(&town, things.building, &things.owner).await;
    operate(&town).await;
    mind(&town, things.unit).await;
    take_along(&town, things.unit).await;

    // Without its ids, in which any four digits may come up.
    let text = "SELECT string_agg(regexp_replace(a::text, '[0-9a-f-]{36}', '', 'g'), E'\\n') FROM audit_entry a";
    let text: String = sqlx::query_scalar(text)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert!(text.contains("resident.added") && text.contains("203.0.113.7"));
    for value in [
        MARK, PHONE, "1381", "5678", "周敏", "安居", "anju", "admin@", PASSWORD,
    ] {
        assert!(!text.contains(value), "{value} is a value: {text}");
    }
    let deeds: std::collections::HashSet<_> = Deed::ALL
        .iter()
        .filter(|deed| text.contains(deed.as_str()))
        .collect();
    assert_eq!(deeds.len(), Deed::ALL.len(), "every deed was done");
}

#[tokio::test]
async fn what_fails_leaves_nothing() {
    let town = Town::new().await;
    let things = do_everything(&town).await;
    let (cx, before) = (&town.admin_a, count(&town).await);
    let refused = |error: Error| error.code();

    let taken = estates::create_estate(cx, estate_form("园")).await;
    assert_eq!(refused(taken.unwrap_err()), Code::Conflict);
    let form = BuildingForm {
        estate: things.estate,
        name: format!("{MARK}楼"),
    };
    let taken = estates::create_building(cx, form).await;
    assert_eq!(refused(taken.unwrap_err()), Code::Conflict);
    let form = UnitForm {
        building: things.building,
        entrance: Some(format!("{MARK}单元")),
        unit: "101".to_owned(),
        area_m2: None,
    };
    let taken = estates::create_unit(cx, form).await;
    assert_eq!(refused(taken.unwrap_err()), Code::Conflict);
    let form = ResidentForm {
        id_number: None,
        unit: things.unit,
        name: "王".to_owned(),
        phone: None,
        relation: Relation::Owner,
    };
    let foreign = estates::add_resident(&town.admin_b, form).await;
    assert_eq!(refused(foreign.unwrap_err()), Code::NotFound);
    let taken = devices::register(cx, device_form(things.estate, None, "w-101")).await;
    assert_eq!(refused(taken.unwrap_err()), Code::Conflict);
    let claimed = estates::invite(cx, things.resident).await;
    assert_eq!(refused(claimed.unwrap_err()), Code::Conflict);
    let form = LoginForm {
        tenant: "anju".to_owned(),
        login: PHONE.to_owned(),
        password: "wrong".to_owned(),
    };
    let wrong = identity::log_in(&town.site, form, Kind::Browser, &Peer::local()).await;
    assert_eq!(refused(wrong.unwrap_err()), Code::BadCredentials);
    let forbidden = estates::create_estate(&things.owner, estate_form("里")).await;
    assert_eq!(refused(forbidden.unwrap_err()), Code::Forbidden);
    assert_eq!(count(&town).await, before);
}

#[tokio::test]
async fn it_only_grows() {
    let town = Town::new().await;
    let before = count(&town).await;
    let mut owner = PgConnection::connect_with(&town.db.owner()).await.unwrap();
    let mut app = PgConnection::connect_with(&town.db.app()).await.unwrap();
    let attempts = [
        "UPDATE audit_entry SET address = '127.0.0.2'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ];
    let scope = format!(
        "SET app.tenant_id = '{}'; SET app.actor = 'staff'",
        town.admin_a.tenant.id.0
    );
    app.execute(AssertSqlSafe(scope)).await.unwrap();
    for attempt in attempts {
        let refused = app.execute(attempt).await.unwrap_err().to_string();
        assert!(
            refused.contains("permission denied"),
            "{attempt}: {refused}"
        );
        let refused = owner.execute(attempt).await.unwrap_err().to_string();
        assert!(refused.contains("only grows"), "{attempt}: {refused}");
    }
    // A grant that somebody makes by mistake does not open it, nor does being a superuser.
    town.db
        .admin()
        .execute("GRANT UPDATE, DELETE, TRUNCATE ON audit_entry TO linli_app")
        .await
        .unwrap();
    for attempt in attempts {
        let refused = app.execute(attempt).await.unwrap_err().to_string();
        assert!(refused.contains("only grows"), "{attempt}: {refused}");
        let refused = town
            .db
            .admin()
            .execute(attempt)
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains("only grows"), "{attempt}: {refused}");
    }
    assert_eq!(count(&town).await, before);
}

#[tokio::test]
async fn strangers_and_residents_see_nothing() {
    let town = Town::new().await;
    let things = do_everything(&town).await;
    let ask = PageAsk::default();

    let own = all(&town.admin_b).await;
    let deeds: Vec<_> = own.iter().map(|entry| entry.deed).collect();
    assert_eq!(deeds, [Deed::CompanyFounded], "B's own and nothing of A's");
    for filter in [
        EntryFilter {
            subject: Some(Subject::Unit(things.unit)),
            ..EntryFilter::default()
        },
        EntryFilter {
            person: things.owner.actor.person(),
            ..EntryFilter::default()
        },
    ] {
        let found = list(&town.admin_b, &filter, &ask).await.unwrap().items;
        assert_eq!(found, []);
    }
    let refused = list(&things.owner, &EntryFilter::default(), &ask).await;
    assert_eq!(refused.unwrap_err().code(), Code::Forbidden);

    // Behind the verb stands the wall.
    let mut tx = TenantTx::begin(&things.owner, &Scope::Everywhere)
        .await
        .unwrap();
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_entry")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(seen, 0);
    // A resident's transaction writes a resident's entries, and nobody else's.
    let mut posing = town.admin_a.clone();
    assert!(matches!(posing.actor, Actor::Staff { .. }));
    posing.site = things.owner.site.clone();
    let company = Subject::Company(posing.tenant.id);
    let refused = record(&mut tx, &posing, Deed::CompanyFounded, company, None, []).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn entries_are_found_by_deed_person_subject_and_day() {
    let town = Town::new().await;
    let things = do_everything(&town).await;
    let cx = &town.admin_a;
    let ask = PageAsk::default();
    let found = async |filter: EntryFilter| -> Vec<Deed> {
        let page = list(cx, &filter, &ask).await.unwrap();
        page.items.iter().map(|entry| entry.deed).collect()
    };
    let none = EntryFilter::default;

    let people = Some(Deeds::Group(DeedGroup::People));
    let filter = EntryFilter {
        deeds: people,
        ..none()
    };
    assert_eq!(
        found(filter).await,
        [
            Deed::VehiclesImported,
            Deed::VehicleRemoved,
            Deed::VehicleAdded,
            Deed::ResetPrinted,
            Deed::OwnerInvited,
            Deed::ResidentAdded
        ]
    );
    let deeds = Some(Deeds::One(Deed::UnitCreated));
    let filter = EntryFilter { deeds, ..none() };
    assert_eq!(found(filter).await, [Deed::UnitCreated; 4]);
    let person = things.owner.actor.person();
    let filter = EntryFilter { person, ..none() };
    assert_eq!(
        found(filter).await,
        [
            Deed::SecondFactorOff,
            Deed::SecondFactorOn,
            Deed::PasswordChanged,
            Deed::SessionEnded,
            Deed::SessionOpened,
            Deed::InvitationAccepted
        ]
    );
    let subject = Some(Subject::Resident(things.resident));
    let filter = EntryFilter { subject, ..none() };
    assert_eq!(
        found(filter).await,
        [
            Deed::ResetPrinted,
            Deed::InvitationAccepted,
            Deed::OwnerInvited,
            Deed::ResidentAdded
        ]
    );
    let filter = EntryFilter {
        subject,
        person,
        ..none()
    };
    assert_eq!(found(filter).await, [Deed::InvitationAccepted]);
    for (subject, deeds) in [
        (
            Subject::Device(things.device),
            &[
                Deed::DeviceTakenBack,
                Deed::DeviceRetired,
                Deed::DeviceChanged,
                Deed::HistoryExported,
                Deed::ReplacementWithdrawn,
                Deed::MeterReplaced,
                Deed::DeviceCommanded,
                Deed::DeviceRevoked,
                Deed::DeviceRekeyed,
                Deed::DeviceRegistered,
            ][..],
        ),
        (Subject::Import(things.import), &[Deed::RosterImported]),
    ] {
        let filter = EntryFilter {
            subject: Some(subject),
            ..none()
        };
        assert_eq!(found(filter).await, deeds);
    }

    // Page by page gives the same as all at once.
    let whole: Vec<AuditId> = all(cx).await.iter().map(|entry| entry.id).collect();
    let mut ask = PageAsk {
        limit: Some(4),
        cursor: None,
    };
    let mut paged = Vec::new();
    loop {
        let page = list(cx, &none(), &ask).await.unwrap();
        paged.extend(page.items.iter().map(|entry| entry.id));
        match page.next {
            Some(next) => ask.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(paged, whole);
    assert!(whole.is_sorted_by(|a, b| a > b), "newest first");
}

#[tokio::test]
async fn days_are_the_companys_own() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = estates::create_estate(cx, estate_form("园"))
        .await
        .unwrap()
        .id;
    // 2027-01-01 00:00 in Shanghai is 16:00 of the day before in UTC.
    for (at, name) in [
        ("2026-12-31T15:59:59.999Z", "旧"),
        ("2026-12-31T16:00:00Z", "新"),
        ("2027-01-01T15:59:59.999Z", "晚"),
        ("2027-01-01T16:00:00Z", "次"),
    ] {
        town.site.clock.set(at.parse().unwrap());
        let name = name.to_owned();
        estates::create_building(cx, BuildingForm { estate, name })
            .await
            .unwrap();
    }
    let found = async |from, to| -> Vec<String> {
        let filter = EntryFilter {
            deeds: Some(Deeds::One(Deed::BuildingCreated)),
            from,
            to,
            ..EntryFilter::default()
        };
        let page = list(cx, &filter, &PageAsk::default()).await.unwrap();
        let names = page.items.into_iter().map(|entry| entry.subject_name);
        names.map(Option::unwrap).collect()
    };
    let day = date(2027, 1, 1);
    assert_eq!(found(Some(day), Some(day)).await, ["晚", "新"]);
    assert_eq!(found(Some(day), None).await, ["次", "晚", "新"]);
    assert_eq!(found(None, Some(day.yesterday().unwrap())).await, ["旧"]);
    assert_eq!(found(Some(Date::MIN), Some(Date::MAX)).await.len(), 4);

    let filter = EntryFilter {
        from: Some(day),
        to: Some(day.yesterday().unwrap()),
        ..EntryFilter::default()
    };
    let refused = list(cx, &filter, &PageAsk::default()).await.unwrap_err();
    assert_eq!(refused.problem.fields.get("to"), Some(&Flaw::OutOfRange));
    let ask = PageAsk {
        cursor: Some("est_1".to_owned()),
        limit: None,
    };
    let refused = list(cx, &EntryFilter::default(), &ask).await.unwrap_err();
    assert_eq!(refused.problem.fields.get("cursor"), Some(&Flaw::Malformed));
}
