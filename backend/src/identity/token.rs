//! Access tokens for REST clients: short-lived JWTs that name a session, which is looked up on
//! each request, so that an ended session or a taken-away role counts at once.
//!
//! Each carries the number of the key that signed it (`kid`), so that keys can take turns.

use domain::{Code, SessionId};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{
    session::{self, Opened, SessionToken},
    store,
};
use crate::kernel::{
    cx::{Cx, Site},
    error::{Error, Result},
    keys::digest,
};

/// How long an access token lives.
pub const ACCESS_TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(15);

#[derive(Serialize, Deserialize)]
struct Claims {
    /// The session.
    sub: SessionId,
    epoch: i32,
    /// Seconds since 1970.
    exp: i64,
}

/// An access token and how long it lives.
#[derive(Clone, Serialize)]
pub struct AccessToken {
    pub access_token: String,
    /// In seconds.
    pub expires_in: u32,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

fn sign(site: &Site, session: SessionId, epoch: i32) -> Result<AccessToken> {
    let exp = (site.now() + ACCESS_TOKEN_LIFE).as_second();
    let claims = Claims {
        sub: session,
        epoch,
        exp,
    };
    let (number, key) = site.keys.signing_key(site.now());
    let header = Header {
        kid: Some(number.to_string()),
        ..Header::new(Algorithm::HS256)
    };
    let key = EncodingKey::from_secret(&key);
    let access_token = jsonwebtoken::encode(&header, &claims, &key).map_err(Error::internal)?;
    Ok(AccessToken {
        access_token,
        expires_in: ACCESS_TOKEN_LIFE
            .as_secs()
            .try_into()
            .map_err(Error::internal)?,
    })
}

/// An access token for a session that was just opened.
///
/// # Errors
/// Internal, and only if signing itself fails.
pub fn access_token(site: &Site, opened: &Opened) -> Result<AccessToken> {
    sign(site, opened.session, opened.epoch)
}

/// The key that a token says it was signed with, if a token of it can still be alive.
fn verifying_key(site: &Site, jwt: &str) -> Option<DecodingKey> {
    let header = jsonwebtoken::decode_header(jwt).ok()?;
    let number = header.kid?.parse().ok()?;
    let key = site
        .keys
        .verifying_key(number, site.now(), ACCESS_TOKEN_LIFE)?;
    Some(DecodingKey::from_secret(&key))
}

/// The context behind an access token; `None` for a forged, expired or outdated one, one signed by
/// a key that is no longer good, or one whose session has ended.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn bearer(site: &Site, jwt: &str) -> Result<Option<Cx>> {
    let mut rules = Validation::new(Algorithm::HS256);
    // The time is held against our own clock below, which tests can set.
    rules.validate_exp = false;
    let Some(key) = verifying_key(site, jwt) else {
        return Ok(None);
    };
    let Ok(token) = jsonwebtoken::decode::<Claims>(jwt, &key, &rules) else {
        return Ok(None);
    };
    if token.claims.exp <= site.now().as_second() {
        return Ok(None);
    }
    session::cx_at(site, token.claims.sub, token.claims.epoch).await
}

/// A new access token and the refresh token that replaces the one given, which is used up.
///
/// # Errors
/// `unauthenticated` for a token that is unknown, used, or of an ended session.
pub async fn refresh(site: &Site, refresh_token: &str) -> Result<(AccessToken, SessionToken)> {
    let fresh = SessionToken::fresh(site);
    let old = digest(refresh_token.as_bytes());
    let refused = || Error::new(Code::Unauthenticated);
    let mut tx = site.db.open().await?;
    let (now, idle) = (site.now(), session::IDLE);
    let session = store::renew_session(&mut tx, &old, &fresh.digest(), now, idle).await?;
    let session = session.ok_or_else(refused)?;
    let row = store::session(&mut tx, None, Some(session), site.now(), session::IDLE).await?;
    let epoch = row.ok_or_else(refused)?.epoch;
    tx.commit().await?;
    Ok((sign(site, session, epoch)?, fresh))
}
