//! What a company says about itself and wants of its staff.

use domain::{
    audit::{Deed, Subject},
    identity::{Action, Scope},
    problem::Flaw,
    tenancy::{Company, CompanyForm, CompanyView, LogoKind, logo as picture, steps},
};

use super::store;
use crate::{
    audit,
    kernel::{
        clock,
        cx::{Actor, Cx},
        error::{Error, Result},
        tx::TenantTx,
    },
};

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
    let usage = store::usage(&mut tx, false, cx.now()).await?;
    let own = store::own(&mut tx, cx.tenant.id).await?;
    tx.commit().await?;
    Ok(CompanyView {
        slug: cx.tenant.slug.clone(),
        name: own.name,
        time_zone: own.time_zone,
        currency: own.currency,
        language: own.language,
        suspended: own.suspended,
        logo: own.logo,
        usage,
        steps: steps::left(own.steps, own.put_away),
    })
}

/// Changes what the company says about itself; what the form does not name stays as it is. Language
/// and time zone count from the next request on: days that are past are not cut anew.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid`: `unknown` for a zone that there is not.
pub async fn change_company(cx: &Cx, form: CompanyForm) -> Result<()> {
    let scope = cx.authorize(Action::EditCompany)?;
    let company = Company::try_from(form)?;
    let unknown = || Error::invalid("time_zone", Flaw::Unknown);
    let zone = company.time_zone.as_deref();
    if zone.is_some_and(|zone| clock::known_zone(zone).is_none()) {
        return Err(unknown());
    }
    let mut tx = TenantTx::begin(cx, &scope).await?;
    // Days of readings are cut where they are stored, by another set of zones than ours.
    if let Some(zone) = zone
        && !store::knows_zone(&mut tx, zone).await?
    {
        return Err(unknown());
    }
    store::change(&mut tx, cx.tenant.id, &company).await?;
    let fields = audit::given([
        ("name", company.name.is_some()),
        ("time_zone", company.time_zone.is_some()),
        ("currency", company.currency.is_some()),
        ("language", company.language.is_some()),
    ]);
    let changed = Subject::Company(cx.tenant.id);
    audit::record(&mut tx, cx, Deed::CompanyChanged, changed, None, fields).await?;
    tx.commit().await
}

/// Sets the company's logo: a PNG, JPEG or WebP of at most 200 KB and 4096 pixels a side.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid` on `logo`: `too_long` for one that is too large, `unreadable`
/// for anything else than such a picture.
pub async fn set_logo(cx: &Cx, bytes: &[u8]) -> Result<()> {
    let scope = cx.authorize(Action::EditCompany)?;
    let kind = picture::check(bytes).map_err(|flaw| Error::invalid("logo", flaw))?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    store::set_logo(&mut tx, cx, kind, bytes).await?;
    note_logo(tx, cx).await
}

/// Takes the company's logo away; without one nothing happens.
///
/// # Errors
/// `forbidden`, `suspended`.
pub async fn drop_logo(cx: &Cx) -> Result<()> {
    let scope = cx.authorize(Action::EditCompany)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    if !store::drop_logo(&mut tx, cx.tenant.id).await? {
        return tx.commit().await;
    }
    note_logo(tx, cx).await
}

async fn note_logo(mut tx: TenantTx, cx: &Cx) -> Result<()> {
    let changed = Subject::Company(cx.tenant.id);
    audit::record(&mut tx, cx, Deed::CompanyChanged, changed, None, ["logo"]).await?;
    tx.commit().await
}

/// The company's logo, for those who work there. Not for the world by its slug: that would tell
/// anybody who asks which companies there are.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn logo(cx: &Cx) -> Result<Option<(LogoKind, Vec<u8>)>> {
    if !matches!(cx.actor, Actor::Staff { .. }) || cx.tenant.second_factor_missing {
        return Ok(None);
    }
    // It lies nowhere in particular, so no part of the company is too small to see it.
    let mut tx = TenantTx::begin(cx, &Scope::nowhere()).await?;
    let found = store::logo(&mut tx, cx.tenant.id).await?;
    tx.commit().await?;
    Ok(found)
}

/// Puts the first steps away, done or not, for everybody in the company.
///
/// # Errors
/// `forbidden`, `suspended`.
pub async fn put_steps_away(cx: &Cx) -> Result<()> {
    let scope = cx.authorize(Action::EditCompany)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    store::put_steps_away(&mut tx, cx.tenant.id, cx.now()).await?;
    let (changed, fields) = (Subject::Company(cx.tenant.id), ["first_steps"]);
    audit::record(&mut tx, cx, Deed::CompanyChanged, changed, None, fields).await?;
    tx.commit().await
}
