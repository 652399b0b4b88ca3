//! Codes on paper: staff print them, an owner opens a home with one, and where more than paper is
//! needed, staff look at who asks.
//!
//! A code opens a home for whoever also knows an owner's surname and the end of their number on
//! record, and only while no owner has come in. All else becomes a request that waits for staff,
//! and the owners who are in already are told of it first.

mod codes;
mod notices;
mod review;
mod store;
#[cfg(test)]
mod tests;

use domain::{
    ClaimId, Code,
    audit::{Deed, Subject},
    estates::{Claim, ClaimForm, ClaimReason, ClaimStatus, NoticeKind},
    identity::{Hat, Scope},
    problem::Flaw,
    tenancy::Language,
};

use self::store::Owner;
pub(in crate::estates) use self::{codes::end_codes, notices::tell_owners};
pub use self::{
    codes::{code_homes, print_codes},
    notices::{home_notices, see_notice},
    review::{accept_claim, list_claims, refuse_claim},
};
use super::invitations::LIFE;
use crate::{
    audit,
    identity::{self, Arrival, ArrivalDeed, InviteLink, Kind, Opened},
    kernel::{
        clock,
        cx::{Cx, Peer, Site, Tenant},
        error::{Error, Result},
        keys::digest,
        tx::TenantTx,
    },
};

/// What came of a claim.
#[derive(Debug)]
pub enum Claimed {
    /// The home is open.
    Opened(Box<Opened>),
    /// Staff look at it; the link tells how it stands.
    Waiting(InviteLink),
}

/// Opens a home with a code on paper, or asks staff to.
///
/// A wrong surname or number counts as a try and is answered with one flaw on `match`, which says
/// no more than that. The code is used up by whatever comes of it but a refusal.
///
/// # Errors
/// `expired` for a code that does not open (any more), `invalid` with the flawed fields, `conflict`
/// on `login` where somebody else has it, `suspended`, `too_many` past the throttle; what is wrong
/// with `otp`, as [`identity::log_in_with`], where the person has a second factor. What is refused
/// but for a try that does not match leaves the code as it was.
pub async fn claim(
    site: &Site,
    form: ClaimForm,
    otp: Option<&str>,
    from: &Peer,
) -> Result<Claimed> {
    let claim = Claim::try_from(form)?;
    let hash = site.keys.home_code(&claim.code);
    site.door.knock(&hash, &from.address)?;
    let closed = || Error::new(Code::Expired);
    let mut tx = site.db.open().await?;
    let known = store::by_code(&mut tx, &hash, site.now()).await?;
    let known = known.ok_or_else(closed)?;
    tx.commit().await?;
    let tenant = Tenant {
        id: known.tenant,
        slug: known.slug,
        name: known.company,
        zone: clock::zone(&known.time_zone),
        language: Language::ZhCn,
        suspended: known.tenant_state == "suspended",
        second_factor_missing: false,
    };
    tenant.may_change()?;
    let newcomer = identity::prove(site, &claim.login, claim.password.clone(), from).await?;

    let cx = Cx::system(site, tenant);
    let mut tx = TenantTx::begin(&cx, &Scope::Everywhere).await?;
    // A second tap on the same code waits here, then finds it used; so does a sale, which ends the
    // code before it ends the household.
    let home = store::lock_code(&mut tx, cx.tenant.id, known.id, site.now()).await?;
    let home = home.ok_or_else(closed)?;
    let owners = store::owners(&mut tx, &cx, home.household).await?;
    let Some((owner, reason)) = judge(&claim, &owners) else {
        store::count_try(&mut tx, cx.tenant.id, known.id).await?;
        tx.commit().await?;
        return Err(Error::invalid("match", Flaw::Unknown));
    };
    store::use_up(&mut tx, cx.tenant.id, known.id, site.now()).await?;
    let name = &owner.name;
    let person = identity::person_for(site, &mut tx, name, newcomer, otp, from).await?;
    let (resident, estate) = (Subject::Resident(owner.id), Some(home.estate));
    let is_in = owners.iter().any(|each| each.person == Some(person));
    match reason {
        Some(reason) if !is_in => {
            let link = InviteLink::fresh(site, LIFE);
            let id: ClaimId = cx.new_id();
            store::insert_request(&mut tx, &cx, id, &home, owner, person, reason, &link).await?;
            for told in owners.iter().filter(|owner| owner.person.is_some()) {
                let kind = NoticeKind::Claim;
                store::tell(&mut tx, &cx, home.household, told.id, kind).await?;
            }
            audit::record(&mut tx, &cx, Deed::ClaimRequested, resident, estate, []).await?;
            tx.commit().await?;
            return Ok(Claimed::Waiting(link));
        }
        // An owner who is in already has just shown so.
        Some(_) => {}
        None => store::claim(&mut tx, cx.tenant.id, owner.id, person).await?,
    }
    let arrival = Arrival {
        person,
        tenant: cx.tenant.id,
        hat: Hat::Resident,
        kind: Kind::Browser,
        from,
        deed: Some(ArrivalDeed {
            deed: Deed::HomeClaimed,
            subject: resident,
            estate,
            fields: &["login"],
        }),
    };
    let opened = identity::open(site, tx, arrival).await?;
    Ok(Claimed::Opened(Box::new(opened)))
}

/// Which owner of the home it is, and why it does not open by itself, where it does not. Nobody
/// where what was said does not match.
fn judge<'a>(claim: &Claim, owners: &'a [Owner]) -> Option<(&'a Owner, Option<ClaimReason>)> {
    let named = |owner: &&Owner| {
        let agent = owner.agent.as_deref();
        claim.surname.begins(&owner.name) || agent.is_some_and(|agent| claim.surname.begins(agent))
    };
    // Of two who fit, the one who has not come in yet.
    let best = |fits: &dyn Fn(&Owner) -> bool| {
        let fitting = owners.iter().filter(named).filter(|owner| fits(owner));
        fitting.min_by_key(|owner| owner.person.is_some())
    };
    let open = owners.iter().any(|owner| owner.person.is_some());
    let Some(digits) = &claim.last_digits else {
        return best(&|_| true).map(|owner| (owner, Some(ClaimReason::OtherPhone)));
    };
    let by_phone = |owner: &Owner| {
        let phone = owner.phone.as_ref();
        phone.is_some_and(|phone| digits.ends(&phone.0))
    };
    if let Some(owner) = best(&by_phone) {
        return Some((owner, open.then_some(ClaimReason::OpenAlready)));
    }
    best(&|owner| owner.phone.is_none()).map(|owner| (owner, Some(ClaimReason::NoPhone)))
}

/// How a request stands, for whoever holds its link.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn claim_status(site: &Site, token: &str) -> Result<Option<ClaimStatus>> {
    let mut tx = site.db.open().await?;
    let status = store::by_token(&mut tx, &digest(token.as_bytes())).await?;
    tx.commit().await?;
    Ok(status)
}
