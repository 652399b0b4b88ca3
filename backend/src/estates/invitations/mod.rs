//! Letting a resident in: a single-use link for one resident of one home.

mod back_in;
pub(super) mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, InvitationId, ResidentId,
    audit::{Deed, Subject},
    identity::{AcceptForm, Action, Hat, Invitation, Scope},
    tenancy::Language,
};
use jiff::SignedDuration;

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

pub use back_in::print_reset;

/// How long an invitation opens.
pub(super) const LIFE: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Invites a resident to their home. An earlier invitation of the same resident stops opening.
///
/// # Errors
/// `not_found` for a resident the asker may not see, `conflict` for one who has a log-in already,
/// `forbidden` where the role lacks [`Action::InviteOwner`].
pub async fn invite(cx: &Cx, resident: ResidentId) -> Result<InviteLink> {
    cx.authorize(Action::InviteOwner)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::invitee(&mut tx, cx.tenant.id, resident).await?;
    let found = found.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::InviteOwner, &found.place())?;
    if found.person.is_some() {
        return Err(Error::taken("resident"));
    }
    let id: InvitationId = cx.new_id();
    let link = InviteLink::fresh(&cx.site, LIFE);
    store::replace(&mut tx, cx, id, (found.household, resident), &link).await?;
    let (invited, estate) = (Subject::Resident(resident), Some(found.estate));
    audit::record(&mut tx, cx, Deed::OwnerInvited, invited, estate, []).await?;
    tx.commit().await?;
    Ok(link)
}

/// Where an invitation leads, before it is accepted. Nothing for one that does not open.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn invitation(site: &Site, token: &str) -> Result<Option<Invitation>> {
    let mut tx = site.db.open().await?;
    let row = store::by_token(&mut tx, &digest(token.as_bytes()), site.now()).await?;
    Ok(row.map(|row| Invitation {
        company: row.company.clone(),
        home: row.home(),
        name_hint: name_hint(&row.resident_name),
    }))
}

/// Accepts an invitation with a new log-in, or with the one that the person has already, and logs
/// them in as a resident.
///
/// # Errors
/// `expired` for a link that does not open (any more), `invalid` with the flawed fields,
/// `conflict` on `login` where somebody else has it, `suspended`, `too_many` past the throttle.
pub async fn accept(site: &Site, form: AcceptForm, from: &Peer) -> Result<Opened> {
    accept_with(site, form, None, from).await
}

/// Like [`accept`], with a code of the second factor that the person behind the log-in has.
///
/// # Errors
/// As [`accept`]; `otp_required` or `bad_credentials` on `otp` without the right code: then the
/// link still opens.
pub async fn accept_with(
    site: &Site,
    form: AcceptForm,
    otp: Option<&str>,
    from: &Peer,
) -> Result<Opened> {
    let (login, password) = form.checked()?;
    let hash = digest(form.token.as_bytes());
    let mut tx = site.db.open().await?;
    let row = store::by_token(&mut tx, &hash, site.now()).await?;
    let row = row.ok_or_else(|| Error::new(Code::Expired))?;
    tx.commit().await?;

    // The zone matters to nothing that is written here.
    let tenant = Tenant {
        id: row.tenant,
        slug: row.slug.clone(),
        name: row.company.clone(),
        zone: clock::zone("UTC"),
        language: Language::ZhCn,
        suspended: row.suspended,
        second_factor_missing: false,
    };
    tenant.may_change()?;
    let newcomer = identity::prove(site, &login, password, from).await?;
    let cx = Cx::system(site, tenant);
    let mut tx = TenantTx::begin(&cx, &Scope::Everywhere).await?;
    // Whoever marks the row as used goes on; a second tap on the same link waits here, then
    // finds it used.
    if !store::use_up(&mut tx, row.tenant, row.id, site.now()).await? {
        return Err(Error::new(Code::Expired));
    }
    let name = &row.resident_name;
    let person = identity::person_for(site, &mut tx, name, newcomer, otp, from).await?;
    let estate = store::claim(&mut tx, row.tenant, row.resident, person).await?;
    let arrival = Arrival {
        person,
        tenant: row.tenant,
        hat: Hat::Resident,
        kind: Kind::Browser,
        from,
        deed: Some(ArrivalDeed {
            deed: Deed::InvitationAccepted,
            subject: Subject::Resident(row.resident),
            estate: Some(estate),
            fields: &["login"],
        }),
    };
    identity::open(site, tx, arrival).await
}

/// `王小明` → `王**`: enough for its owner to know it, too little for who found the link.
fn name_hint(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .into_iter()
        .chain(letters.map(|_| '*'))
        .collect()
}
