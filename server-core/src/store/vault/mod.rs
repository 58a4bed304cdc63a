//! The vault: seals secrets that must be kept in a form that can be used (NT hashes), so that a copy of
//! the database alone gives nobody access.
//!
//! The master key lives in the system's keyring, or in a file that only this account may read. Each
//! sealed secret names its key. A key that is gone costs no account: what it sealed can't be opened
//! any more and is reported as such, and a new key seals from then on. A key that was only out of
//! reach (a headless start without keyring) opens its secrets again when it comes back.

mod key_source;

use std::sync::Arc;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use self::key_source::{KeySource, MasterKeyFile, SystemKeyring};
use super::{Store, StoreError};

/// The first byte of every sealed secret: AES-256-GCM, 8 bytes of key id, 12 of nonce, ciphertext, tag.
const FORMAT: u8 = 1;
const KEY_ID_LEN: usize = 8;
const KEY_LEN: usize = 32;
const HEADER_LEN: usize = 1 + KEY_ID_LEN + NONCE_LEN;

/// Names this data folder in the keyring.
const FOLDER_ID_SETTING: &str = "internal.vault-id";
/// The id of the key that sealed last, to notice that it is gone.
const KEY_ID_SETTING: &str = "internal.vault-key";

/// Whether the system's keyring may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringUse {
    /// Ask it; fall back to the key file.
    Try,
    /// Only the key file: tests, and machines where nobody unlocks a keyring.
    Never,
}

impl KeyringUse {
    /// `Never` when the environment has `LANDFALL_KEYRING=off`, else `Try`.
    pub fn from_environment() -> Self {
        match std::env::var_os("LANDFALL_KEYRING") {
            Some(value) if value == "off" => Self::Never,
            _ => Self::Try,
        }
    }
}

/// Where the master key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyStorage {
    /// In the system's keyring.
    Keyring,
    /// In `master.key` in the data folder.
    File,
}

/// What a person should know of the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VaultStatus {
    /// Where the key is.
    pub storage: KeyStorage,
    /// Why the keyring is not used, when it was asked.
    pub keyring_problem: Option<String>,
    /// The key that sealed before was not found; a new one was made.
    pub key_replaced: bool,
}

/// Why the vault can't be opened.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key file can't be read or made.
    #[error("the master key file can't be used: {0}")]
    KeyFile(std::io::Error),
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    Random,
}

/// Why a secret can't be unsealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnsealError {
    /// Its key is not here: lost, or out of reach.
    #[error("the key that sealed it is not here")]
    KeyMissing,
    /// It was changed, or belongs to another row.
    #[error("it was changed, or belongs elsewhere")]
    Damaged,
}

/// The vault. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Vault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The key that seals, then others that only unseal.
    keys: Vec<MasterKey>,
    status: VaultStatus,
}

/// 32 random bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct MasterKey([u8; KEY_LEN]);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    fn random() -> Result<Self, VaultError> {
        let mut key = Self([0; KEY_LEN]);
        getrandom::fill(&mut key.0).map_err(|_| VaultError::Random)?;
        Ok(key)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Says nothing of the key, but is the same for the same key.
    fn id(&self) -> [u8; KEY_ID_LEN] {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.0);
        let tag = ring::hmac::sign(&key, b"landfall vault key id");
        let mut id = [0; KEY_ID_LEN];
        id.copy_from_slice(&tag.as_ref()[..KEY_ID_LEN]);
        id
    }

    fn aead(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &self.0).ok().map(LessSafeKey::new)
    }
}

impl Vault {
    /// Opens the vault of a store's data folder, making a key when there is none. Blocks for at most
    /// a few seconds when the keyring does not answer.
    ///
    /// # Errors
    /// The store fails, or the key file can't be read or made.
    pub fn open(store: &Store, keyring: KeyringUse) -> Result<Self, VaultError> {
        let file = MasterKeyFile::in_folder(store.data_dir());
        match keyring {
            KeyringUse::Never => Self::open_with(store, None, &file),
            KeyringUse::Try => Self::open_with(store, Some(&SystemKeyring), &file),
        }
    }

    fn open_with(
        store: &Store,
        keyring: Option<&dyn KeySource>,
        file: &MasterKeyFile,
    ) -> Result<Self, VaultError> {
        let folder_id = store.setting_or_insert(FOLDER_ID_SETTING, random_id)?;
        let mut keyring_problem = None;
        let in_keyring = keyring.and_then(|keyring| {
            keyring.load(&folder_id).unwrap_or_else(|problem| {
                keyring_problem = Some(problem);
                None
            })
        });
        let in_file = file.load().map_err(VaultError::KeyFile)?;
        let used_before = store.setting(KEY_ID_SETTING)?;

        let mut storage = match (&in_keyring, &in_file) {
            (Some(_), _) => KeyStorage::Keyring,
            (None, _) => KeyStorage::File,
        };
        let mut keys: Vec<_> = in_keyring.into_iter().chain(in_file).collect();
        let known = used_before
            .as_ref()
            .is_none_or(|id| keys.iter().any(|key| hex(&key.id()) == *id));
        if keys.is_empty() {
            let key = MasterKey::random()?;
            let reachable = keyring.filter(|_| keyring_problem.is_none());
            let kept = reachable.is_some_and(|keyring| match keyring.save(&folder_id, &key) {
                Ok(()) => true,
                Err(problem) => {
                    keyring_problem = Some(problem);
                    false
                }
            });
            if kept {
                storage = KeyStorage::Keyring;
            } else {
                file.save(&key).map_err(VaultError::KeyFile)?;
            }
            keys.push(key);
        }
        if let Some(sealing) = keys.first() {
            store.set_setting(KEY_ID_SETTING, Some(&hex(&sealing.id())))?;
        }
        if let (KeyStorage::File, Some(problem)) = (storage, &keyring_problem) {
            tracing::warn!(problem, file = %file.path().display(), "master key kept in a file: no keyring");
        }
        if !known {
            tracing::warn!("master key was lost: passwords must be set again before SMB can be used");
        }
        let status = VaultStatus {
            storage,
            keyring_problem,
            key_replaced: !known,
        };
        Ok(Self(Arc::new(Inner { keys, status })))
    }

    /// Where the key is, and whether one was lost.
    pub fn status(&self) -> &VaultStatus {
        &self.0.status
    }

    /// Seals a secret for one place only: it can't be unsealed for another table, column or row.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        let key = self.0.keys.first().ok_or(VaultError::Random)?;
        let aead = key.aead().ok_or(VaultError::Random)?;
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::Random)?;
        let mut text = Zeroizing::new(secret.to_vec());
        let tag = aead
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.bytes()),
                &mut text,
            )
            .map_err(|_| VaultError::Random)?;
        Ok([&[FORMAT], &key.id()[..], &nonce, &text, tag.as_ref()].concat())
    }

    /// Unseals a secret.
    ///
    /// # Errors
    /// See [`UnsealError`].
    pub fn unseal(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let (key, rest) = self.key_of(sealed)?;
        let aead = key.aead().ok_or(UnsealError::Damaged)?;
        let (nonce, text) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(UnsealError::Damaged)?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = aead
            .open_in_place(nonce, Aad::from(place.bytes()), &mut text)
            .map_err(|_| UnsealError::Damaged)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// Whether the key of a sealed secret is here.
    pub fn has_key_of(&self, sealed: &[u8]) -> bool {
        self.key_of(sealed).is_ok()
    }

    fn key_of<'s>(&self, sealed: &'s [u8]) -> Result<(&MasterKey, &'s [u8]), UnsealError> {
        let [FORMAT, rest @ ..] = sealed else {
            return Err(UnsealError::Damaged);
        };
        if sealed.len() < HEADER_LEN {
            return Err(UnsealError::Damaged);
        }
        let (id, rest) = rest
            .split_first_chunk::<KEY_ID_LEN>()
            .ok_or(UnsealError::Damaged)?;
        let key = self.0.keys.iter().find(|key| key.id() == *id);
        Ok((key.ok_or(UnsealError::KeyMissing)?, rest))
    }
}

/// Where a sealed secret is kept: bound into the seal.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's id; never reused in that table.
    pub row: i64,
}

impl Place<'_> {
    fn bytes(&self) -> Vec<u8> {
        format!("{}\0{}\0{}", self.table, self.column, self.row).into_bytes()
    }
}

fn random_id() -> String {
    let mut id = [0_u8; 16];
    // Without random numbers a fixed id still works; making the key will then fail and say so.
    let _ = getrandom::fill(&mut id);
    hex(&id)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use parking_lot::Mutex;

    use super::*;

    const PLACE: Place<'_> = Place {
        table: "users",
        column: "sealed_nt_hash",
        row: 7,
    };

    /// A keyring in memory; `None` is one that can't be reached.
    #[derive(Debug, Default)]
    struct Keyring(Mutex<Option<HashMap<String, MasterKey>>>);

    impl Keyring {
        fn working() -> Self {
            Self(Mutex::new(Some(HashMap::new())))
        }
    }

    impl KeySource for Keyring {
        fn load(&self, account: &str) -> Result<Option<MasterKey>, String> {
            let keys = self.0.lock();
            let keys = keys.as_ref().ok_or("no keyring here")?;
            Ok(keys.get(account).cloned())
        }
        fn save(&self, account: &str, key: &MasterKey) -> Result<(), String> {
            let mut keys = self.0.lock();
            let keys = keys.as_mut().ok_or("no keyring here")?;
            keys.insert(account.to_owned(), key.clone());
            Ok(())
        }
    }

    struct Folder {
        _folder: tempfile::TempDir,
        store: Store,
    }

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path()).unwrap();
            Self {
                _folder: folder,
                store,
            }
        }
        fn open(&self, keyring: Option<&dyn KeySource>) -> Vault {
            let file = MasterKeyFile::in_folder(self.store.data_dir());
            Vault::open_with(&self.store, keyring, &file).unwrap()
        }
    }

    #[test]
    fn a_secret_opens_only_in_its_own_place_and_unchanged() {
        let folder = Folder::new();
        let vault = folder.open(None);
        let sealed = vault.seal(PLACE, b"secret").unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"secret"));
        assert_eq!(*vault.unseal(PLACE, &sealed).unwrap(), b"secret");
        assert_ne!(sealed, vault.seal(PLACE, b"secret").unwrap(), "nonces are fresh");

        let elsewhere = Place { row: 8, ..PLACE };
        assert_eq!(vault.unseal(elsewhere, &sealed), Err(UnsealError::Damaged));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.unseal(PLACE, &changed).is_err(), "byte {at}");
            assert!(vault.unseal(PLACE, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_keyring_is_used_when_it_works_and_nothing_is_written_to_disk() {
        let (folder, keyring) = (Folder::new(), Keyring::working());
        let vault = folder.open(Some(&keyring));
        assert_eq!(vault.status().storage, KeyStorage::Keyring);
        let sealed = vault.seal(PLACE, b"secret").unwrap();
        let file = MasterKeyFile::in_folder(folder.store.data_dir());
        assert!(!file.path().exists());
        assert_eq!(
            *folder.open(Some(&keyring)).unseal(PLACE, &sealed).unwrap(),
            b"secret"
        );
    }

    #[test]
    fn a_keyring_out_of_reach_falls_back_to_a_file_and_opens_its_secrets_when_it_is_back() {
        let (folder, keyring) = (Folder::new(), Keyring::working());
        let sealed_before = folder.open(Some(&keyring)).seal(PLACE, b"before").unwrap();

        let away = Keyring::default();
        let headless = folder.open(Some(&away));
        assert_eq!(headless.status().storage, KeyStorage::File);
        assert!(headless.status().keyring_problem.is_some());
        assert!(headless.status().key_replaced);
        assert_eq!(
            headless.unseal(PLACE, &sealed_before),
            Err(UnsealError::KeyMissing)
        );
        let sealed_meanwhile = headless.seal(PLACE, b"meanwhile").unwrap();

        let back = folder.open(Some(&keyring));
        assert!(!back.status().key_replaced);
        assert_eq!(*back.unseal(PLACE, &sealed_before).unwrap(), b"before");
        assert_eq!(*back.unseal(PLACE, &sealed_meanwhile).unwrap(), b"meanwhile");
    }

    #[test]
    fn a_lost_key_file_is_noticed_and_replaced() {
        let folder = Folder::new();
        let sealed = folder.open(None).seal(PLACE, b"secret").unwrap();
        assert!(!folder.open(None).status().key_replaced);
        std::fs::remove_file(MasterKeyFile::in_folder(folder.store.data_dir()).path()).unwrap();

        let vault = folder.open(None);
        assert!(vault.status().key_replaced && !vault.has_key_of(&sealed));
        let again = vault.seal(PLACE, b"again").unwrap();
        assert_eq!(*folder.open(None).unseal(PLACE, &again).unwrap(), b"again");
    }
}
