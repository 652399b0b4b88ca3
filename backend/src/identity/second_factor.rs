//! The second factor: codes that a phone computes from a shared secret (TOTP, RFC 6238), and
//! recovery codes.
//!
//! SHA-1, six digits, thirty seconds, one step of skew: what every app on every phone can do. A
//! code works once, and so does none before it.

use std::fmt::Write;

use domain::{
    Code, PersonId, Problem,
    audit::Deed,
    identity::Scope,
    problem::Flaw,
    session::{Enrolling, SecondFactor, plain_code},
};
use fast_qr::{ECL, QRBuilder, convert::svg::SvgBuilder};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::{
    account::{asker, prove, record},
    store::second_factor::{self as store, FactorRow},
};
use crate::kernel::{
    cx::{Cx, Peer, Site},
    error::{Error, Result},
    keys::digest,
    tx::TenantTx,
};

const STEP_S: u64 = 30;
const DIGITS: u8 = 6;
/// Recovery codes that somebody gets.
const CODES: u8 = 10;
/// Letters of a recovery code, five bits each.
const CODE_LETTERS: usize = 10;
/// Crockford's base 32.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn totp(secret: Vec<u8>) -> Totp {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(1)
        .with_step_duration(STEP_S)
        .with_secret(Secret::from(secret))
        .build_noncompliant()
}

/// The step whose code it is, around now.
fn step_of(site: &Site, secret: Vec<u8>, code: &str) -> Option<i64> {
    let now = u64::try_from(site.now().as_second()).ok()?;
    let step = totp(secret).check(code, now)?;
    i64::try_from(step).ok()
}

/// `ABCDE-FGHJK`: the first fifty bits of a hash over the seed and the code's number.
fn recovery_code(seed: &[u8], number: u8) -> String {
    let hash = digest(&[seed, &[number]].concat());
    let bits = hash
        .iter()
        .take(8)
        .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let letters = (0..CODE_LETTERS).map(|place| {
        let five = usize::try_from(bits >> (59 - 5 * place) & 31).unwrap_or_default();
        char::from(ALPHABET.get(five).copied().unwrap_or(b'0'))
    });
    let mut code = String::with_capacity(CODE_LETTERS + 1);
    for (place, letter) in letters.enumerate() {
        if 2 * place == CODE_LETTERS {
            code.push('-');
        }
        code.push(letter);
    }
    code
}

/// How the asker's second factor stands.
///
/// # Errors
/// `unauthenticated` for the product's own context, which is nobody.
pub(super) async fn state(cx: &Cx) -> Result<SecondFactor> {
    let (person, _) = asker(cx)?;
    let mut tx = cx.site.db.open().await?;
    let factor = store::second_factor(&mut tx, person).await?;
    tx.commit().await?;
    match factor {
        None => Ok(SecondFactor::Off),
        Some(factor) if factor.enrolled => Ok(SecondFactor::On {
            codes_left: u32::try_from(factor.codes_left).unwrap_or_default(),
        }),
        Some(factor) => enrolling(cx, person, &factor).map(SecondFactor::Pending),
    }
}

fn enrolling(cx: &Cx, person: PersonId, factor: &FactorRow) -> Result<Enrolling> {
    let secret = Secret::from(cx.site.keys.open_secret(person, &factor.secret)?).to_base32();
    let name = super::me(cx)?.name;
    let address = format!(
        "otpauth://totp/Linli:{}?secret={secret}&issuer=Linli&algorithm=SHA1&digits={DIGITS}&period={STEP_S}",
        percent(&name)
    );
    let code = QRBuilder::new(address)
        .ecl(ECL::M)
        .build()
        .map_err(|error| Error::internal(error.to_string()))?;
    let letters: Vec<char> = secret.chars().collect();
    let groups = letters.chunks(4).map(String::from_iter);
    Ok(Enrolling {
        secret: groups.collect::<Vec<_>>().join(" "),
        picture: SvgBuilder::default().to_str(&code),
        codes: recovery_codes(cx, person, factor)?,
    })
}

fn recovery_codes(cx: &Cx, person: PersonId, factor: &FactorRow) -> Result<Vec<String>> {
    let seed = factor.seed.as_deref().unwrap_or_default();
    let seed = cx.site.keys.open_secret(person, seed)?;
    Ok((0..CODES).map(|n| recovery_code(&seed, n)).collect())
}

/// All but letters and digits, as RFC 3986 wants it.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// Makes a new secret and new recovery codes for the asker, to be shown until a right code
/// switches them on.
///
/// # Errors
/// `invalid` on `password` where it is wrong; `conflict` where a second factor is on already;
/// `too_many` past the throttle.
pub async fn start_second_factor(cx: &Cx, password: &str, from: &Peer) -> Result<()> {
    let (person, _) = asker(cx)?;
    prove(cx, password, "password", from).await?;
    let mut tx = cx.site.db.open().await?;
    let (secret, seed) = (cx.site.random::<20>(), cx.site.random::<32>());
    let keys = &cx.site.keys;
    let secret = keys.seal_secret(person, cx.site.random(), &secret)?;
    let seed = keys.seal_secret(person, cx.site.random(), &seed)?;
    if !store::start_second_factor(&mut tx, person, &secret, &seed, cx.now()).await? {
        return Err(Error::new(Code::Conflict));
    }
    tx.commit().await
}

/// Switches the asker's second factor on, if the code is of the secret that was shown last. Their
/// other sessions, which the password alone had opened, end.
///
/// # Errors
/// `invalid` on `otp` for a wrong code; `conflict` where there is nothing to switch on;
/// `too_many` past the throttle.
pub async fn confirm_second_factor(cx: &Cx, otp: &str, from: &Peer) -> Result<()> {
    let (person, session) = asker(cx)?;
    cx.site.door.knock(&knock(person), &from.address)?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let factor = store::second_factor(&mut tx, person).await?;
    let pending = factor.filter(|factor| !factor.enrolled);
    let pending = pending.ok_or_else(|| Error::new(Code::Conflict))?;
    let keys = &cx.site.keys;
    let secret = keys.open_secret(person, &pending.secret)?;
    let step = step_of(&cx.site, secret, otp.trim());
    let step = step.ok_or_else(|| Error::invalid("otp", Flaw::Wrong))?;
    let codes: Vec<_> = recovery_codes(cx, person, &pending)?
        .iter()
        .map(|code| keys.recovery_index(person, &plain_code(code)))
        .collect();
    let sealed = &pending.secret;
    if !store::enrol_second_factor(&mut tx, person, sealed, step, &codes, session, cx.now()).await?
    {
        return Err(Error::new(Code::Conflict));
    }
    record(&mut tx, cx, Deed::SecondFactorOn).await?;
    tx.commit().await
}

/// Switches the asker's second factor off.
///
/// # Errors
/// `invalid` on `password` or `otp` where they are wrong; `conflict` where it is off;
/// `too_many` past the throttle.
pub async fn drop_second_factor(cx: &Cx, password: &str, otp: &str, from: &Peer) -> Result<()> {
    let (person, _) = asker(cx)?;
    prove(cx, password, "password", from).await?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let factor = on(&mut tx, person).await?;
    let factor = factor.ok_or_else(|| Error::new(Code::Conflict))?;
    if !matches(&cx.site, &mut tx, person, &factor, otp, from).await? {
        return Err(Error::invalid("otp", Flaw::Wrong));
    }
    store::drop_second_factor(&mut tx, person).await?;
    record(&mut tx, cx, Deed::SecondFactorOff).await?;
    tx.commit().await
}

/// A person's second factor, if it is on.
pub(super) async fn on(tx: &mut TenantTx, person: PersonId) -> Result<Option<FactorRow>> {
    let factor = store::second_factor(tx, person).await?;
    Ok(factor.filter(|factor| factor.enrolled))
}

/// Lets somebody whose password was right pass only with their second factor, if they have one.
/// What it uses up is used up once `tx` is committed.
///
/// That the password was right shows in the answer. Whoever knows it would learn so anyway, and
/// the tries at the code are counted.
///
/// # Errors
/// `otp_required` without a code, `bad_credentials` with a wrong one, both on the field `otp`;
/// `too_many` past the throttle.
pub(super) async fn demand(
    site: &Site,
    tx: &mut TenantTx,
    person: PersonId,
    otp: Option<&str>,
    from: &Peer,
) -> Result<()> {
    let Some(factor) = on(tx, person).await? else {
        return Ok(());
    };
    let offered = otp.map(str::trim).filter(|otp| !otp.is_empty());
    let Some(offered) = offered else {
        return Err(Problem::field(Code::OtpRequired, "otp", Flaw::Required).into());
    };
    if matches(site, tx, person, &factor, offered, from).await? {
        Ok(())
    } else {
        Err(Problem::field(Code::BadCredentials, "otp", Flaw::Wrong).into())
    }
}

/// The name under which tries at a person's codes are counted.
fn knock(person: PersonId) -> Vec<u8> {
    [b"second factor ".as_slice(), person.0.as_bytes()].concat()
}

/// Whether it is a code of now that was not used before, or an unused recovery code; uses it up.
async fn matches(
    site: &Site,
    tx: &mut TenantTx,
    person: PersonId,
    factor: &FactorRow,
    offered: &str,
    from: &Peer,
) -> Result<bool> {
    site.door.knock(&knock(person), &from.address)?;
    let code = plain_code(offered);
    if code.len() == CODE_LETTERS {
        let index = site.keys.recovery_index(person, &code);
        return store::use_recovery_code(tx, person, &index, site.now()).await;
    }
    let secret = site.keys.open_secret(person, &factor.secret)?;
    match step_of(site, secret, &code) {
        Some(step) => store::use_second_factor(tx, person, step).await,
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_are_ten_letters_that_are_read_back() {
        let seed = [7; 32];
        let codes: std::collections::BTreeSet<_> =
            (0..CODES).map(|n| recovery_code(&seed, n)).collect();
        assert_eq!(codes.len(), usize::from(CODES));
        for code in codes {
            assert_eq!((code.len(), code.find('-')), (11, Some(5)), "{code}");
            assert_eq!(plain_code(&code.to_lowercase()), code.replace('-', ""));
        }
    }

    #[test]
    fn a_name_in_an_address() {
        assert_eq!(percent("周 a:1"), "%E5%91%A8%20a%3A1");
    }
}
