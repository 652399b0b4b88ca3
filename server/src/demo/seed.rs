//! Makes the demo's companies through the same verbs that people use. Each step looks first, so
//! that a seeding that was cut off goes on, and a second one changes nothing.

use std::collections::HashMap;

use backend::{
    Cx, Peer, Site, devices, estates,
    identity::{self, Kind},
    kernel::page,
    tenancy,
};
use domain::{
    EstateId, HouseholdId, UnitId,
    devices::{DeviceFilter, DeviceForm, TransportForm},
    estates::{EstateForm, ImportState, UnitFilter},
    identity::{AcceptForm, GrantForm, InviteStaffForm, LoginForm},
    page::PageAsk,
    tenancy::SignupForm,
};

use super::{COMPANIES, Company, PASSWORD, STAFF, cabinet, device_secret, estate, fleet};
use crate::failure::Failure;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Seeded {
    /// The demo is there, whether it was made now or before.
    Ready,
    /// Companies live here already and the demo is not among them: nothing was touched.
    Refused,
}

/// Makes what is missing of the demo.
///
/// # Errors
/// The step that failed, in one line; what was done before it stays and is found next time.
pub async fn seed(site: &Site) -> Result<Seeded, Failure> {
    let others = tenancy::any(site)
        .await
        .map_err(failed("looking for companies"))?;
    let there = tenancy::check_slug(site, "demo")
        .await
        .map_err(failed("looking for the demo"))?;
    if others && there.is_ok() {
        return Ok(Seeded::Refused);
    }
    for company in COMPANIES {
        let admin = admin(site, company).await?;
        let estate = estate(&admin, company).await?;
        roster(&admin, company, estate).await?;
        devices(&admin, company, estate).await?;
        if !company.small {
            let system = Cx::system(site, admin.tenant.clone());
            cabinet::register(&system, company.slug, estate)
                .await
                .map_err(failed("registering the meter cabinet"))?;
        }
        owner(&admin, company, estate).await?;
        if !company.small {
            staff(&admin, company, estate).await?;
        }
    }
    Ok(Seeded::Ready)
}

fn failed(step: &'static str) -> impl Fn(backend::Error) -> Failure {
    move |error| {
        error.log();
        Failure::work(format!("the demo could not be made, {step}: {error}"))
    }
}

/// The company's admin, who signs it up where it is not there.
async fn admin(site: &Site, company: Company) -> Result<Cx, Failure> {
    let login = format!("admin@{}", company.slug);
    let free = tenancy::check_slug(site, company.slug)
        .await
        .map_err(failed("looking"))?;
    let opened = if free.is_ok() {
        let form = SignupForm {
            company: company.name.to_owned(),
            slug: company.slug.to_owned(),
            admin_name: company.admin.to_owned(),
            login,
            password: PASSWORD.to_owned(),
        };
        tenancy::sign_up(site, form, Kind::Browser, &Peer::local()).await
    } else {
        let tenant = company.slug.to_owned();
        let form = LoginForm {
            tenant,
            login,
            password: PASSWORD.to_owned(),
        };
        identity::log_in(site, form, Kind::Browser, &Peer::local()).await
    };
    let cx = opened.map_err(failed("signing the company up"))?.cx;
    // The session was only needed to learn who the admin is.
    identity::log_out(&cx)
        .await
        .map_err(failed("logging out"))?;
    Ok(cx)
}

async fn estate(cx: &Cx, company: Company) -> Result<EstateId, Failure> {
    let ask = PageAsk::longest();
    let known = estates::list_estates(cx, &ask)
        .await
        .map_err(failed("listing estates"))?;
    if let Some(found) = known
        .items
        .into_iter()
        .find(|each| each.name == company.estate)
    {
        return Ok(found.id);
    }
    let form = EstateForm {
        name: company.estate.to_owned(),
    };
    Ok(estates::create_estate(cx, form)
        .await
        .map_err(failed("making the estate"))?
        .id)
}

async fn roster(cx: &Cx, company: Company, estate: EstateId) -> Result<(), Failure> {
    let ask = PageAsk {
        limit: Some(1),
        cursor: None,
    };
    let filter = UnitFilter {
        estate: Some(estate),
        ..UnitFilter::default()
    };
    let known = estates::list_units(cx, &filter, &ask)
        .await
        .map_err(failed("listing units"))?;
    if !known.items.is_empty() {
        return Ok(());
    }
    let upload = estates::RosterUpload {
        estate,
        dry_run: false,
        file_name: format!("{}.csv", company.estate),
        bytes: estate::roster(company)?,
        confirmed: std::collections::BTreeSet::default(),
        of: None,
        columns: domain::estates::ColumnChoice::default(),
        asks: false,
    };
    let import = estates::import_roster(cx, upload)
        .await
        .map_err(failed("importing the roster"))?;
    if import.state == ImportState::Done {
        Ok(())
    } else {
        Err(Failure::work(format!(
            "the demo's roster was refused: {:?}",
            import.refused.first()
        )))
    }
}

/// Every unit of the estate by building, entrance and door.
async fn units(
    cx: &Cx,
    estate: EstateId,
) -> Result<HashMap<(String, String, String), (UnitId, Option<HouseholdId>)>, Failure> {
    let filter = UnitFilter {
        estate: Some(estate),
        ..UnitFilter::default()
    };
    let units = page::all(async |ask| estates::list_units(cx, &filter, &ask).await);
    let units = units.await.map_err(failed("listing units"))?;
    let doors = units.into_iter().map(|unit| {
        let entrance = unit.entrance.unwrap_or_default();
        (
            (unit.building_name, entrance, unit.unit),
            (unit.id, unit.household),
        )
    });
    Ok(doors.collect())
}

async fn devices(cx: &Cx, company: Company, estate: EstateId) -> Result<(), Failure> {
    let ask = PageAsk {
        limit: Some(1),
        cursor: None,
    };
    let filter = DeviceFilter {
        estate: Some(estate),
        ..DeviceFilter::default()
    };
    let known = devices::list(cx, &filter, &ask)
        .await
        .map_err(failed("listing devices"))?;
    if !known.items.is_empty() {
        return Ok(());
    }
    let units = units(cx, estate).await?;
    let forms = fleet::devices(company)?
        .into_iter()
        .map(|device| {
            let secret = device_secret(company.slug, &device.key);
            let form = DeviceForm {
                name: device.name,
                key: Some(device.key),
                kind: device.kind,
                estate,
                unit: device
                    .home
                    .and_then(|home| units.get(&home))
                    .map(|(unit, _)| *unit),
                place: device.place,
                transport: TransportForm::Mqtt {},
                gateway: None,
                model: None,
                points: Vec::new(),
            };
            (form, secret)
        })
        .collect();
    let system = Cx::system(&cx.site, cx.tenant.clone());
    devices::register_many(&system, forms)
        .await
        .map_err(failed("registering devices"))?;
    Ok(())
}

/// Whether somebody can log in to the company already.
async fn knows(cx: &Cx, company: Company, login: &str) -> Result<bool, Failure> {
    let form = LoginForm {
        tenant: company.slug.to_owned(),
        login: login.to_owned(),
        password: PASSWORD.to_owned(),
    };
    match identity::log_in(&cx.site, form, Kind::Browser, &Peer::local()).await {
        Ok(known) => identity::log_out(&known.cx)
            .await
            .map(|()| true)
            .map_err(failed("logging out")),
        Err(_) => Ok(false),
    }
}

/// The staff of the desk, let in by links with their roles.
async fn staff(cx: &Cx, company: Company, estate: EstateId) -> Result<(), Failure> {
    for (login, name, role) in STAFF {
        if knows(cx, company, login).await? {
            continue;
        }
        let form = InviteStaffForm {
            name: name.to_owned(),
            grant: GrantForm {
                role: role.as_str().to_owned(),
                places: vec![estate.to_string()],
                ..GrantForm::default()
            },
        };
        let (_, link) = identity::staff::invite(cx, form)
            .await
            .map_err(failed("inviting staff"))?;
        let form = AcceptForm {
            token: link.token,
            login: login.to_owned(),
            password: PASSWORD.to_owned(),
        };
        let opened = identity::staff::join(&cx.site, form, Kind::Browser, &Peer::local()).await;
        let opened = opened.map_err(failed("letting staff in"))?;
        identity::log_out(&opened.cx)
            .await
            .map_err(failed("logging out"))?;
    }
    Ok(())
}

/// The owner of the first metered home that somebody lives in, let in by an invitation.
async fn owner(cx: &Cx, company: Company, estate: EstateId) -> Result<(), Failure> {
    let login = format!("owner@{}", company.slug);
    if knows(cx, company, &login).await? {
        return Ok(());
    }
    let units = units(cx, estate).await?;
    let home = fleet::devices(company)?
        .into_iter()
        .filter_map(|device| units.get(&device.home?).copied())
        .find_map(|(unit, household)| household.map(|_| unit))
        .ok_or_else(|| Failure::work("the demo has no home with an owner"))?;
    let ask = PageAsk::default();
    let residents = estates::list_residents(cx, Some(home), &ask).await;
    let residents = residents.map_err(failed("listing residents"))?.items;
    let resident = residents
        .first()
        .ok_or_else(|| Failure::work("the demo's home is empty"))?;
    let link = estates::invite(cx, resident.id)
        .await
        .map_err(failed("inviting the owner"))?;
    let form = AcceptForm {
        token: link.token,
        login,
        password: PASSWORD.to_owned(),
    };
    let opened = estates::accept(&cx.site, form, &Peer::local()).await;
    let opened = opened.map_err(failed("letting the owner in"))?;
    identity::log_out(&opened.cx)
        .await
        .map_err(failed("logging out"))
}
