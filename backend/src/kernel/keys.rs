//! Keys, all derived from one master key that lives in a file apart from the database.

use std::sync::{Arc, PoisonError, RwLock};

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use domain::{
    DeviceId, PersonId, TenantId,
    estates::{HomeCode, IdNumber},
    identity::{KeySecret, Login, SmsCode},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use jiff::{SignedDuration, Timestamp};

use super::error::{Error, Result};

/// The platform's keys. Printing them prints nothing.
///
/// The keys that sign access tokens have numbers and take turns: the newest one signs, and the one
/// before it still verifies for as long as a token lives. When each began, the key file says.
#[derive(Clone)]
pub struct Keys {
    master: [u8; 32],
    /// When the second signing key begins to sign, and each after it, in order. Clones share them.
    turns: Arc<RwLock<Vec<Timestamp>>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// What an index or a cipher is for; keeps one from being passed off as another.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    LoginIndex,
    TokenSigning,
    PhoneIndex,
    PhoneCipher,
    PhoneTail,
    IdNumberIndex,
    IdNumberCipher,
    SecretCipher,
    RecoveryIndex,
    HomeCode,
    ResetCode,
    SmsCode,
    ApiKey,
    DeviceSecret,
    BrokerClient,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::LoginIndex => b"linli login index 1",
            Self::TokenSigning => b"linli token signing 1",
            Self::PhoneIndex => b"linli phone index 1",
            Self::PhoneCipher => b"linli phone cipher 1",
            Self::PhoneTail => b"linli phone tail 1",
            Self::IdNumberIndex => b"linli id number index 1",
            Self::IdNumberCipher => b"linli id number cipher 1",
            Self::SecretCipher => b"linli second factor cipher 1",
            Self::RecoveryIndex => b"linli recovery index 1",
            Self::HomeCode => b"linli home code 1",
            Self::ResetCode => b"linli reset code 1",
            Self::SmsCode => b"linli sms code 1",
            Self::ApiKey => b"linli api key 1",
            Self::DeviceSecret => b"linli device secret 1",
            Self::BrokerClient => b"linli broker client 1",
        }
    }
}

impl Keys {
    #[must_use]
    pub fn from_master(master: [u8; 32]) -> Self {
        Self {
            master,
            turns: Arc::default(),
        }
    }

    /// HKDF-SHA256 (RFC 5869) of the master key; a tenant's keys carry its id in the info.
    fn derive(&self, purpose: Purpose, tenant: Option<TenantId>) -> [u8; 32] {
        let tenant = tenant.map(|tenant| tenant.0.as_u128());
        self.derive_numbered(purpose, tenant.unwrap_or_default())
    }

    fn derive_numbered(&self, purpose: Purpose, number: u128) -> [u8; 32] {
        let mut key = [0; 32];
        // 32 bytes is always within HKDF's limit of 255 blocks.
        let _ = Hkdf::<Sha256>::new(None, &self.master)
            .expand_multi_info(&[purpose.label(), &number.to_be_bytes()], &mut key);
        key
    }

    fn mac(&self, purpose: Purpose, tenant: Option<TenantId>, text: &str) -> Vec<u8> {
        let key = self.derive(purpose, tenant);
        match <Hmac<Sha256> as Mac>::new_from_slice(&key) {
            Ok(mut mac) => {
                mac.update(text.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
            // HMAC takes keys of any length.
            Err(_) => Vec::new(),
        }
    }

    /// The blind index by which a log-in is found, under the platform's key.
    #[must_use]
    pub fn login_index(&self, login: &Login) -> Vec<u8> {
        self.mac(Purpose::LoginIndex, None, login.as_str())
    }

    /// The blind index of a phone number within one tenant.
    #[must_use]
    pub fn phone_index(&self, tenant: TenantId, phone: &str) -> Vec<u8> {
        self.mac(Purpose::PhoneIndex, Some(tenant), phone)
    }

    /// The blind index of the last four digits of a phone number within one tenant. Ten thousand
    /// values are few: who holds the key has them all, so it is a key of its own.
    #[must_use]
    pub fn phone_tail(&self, tenant: TenantId, phone: &str) -> Vec<u8> {
        let skipped = phone.chars().count().saturating_sub(4);
        let tail: String = phone.chars().skip(skipped).collect();
        self.mac(Purpose::PhoneTail, Some(tenant), &tail)
    }

    /// The blind index of an identity number within one tenant.
    #[must_use]
    pub fn id_number_index(&self, tenant: TenantId, number: &IdNumber) -> Vec<u8> {
        self.mac(Purpose::IdNumberIndex, Some(tenant), number.as_str())
    }

    /// What is kept of a code on paper. Under the platform's key: the code is all that is known when
    /// it is looked up, and its fifty bits are too few for a plain hash.
    #[must_use]
    pub fn home_code(&self, code: &HomeCode) -> Vec<u8> {
        self.mac(Purpose::HomeCode, None, code.as_str())
    }

    /// The same of a code that sets a new password.
    #[must_use]
    pub fn reset_code(&self, code: &HomeCode) -> Vec<u8> {
        self.mac(Purpose::ResetCode, None, code.as_str())
    }

    /// The same of a code that was sent by SMS to a log-in: a million codes are few, so it is kept
    /// under a key, and says nothing about any other log-in's.
    #[must_use]
    pub fn sms_code(&self, login: &Login, code: &SmsCode) -> Vec<u8> {
        let text = format!("{} {}", login.as_str(), code.as_str());
        self.mac(Purpose::SmsCode, None, &text)
    }

    /// What is kept of an API key, under the platform's key: whoever reads the database alone can
    /// not even try keys.
    #[must_use]
    pub fn api_key(&self, key: &KeySecret) -> Vec<u8> {
        self.mac(Purpose::ApiKey, None, key.as_str())
    }

    /// Takes over when the second signing key begins to sign, and each after it, in order.
    pub fn take_turns(&self, turns: Vec<Timestamp>) {
        *self.turns.write().unwrap_or_else(PoisonError::into_inner) = turns;
    }

    fn signing(&self, number: usize) -> [u8; 32] {
        self.derive_numbered(Purpose::TokenSigning, number as u128)
    }

    /// The key that signs access tokens now, and its number.
    #[must_use]
    pub fn signing_key(&self, now: Timestamp) -> (usize, [u8; 32]) {
        let turns = self.turns.read().unwrap_or_else(PoisonError::into_inner);
        let number = 1 + turns.iter().filter(|turn| **turn <= now).count();
        (number, self.signing(number))
    }

    /// The signing key of that number, for tokens that live for `life`. Nothing for one that was
    /// followed so long ago that no token of it can be alive, nor for one that nobody has told of.
    /// One that is still to begin counts: another process's clock may be a little ahead.
    #[must_use]
    pub fn verifying_key(
        &self,
        number: usize,
        now: Timestamp,
        life: SignedDuration,
    ) -> Option<[u8; 32]> {
        let turns = self.turns.read().unwrap_or_else(PoisonError::into_inner);
        let known = (1..=1 + turns.len()).contains(&number);
        let followed = turns.get(number.checked_sub(1)?);
        (known && followed.is_none_or(|turn| now < *turn + life)).then(|| self.signing(number))
    }

    /// The blind index of a person's recovery code: short secrets, so under a key.
    #[must_use]
    pub fn recovery_index(&self, person: PersonId, code: &str) -> Vec<u8> {
        let text = format!("{person} {code}");
        self.mac(Purpose::RecoveryIndex, None, &text)
    }

    /// Encrypts a phone number for one tenant: a 12-byte nonce, then AES-256-GCM.
    ///
    /// # Errors
    /// Internal, and only if the cipher itself fails.
    pub fn seal_phone(&self, tenant: TenantId, nonce: [u8; 12], phone: &str) -> Result<Vec<u8>> {
        let key = self.derive(Purpose::PhoneCipher, Some(tenant));
        seal(key, nonce, tenant.0.as_bytes(), phone.as_bytes())
    }

    /// # Errors
    /// Internal for bytes that this tenant's key did not seal.
    pub fn open_phone(&self, tenant: TenantId, sealed: &[u8]) -> Result<String> {
        let key = self.derive(Purpose::PhoneCipher, Some(tenant));
        let plain = open(key, tenant.0.as_bytes(), sealed)?;
        String::from_utf8(plain).map_err(|_| Error::internal("a sealed phone number is no text"))
    }

    /// Encrypts an identity number for one tenant, as [`Keys::seal_phone`] does a phone number.
    ///
    /// # Errors
    /// Internal, and only if the cipher itself fails.
    pub fn seal_id_number(
        &self,
        tenant: TenantId,
        nonce: [u8; 12],
        number: &IdNumber,
    ) -> Result<Vec<u8>> {
        let key = self.derive(Purpose::IdNumberCipher, Some(tenant));
        seal(key, nonce, tenant.0.as_bytes(), number.as_str().as_bytes())
    }

    /// # Errors
    /// Internal for bytes that this tenant's key did not seal.
    pub fn open_id_number(&self, tenant: TenantId, sealed: &[u8]) -> Result<String> {
        let key = self.derive(Purpose::IdNumberCipher, Some(tenant));
        let plain = open(key, tenant.0.as_bytes(), sealed)?;
        String::from_utf8(plain).map_err(|_| Error::internal("a sealed identity number is no text"))
    }

    /// Encrypts a device's secret, as [`Keys::seal_phone`] does a phone number: for as long as a
    /// broker has not been told of it.
    ///
    /// # Errors
    /// Internal, and only if the cipher itself fails.
    pub fn seal_device_secret(
        &self,
        tenant: TenantId,
        device: DeviceId,
        nonce: [u8; 12],
        secret: &str,
    ) -> Result<Vec<u8>> {
        let key = self.derive(Purpose::DeviceSecret, Some(tenant));
        seal(key, nonce, device.0.as_bytes(), secret.as_bytes())
    }

    /// # Errors
    /// Internal for bytes that were not sealed for this device.
    pub fn open_device_secret(
        &self,
        tenant: TenantId,
        device: DeviceId,
        sealed: &[u8],
    ) -> Result<String> {
        let key = self.derive(Purpose::DeviceSecret, Some(tenant));
        let plain = open(key, device.0.as_bytes(), sealed)?;
        String::from_utf8(plain).map_err(|_| Error::internal("a sealed secret is no text"))
    }

    /// The client id by which an outside broker remembers what it keeps for a company, or for this
    /// installation as a whole: always the same, and nothing that anybody could guess.
    #[must_use]
    pub fn broker_client(&self, tenant: Option<TenantId>) -> String {
        let mac = self.mac(Purpose::BrokerClient, tenant, "");
        mac.iter()
            .take(16)
            .fold("linli-".to_owned(), |id, byte| id + &format!("{byte:02x}"))
    }

    /// Encrypts what a person's second factor is made of, under the platform's key.
    ///
    /// # Errors
    /// Internal, and only if the cipher itself fails.
    pub fn seal_secret(&self, person: PersonId, nonce: [u8; 12], secret: &[u8]) -> Result<Vec<u8>> {
        let key = self.derive(Purpose::SecretCipher, None);
        seal(key, nonce, person.0.as_bytes(), secret)
    }

    /// # Errors
    /// Internal for bytes that were not sealed for this person.
    pub fn open_secret(&self, person: PersonId, sealed: &[u8]) -> Result<Vec<u8>> {
        let key = self.derive(Purpose::SecretCipher, None);
        open(key, person.0.as_bytes(), sealed)
    }
}

/// A nonce, then AES-256-GCM. Bytes sealed for one owner do not open for another.
fn seal(key: [u8; 32], nonce: [u8; 12], owner: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let payload = Payload {
        msg: plain,
        aad: owner,
    };
    let mut sealed = nonce.to_vec();
    let cipher = Aes256Gcm::new(&key.into())
        .encrypt(Nonce::from_slice(&nonce), payload)
        .map_err(|_| Error::internal("encryption failed"))?;
    sealed.extend(cipher);
    Ok(sealed)
}

fn open(key: [u8; 32], owner: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    let broken = || Error::internal("sealed bytes do not open");
    let (nonce, cipher) = sealed.split_at_checked(12).ok_or_else(broken)?;
    let payload = Payload {
        msg: cipher,
        aad: owner,
    };
    Aes256Gcm::new(&key.into())
        .decrypt(Nonce::from_slice(nonce), payload)
        .map_err(|_| broken())
}

/// SHA-256 of a high-entropy secret (session token, device secret): what the database keeps.
#[must_use]
pub fn digest(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_keys_take_turns() {
        let keys = Keys::from_master([7; 32]);
        let at = |s| Timestamp::new(s, 0).unwrap();
        let life = SignedDuration::from_secs(10);
        let (first, key) = keys.signing_key(at(0));
        assert_eq!(first, 1);
        assert_eq!(keys.verifying_key(1, at(0), life), Some(key));
        for unknown in [0, 2, usize::MAX] {
            assert_eq!(keys.verifying_key(unknown, at(0), life), None);
        }
        keys.clone().take_turns(vec![at(100), at(200)]);
        let signing = |s| keys.signing_key(at(s)).0;
        assert_eq!([signing(99), signing(100), signing(200)], [1, 2, 3]);
        let good = |number, s| keys.verifying_key(number, at(s), life).is_some();
        assert!(
            good(1, 109) && !good(1, 110),
            "for as long as a token lives"
        );
        assert!(good(2, 99) && good(2, 209) && !good(2, 210) && good(3, 1000));
        assert_ne!(keys.signing_key(at(100)).1, key);
    }

    #[test]
    fn a_secret_opens_for_its_person_only() {
        let keys = Keys::from_master([7; 32]);
        let (a, b) = (
            PersonId(uuid::Uuid::from_u128(1)),
            PersonId(uuid::Uuid::from_u128(2)),
        );
        let sealed = keys.seal_secret(a, [1; 12], b"seed").unwrap();
        assert_eq!(keys.open_secret(a, &sealed).unwrap(), b"seed");
        assert!(keys.open_secret(b, &sealed).is_err());
        assert_ne!(
            keys.recovery_index(a, "ABCDEFGHJK"),
            keys.recovery_index(b, "ABCDEFGHJK")
        );
    }

    #[test]
    fn a_device_s_secret_opens_for_it_alone() {
        let keys = Keys::from_master([7; 32]);
        let id = uuid::Uuid::from_u128;
        let (a, b) = (DeviceId(id(1)), DeviceId(id(2)));
        let (here, there) = (TenantId(id(3)), TenantId(id(4)));
        let sealed = keys.seal_device_secret(here, a, [1; 12], "secret").unwrap();
        assert_eq!(keys.open_device_secret(here, a, &sealed).unwrap(), "secret");
        assert!(keys.open_device_secret(here, b, &sealed).is_err());
        assert!(keys.open_device_secret(there, a, &sealed).is_err());
    }

    #[test]
    fn a_broker_knows_each_company_by_a_name_of_its_own() {
        let (keys, others) = (Keys::from_master([7; 32]), Keys::from_master([8; 32]));
        let tenant = Some(TenantId(uuid::Uuid::from_u128(3)));
        assert_eq!(keys.broker_client(tenant), keys.broker_client(tenant));
        assert_ne!(keys.broker_client(tenant), keys.broker_client(None));
        assert_ne!(keys.broker_client(tenant), others.broker_client(tenant));
    }

    #[test]
    fn a_phone_opens_for_its_tenant_only() {
        let keys = Keys::from_master([7; 32]);
        let (a, b) = (
            TenantId(uuid::Uuid::from_u128(1)),
            TenantId(uuid::Uuid::from_u128(2)),
        );
        let sealed = keys.seal_phone(a, [1; 12], "13812345678").unwrap();
        assert_eq!(keys.open_phone(a, &sealed).unwrap(), "13812345678");
        assert!(keys.open_phone(b, &sealed).is_err());
        assert!(keys.open_phone(a, &sealed[..5]).is_err());
        // An identity number is no phone number, whatever it is sealed as.
        let number = IdNumber::parse("E12345678").unwrap();
        let other = keys.seal_id_number(a, [1; 12], &number).unwrap();
        assert_eq!(keys.open_id_number(a, &other).unwrap(), "E12345678");
        assert!(keys.open_phone(a, &other).is_err() && keys.open_id_number(b, &other).is_err());
        assert_eq!(
            keys.phone_tail(a, "13812345678"),
            keys.phone_tail(a, "5678")
        );
        assert_ne!(keys.phone_tail(a, "5678"), keys.phone_index(a, "5678"));
        assert_ne!(
            keys.phone_index(a, "13812345678"),
            keys.phone_index(b, "13812345678")
        );
    }
}
