//! The walls between tenants, held against the catalogue and against strangers.

use std::collections::BTreeSet;

use domain::{
    BuildingId, EstateId, HouseholdId, RegionId, UnitId,
    devices::{
        DeviceForm, DeviceKind, TransportForm, commands::CommandForm, instruments::ReplacementForm,
        models::ModelForm,
    },
    estates::{
        BuildingChangeForm, BuildingForm, ClaimForm, ColumnChoice, EstateChangeForm, EstateForm,
        NameForm, PhaseForm, Relation, ResidentForm, UnitForm, VehicleForm,
    },
    identity::{AcceptForm, GrantForm, InviteStaffForm, KeyForm, RoleForm},
    telemetry::{Quality, Reading, Refusal, Value},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::{
    devices, estates, identity,
    kernel::{
        cx::{Actor, Cx, Peer},
        tx::TenantTx,
    },
    privacy,
    telemetry::{self, Batch, Incoming, Registry},
    tenancy,
    testing::{PASSWORD, Town},
};

const SURFACE: &str = include_str!("../../docs/AUTH-SURFACE.md");
/// Written into every text that company A can write, and wanted nowhere else.
const MARK: &str = "独一无二";

async fn strings(town: &Town, sql: &'static str) -> BTreeSet<String> {
    sqlx::query_scalar(sql)
        .fetch_all(town.db.admin())
        .await
        .unwrap()
        .into_iter()
        .collect()
}

#[tokio::test]
async fn every_table_has_row_security_forced() {
    let town = Town::new().await;
    telemetry::open_partitions(&town.site).await.unwrap();
    let bare = strings(
        &town,
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('public', 'vault', 'linli') AND c.relkind IN ('r', 'p')
           AND c.relname <> '_sqlx_migrations'
           AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )
    .await;
    assert_eq!(bare, BTreeSet::new());
    let open = strings(
        &town,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'vault' AND has_table_privilege('linli_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')",
    )
    .await;
    assert_eq!(
        open,
        BTreeSet::new(),
        "partitions are reached through their parent only"
    );
    let views = strings(
        &town,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind = 'v'
           AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)",
    )
    .await;
    assert_eq!(views, BTreeSet::new());
}

#[tokio::test]
async fn every_key_starts_with_the_tenant() {
    let town = Town::new().await;
    let global = [
        "tenant",
        "person",
        "credential",
        "session",
        "live_ticket",
        "plan",
        "second_factor",
        "recovery_code",
        "half_open",
        "password_reset",
        "sms_code",
        "consent",
        "_sqlx_migrations",
    ];
    let astray: Vec<String> = sqlx::query_scalar(
        "SELECT k.conrelid::regclass || '.' || k.conname
         FROM pg_constraint k
         JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
         WHERE n.nspname = 'public' AND c.relname <> ALL ($1) AND a.attname <> 'tenant_id'
           AND (k.contype IN ('p', 'u')
                OR k.contype = 'f' AND k.confrelid <> 'public.person'::regclass)",
    )
    .bind(&global[..])
    .fetch_all(town.db.admin())
    .await
    .unwrap();
    assert_eq!(astray, Vec::<String>::new());
    let indexes: Vec<String> = sqlx::query_scalar(
        "SELECT i.indexrelid::regclass::text FROM pg_index i
         JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indisunique AND n.nspname = 'public' AND c.relname <> ALL ($1) AND a.attname <> 'tenant_id'",
    )
    .bind(&global[..])
    .fetch_all(town.db.admin())
    .await
    .unwrap();
    assert_eq!(indexes, Vec::<String>::new());
}

#[tokio::test]
async fn the_surface_is_the_documented_one() {
    let town = Town::new().await;
    let definers = strings(
        &town,
        "SELECT 'linli.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prosecdef",
    )
    .await;
    let documented: BTreeSet<String> = SURFACE
        .split('`')
        .filter(|word| word.starts_with("linli.") && !word.contains(' '))
        .map(str::to_owned)
        .filter(|word| !["linli.protect", "linli.seal", "linli.wall_in"].contains(&word.as_str()))
        .collect();
    assert_eq!(
        definers, documented,
        "docs/AUTH-SURFACE.md lists the functions that look across"
    );

    let loose = strings(
        &town,
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname = 'linli' AND p.prosecdef
           AND (NOT coalesce(p.proconfig @> ARRAY['search_path=\"\"'], false)
                OR has_function_privilege('public', p.oid, 'EXECUTE')
                OR p.proowner = 'linli_app'::regrole)",
    )
    .await;
    assert_eq!(loose, BTreeSet::new());

    let reach = strings(
        &town,
        "SELECT t FROM unnest(ARRAY['person', 'credential', 'session', 'live_ticket', 'second_factor', 'recovery_code', 'half_open', 'password_reset', 'sms_code', 'plan', 'consent']) t
         WHERE has_table_privilege('linli_app', t, 'SELECT, INSERT, UPDATE, DELETE')
            OR has_any_column_privilege('linli_app', t, 'SELECT, INSERT, UPDATE')",
    )
    .await;
    assert_eq!(reach, BTreeSet::new(), "sealed tables are out of reach");
    let hash = strings(
        &town,
        "SELECT 'x' WHERE has_column_privilege('linli_app', 'device_credential', 'secret_hash', 'SELECT')",
    )
    .await;
    assert_eq!(
        hash,
        BTreeSet::new(),
        "device secrets are written and never read back"
    );
    let hash = strings(
        &town,
        "SELECT 'x' WHERE has_column_privilege('linli_app', 'api_key', 'key_hash', 'SELECT')",
    )
    .await;
    assert_eq!(hash, BTreeSet::new(), "neither are keys");
}

#[tokio::test]
async fn a_login_that_could_bypass_the_walls_is_not_served() {
    use crate::kernel::tx::{ConnectError, Db};

    let town = Town::new().await;
    let owner = Db::connect(town.db.owner(), 1).await.unwrap_err();
    assert!(
        matches!(owner, ConnectError::Unsafe(_, "it owns tables")),
        "{owner}"
    );
    let superuser = town.db.admin().connect_options().as_ref().clone();
    let superuser = Db::connect(superuser, 1).await.unwrap_err();
    assert!(matches!(superuser, ConnectError::Unsafe(..)), "{superuser}");
}

#[tokio::test]
async fn nothing_outlives_a_transaction() {
    let town = Town::new().await;
    // One connection, so that the next transaction gets the same one.
    let db = crate::kernel::tx::Db::connect(town.db.app(), 1)
        .await
        .unwrap();
    let site = crate::Site {
        db,
        ..town.site.clone()
    };
    let cx = Cx {
        site: site.clone(),
        ..town.admin_a.clone()
    };
    let mut tx = TenantTx::begin(&cx, &domain::identity::Scope::Everywhere)
        .await
        .unwrap();
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM staff")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(seen, 1);
    tx.commit().await.unwrap();
    let mut bare = site.db.open().await.unwrap();
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM staff")
        .fetch_one(bare.conn())
        .await
        .unwrap();
    assert_eq!(seen, 0);
}

/// As much of a PNG as is looked at.
const LOGO: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x20\x08\x06\0\0\0";

/// Company A with at least one row in every table, all marked.
struct Marked {
    owner: Cx,
    neighbour: HouseholdId,
    region: RegionId,
    estate: EstateId,
    building: BuildingId,
    unit: UnitId,
    other_unit: UnitId,
}

/// A later claim on a home that is open: it waits, and its owner is told.
async fn ask_for(town: &Town, unit: UnitId) {
    let slips = estates::print_codes(&town.admin_a, &[unit]).await;
    let (_, slips) = slips.unwrap();
    let form = ClaimForm {
        code: slips[0].code.grouped(),
        surname: format!("{MARK}王"),
        last_digits: "5678".into(),
        other_phone: false,
        login: "13912345678".into(),
        password: PASSWORD.into(),
    };
    estates::claim(&town.site, form, None, &Peer::local())
        .await
        .unwrap();
}

async fn furnish(town: &Town) -> Marked {
    let marked = move_in(town).await;
    privacy::ask_erasure(&marked.owner).await.unwrap();
    ask_for(town, marked.unit).await;
    marked
}

/// A role of A's own, an invitation that brings it, and a key that has it.
async fn employ(cx: &Cx, estate: EstateId) {
    let name = |what: &str| format!("{MARK}{what}");
    let form = RoleForm {
        name: name("岗"),
        actions: vec!["view_devices".into()],
    };
    let role = identity::staff::make_role(cx, form).await.unwrap();
    let form = InviteStaffForm {
        name: name("李"),
        grant: GrantForm {
            role: role.to_string(),
            places: vec![estate.to_string()],
            ..GrantForm::default()
        },
    };
    identity::staff::invite(cx, form).await.unwrap();
    let form = KeyForm {
        name: name("钥匙"),
        grant: GrantForm {
            role: role.to_string(),
            everywhere: true,
            ..GrantForm::default()
        },
    };
    identity::api_keys::make(cx, form).await.unwrap();
    let model = ModelForm {
        id: "marked".to_owned(),
        name: name("型"),
        maker: name("厂"),
        kind: "pump".to_owned(),
        ..ModelForm::default()
    };
    devices::models::create(cx, model).await.unwrap();
}

/// The estate in a region, and its building in a phase.
async fn divide(cx: &Cx, estate: EstateId, building: BuildingId) -> RegionId {
    let name = |what: &str| format!("{MARK}{what}");
    let form = NameForm { name: name("区") };
    let region = estates::create_region(cx, form).await.unwrap().id;
    let form = EstateChangeForm {
        region: Some(region.to_string()),
        ..EstateChangeForm::default()
    };
    estates::change_estate(cx, estate, form).await.unwrap();
    let form = PhaseForm {
        estate,
        name: name("期"),
    };
    let phase = estates::create_phase(cx, form).await.unwrap().id;
    let form = BuildingChangeForm {
        phase: Some(phase.to_string()),
        ..BuildingChangeForm::default()
    };
    estates::change_building(cx, building, form).await.unwrap();
    region
}

async fn try_roster(cx: &Cx, estate: EstateId) {
    let upload = estates::RosterUpload {
        estate,
        dry_run: true,
        file_name: format!("{MARK}.csv"),
        bytes: format!("楼栋,房号,{MARK}\n1号楼,101,\n").into(),
        confirmed: BTreeSet::default(),
        of: None,
        columns: ColumnChoice::read([(MARK, "ignore")].into_iter()).unwrap(),
        asks: false,
    };
    estates::import_roster(cx, upload).await.unwrap();
}

/// A command that nobody sends, and the meter that hangs there now.
async fn tell_and_replace(cx: &Cx, device: domain::DeviceId) {
    let form = CommandForm {
        method: "read".into(),
        ..CommandForm::default()
    };
    devices::commands::command(cx, device, form).await.unwrap();
    let form = ReplacementForm {
        serial: format!("{MARK}出厂编号"),
        last_register: "4711.25".into(),
        first_register: "0".into(),
        ..ReplacementForm::default()
    };
    devices::instruments::replace_meter(cx, device, form)
        .await
        .unwrap();
}

async fn move_in(town: &Town) -> Marked {
    let cx = &town.admin_a;
    telemetry::open_partitions(&town.site).await.unwrap();
    let name = |what: &str| format!("{MARK}{what}");
    let estate = estates::create_estate(cx, EstateForm { name: name("园") })
        .await
        .unwrap()
        .id;
    let building = BuildingForm {
        estate,
        name: name("楼"),
    };
    let building = estates::create_building(cx, building).await.unwrap().id;
    let region = divide(cx, estate, building).await;
    let mut homes = Vec::new();
    for door in ["101", "102"] {
        let form = UnitForm {
            building,
            entrance: Some(name("单元")),
            unit: format!("{MARK}{door}"),
            area_m2: Some("89.37".into()),
        };
        let unit = estates::create_unit(cx, form).await.unwrap().id;
        let form = ResidentForm {
            id_number: None,
            unit,
            name: name("王"),
            phone: Some("13812345678".into()),
            relation: Relation::Owner,
        };
        homes.push((unit, estates::add_resident(cx, form).await.unwrap()));
    }
    let (unit, resident) = homes[0].clone();
    let form = VehicleForm {
        unit,
        plate: "沪A12345".into(),
        about: Some(name("车")),
    };
    estates::add_vehicle(cx, form).await.unwrap();
    try_roster(cx, estate).await;
    let form = DeviceForm {
        name: name("表"),
        key: Some("e-101".into()),
        kind: DeviceKind::ElectricityMeter,
        estate,
        unit: Some(unit),
        place: Some(name("井")),
        transport: TransportForm::Mqtt {},
        gateway: None,
        model: None,
        points: Vec::new(),
    };
    let device = devices::register(cx, form).await.unwrap().id;
    // As where a broker has to be told of it.
    let telling = Cx {
        site: cx.site.clone().telling_a_broker(),
        ..cx.clone()
    };
    devices::rekey(&telling, device).await.unwrap();
    let batch = Batch {
        items: vec![Incoming {
            device,
            estate,
            readings: vec![Reading {
                point: "energy_kwh".into(),
                ts: testkit::noon(),
                value: Value::Number(4711.25),
                quality: Quality::Good,
            }],
        }],
        refusals: vec![(device, Refusal::Malformed, 1)],
        ..Batch::default()
    };
    telemetry::ingest(&town.system(cx), &Registry::default(), batch)
        .await
        .unwrap();
    tell_and_replace(cx, device).await;
    let link = estates::invite(cx, resident.id).await.unwrap();
    let form = AcceptForm {
        token: link.token,
        login: "13812345678".into(),
        password: PASSWORD.into(),
    };
    let owner = estates::accept(&town.site, form, &Peer::local())
        .await
        .unwrap()
        .cx;
    identity::live_ticket(cx).await.unwrap();
    tenancy::set_logo(cx, LOGO).await.unwrap();
    employ(cx, estate).await;
    Marked {
        owner,
        neighbour: homes[1].1.household,
        region,
        estate,
        building,
        unit,
        other_unit: homes[1].0,
    }
}

/// Every protected table that `linli_app` may select from.
async fn tables(town: &Town) -> BTreeSet<String> {
    strings(
        town,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> '_sqlx_migrations'
           AND has_any_column_privilege('linli_app', c.oid, 'SELECT')",
    )
    .await
}

/// How many rows a bare SELECT without any WHERE gives under a scope.
async fn bare(conn: &mut PgConnection, scope: &str, table: &str) -> i64 {
    let mut tx = conn.begin().await.unwrap();
    tx.execute(AssertSqlSafe(scope.to_owned())).await.unwrap();
    let sql = AssertSqlSafe(format!(
        "SELECT count(tenant) FROM (SELECT {} AS tenant FROM {table}) x",
        key(table)
    ));
    let count = tx.fetch_one(sql).await.unwrap().get(0);
    tx.rollback().await.unwrap();
    count
}

fn key(table: &str) -> &'static str {
    if table == "tenant" { "id" } else { "tenant_id" }
}

fn scope(tenant: &str, actor: &str, households: &str) -> String {
    format!(
        "{}; SET LOCAL app.places = '*'",
        placeless(tenant, actor, households)
    )
}

/// A scope that says nothing of places.
fn placeless(tenant: &str, actor: &str, households: &str) -> String {
    format!(
        "SET LOCAL app.tenant_id = '{tenant}'; SET LOCAL app.actor = '{actor}'; SET LOCAL app.households = '{{{households}}}'"
    )
}

#[tokio::test]
async fn a_bare_select_shows_a_stranger_nothing() {
    let town = Town::new().await;
    let marked = furnish(&town).await;
    let mut conn = PgConnection::connect_with(&town.db.app()).await.unwrap();
    let a = town.admin_a.tenant.id.0.to_string();
    let b = town.admin_b.tenant.id.0.to_string();
    let Actor::Resident { households, .. } = &marked.owner.actor else {
        panic!("a resident")
    };
    let (own, other) = (households[0].0.to_string(), marked.neighbour.0.to_string());

    // What a resident may see of these tables are their own household's rows; all others are shut.
    let homely = BTreeSet::from(
        [
            "household",
            "resident",
            "point_tenure",
            "invitation",
            "home_notice",
        ]
        .map(str::to_owned),
    );
    // Founding company B wrote rows of B's own into these.
    let founded =
        BTreeSet::from(["tenant", "staff", "role_grant", "audit_entry"].map(str::to_owned));
    let all = tables(&town).await;
    assert!(all.len() >= 17, "{all:?}");
    for table in &all {
        let seen = bare(&mut conn, &scope(&a, "staff", ""), table).await;
        assert!(
            seen > 0,
            "{table} has no row of A: the walk would prove nothing"
        );

        let foreign = bare(&mut conn, &scope(&b, "staff", ""), table).await;
        let mine = i64::from(founded.contains(table));
        assert_eq!(foreign, mine, "staff of B in {table}");
        assert_eq!(
            bare(&mut conn, &scope(&b, "system", ""), table).await,
            mine,
            "{table}"
        );

        for nobody in [
            "SELECT 1",
            "SET LOCAL app.actor = 'staff'",
            "SET LOCAL app.tenant_id = ''",
        ] {
            assert_eq!(
                bare(&mut conn, nobody, table).await,
                0,
                "nobody in {table}: {nobody}"
            );
        }
        let no_actor = format!("SET LOCAL app.tenant_id = '{a}'");
        assert_eq!(
            bare(&mut conn, &no_actor, table).await,
            0,
            "no actor in {table}"
        );
        assert_eq!(
            bare(&mut conn, &scope(&a, "resident", ""), table).await,
            0,
            "{table}"
        );

        let at_home = bare(&mut conn, &scope(&a, "resident", &own), table).await;
        if homely.contains(table) {
            assert!(at_home > 0, "a resident's own rows in {table}");
            let next_door = bare(&mut conn, &scope(&a, "resident", &other), table).await;
            assert!(next_door < seen, "the neighbour's rows in {table}");
        } else {
            assert_eq!(at_home, 0, "a resident in {table}");
        }
    }
}

/// The tables that lie somewhere, and so stand behind the third wall.
const PLACED: [&str; 20] = [
    "audit_entry",
    "broker_account",
    "building",
    "claim_request",
    "command",
    "device",
    "entrance",
    "erasure_request",
    "estate",
    "home_code",
    "household",
    "instrument",
    "phase",
    "point",
    "point_newest",
    "region",
    "resident",
    "roster_import",
    "unit",
    "vehicle",
];

#[tokio::test]
async fn a_bare_select_holds_staff_to_their_places() {
    let town = Town::new().await;
    let marked = furnish(&town).await;
    let mut conn = PgConnection::connect_with(&town.db.app()).await.unwrap();
    let a = town.admin_a.tenant.id.0.to_string();
    let at = |places: &[uuid::Uuid], around: &[uuid::Uuid]| {
        let list = |ids: &[uuid::Uuid]| {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            ids.join(",")
        };
        let base = placeless(&a, "staff", "");
        let (places, around) = (list(places), list(around));
        format!(
            "{base}; SET LOCAL app.places = '{{{places}}}'; SET LOCAL app.around = '{{{around}}}'"
        )
    };
    let walled = strings(
        &town,
        "SELECT tablename FROM pg_policies WHERE policyname = 'place_wall'",
    )
    .await;
    assert_eq!(walled, PLACED.map(str::to_owned).into());
    // Whatever says which estate or unit it lies in stands behind the wall.
    let lying = strings(
        &town,
        "SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND a.attname IN ('estate_id', 'building_id', 'unit_id') AND NOT a.attisdropped",
    )
    .await;
    assert_eq!(
        lying.difference(&walled).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );

    let elsewhere = uuid::Uuid::from_u128(42);
    let (region, estate, building) = (marked.region.0, marked.estate.0, marked.building.0);
    for table in PLACED {
        let all = bare(&mut conn, &scope(&a, "staff", ""), table).await;
        assert!(all > 0, "{table} has no row: nothing is proved");
        // The manager of another estate, and a scope that forgot its places.
        assert_eq!(
            bare(&mut conn, &at(&[elsewhere], &[]), table).await,
            0,
            "{table}"
        );
        assert_eq!(bare(&mut conn, &at(&[], &[]), table).await, 0, "{table}");
        assert_eq!(
            bare(&mut conn, &placeless(&a, "staff", ""), table).await,
            0,
            "{table}"
        );
        // The manager of this one: all of it, but for deeds that were done nowhere.
        let own = bare(&mut conn, &at(&[estate], &[region]), table).await;
        if table == "audit_entry" {
            assert!(own > 0 && own < all, "{table}: {own} of {all}");
        } else {
            assert_eq!(own, all, "{table}");
        }
    }
    // The steward of one home sees that home, and names what it lies in.
    let steward = at(&[marked.unit.0], &[estate, building]);
    for (table, seen) in [
        ("estate", 1),
        ("building", 1),
        ("entrance", 1),
        ("unit", 1),
        ("household", 1),
        ("resident", 1),
        ("vehicle", 1),
        ("device", 1),
        ("command", 1),
        ("instrument", 1),
        ("roster_import", 0),
    ] {
        assert_eq!(bare(&mut conn, &steward, table).await, seen, "{table}");
    }
    let next_door = at(&[marked.other_unit.0], &[]);
    assert_eq!(bare(&mut conn, &next_door, "device").await, 0);
    // What lies around may be named and not changed.
    let mut tx = conn.begin().await.unwrap();
    tx.execute(AssertSqlSafe(steward)).await.unwrap();
    let renamed = tx
        .execute("UPDATE estate SET name = 'x'")
        .await
        .unwrap_err();
    assert!(
        renamed.to_string().contains("row-level security"),
        "{renamed}"
    );
}

#[tokio::test]
async fn a_dropped_policy_is_noticed() {
    let town = Town::new().await;
    furnish(&town).await;
    let mut conn = PgConnection::connect_with(&town.db.app()).await.unwrap();
    let b = scope(&town.admin_b.tenant.id.0.to_string(), "staff", "");
    assert_eq!(bare(&mut conn, &b, "device").await, 0);
    town.db
        .admin()
        .execute("DROP POLICY tenant_wall ON device; CREATE POLICY tenant_wall ON device TO linli_app USING (true)")
        .await
        .unwrap();
    assert!(
        bare(&mut conn, &b, "device").await > 0,
        "the walk must see through a hole"
    );
}

#[tokio::test]
async fn rows_cannot_be_written_into_another_tenant() {
    let town = Town::new().await;
    let mut tx = TenantTx::begin(&town.admin_a, &domain::identity::Scope::Everywhere)
        .await
        .unwrap();
    let into_b = sqlx::query("INSERT INTO estate (tenant_id, id, name, created_at) VALUES ($1, gen_random_uuid(), 'x', now())")
        .bind(town.admin_b.tenant.id.0)
        .execute(tx.conn())
        .await;
    let refused = into_b.unwrap_err();
    assert!(
        refused.to_string().contains("row-level security"),
        "{refused}"
    );
}
