//! The way back in for those who forgot their password.
//!
//! Whoever logs in with a mail address gets a link there. Whoever logs in with a phone number gets a
//! code by SMS; where there is no channel for that they go to the desk, which prints them one: that a
//! number is theirs today, nobody here can tell.
//! A second factor stays what it is: a new password does not replace it.

use domain::{
    Code, PersonId,
    estates::HomeCode,
    identity::{Login, Proof, Reset, ResetForm, SmsUse, WayBack},
    problem::Flaw,
};
use jiff::{SignedDuration, Timestamp};

use super::{
    InviteLink, password, sms,
    store::{self, reset as resets},
};
use crate::{
    kernel::{
        cx::{Cx, Peer, Site},
        error::{Error, Result},
        keys::digest,
        tx::TenantTx,
    },
    notify::Letter,
};

/// How long a mailed link opens.
const MAILED: SignedDuration = SignedDuration::from_mins(30);
/// How long a printed code opens: it is used at the desk, or at home on the same day.
const PRINTED: SignedDuration = SignedDuration::from_hours(24);

/// Starts the way back in for whoever says that this is their log-in, and tells which way it is.
///
/// The answer depends on what the log-in looks like and never on whether there is one, and so does
/// the time that it takes: all that would tell happens behind it.
///
/// # Errors
/// `invalid` on `login` for what is none; `too_many` past the throttle.
pub async fn forgot(site: &Site, login: &str, from: &Peer) -> Result<WayBack> {
    let login = Login::parse(login).map_err(|flaw| Error::invalid("login", flaw))?;
    let index = site.keys.login_index(&login);
    site.door.knock(&index, &from.address)?;
    if site.channels.sms.is_some() && login.phone().is_some() {
        sms::post(site, login, SmsUse::Reset, from)?;
        return Ok(WayBack::Sms);
    }
    if site.channels.mail.is_none() || !login.is_mail() {
        return Ok(WayBack::Desk);
    }
    let site = site.clone();
    tokio::spawn(async move {
        if let Err(error) = mail(&site, &login, &index).await {
            error.log();
        }
    });
    Ok(WayBack::Mail)
}

async fn mail(site: &Site, login: &Login, index: &[u8]) -> Result<()> {
    let Some(channel) = &site.channels.mail else {
        return Ok(());
    };
    let link = InviteLink::fresh(site, MAILED);
    let mut tx = site.db.open().await?;
    let Some(known) = store::credential(&mut tx, index).await? else {
        return Ok(());
    };
    let (person, hash) = (known.person_id, link.digest());
    let (now, until) = (site.now(), link.expires_at);
    let opened = resets::open(&mut tx, &hash, person, None, now, until).await?;
    tx.commit().await?;
    if opened {
        let letter = letter(&site.channels.public_url, login, &link.token);
        let sent = channel.send(&letter).await;
        sent.map_err(|error| Error::internal(format!("a mail was not taken: {error}")))?;
    }
    Ok(())
}

fn letter(public_url: &str, login: &Login, token: &str) -> Letter {
    let minutes = MAILED.as_mins();
    Letter {
        to: login.as_str().to_owned(),
        subject: "重置邻里的密码 · Reset your Linli password".to_owned(),
        text: format!(
            "有人（希望是你）要重置邻里的登录密码。请在 {minutes} 分钟内打开下面的网址设置新密码：\n\n\
             {public_url}/reset/{token}\n\n\
             如果不是你，不用理会，密码不会变。\n\n\
             Somebody, we hope you, asked for a new Linli password. Open the address above within \
             {minutes} minutes to set one. If it was not you, ignore this mail: nothing changes.\n"
        ),
    }
}

/// A code for the desk to print, and until when it opens, in the transaction that checked that the
/// desk may. Earlier ones stop.
///
/// # Errors
/// `forbidden` for somebody who is more than a resident of the asker's company; `too_many` after
/// five in a day.
pub(crate) async fn print(
    tx: &mut TenantTx,
    cx: &Cx,
    person: PersonId,
) -> Result<(HomeCode, Timestamp)> {
    let (printer, _) = super::account::asker(cx)?;
    let (tenant, now) = (cx.tenant.id, cx.now());
    if !resets::lives_here_only(tx, person, tenant, now).await? {
        return Err(Error::new(Code::Forbidden));
    }
    let code = HomeCode::of(cx.site.random());
    let (hash, until) = (cx.site.keys.reset_code(&code), now + PRINTED);
    if resets::open(tx, &hash, person, Some((tenant, printer)), now, until).await? {
        Ok((code, until))
    } else {
        Err(Error::new(Code::TooMany))
    }
}

/// Sets a new password, with a mailed link, or with a code, printed or sent, and the log-in that it
/// is for.
/// All sessions of the person end.
///
/// # Errors
/// `invalid` with the flawed fields; `expired` for what does not open (any more); `invalid` on
/// `match` where code and log-in are not the same person's, which counts as a try; `too_many` past
/// the throttle.
pub async fn reset(site: &Site, form: ResetForm, from: &Peer) -> Result<()> {
    let Reset { proof, password } = Reset::try_from(form)?;
    let (hash, named) = match proof {
        Proof::Sms { code, login } => {
            return sms::reset(site, (&login, &code), password, from).await;
        }
        Proof::Link(token) => (digest(token.as_bytes()), None),
        Proof::Paper { code, login } => (site.keys.reset_code(&code), Some(login)),
    };
    site.door.knock(&hash, &from.address)?;
    let expired = || Error::new(Code::Expired);
    let mut tx = site.db.open().await?;
    let known = resets::of(&mut tx, &hash, site.now()).await?;
    let known = known.ok_or_else(expired)?;
    if let Some(login) = &named {
        let index = site.keys.login_index(login);
        let owner = store::credential(&mut tx, &index).await?;
        if owner.is_none_or(|owner| owner.person_id != known.person) {
            resets::count_try(&mut tx, &hash).await?;
            tx.commit().await?;
            return Err(Error::invalid("match", Flaw::Unknown));
        }
    }
    tx.commit().await?;
    // A code on paper comes with its log-in, and a link alone.
    if known.printed != named.is_some() {
        return Err(expired());
    }
    let new = password::hash(site, password).await?;
    let mut tx = site.db.open().await?;
    if !resets::spend(&mut tx, &hash, &new, site.now()).await? {
        return Err(expired());
    }
    tx.commit().await
}
