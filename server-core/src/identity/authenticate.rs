//! Proving who someone is, for both protocols, with one lock-out.
//!
//! Every refusal is sent as an activity record here, so that both protocols are seen alike.

use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Identity, IdentityError, Principal, UserId, login_name};
use crate::live::{ActivityKind, ActivityRecord, Event, Protocol};
use crate::store::vault::{Place, VaultError};
use crate::store::{StoreError, name_key};

/// The longest name that the lock-out tells apart and the activity list shows.
const LONGEST_KEPT_NAME: usize = 128;

/// The NT hash of a password: MD4 over its UTF-16LE form. As good as the password; zeroized.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct NtHash(pub [u8; 16]);

impl NtHash {
    /// Of a password.
    pub fn of(password: &str) -> Self {
        use md4::Digest;
        let mut utf16 = Zeroizing::new(Vec::with_capacity(password.len() * 2));
        for unit in password.encode_utf16() {
            utf16.extend_from_slice(&unit.to_le_bytes());
        }
        Self(md4::Md4::digest(&*utf16).into())
    }
}

impl std::fmt::Debug for NtHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NtHash(…)")
    }
}

/// Why a log-in was refused. Clients learn only that it was; people read this in the activity list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthError {
    /// No such person, or a wrong password or key.
    #[error("the name or password is wrong")]
    WrongCredentials,
    /// The account is switched off.
    #[error("the account is disabled")]
    Disabled,
    /// The account may not use this protocol.
    #[error("this person may not use this protocol")]
    ProtocolNotAllowed,
    /// Too many wrong passwords.
    #[error("locked after too many wrong passwords; try again in {} s or unlock it", .0.as_secs().max(1))]
    LockedOut(Duration),
    /// There is no NT hash that can be used: the master key was lost, or the password was set while
    /// the person might not use SMB. The password must be set again.
    #[error("the password must be set again before it can be used for SMB")]
    PasswordMustBeReset,
    /// The store failed.
    #[error("the account store failed: {0}")]
    Store(String),
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl Identity {
    /// Verifies a password (bcrypt). A refusal is counted and recorded here, without a call of
    /// `failed`; after success the caller reports `succeeded` once the session is made. Blocking: some
    /// 50 ms or more, as long for unknown names as for known ones.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn verify_password(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
        protocol: Protocol,
    ) -> Result<Principal, AuthError> {
        let verified = self.check_password(name, password, from, protocol);
        if let Err(error) = &verified {
            self.failed(name, from, protocol, error);
        }
        verified
    }

    fn check_password(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
        protocol: Protocol,
    ) -> Result<Principal, AuthError> {
        self.refuse_locked_out(name, from)?;
        let snapshot = self.snapshot();
        let person = snapshot.user_named(login_name(name));
        let hash = match person {
            Some(person) => self.0.store.password_hash(person.row.id)?,
            None => None,
        };
        // Compared even where there is nothing to compare, so that the time tells nothing.
        let matches = password_matches(password, hash.as_deref().unwrap_or(&self.0.dummy_hash));
        let (Some(person), true, Some(hash)) = (person, matches, hash) else {
            return Err(AuthError::WrongCredentials);
        };
        // Guesses sent all at once were all let in before the first was counted: none may profit.
        self.refuse_locked_out(name, from)?;
        self.admit(person, protocol)?;
        if person.row.smb_allowed
            && let Err(error) = self.mend_nt_hash(person.row.id, &hash, password)
        {
            tracing::warn!(%error, "a password stays without its form for SMB");
        }
        Ok(snapshot.principal(person))
    }

    /// Where the form of a password that SMB needs is not there, because SMB was not allowed or its key was lost,
    /// the password that was just proven brings it back.
    fn mend_nt_hash(&self, user: UserId, bcrypt: &str, password: &str) -> Result<(), IdentityError> {
        let sealed = self.0.store.sealed_nt_hash(user)?;
        if sealed.is_some_and(|sealed| self.0.vault.has_key_of(&sealed)) {
            return Ok(());
        }
        let hash = NtHash::of(&composed(password));
        let sealed = self.0.vault.seal(nt_hash_place(user), &hash.0)?;
        self.change(|store, _| Ok(store.set_nt_hash(user, bcrypt, &sealed)?))
    }

    /// The NT hash to check an NTLMv2 response against, if the person exists, is enabled and may use
    /// SMB. Refuses when locked out. The caller must report the outcome with `succeeded` or `failed`,
    /// also of the errors given here. An unknown name gives `WrongCredentials`.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn nt_hash(&self, name: &str, from: IpAddr) -> Result<(Principal, NtHash), AuthError> {
        self.refuse_locked_out(name, from)?;
        let snapshot = self.snapshot();
        let person = snapshot
            .user_named(login_name(name))
            .ok_or(AuthError::WrongCredentials)?;
        self.admit(person, Protocol::Smb)?;
        let user = person.row.id;
        let sealed = self.0.store.sealed_nt_hash(user)?;
        let sealed = sealed.ok_or(AuthError::PasswordMustBeReset)?;
        let hash = self.0.vault.unseal(nt_hash_place(user), &sealed);
        let hash = hash.map_err(|_| AuthError::PasswordMustBeReset)?;
        let hash = hash.as_slice().try_into().map(NtHash);
        let hash = hash.map_err(|_| AuthError::PasswordMustBeReset)?;
        Ok((snapshot.principal(person), hash))
    }

    /// Whether this public key (SSH wire encoding) belongs to the person. Clients offer all the keys
    /// they have, and keys can't be guessed: a wrong one counts for nothing, and a lock-out for wrong
    /// passwords does not shut out the holder of a key.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn verify_public_key(
        &self,
        name: &str,
        key_blob: &[u8],
        from: IpAddr,
    ) -> Result<Principal, AuthError> {
        let snapshot = self.snapshot();
        let person = snapshot
            .user_named(login_name(name))
            .filter(|person| person.keys.iter().any(|key| key.blob == key_blob));
        let Some(person) = person else {
            tracing::debug!(%from, "public key is not one of the person's");
            return Err(AuthError::WrongCredentials);
        };
        self.admit(person, Protocol::Sftp)?;
        Ok(snapshot.principal(person))
    }

    /// Reports a successful proof: clears the name's failures, notes the time, and records the log-in.
    /// Called once for each session.
    pub fn succeeded(&self, name: &str, from: IpAddr, protocol: Protocol) {
        self.0.lockout.lock().succeed(&lockout_key(name));
        let snapshot = self.snapshot();
        let person = snapshot.user_named(login_name(name));
        if let Some(person) = person
            && let Err(error) = self.0.store.set_last_login(person.row.id, SystemTime::now())
        {
            tracing::warn!(%error, "last log-in not noted");
        }
        let shown = person.map_or_else(|| shown_name(name), |person| person.row.name.clone());
        let message = format!("{shown} logged in");
        self.record(ActivityKind::LoggedIn, shown, from, protocol, message);
    }

    /// Reports a failed proof: a wrong password counts towards lock-out of name and address; whatever
    /// it is, it is recorded.
    pub fn failed(&self, name: &str, from: IpAddr, protocol: Protocol, error: &AuthError) {
        let locked = match error {
            AuthError::WrongCredentials => {
                let now = Instant::now();
                self.0.lockout.lock().fail(&lockout_key(name), from, now)
            }
            _ => None,
        };
        let shown = shown_name(name);
        let message = match locked {
            Some(length) => format!("{shown} was refused: {error}; locked for {} s", length.as_secs()),
            None => format!("{shown} was refused: {error}"),
        };
        self.record(ActivityKind::LogInRefused, shown, from, protocol, message);
    }

    fn refuse_locked_out(&self, name: &str, from: IpAddr) -> Result<(), AuthError> {
        let wait = self
            .0
            .lockout
            .lock()
            .wait(&lockout_key(name), from, Instant::now());
        wait.map_or(Ok(()), |wait| Err(AuthError::LockedOut(wait)))
    }

    fn admit(&self, person: &super::snapshot::Person, protocol: Protocol) -> Result<(), AuthError> {
        let allowed = match protocol {
            Protocol::Smb => person.row.smb_allowed,
            Protocol::Sftp => person.row.sftp_allowed,
        };
        match (person.row.enabled, allowed) {
            (false, _) => Err(AuthError::Disabled),
            (true, false) => Err(AuthError::ProtocolNotAllowed),
            (true, true) => Ok(()),
        }
    }

    fn record(&self, kind: ActivityKind, user: String, from: IpAddr, protocol: Protocol, message: String) {
        let mut record = ActivityRecord::new(kind, message);
        record.user = Some(user);
        record.address = Some(from.to_canonical());
        record.protocol = Some(protocol);
        self.0.events.send(Event::Activity(record));
    }
}

/// The form of a password that is hashed: composed, so that it is the same from every keyboard.
pub(super) fn composed(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfc().collect())
}

impl Identity {
    /// A person's NT hash out of its seal; nothing when its key is not here.
    pub(crate) fn unseal_nt_hash(&self, user: UserId, sealed: &[u8]) -> Option<Vec<u8>> {
        let hash = self.0.vault.unseal(nt_hash_place(user), sealed).ok()?;
        Some(hash.to_vec())
    }

    /// A person's NT hash in a seal of this vault's.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub(crate) fn seal_nt_hash(&self, user: UserId, hash: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.0.vault.seal(nt_hash_place(user), hash)
    }
}

/// Where a person's NT hash is sealed for.
pub(super) fn nt_hash_place(user: UserId) -> Place<'static> {
    Place {
        table: "users",
        column: "sealed_nt_hash",
        row: user.0,
    }
}

fn password_matches(password: &str, hash: &str) -> bool {
    match bcrypt::non_truncating_verify(composed(password).as_bytes(), hash) {
        Ok(matches) => matches,
        Err(error) => {
            // Longer than any that could be set; or the hash is damaged. Either way it is not this one.
            tracing::debug!(%error, "password not compared");
            false
        }
    }
}

fn lockout_key(name: &str) -> String {
    let mut key = name_key(
        &login_name(name)
            .chars()
            .take(LONGEST_KEPT_NAME)
            .collect::<String>(),
    );
    key.shrink_to_fit();
    key
}

fn shown_name(name: &str) -> String {
    let name = login_name(name).chars().take(LONGEST_KEPT_NAME);
    let name: String = name
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    match name.is_empty() {
        true => "(no name)".to_owned(),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nt_hash_is_that_of_the_specification() {
        // [MS-NLMP] 4.2.2.1.2: NTOWFv1("Password").
        let expected = [
            0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca, 0xb6, 0x82, 0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52,
        ];
        assert_eq!(NtHash::of("Password").0, expected);
    }
}
