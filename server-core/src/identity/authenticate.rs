//! Proving who someone is, for both protocols, with one lock-out.
//!
//! Every refusal is sent as an activity record here, so that both protocols are seen alike.

use std::hash::BuildHasher;
use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::lockout::{Comes, Tried};
use super::snapshot::Person;
use super::{Identity, IdentityError, Principal, UserId, login_name};
use crate::live::{ActivityKind, ActivityRecord, Event, Protocol, client_network};
use crate::store::vault::{Place, VaultError};
use crate::store::{StoreError, name_key};

/// The longest name that the lock-out tells apart and the activity list shows.
const LONGEST_KEPT_NAME: usize = 128;
/// From where a person logged in within so long, they are let in while their name is locked everywhere else.
const OF_LATE: Duration = Duration::from_secs(14 * 24 * 3600);
/// No person's row.
pub(super) const NOBODY: UserId = UserId(0);

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
    /// No such person, or a wrong password.
    #[error("the name or password is wrong")]
    WrongCredentials,
    /// No key that was offered is the person's.
    #[error("no key that was offered is known")]
    UnknownKey,
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
    /// The client knows no better proof than NTLMv1 or LM, which was not compared with anything.
    #[error(
        "the device speaks NTLMv1 only, which is not safe and not accepted; look for NTLMv2 in its settings"
    )]
    OnlyNtlmV1,
    /// The password is right, but what the client said before was changed on its way.
    #[error("the log-in was changed on its way")]
    Tampered,
    /// The log-in was made for another server and passed on to this one.
    #[error("the log-in was made for another server, {0}; signing or encryption makes it safe")]
    MeantForAnother(String),
    /// What the client sent as its proof can't be read.
    #[error("the log-in could not be understood")]
    NotUnderstood,
    /// The store failed.
    #[error("the account store failed: {0}")]
    Store(String),
}

impl AuthError {
    /// What tells refusals apart that are counted together: the sentence without what changes in it.
    fn reason(&self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong",
            Self::UnknownKey => "key",
            Self::Disabled => "disabled",
            Self::ProtocolNotAllowed => "protocol",
            Self::LockedOut(_) => "locked",
            Self::PasswordMustBeReset => "reset",
            Self::OnlyNtlmV1 => "ntlmv1",
            Self::Tampered => "tampered",
            Self::MeantForAnother(_) => "another",
            Self::NotUnderstood => "malformed",
            Self::Store(_) => "store",
        }
    }
}

/// What an NTLMv2 proof is checked against, and what a right one leads to. There is one for every name, with as much
/// work for names that nobody has, so that a client learns nothing about an account before it has proven its password.
pub struct NtCandidate {
    /// The person's, or one that no password has.
    hash: NtHash,
    /// That of the password before.
    former: Option<NtHash>,
    /// There is a password that the proof could fit.
    compares: bool,
    outcome: Result<Principal, AuthError>,
}

/// Without the hashes.
impl std::fmt::Debug for NtCandidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NtCandidate")
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

impl NtCandidate {
    /// What the proof must fit.
    pub fn hash(&self) -> &NtHash {
        &self.hash
    }

    /// Of the password that the person had before, as devices go on trying it.
    pub fn former(&self) -> Option<&NtHash> {
        self.former.as_ref()
    }

    /// Whether nobody has the name.
    pub fn is_unknown(&self) -> bool {
        self.outcome == Err(AuthError::WrongCredentials)
    }

    /// Who it is, or why they may not come in, after a right proof.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn proven(self) -> Result<Principal, AuthError> {
        self.outcome
    }
}

/// What a refusal counts as.
enum Counts<'a> {
    /// A wrong password; with its NT hash, if that is known.
    Wrong(Option<&'a NtHash>),
    /// An SMB log-in that there was nothing to compare with. To the client it looks like any other wrong password,
    /// locks included, but it keeps nobody out of SFTP.
    Uncompared,
    Nothing,
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
            let tried = NtHash::of(&composed(password));
            let counts = match error {
                AuthError::WrongCredentials => Counts::Wrong(Some(&tried)),
                _ => Counts::Nothing,
            };
            self.refused(name, from, protocol, error, &counts);
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
        let hash = self
            .0
            .store
            .password_hash(person.map_or(NOBODY, |person| person.row.id))?;
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

    /// What to check an NTLMv2 response against. Refuses when locked out. The caller must report the outcome with
    /// `succeeded`, `failed` or `disproven`, also of the errors given here.
    ///
    /// # Errors
    /// `LockedOut`, or the store's.
    pub fn nt_candidate(&self, name: &str, from: IpAddr) -> Result<NtCandidate, AuthError> {
        self.refuse_locked_out(name, from)?;
        let key = lockout_key(name);
        let wait = self
            .0
            .uncompared
            .lock()
            .wait(&key, from, Comes::FromElsewhere, Instant::now());
        if let Some(wait) = wait {
            return Err(AuthError::LockedOut(wait));
        }
        let snapshot = self.snapshot();
        let person = snapshot.user_named(login_name(name));
        let user = person.map_or(NOBODY, |person| person.row.id);
        let sealed = self.0.store.sealed_nt_hash(user)?;
        // Unsealed even where nobody's is, so that the time tells nothing.
        let (of, sealed) = match &sealed {
            Some(sealed) => (user, sealed.as_slice()),
            None => (NOBODY, self.0.dummy_sealed.as_slice()),
        };
        let unsealed = self.0.vault.unseal(nt_hash_place(of), sealed).ok();
        let unsealed = unsealed.and_then(|hash| hash.as_slice().try_into().ok().map(NtHash));
        let former = self.0.former_passwords.lock().get(&user).cloned();
        let hash = unsealed.filter(|_| of != NOBODY);
        let outcome = match person {
            None => Err(AuthError::WrongCredentials),
            Some(person) => self.admit(person, Protocol::Smb).and_then(|()| match &hash {
                Some(_) => Ok(snapshot.principal(person)),
                None => Err(AuthError::PasswordMustBeReset),
            }),
        };
        Ok(NtCandidate {
            compares: person.is_none() || hash.is_some(),
            hash: hash.unwrap_or_else(|| self.0.nobodys_nt_hash.clone()),
            former,
            outcome,
        })
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
            return Err(AuthError::UnknownKey);
        };
        self.admit(person, Protocol::Sftp)?;
        Ok(snapshot.principal(person))
    }

    /// Reports that a person came in: clears the name's failures where they come from, notes the time and the place,
    /// and records the log-in. Called once for each session.
    pub fn succeeded(&self, name: &str, from: IpAddr, protocol: Protocol) {
        let snapshot = self.snapshot();
        let person = snapshot.user_named(login_name(name));
        self.proven_again(name, from);
        let shown = person.map_or_else(|| shown_name(name), |person| person.row.name.clone());
        let message = format!("{shown} logged in");
        let mut record = record(ActivityKind::LoggedIn, from, protocol, message);
        record.user = Some(shown);
        self.0.events.send(Event::Activity(record));
    }

    /// The same of a session that was there before: nobody came in, so nothing is recorded.
    pub fn proven_again(&self, name: &str, from: IpAddr) {
        self.0.lockout.lock().succeed(&lockout_key(name), from);
        let snapshot = self.snapshot();
        if let Some(person) = snapshot.user_named(login_name(name)) {
            let now = SystemTime::now();
            let noted = self.0.store.note_log_in(person.row.id, client_network(from), now);
            if let Err(error) = noted {
                tracing::warn!(%error, "last log-in not noted");
            }
        }
    }

    /// Reports a refusal: a wrong password counts towards lock-out of name and address; whatever it is, it is recorded.
    pub fn failed(&self, name: &str, from: IpAddr, protocol: Protocol, error: &AuthError) {
        let counts = match error {
            AuthError::WrongCredentials => Counts::Wrong(None),
            _ => Counts::Nothing,
        };
        self.refused(name, from, protocol, error, &counts);
    }

    /// Reports an NTLMv2 proof that does not fit; it may fit the password that the person had before. Where there was
    /// nothing to compare with, people read that.
    pub fn disproven(&self, name: &str, from: IpAddr, candidate: &NtCandidate, fits_former: bool) {
        let former = candidate.former().filter(|_| fits_former);
        let (error, counts) = match &candidate.outcome {
            Err(error) if !candidate.compares => (error, Counts::Uncompared),
            _ => (&AuthError::WrongCredentials, Counts::Wrong(former)),
        };
        self.refused(name, from, Protocol::Smb, error, &counts);
    }

    fn refused(&self, name: &str, from: IpAddr, protocol: Protocol, error: &AuthError, counts: &Counts<'_>) {
        let key = lockout_key(name);
        let now = Instant::now();
        let locked = match counts {
            Counts::Wrong(tried) => {
                let tried = tried.map(|hash| Tried(self.0.hasher.hash_one(hash.0)));
                self.0.lockout.lock().fail(&key, from, tried, now)
            }
            Counts::Uncompared => {
                self.0.uncompared.lock().fail(&key, from, None, now);
                None
            }
            Counts::Nothing => None,
        };
        let shown = shown_name(name);
        let message = match locked {
            Some(length) => format!("{shown} was refused: {error}; locked for {} s", length.as_secs()),
            None => format!("{shown} was refused: {error}"),
        };
        let mut record = record(ActivityKind::LogInRefused, from, protocol, message);
        record.unknown_user = self.snapshot().user_named(login_name(name)).is_none();
        record.user = Some(shown);
        let reason = match locked {
            Some(_) => "locks",
            None => error.reason(),
        };
        self.0.events.refused(record, Some(reason));
    }

    fn refuse_locked_out(&self, name: &str, from: IpAddr) -> Result<(), AuthError> {
        let key = lockout_key(name);
        let now = Instant::now();
        let is_name_locked = self.0.lockout.lock().is_name_locked(&key, now);
        let comes = match is_name_locked && self.was_here(name, from) {
            true => Comes::FromWherePersonWas,
            false => Comes::FromElsewhere,
        };
        let wait = self.0.lockout.lock().wait(&key, from, comes, now);
        wait.map_or(Ok(()), |wait| Err(AuthError::LockedOut(wait)))
    }

    /// Whether the person of that name came in from there of late.
    fn was_here(&self, name: &str, from: IpAddr) -> bool {
        let snapshot = self.snapshot();
        let Some(person) = snapshot.user_named(login_name(name)) else {
            return false;
        };
        let since = SystemTime::now() - OF_LATE;
        let network = client_network(from);
        let was = self.0.store.has_visited_since(person.row.id, network, since);
        was.unwrap_or_else(|error| {
            tracing::warn!(%error, "nobody knows who was here before");
            false
        })
    }

    /// Keeps the NT hash of a password that is about to be replaced, in memory alone: devices go on trying it.
    pub(super) fn keep_former(&self, user: UserId) {
        let sealed = self.0.store.sealed_nt_hash(user).ok().flatten();
        let hash = sealed.and_then(|sealed| self.0.vault.unseal(nt_hash_place(user), &sealed).ok());
        let hash = hash.and_then(|hash| hash.as_slice().try_into().ok().map(NtHash));
        if let Some(hash) = hash {
            self.0.former_passwords.lock().insert(user, hash);
        }
    }

    fn admit(&self, person: &Person, protocol: Protocol) -> Result<(), AuthError> {
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
}

fn record(kind: ActivityKind, from: IpAddr, protocol: Protocol, message: String) -> ActivityRecord {
    ActivityRecord {
        address: Some(from.to_canonical()),
        protocol: Some(protocol),
        ..ActivityRecord::new(kind, message)
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
