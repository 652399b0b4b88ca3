//! People, log-ins, sessions and what each role may do.
//!
//! Credentials and sessions are out of the serving login's reach: this room gets at them only
//! through definer functions that take a keyed log-in index or a token's hash, so that no
//! forgotten WHERE can read one.

mod account;
#[cfg(test)]
mod account_tests;
pub mod api_keys;
mod changes;
#[cfg(test)]
mod changes_tests;
mod consent;
#[cfg(test)]
mod consent_tests;
mod door;
mod half_open;
mod hats;
#[cfg(test)]
mod hats_tests;
mod link;
mod password;
pub mod rbac;
mod reset;
#[cfg(test)]
mod reset_tests;
mod second_factor;
#[cfg(test)]
pub(crate) mod second_factor_tests;
mod session;
mod sms;
#[cfg(test)]
mod sms_tests;
pub mod staff;
mod store;
#[cfg(test)]
mod tests;
mod token;

use domain::{
    Code, PersonId, Problem,
    identity::{Action, Actions, Hat, Login, LoginForm, Me, Password, Scope},
    tenancy::Language,
};

pub(crate) use account::prove_again;
pub use account::{
    account, change_password, end_other_sessions, end_session, know_sessions, sessions, whoami,
};
pub use changes::{Changed, watch};
pub use consent::agree;
pub(crate) use consent::{forget, held};
pub use door::Doorkeeper;
pub use half_open::{Entered, begin_log_in, finish_log_in, is_half_open};
pub use hats::{hats, wear};
pub use link::InviteLink;
pub(crate) use reset::print as print_reset;
pub use reset::{forgot, reset};
pub use second_factor::{confirm_second_factor, drop_second_factor, start_second_factor};
pub use session::hex;
pub(crate) use session::{Arrival, ArrivalDeed, open};
pub use session::{Kind, Opened, SessionToken, cx_of, live_ticket, log_out, redeem_ticket, resume};
pub use sms::{log_in_by_sms, send_code, sends_codes};
pub use token::{ACCESS_TOKEN_LIFE, AccessToken, access_token, bearer, refresh};

use crate::kernel::{
    clock,
    cx::{Actor, Cx, Peer, Site, Tenant},
    error::{Error, Result},
    tx::TenantTx,
};

/// The demo's companies. Their log-ins are published, so they open nothing off this machine.
pub(crate) const DEMO: [&str; 2] = ["demo", "rival"];

/// Logs a person in under one of their hats.
///
/// An unknown log-in costs the same work as a wrong password, and is answered the same.
///
/// # Errors
/// `too_many` past the throttle, `bad_credentials` for anything that does not match: log-in,
/// password, or a tenant in which the person has no hat; `otp_required` for a person with a second
/// factor.
pub async fn log_in(site: &Site, form: LoginForm, kind: Kind, from: &Peer) -> Result<Opened> {
    log_in_with(site, form, None, kind, from).await
}

/// Like [`log_in`], with a code of the person's second factor. Who has none needs none.
///
/// # Errors
/// As [`log_in`], and `bad_credentials` on the field `otp` for a wrong code.
pub async fn log_in_with(
    site: &Site,
    form: LoginForm,
    otp: Option<&str>,
    kind: Kind,
    from: &Peer,
) -> Result<Opened> {
    let (person, hat) = passed(site, &form, from).await?;
    let mut tx = under(site, &hat).await?;
    second_factor::demand(site, &mut tx, person, otp, from).await?;
    let arrival = Arrival {
        person,
        tenant: hat.tenant,
        hat: hat.hat,
        kind,
        from,
        deed: None,
    };
    open(site, tx, arrival).await
}

/// A transaction in the company of a hat, for somebody who comes in: only now is it known whose
/// audit log this goes into.
async fn under(site: &Site, hat: &store::HatRow) -> Result<TenantTx> {
    TenantTx::begin(&inside(site, hat), &Scope::Everywhere).await
}

/// The product's own context in the company of a hat. Neither name nor zone is written.
fn inside(site: &Site, hat: &store::HatRow) -> Cx {
    let tenant = Tenant {
        id: hat.tenant,
        slug: hat.slug.clone(),
        name: String::new(),
        zone: clock::zone("UTC"),
        language: Language::ZhCn,
        suspended: false,
        second_factor_missing: false,
    };
    Cx::system(site, tenant)
}

/// Whose password it is, and the hat that they want.
async fn passed(site: &Site, form: &LoginForm, from: &Peer) -> Result<(PersonId, store::HatRow)> {
    let refused = || Error::new(Code::BadCredentials);
    let login = Login::parse(&form.login).map_err(|_| refused())?;
    let index = site.keys.login_index(&login);
    site.door.knock(&index, &from.address)?;
    let demo = DEMO
        .iter()
        .any(|slug| login.as_str().ends_with(&format!("@{slug}")));
    if demo && !from.loopback {
        return Err(refused());
    }

    // No connection waits while a password is hashed: the hashing takes its turns, and a rush of
    // log-ins would hold all of them.
    let mut tx = site.db.open().await?;
    let known = store::credential(&mut tx, &index).await?;
    tx.commit().await?;
    let offered = Password::offered(&form.password);
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    if !password::verify(site, offered, hash).await? {
        return Err(refused());
    }
    let person = known.ok_or_else(refused)?.person_id;

    let wanted = form.tenant.trim();
    let mut tx = site.db.open().await?;
    let hats = store::hats(&mut tx, person, site.now()).await?;
    tx.commit().await?;
    let hat = hats
        .into_iter()
        .find(|hat| wanted.is_empty() || hat.slug == wanted)
        .ok_or_else(refused)?;
    Ok((person, hat))
}

/// Somebody who comes in with a log-in and a password: a new one, or one that is theirs already.
pub(crate) struct Newcomer {
    index: Vec<u8>,
    who: Who,
}

enum Who {
    Known(PersonId),
    /// With the hash of the password that they chose.
    New(String),
}

/// Checks or hashes a newcomer's password, before the transaction in which they come in.
///
/// # Errors
/// `too_many` past the throttle; `conflict` on the field `login` where somebody has it and the
/// password is another's.
pub(crate) async fn prove(
    site: &Site,
    login: &Login,
    password: Password,
    from: &Peer,
) -> Result<Newcomer> {
    let index = site.keys.login_index(login);
    site.door.knock(&index, &from.address)?;
    let mut tx = site.db.open().await?;
    let known = store::credential(&mut tx, &index).await?;
    tx.commit().await?;
    let who = match known {
        Some(known) => {
            if !password::verify(site, password, Some(known.password_hash)).await? {
                return Err(Error::taken("login"));
            }
            Who::Known(known.person_id)
        }
        None => Who::New(password::hash(site, password).await?),
    };
    Ok(Newcomer { index, who })
}

/// The person behind a newcomer: made now, or the one who was there already. Each form that leads
/// here says that its button agrees to the privacy notice, so that is written down as well.
///
/// # Errors
/// `conflict` on the field `login` where somebody else took it meanwhile; as [`log_in_with`] where
/// they have a second factor.
pub(crate) async fn person_for(
    site: &Site,
    tx: &mut TenantTx,
    name: &str,
    newcomer: Newcomer,
    otp: Option<&str>,
    from: &Peer,
) -> Result<PersonId> {
    let Newcomer { index, who } = newcomer;
    let person = match who {
        Who::Known(person) => {
            second_factor::demand(site, tx, person, otp, from).await?;
            person
        }
        Who::New(hash) => {
            let person = site.new_id();
            if !store::add_person(tx, person, name, &index, &hash, site.now()).await? {
                return Err(Error::taken("login"));
            }
            person
        }
    };
    consent::by_coming_in(tx, person, site.now()).await?;
    Ok(person)
}

/// Who is logged in, by what the request brought along.
///
/// # Errors
/// `forbidden` for a key, `unauthenticated` for the product's own context: they are nobody.
pub fn me(cx: &Cx) -> Result<Me> {
    let (person, session, name, hat, households) = match &cx.actor {
        Actor::Staff {
            person,
            session,
            name,
            ..
        } => (*person, *session, name.clone(), Hat::Staff, Vec::new()),
        Actor::Resident {
            person,
            session,
            name,
            households,
            ..
        } => {
            let homes = households.clone();
            (*person, *session, name.clone(), Hat::Resident, homes)
        }
        // A program is nobody in particular.
        Actor::Key { .. } => return Err(Error::forbidden()),
        Actor::System => return Err(Problem::new(Code::Unauthenticated).into()),
    };
    Ok(Me {
        person,
        session,
        name,
        tenant: cx.tenant.id,
        tenant_name: cx.tenant.name.clone(),
        slug: cx.tenant.slug.clone(),
        hat,
        may: allowed(cx, |_| true),
        may_everywhere: allowed(cx, |scope| *scope == Scope::Everywhere),
        households,
        utc_offset_s: cx.tenant.zone.to_offset(cx.now()).seconds(),
        suspended: cx.tenant.suspended,
        second_factor_first: cx.tenant.second_factor_missing,
        unusual: false,
        notice_due: false,
        logo: None,
    })
}

/// The actions that the asker may do somewhere, of those where `fits` likes the scope. A suspended
/// company hides no button: the frame says what is the matter.
fn allowed(cx: &Cx, fits: impl Fn(&Scope) -> bool) -> Actions {
    let may = |action: &Action| cx.scope(*action).is_some_and(|scope| fits(&scope));
    Action::ALL.into_iter().filter(may).collect()
}
