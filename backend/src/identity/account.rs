//! A person's own account: which sessions they have, and their password.
//!
//! These verbs ask for no permission: whoever is logged in looks after their own account, in a
//! suspended company as well.

use domain::{
    Code, PersonId, SessionId,
    audit::{Deed, Subject},
    identity::{Me, Password, Scope},
    privacy::NOTICE_VERSION,
    problem::Flaw,
    session::{Account, OwnSession},
};

use super::{
    password, second_factor,
    session::IDLE,
    store::account::{self as store, OwnCredential},
};
use crate::{
    audit,
    kernel::{
        cx::{Cx, Peer},
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Who asks, and by which session.
///
/// # Errors
/// `forbidden` for a key, `unauthenticated` for the product's own context: they are nobody.
pub(super) fn asker(cx: &Cx) -> Result<(PersonId, SessionId)> {
    if cx.actor.key().is_some() {
        return Err(Error::forbidden());
    }
    let both = cx.actor.person().zip(cx.actor.session());
    both.ok_or_else(|| Error::new(Code::Unauthenticated))
}

/// Who is logged in, with what they should know of first.
///
/// # Errors
/// `unauthenticated` for the product's own context, which is nobody.
pub async fn whoami(cx: &Cx) -> Result<Me> {
    let (person, session) = asker(cx)?;
    let mut tx = cx.site.db.open().await?;
    let met = store::met(&mut tx, cx, (person, session), IDLE, NOTICE_VERSION).await?;
    tx.commit().await?;
    Ok(Me {
        unusual: met.unusual,
        notice_due: !met.agreed,
        logo: met.logo_set_at.map(|at| at.to_jiff().as_millisecond()),
        ..super::me(cx)?
    })
}

/// The asker's sessions under all their hats, the newest first.
///
/// # Errors
/// `unauthenticated` for the product's own context, which is nobody.
pub async fn sessions(cx: &Cx) -> Result<Vec<OwnSession>> {
    let (person, session) = asker(cx)?;
    let mut tx = cx.site.db.open().await?;
    let mut sessions = store::sessions(&mut tx, person, cx.now(), IDLE).await?;
    tx.commit().await?;
    for each in &mut sessions {
        each.current = each.id == session;
        // The one that asks is the one they are looking at.
        each.unusual &= !each.current;
    }
    Ok(sessions)
}

/// The asker's account.
///
/// # Errors
/// `unauthenticated` for the product's own context, which is nobody.
pub async fn account(cx: &Cx) -> Result<Account> {
    Ok(Account {
        name: super::me(cx)?.name,
        hats: super::hats(cx).await?,
        sessions: sessions(cx).await?,
        second_factor: second_factor::state(cx).await?,
        second_factor_first: cx.tenant.second_factor_missing,
    })
}

/// Ends one of the asker's sessions, the one that asks included.
///
/// # Errors
/// `not_found` for a session that is not theirs, or has ended.
pub async fn end_session(cx: &Cx, which: SessionId) -> Result<()> {
    let (person, _) = asker(cx)?;
    let mut tx = cx.site.db.open().await?;
    if !store::end_session_of(&mut tx, person, which, cx.now()).await? {
        return Err(Error::not_found());
    }
    tx.commit().await
}

/// Ends all of the asker's sessions but the one that asks; gives how many.
///
/// # Errors
/// `unauthenticated` for the product's own context, which is nobody.
pub async fn end_other_sessions(cx: &Cx) -> Result<i64> {
    let (person, session) = asker(cx)?;
    let mut tx = cx.site.db.open().await?;
    let ended = store::end_other_sessions(&mut tx, person, session, cx.now()).await?;
    tx.commit().await?;
    Ok(ended)
}

/// The asker has looked at what was opened elsewhere, and it was them.
///
/// # Errors
/// `unauthenticated` for the product's own context, which is nobody.
pub async fn know_sessions(cx: &Cx) -> Result<()> {
    let (person, session) = asker(cx)?;
    let mut tx = cx.site.db.open().await?;
    store::know_sessions(&mut tx, person, session).await?;
    tx.commit().await
}

/// Changes the asker's password. All their other sessions end, and so do the access tokens of the
/// one that asks.
///
/// # Errors
/// `invalid` on `old_password` where it is wrong and on `password` for one that will not do;
/// `too_many` past the throttle of the log-in itself.
pub async fn change_password(cx: &Cx, old: &str, new: &str, from: &Peer) -> Result<()> {
    let (person, session) = asker(cx)?;
    let new = Password::choose(new).map_err(|flaw| Error::invalid("password", flaw))?;
    let known = prove(cx, old, "old_password", from).await?;
    let hash = password::hash(&cx.site, new).await?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let old = &known.password_hash;
    if !store::change_password(&mut tx, person, old, &hash, session, cx.now()).await? {
        return Err(Error::invalid("old_password", Flaw::Wrong));
    }
    record(&mut tx, cx, Deed::PasswordChanged).await?;
    tx.commit().await
}

/// Writes down, in the company of the session that asks, what somebody did about their own account.
pub(super) async fn record(tx: &mut TenantTx, cx: &Cx, deed: Deed) -> Result<()> {
    let (person, _) = asker(cx)?;
    audit::record(tx, cx, deed, Subject::Person(person), None, []).await
}

/// Has the asker prove once more that they know their password, before something that a session left
/// open must not be enough for.
///
/// # Errors
/// `invalid` on `password` where it is wrong; `too_many` past the throttle of the log-in itself;
/// `unauthenticated` for a program, which has none.
pub(crate) async fn prove_again(cx: &Cx, password: &str, from: &Peer) -> Result<()> {
    prove(cx, password, "password", from).await.map(|_| ())
}

/// Has the asker prove that they know their password: a session that somebody left open, or took,
/// is not enough to take the account over. No connection waits while it is hashed.
///
/// # Errors
/// `invalid` on `field` where it is wrong; `too_many` past the throttle of the log-in itself.
pub(super) async fn prove(
    cx: &Cx,
    offered: &str,
    field: &str,
    from: &Peer,
) -> Result<OwnCredential> {
    let (person, _) = asker(cx)?;
    let mut tx = cx.site.db.open().await?;
    let known = store::credential_by_person(&mut tx, person).await?;
    tx.commit().await?;
    let known = known.ok_or_else(|| Error::new(Code::Unauthenticated))?;
    cx.site.door.knock(&known.login_index, &from.address)?;
    let (offered, hash) = (Password::offered(offered), known.password_hash.clone());
    if password::verify(&cx.site, offered, Some(hash)).await? {
        Ok(known)
    } else {
        Err(Error::invalid(field, Flaw::Wrong))
    }
}
