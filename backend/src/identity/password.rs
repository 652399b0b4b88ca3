//! argon2id at OWASP's first choice: 19 MiB, two passes, one lane.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use domain::identity::Password;

use crate::kernel::{
    cx::Site,
    error::{Error, Result},
};

/// A hash of nothing anybody knows, verified where the log-in is unknown so that both cases take
/// the same time. Its parameters are those of [`cost`].
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bGlubGktbm9ib2R5LXNhbHQ$q0sJ7cJ4JY0d3r3XzV7uQm0nV0uXg0oQYp0sJ7cJ4JY";

fn cost() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Runs hashing work off the async threads, a few at a time.
async fn hashing<T: Send + 'static>(
    site: &Site,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let turn = site
        .door
        .hashing
        .clone()
        .acquire_owned()
        .await
        .map_err(Error::internal)?;
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    })
    .await
    .map_err(Error::internal)?
}

/// The PHC string to keep.
pub(super) async fn hash(site: &Site, password: Password) -> Result<String> {
    let salt: [u8; 16] = site.random();
    hashing(site, move || {
        cost()?
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|e| Error::internal(e.to_string()))
    })
    .await
}

/// Whether the password matches; false, at the same cost, where there is no hash.
pub(super) async fn verify(site: &Site, password: Password, hash: Option<String>) -> Result<bool> {
    hashing(site, move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let matches = cost()?
            .verify_password(password.as_bytes(), hash.as_str())
            .is_ok();
        Ok(known && matches)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_costs_as_much_as_somebody() {
        // A string that does not parse would be refused in microseconds and tell a stranger
        // which log-ins exist.
        let parsed = argon2::password_hash::phc::PasswordHash::new(NOBODY).unwrap();
        assert_eq!(parsed.params.to_string(), "m=19456,t=2,p=1");
        assert!(parsed.hash.is_some());
    }
}
