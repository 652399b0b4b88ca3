//! Property companies: sign-up, what they say about themselves and want of their staff, and how
//! much they may have.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, Problem, TenantId,
    audit::{Deed, Subject},
    identity::{Action, Hat, Scope},
    problem::Flaw,
    tenancy::{Company, CompanyForm, CompanyView, Counted, Signup, SignupForm, Slug},
};

use crate::{
    audit,
    identity::{self, Arrival, ArrivalDeed, Kind, Opened},
    kernel::{
        clock,
        cx::{Cx, Peer, Site, Tenant},
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// The zone that a new company starts with.
const ZONE: &str = "Asia/Shanghai";

/// Founds a company, with the one who signs up as its first admin, and logs them in.
///
/// Tenant, person, role and session are one commit. A log-in that exists already founds a second
/// company with the same person, if the password is theirs.
///
/// # Errors
/// `invalid` with every flawed field; `conflict` on `slug` or `login`; `too_many` past the
/// throttle.
pub async fn sign_up(site: &Site, form: SignupForm, kind: Kind, from: &Peer) -> Result<Opened> {
    sign_up_with(site, form, None, kind, from).await
}

/// Like [`sign_up`], with a code of the second factor that the person behind the log-in has.
///
/// # Errors
/// As [`sign_up`]; `otp_required` or `bad_credentials` on `otp` without the right code.
pub async fn sign_up_with(
    site: &Site,
    form: SignupForm,
    otp: Option<&str>,
    kind: Kind,
    from: &Peer,
) -> Result<Opened> {
    let signup = Signup::try_from(form)?;
    let tenant = Tenant {
        id: site.new_id::<TenantId>(),
        slug: signup.slug.as_str().to_owned(),
        name: signup.company,
        zone: clock::zone(ZONE),
        suspended: false,
        second_factor_missing: false,
    };
    // The slug first: hashing a password for a name that is taken would be work for nothing. Whoever
    // takes it meanwhile is found out below.
    let mut tx = site.db.open().await?;
    let taken = store::slug_taken(&mut tx, signup.slug.as_str()).await?;
    tx.commit().await?;
    if taken {
        return Err(Error::taken("slug"));
    }
    let newcomer = identity::prove(site, &signup.login, signup.password, from).await?;
    let cx = Cx::system(site, tenant);
    let mut tx = TenantTx::begin(&cx, &Scope::Everywhere).await?;
    if !store::found(&mut tx, &cx.tenant, site.now()).await? {
        return Err(Error::taken("slug"));
    }
    let name = &signup.admin_name;
    let person = identity::person_for(site, &mut tx, name, newcomer, otp, from).await?;
    identity::staff::found(&mut tx, &cx, person, name).await?;
    let arrival = Arrival {
        person,
        tenant: cx.tenant.id,
        hat: Hat::Staff,
        kind,
        from,
        deed: Some(ArrivalDeed {
            deed: Deed::CompanyFounded,
            subject: Subject::Company(cx.tenant.id),
            estate: None,
            fields: &["company", "slug", "admin_name", "login"],
        }),
    };
    identity::open(site, tx, arrival).await
}

/// Whether the company wants a second factor of its staff.
///
/// # Errors
/// `forbidden` where the role lacks [`Action::EditCompany`].
pub async fn wants_second_factor(cx: &Cx) -> Result<bool> {
    let scope = cx.authorize_to_see(Action::EditCompany)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    store::wants_second_factor(&mut tx, cx.tenant.id).await
}

/// Sets whether the company wants a second factor of its staff. Who has none may do nothing else
/// until they have, from this very moment.
///
/// # Errors
/// `forbidden` where the role lacks [`Action::EditCompany`], `suspended` in a suspended company.
pub async fn want_second_factor(cx: &Cx, wanted: bool) -> Result<()> {
    let scope = cx.authorize(Action::EditCompany)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    store::want_second_factor(&mut tx, cx.tenant.id, wanted).await?;
    let (changed, fields) = (Subject::Company(cx.tenant.id), ["second_factor"]);
    audit::record(&mut tx, cx, Deed::CompanyChanged, changed, None, fields).await?;
    tx.commit().await
}

/// The company's page.
///
/// # Errors
/// `forbidden`.
pub async fn company(cx: &Cx) -> Result<CompanyView> {
    let scope = cx.authorize_to_see(Action::EditCompany)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let usage = store::usage(&mut tx, false).await?;
    tx.commit().await?;
    Ok(CompanyView {
        slug: cx.tenant.slug.clone(),
        name: cx.tenant.name.clone(),
        time_zone: cx.tenant.zone.iana_name().unwrap_or(ZONE).to_owned(),
        usage,
    })
}

/// Changes what the company says about itself. The time zone counts from the next request on: days
/// that are past are not cut anew.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid`: `unknown` for a zone that there is not.
pub async fn change_company(cx: &Cx, form: CompanyForm) -> Result<()> {
    let scope = cx.authorize(Action::EditCompany)?;
    let company = Company::try_from(form)?;
    if clock::known_zone(&company.time_zone).is_none() {
        return Err(Error::invalid("time_zone", Flaw::Unknown));
    }
    let mut tx = TenantTx::begin(cx, &scope).await?;
    store::change(&mut tx, cx.tenant.id, &company).await?;
    let (changed, fields) = (Subject::Company(cx.tenant.id), ["name", "time_zone"]);
    audit::record(&mut tx, cx, Deed::CompanyChanged, changed, None, fields).await?;
    tx.commit().await
}

/// Refuses what the company's plan has no room for. For the verb that adds, inside its transaction:
/// others who add wait until it has ended.
///
/// # Errors
/// `over_quota` on `estates`, `units` or `devices`.
pub(crate) async fn make_room(tx: &mut TenantTx, counted: Counted, more: usize) -> Result<()> {
    let usage = store::usage(tx, true).await?;
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    if usage.of(counted).has_room_for(more) {
        Ok(())
    } else {
        let field = counted.as_str();
        Err(Problem::field(Code::OverQuota, field, Flaw::OutOfRange).into())
    }
}

/// What is wrong with a slug, if anything, while somebody is still typing it.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn check_slug(site: &Site, raw: &str) -> Result<Result<(), Flaw>> {
    let slug = match Slug::parse(raw) {
        Ok(slug) => slug,
        Err(flaw) => return Ok(Err(flaw)),
    };
    let mut tx = site.db.open().await?;
    let taken = store::slug_taken(&mut tx, slug.as_str()).await?;
    Ok(if taken { Err(Flaw::Taken) } else { Ok(()) })
}

/// Whether any company lives here.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn any(site: &Site) -> Result<bool> {
    let mut tx = site.db.open().await?;
    store::any_tenant(&mut tx).await
}
