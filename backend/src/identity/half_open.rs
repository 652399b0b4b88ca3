//! Log-in in two steps, for browsers: the password first, and then the code.
//!
//! Between them the browser holds a token that says who has shown their password. It is kept as a
//! hash, opens nothing by itself, lasts five minutes and is gone once the code was right.

use domain::{Code, PersonId, identity::LoginForm};
use jiff::SignedDuration;

use super::{
    Arrival, Kind, Opened, SessionToken, open, passed, second_factor,
    store::{
        self,
        second_factor::{self as factors, HalfRow},
    },
    under,
};
use crate::kernel::{
    cx::{Peer, Site},
    error::{Error, Result},
    keys::digest,
};

/// How long somebody may look for their phone.
const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// How far a right password led.
#[derive(Debug)]
pub enum Entered {
    Opened(Box<Opened>),
    /// The code is still to come, with this token.
    HalfOpen(SessionToken),
}

/// The first step: the password.
///
/// # Errors
/// As [`super::log_in`], but for a code that is missing.
pub async fn begin_log_in(site: &Site, form: LoginForm, from: &Peer) -> Result<Entered> {
    let (person, hat) = passed(site, &form, from).await?;
    let_in(site, person, &hat, from).await
}

/// Whoever has shown who they are comes in, or waits for the code of their second factor.
pub(super) async fn let_in(
    site: &Site,
    person: PersonId,
    hat: &store::HatRow,
    from: &Peer,
) -> Result<Entered> {
    let mut tx = under(site, hat).await?;
    if second_factor::on(&mut tx, person).await?.is_none() {
        let opened = open(site, tx, arrival(person, hat, from)).await?;
        return Ok(Entered::Opened(Box::new(opened)));
    }
    let (token, now) = (SessionToken::fresh(site), site.now());
    let half = HalfRow {
        person,
        tenant: hat.tenant,
        hat: hat.hat,
    };
    factors::open_half(&mut tx, &token.digest(), &half, now, now + LIFE).await?;
    tx.commit().await?;
    Ok(Entered::HalfOpen(token))
}

/// Whether a token of the first step still waits for its code.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn is_half_open(site: &Site, token: &str) -> Result<bool> {
    let mut tx = site.db.open().await?;
    let half = factors::half_open(&mut tx, &digest(token.as_bytes()), site.now()).await?;
    tx.commit().await?;
    Ok(half.is_some())
}

/// The second step: the code.
///
/// # Errors
/// `expired` for a token that waits no longer; else as the second factor says.
pub async fn finish_log_in(site: &Site, token: &str, otp: &str, from: &Peer) -> Result<Opened> {
    let (token, expired) = (digest(token.as_bytes()), || Error::new(Code::Expired));
    let mut tx = site.db.open().await?;
    let half = factors::half_open(&mut tx, &token, site.now()).await?;
    let half = half.ok_or_else(expired)?;
    // The hat may be gone since the password was shown.
    let hats = store::hats(&mut tx, half.person, site.now()).await?;
    tx.commit().await?;
    let hat = hats
        .into_iter()
        .find(|hat| hat.tenant == half.tenant && hat.hat == half.hat)
        .ok_or_else(expired)?;

    let mut tx = under(site, &hat).await?;
    second_factor::demand(site, &mut tx, half.person, Some(otp), from).await?;
    // Whoever deletes the row goes on; a second tap waits here, then finds it gone.
    if !factors::use_half_open(&mut tx, &token).await? {
        return Err(expired());
    }
    open(site, tx, arrival(half.person, &hat, from)).await
}

/// Somebody who comes in through a browser.
fn arrival<'a>(person: PersonId, hat: &store::HatRow, from: &'a Peer) -> Arrival<'a> {
    Arrival {
        person,
        tenant: hat.tenant,
        hat: hat.hat,
        kind: Kind::Browser,
        from,
        deed: None,
    }
}
