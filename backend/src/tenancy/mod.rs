//! Property companies: sign-up.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    TenantId,
    audit::{Deed, Subject},
    identity::{Hat, Role},
    problem::Flaw,
    tenancy::{Signup, SignupForm, Slug},
};

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
    let signup = Signup::try_from(form)?;
    let tenant = Tenant {
        id: site.new_id::<TenantId>(),
        slug: signup.slug.as_str().to_owned(),
        name: signup.company,
        zone: clock::zone(ZONE),
        suspended: false,
    };
    let cx = Cx::system(site, tenant);
    let mut tx = TenantTx::begin(&cx).await?;
    // The slug first: hashing a password for a name that is taken would be work for nothing.
    if !store::found(&mut tx, &cx.tenant, site.now()).await? {
        return Err(Error::taken("slug"));
    }
    let name = &signup.admin_name;
    let person =
        identity::person_for(site, &mut tx, name, &signup.login, signup.password, from).await?;
    identity::hire(&mut tx, &cx, person, name, Role::TenantAdmin).await?;
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
