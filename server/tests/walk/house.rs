//! Company A with marked rows in every table, and everyone who is a stranger to them.

use backend::{
    Cx, Peer, devices, estates,
    identity::{self, Kind, Opened, api_keys, staff},
};
use domain::{
    BuildingId, DeviceId, EstateId, HouseholdId, PointId, ResidentId, UnitId,
    devices::{
        DeviceForm, DeviceKind, NewPoint, Registered, TransportForm, ValueType,
        instruments::ReplacementForm,
    },
    estates::{
        BuildingForm, EstateChangeForm, EstateForm, NameForm, PhaseForm, Relation, ResidentForm,
        UnitForm,
    },
    identity::{AcceptForm, GrantForm, InviteStaffForm, KeyForm, LoginForm},
};
use jiff::SignedDuration;
use serde_json::json;

use crate::current::{Town, at, log_in};

/// In the texts of company A, and wanted nowhere else.
pub(crate) const MARK: &str = "独一无二";
/// In the texts of the owner's home, which is not even the neighbours' business.
pub(crate) const OWN: &str = "绝无仅有";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Of company A.
    Admin,
    /// Whose home it is, in A.
    Owner,
    /// Next door, in A as well.
    Neighbour,
    /// Manages another estate of A's.
    Elsewhere,
    /// The admin of company B.
    Rival,
    /// The meter in the owner's home, by its own credentials.
    Meter,
    Nobody,
}

pub(crate) struct House {
    pub(crate) town: Town,
    pub(crate) estate: EstateId,
    pub(crate) building: BuildingId,
    pub(crate) unit: UnitId,
    pub(crate) household: HouseholdId,
    /// A home whose owner has not come in.
    pub(crate) fresh: UnitId,
    /// Another home, to be sold.
    pub(crate) sold: (UnitId, HouseholdId),
    /// Has no log-in yet.
    pub(crate) resident: ResidentId,
    /// In the owner's home.
    pub(crate) meter: Registered,
    /// Of A's as well, and not the meter.
    pub(crate) pump: Registered,
    /// Company B's.
    pub(crate) foreign: Registered,
    admin: Opened,
    owner: Opened,
    neighbour: Opened,
    elsewhere: Opened,
}

fn name(what: &str) -> String {
    format!("{MARK}{what}")
}

fn device(
    name: String,
    key: &str,
    kind: DeviceKind,
    estate: EstateId,
    unit: Option<UnitId>,
) -> DeviceForm {
    let note = NewPoint {
        name: "note".to_owned(),
        unit: String::new(),
        value_type: ValueType::Text,
        range: domain::devices::ValidRange::default(),
    };
    DeviceForm {
        place: unit.is_none().then(|| name.clone()),
        name,
        key: Some(key.to_owned()),
        kind,
        estate,
        unit,
        transport: TransportForm::Mqtt {},
        gateway: None,
        model: None,
        points: vec![note],
    }
}

/// The estate in a region, and a phase in the estate.
async fn divide(cx: &Cx, estate: EstateId) {
    let form = NameForm { name: name("域") };
    let region = estates::create_region(cx, form).await.unwrap().id;
    let form = EstateChangeForm {
        region: Some(region.to_string()),
        ..EstateChangeForm::default()
    };
    estates::change_estate(cx, estate, form).await.unwrap();
    let form = PhaseForm {
        estate,
        name: name("零期"),
    };
    estates::create_phase(cx, form).await.unwrap();
}

impl House {
    pub(crate) async fn new() -> Self {
        let town = Town::new().await;
        let cx = &town.admin.cx;
        let estate = EstateForm {
            name: name("花园")
        };
        let estate = estates::create_estate(cx, estate).await.unwrap().id;
        divide(cx, estate).await;
        let building = BuildingForm {
            estate,
            name: name("楼"),
        };
        let building = estates::create_building(cx, building).await.unwrap().id;
        let own = |what: &str| format!("{OWN}{what}");
        let (unit, household, owner) = home(&town, building, &own("101"), &own("王")).await;
        let (_, _, neighbour) = home(&town, building, "102", "李四").await;
        let (sold, seller, _) = home(&town, building, "103", "卖家").await;
        let form = UnitForm {
            building,
            entrance: None,
            unit: "104".to_owned(),
            area_m2: None,
        };
        let fresh = estates::create_unit(cx, form).await.unwrap().id;
        self::resident(&town, fresh, &own("新")).await;
        let resident = resident(&town, unit, &own("妻")).await;
        let meter = device(
            name(&own("表")),
            "e-101",
            DeviceKind::ElectricityMeter,
            estate,
            Some(unit),
        );
        let meter = devices::register(cx, meter).await.unwrap();
        let pump = device(name("泵"), "pump", DeviceKind::Pump, estate, None);
        let door = device(name("门"), "door", DeviceKind::Door, estate, None);
        devices::register(cx, door).await.unwrap();
        // As where a broker has to be told of it.
        let telling = Cx {
            site: cx.site.clone().telling_a_broker(),
            ..cx.clone()
        };
        let pump = devices::register(&telling, pump).await.unwrap();
        let form = KeyForm {
            name: name("钥匙"),
            grant: GrantForm {
                role: "guard".to_owned(),
                everywhere: true,
                ..GrantForm::default()
            },
        };
        api_keys::make(cx, form).await.unwrap();
        let other = EstateForm {
            name: "博远里".to_owned(),
        };
        let other = estates::create_estate(&town.rival.cx, other)
            .await
            .unwrap()
            .id;
        let foreign = device("泵".to_owned(), "pump", DeviceKind::Pump, other, None);
        let foreign = devices::register(&town.rival.cx, foreign).await.unwrap();

        let far = EstateForm {
            name: "远苑".to_owned(),
        };
        let far = estates::create_estate(cx, far).await.unwrap().id;
        let elsewhere = hire(&town, "estate_manager", Some(far)).await;

        self::hung(&town, meter.id).await;
        let session = log_in(&town.intake, &meter).await;
        let values = json!({ "energy_kwh": 4711.25, "power_w": 812, "note": name(&own("读数")), "unheard": 1 });
        town.say(&session, &json!({ "ts": at(0), "values": values }))
            .await
            .unwrap();
        let form = LoginForm {
            tenant: "anju".to_owned(),
            login: "admin@anju".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let admin = identity::log_in(&town.site, form, Kind::Browser, &Peer::local())
            .await
            .unwrap();
        Self {
            town,
            estate,
            building,
            unit,
            household,
            fresh,
            sold: (sold, seller),
            resident,
            meter,
            pump,
            foreign,
            admin,
            owner,
            neighbour,
            elsewhere,
        }
    }

    /// The session of somebody.
    pub(crate) fn of(&self, who: Who) -> Option<&Opened> {
        match who {
            Who::Admin => Some(&self.admin),
            Who::Owner => Some(&self.owner),
            Who::Neighbour => Some(&self.neighbour),
            Who::Elsewhere => Some(&self.elsewhere),
            Who::Rival => Some(&self.town.rival),
            Who::Meter | Who::Nobody => None,
        }
    }

    /// Today, as A counts its days.
    pub(crate) fn today(&self) -> String {
        let cx = &self.admin.cx;
        let now = cx.now().to_zoned(cx.tenant.zone.clone());
        now.date().to_string()
    }

    /// A new code on paper for a home, in its groups.
    pub(crate) async fn print(&self, unit: UnitId) -> String {
        let (_, slips) = estates::print_codes(&self.admin.cx, &[unit]).await.unwrap();
        slips[0].code.grouped()
    }

    /// Somebody comes into a home, and asks to be forgotten there.
    pub(crate) async fn asks_to_be_forgotten(&self) {
        let cx = &self.admin.cx;
        let leaving = resident(&self.town, self.fresh, &format!("{OWN}去")).await;
        let link = estates::invite(cx, leaving).await.unwrap();
        let form = AcceptForm {
            token: link.token,
            login: "leaving@marked".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let peer = Peer::local();
        let opened = estates::accept(&self.town.site, form, &peer).await;
        let cx = opened.unwrap().cx;
        backend::privacy::ask_erasure(&cx).await.unwrap();
    }

    /// Two more in the owner's home, neither of whom has come in.
    pub(crate) async fn two_more(&self) -> (ResidentId, ResidentId) {
        let add = async |name: &str, relation| {
            let form = ResidentForm {
                id_number: None,
                unit: self.unit,
                name: format!("{OWN}{name}"),
                phone: None,
                relation,
            };
            let added = estates::add_resident(&self.admin.cx, form).await;
            added.unwrap().id
        };
        let renter = add("客", Relation::Renter).await;
        (renter, add("子", Relation::Family).await)
    }

    /// Somebody who moves into a home, and comes to work at A as well.
    pub(crate) async fn lives_and_works(&self, login: &str) {
        let resident = resident(&self.town, self.fresh, "双").await;
        let link = estates::invite(&self.town.admin.cx, resident)
            .await
            .unwrap();
        let form = AcceptForm {
            token: link.token,
            login: login.to_owned(),
            password: PASSWORD.to_owned(),
        };
        estates::accept(&self.town.site, form, &Peer::local())
            .await
            .unwrap();
        let guard = GrantForm {
            role: "guard".to_owned(),
            everywhere: true,
            ..GrantForm::default()
        };
        employ(&self.town, guard, Some(login)).await;
    }

    /// A point of the meter.
    pub(crate) async fn point(&self, name: &str) -> PointId {
        let points = devices::points(&self.admin.cx, self.meter.id)
            .await
            .unwrap()
            .unwrap();
        points.iter().find(|point| point.name == name).unwrap().id
    }

    /// What A sees of one of its devices: state and newest values.
    pub(crate) async fn seen(&self, device: DeviceId) -> String {
        let points = devices::points(&self.admin.cx, device).await.unwrap();
        let device = devices::device(&self.admin.cx, device)
            .await
            .unwrap()
            .unwrap();
        serde_json::to_string(&(device.state, points)).unwrap()
    }
}

/// A new member of A's staff with a role, everywhere or at one estate.
pub(crate) async fn hire(town: &Town, role: &str, estate: Option<EstateId>) -> Opened {
    let grant = GrantForm {
        role: role.to_owned(),
        everywhere: estate.is_none(),
        places: estate.iter().map(ToString::to_string).collect(),
        until: None,
    };
    employ(town, grant, None).await
}

/// Under a log-in that is there already, or a new one.
async fn employ(town: &Town, grant: GrantForm, login: Option<&str>) -> Opened {
    let form = InviteStaffForm {
        name: format!("{}某", grant.role),
        grant,
    };
    let (id, link) = staff::invite(&town.admin.cx, form).await.unwrap();
    let form = AcceptForm {
        token: link.token,
        login: login.map_or_else(|| format!("{id}@hired"), str::to_owned),
        password: PASSWORD.to_owned(),
    };
    staff::join(&town.site, form, Kind::Browser, &Peer::local())
        .await
        .unwrap()
}

/// What has hung there for an hour.
async fn hung(town: &Town, meter: DeviceId) {
    let hung = ReplacementForm {
        at: (town.site.now() - SignedDuration::from_hours(1)).to_string(),
        serial: name("出厂编号"),
        first_register: "0".to_owned(),
        ..ReplacementForm::default()
    };
    devices::instruments::replace_meter(&town.admin.cx, meter, hung)
        .await
        .unwrap();
}

async fn resident(town: &Town, unit: UnitId, name: &str) -> ResidentId {
    let form = ResidentForm {
        id_number: None,
        unit,
        name: name.to_owned(),
        phone: Some("13812345678".to_owned()),
        relation: Relation::Owner,
    };
    estates::add_resident(&town.admin.cx, form)
        .await
        .unwrap()
        .id
}

/// A home with somebody in it.
async fn home(
    town: &Town,
    building: BuildingId,
    code: &str,
    owner: &str,
) -> (UnitId, HouseholdId, Opened) {
    let form = UnitForm {
        building,
        entrance: Some(name("单元")),
        unit: code.to_owned(),
        area_m2: Some("89.37".to_owned()),
    };
    let unit = estates::create_unit(&town.admin.cx, form).await.unwrap().id;
    let invitation = estates::invite(&town.admin.cx, resident(town, unit, owner).await)
        .await
        .unwrap();
    let form = AcceptForm {
        token: invitation.token,
        login: format!("{unit}@marked"),
        password: PASSWORD.to_owned(),
    };
    let opened = estates::accept(&town.site, form, &Peer::local())
        .await
        .unwrap();
    (unit, crate::current::household(&opened), opened)
}
