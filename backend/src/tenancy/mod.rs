//! Property companies: sign-up, what they say about themselves and want of their staff, how much
//! they may have, and whether they may go on.

pub mod operator;
mod settings;
mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, Problem, TenantId,
    audit::{Deed, Subject},
    identity::{Hat, Scope},
    problem::Flaw,
    tenancy::{Counted, Language, Signup, SignupForm, Slug},
};

pub use settings::{
    change_company, company, drop_logo, logo, put_steps_away, set_logo, want_second_factor,
    wants_second_factor,
};

use jiff::Timestamp;

use crate::{
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
    // Their log-ins and devices have secrets that anybody can look up.
    if identity::DEMO.contains(&signup.slug.as_str()) && !from.loopback {
        return Err(Error::invalid("slug", Flaw::Reserved));
    }
    let tenant = Tenant {
        id: site.new_id::<TenantId>(),
        slug: signup.slug.as_str().to_owned(),
        name: signup.company,
        zone: clock::zone(ZONE),
        language: Language::ZhCn,
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

/// Refuses what the company's plan has no room for. For the verb that adds, inside its transaction:
/// others who add wait until it has ended.
///
/// # Errors
/// `over_quota` on `estates`, `units` or `devices`; on `storage` where there are devices enough that
/// fill it.
pub(crate) async fn make_room(
    tx: &mut TenantTx,
    counted: Counted,
    more: usize,
    now: Timestamp,
) -> Result<()> {
    let usage = store::usage(tx, true, now).await?;
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    let over = |field| Err(Problem::field(Code::OverQuota, field, Flaw::OutOfRange).into());
    if !usage.of(counted).has_room_for(more) {
        return over(counted.as_str());
    }
    // What is there goes on storing: a company that is over is asked, and not cut off.
    if counted == Counted::Devices && usage.storage.is_full() {
        return over("storage");
    }
    Ok(())
}

/// How many readings a second a plan lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Of all devices together.
    pub company: u32,
    /// Of each.
    pub device: u32,
}

impl Default for Pace {
    /// What a company has until its plan is known.
    fn default() -> Self {
        Self {
            company: 2_000,
            device: 20,
        }
    }
}

/// That of the company's plan, for whoever takes readings in.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn pace(cx: &Cx) -> Result<Pace> {
    cx.product_only()?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let pace = store::pace(&mut tx).await?;
    tx.commit().await?;
    Ok(pace)
}

/// Which of these companies are suspended: for whoever holds connections of many.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn suspended(site: &Site, tenants: &[TenantId]) -> Result<Vec<TenantId>> {
    let mut tx = site.db.open().await?;
    let found = store::suspended(&mut tx, tenants).await?;
    tx.commit().await?;
    Ok(found)
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
