//! Codes by SMS, where the installation has a channel for them.
//!
//! What is asked for a number that nobody logs in with is answered just as for one that somebody
//! does, in the same words and the same time: all that would tell happens behind the answer. A code
//! shows who holds the phone, and nothing else: a second factor is still asked for.

use domain::{
    Code, PersonId, Problem,
    audit::{Channel, Deed, Subject},
    identity::{Login, Password, Scope, SmsCode, SmsLogin, SmsLoginForm, SmsUse},
    problem::Flaw,
};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{
    Entered, half_open, inside, password,
    store::{self, sms as codes},
};
use crate::{
    audit,
    kernel::{
        cx::{Cx, Peer, Site},
        error::{Error, Result},
        tx::TenantTx,
    },
    notify::Letter,
};

/// How long a code opens.
const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// Whom a number belongs to that is nobody's: the same work is done for them.
const NOBODY: PersonId = PersonId(Uuid::nil());

/// Whether codes go by SMS here.
#[must_use]
pub fn sends_codes(site: &Site) -> bool {
    site.channels.sms.is_some()
}

/// Sends a code to log in with. Not more than one in a minute and five in a day go to a number;
/// past that nothing comes, and the answer is the same.
///
/// # Errors
/// `not_found` without a channel; `invalid` on `login` for what is no phone number; `too_many` past
/// the throttle.
pub async fn send_code(site: &Site, login: &str, from: &Peer) -> Result<()> {
    if !sends_codes(site) {
        return Err(Error::not_found());
    }
    let login = Login::by_phone(login).map_err(|flaw| Error::invalid("login", flaw))?;
    site.door
        .knock(&site.keys.login_index(&login), &from.address)?;
    post(site, login, SmsUse::LogIn, from)
}

/// Sends a code behind the answer.
///
/// # Errors
/// `too_many` for an address that asks for more letters than an office would.
pub(super) fn post(site: &Site, login: Login, what_for: SmsUse, from: &Peer) -> Result<()> {
    site.door.ask_for_a_letter(&from.address)?;
    let site = site.clone();
    tokio::spawn(async move {
        if let Err(error) = send(&site, &login, what_for).await {
            error.log();
        }
    });
    Ok(())
}

pub(super) async fn send(site: &Site, login: &Login, what_for: SmsUse) -> Result<()> {
    let (Some(channel), Some(to)) = (&site.channels.sms, login.phone()) else {
        return Ok(());
    };
    let index = site.keys.login_index(login);
    let mut tx = site.db.open().await?;
    let Some(known) = store::credential(&mut tx, &index).await? else {
        return Ok(());
    };
    let code = SmsCode::of(site.random());
    let hash = site.keys.sms_code(login, &code);
    let (now, id) = (site.now(), site.new_id());
    let span = (now, now + LIFE);
    let opened = codes::open(&mut tx, id, known.person_id, what_for, &hash, span).await?;
    tx.commit().await?;
    if opened {
        let sent = channel.send(&letter(to, what_for, &code)).await;
        sent.map_err(|error| Error::internal(format!("an SMS was not taken: {error}")))?;
    }
    Ok(())
}

/// The one number of six digits in the text is the code, so that a gateway with templates finds it.
fn letter(to: String, what_for: SmsUse, code: &SmsCode) -> Letter {
    let (code, minutes) = (code.as_str(), LIFE.as_mins());
    let text = match what_for {
        SmsUse::LogIn => format!(
            "邻里登录验证码 {code}，{minutes} 分钟内有效，请勿告诉任何人。Your Linli log-in code; tell nobody."
        ),
        SmsUse::Reset => format!(
            "邻里重置密码验证码 {code}，{minutes} 分钟内有效，请勿告诉任何人。Your code for a new Linli password; tell nobody."
        ),
    };
    Letter {
        to,
        subject: String::new(),
        text,
    }
}

/// The log-in with a code in the place of the password.
///
/// # Errors
/// `not_found` without a channel; `invalid` with the flawed fields; `bad_credentials` on `code` for
/// one that is wrong, late, used or tried too often, and for a number that is nobody's; `too_many`
/// past the throttle.
pub async fn log_in_by_sms(site: &Site, form: SmsLoginForm, from: &Peer) -> Result<Entered> {
    if !sends_codes(site) {
        return Err(Error::not_found());
    }
    let SmsLogin { login, code } = form.try_into()?;
    let index = site.keys.login_index(&login);
    site.door.knock(&index, &from.address)?;
    let refused = || Problem::field(Code::BadCredentials, "code", Flaw::Wrong);
    let mut tx = site.db.open().await?;
    let known = store::credential(&mut tx, &index).await?;
    let person = known.map_or(NOBODY, |known| known.person_id);
    let hash = site.keys.sms_code(&login, &code);
    let right = codes::spend(&mut tx, person, SmsUse::LogIn, &hash, site.now()).await?;
    let hats = store::hats(&mut tx, person, site.now()).await?;
    // A wrong one has counted as a try.
    tx.commit().await?;
    let hat = hats.first().filter(|_| right).ok_or_else(refused)?;
    half_open::let_in(site, person, hat, from).await
}

/// Sets a new password with a code. All sessions of the person end, and it is remembered in each of
/// their companies.
///
/// # Errors
/// `invalid` on `match` for a code that does not open, and for a number that is nobody's; `too_many`
/// past the throttle.
pub(super) async fn reset(
    site: &Site,
    (login, code): (&Login, &SmsCode),
    new: Password,
    from: &Peer,
) -> Result<()> {
    let index = site.keys.login_index(login);
    site.door.knock(&index, &from.address)?;
    // First, and for nobody as well: it takes the most time.
    let new = password::hash(site, new).await?;
    let mut tx = site.db.open().await?;
    let known = store::credential(&mut tx, &index).await?;
    let person = known.map_or(NOBODY, |known| known.person_id);
    let hats = store::hats(&mut tx, person, site.now()).await?;
    let hash = site.keys.sms_code(login, code);
    let right = codes::reset(&mut tx, person, &hash, &new, site.now()).await?;
    // A wrong one has counted as a try.
    tx.commit().await?;
    if !right {
        return Err(Error::invalid("match", Flaw::Unknown));
    }
    for hat in &hats {
        let cx = inside(site, hat).coming_from(from.through(Channel::Web));
        remember(&cx, person).await?;
    }
    Ok(())
}

async fn remember(cx: &Cx, person: PersonId) -> Result<()> {
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let own = Subject::Person(person);
    audit::record(&mut tx, cx, Deed::PasswordChanged, own, None, ["phone"]).await?;
    tx.commit().await
}
