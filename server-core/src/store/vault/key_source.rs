//! Where the master key is kept: the system's keyring, or a file in the data folder.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::super::private_file;
use super::{KEY_LEN, MasterKey};

/// The service under which the keyring lists the key.
const SERVICE: &str = "Landfall";
const KEY_FILE: &str = "master.key";
/// A keyring may be waiting for someone to unlock it, with nobody there.
const PATIENCE: Duration = Duration::from_secs(5);

/// A keyring: one key for each account, which is a data folder's id. Problems are sentences for people.
pub(super) trait KeySource: std::fmt::Debug {
    /// The key, or `None` when there certainly is none.
    fn load(&self, account: &str) -> Result<Option<MasterKey>, String>;
    /// Keeps a key.
    fn save(&self, account: &str, key: &MasterKey) -> Result<(), String>;
}

/// Keychain on macOS, Credential Manager on Windows, Secret Service elsewhere.
#[derive(Debug)]
pub(super) struct SystemKeyring;

impl KeySource for SystemKeyring {
    fn load(&self, account: &str) -> Result<Option<MasterKey>, String> {
        let account = account.to_owned();
        within(PATIENCE, move || {
            let entry = entry(&account)?;
            match entry.get_secret() {
                Ok(secret) => {
                    let key = MasterKey::from_bytes(&Zeroizing::new(secret));
                    key.map(Some)
                        .ok_or_else(|| "it holds something else under our name".to_owned())
                }
                Err(keyring::Error::NoEntry) => Ok(None),
                Err(error) => Err(error.to_string()),
            }
        })
    }

    fn save(&self, account: &str, key: &MasterKey) -> Result<(), String> {
        let (account, key) = (account.to_owned(), key.clone());
        within(PATIENCE, move || {
            let entry = entry(&account)?;
            entry.set_secret(key.bytes()).map_err(|error| error.to_string())?;
            // A keyring that forgets at once is none.
            let back = entry.get_secret().map(Zeroizing::new);
            match back {
                Ok(back) if *back == key.bytes() => Ok(()),
                Ok(_) => Err("it did not keep what it was given".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

fn entry(account: &str) -> Result<keyring::Entry, String> {
    if let Err(error) = keyring::Entry::store_status() {
        return Err(error.to_string());
    }
    keyring::Entry::new(SERVICE, account).map_err(|error| error.to_string())
}

/// Runs on a thread of its own and gives up waiting in time; the thread then ends by itself.
fn within<T: Send + 'static>(
    patience: Duration,
    job: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (done, result) = mpsc::channel();
    std::thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            let _ = done.send(job());
        })
        .map_err(|error| error.to_string())?;
    match result.recv_timeout(patience) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err("no answer in time".to_owned()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err("the keyring failed".to_owned()),
    }
}

/// `master.key` in the data folder: 32 bytes, readable by this account only.
#[derive(Debug)]
pub(super) struct MasterKeyFile(PathBuf);

impl MasterKeyFile {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self(folder.join(KEY_FILE))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The key, `None` when there is no file. A file of the wrong size is an error, never replaced.
    pub(super) fn load(&self) -> io::Result<Option<MasterKey>> {
        let file = match std::fs::File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_LEN + 1));
        file.take(KEY_LEN as u64 + 1).read_to_end(&mut bytes)?;
        let key = MasterKey::from_bytes(&bytes);
        key.map(Some).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{} is not {KEY_LEN} bytes long", self.0.display()),
            )
        })
    }

    /// Writes the key so that after a crash the file is whole or not there.
    pub(super) fn save(&self, key: &MasterKey) -> io::Result<()> {
        let unfinished = self.0.with_extension("key.new");
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private_file::create_new_file(&unfinished)?;
        file.write_all(key.bytes())?;
        file.sync_all()?;
        std::fs::rename(&unfinished, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Run by hand, for instance: `dbus-run-session -- sh -c 'echo pw | gnome-keyring-daemon --unlock
    /// --components=secrets; cargo nextest run --run-ignored all keeps_a_key'`.
    #[test]
    #[ignore = "needs a session with an unlocked keyring"]
    fn the_systems_keyring_keeps_a_key_for_each_account() {
        let account = format!("test-{}", std::process::id());
        assert!(SystemKeyring.load(&account).unwrap().is_none());
        let key = MasterKey::random().unwrap();
        SystemKeyring.save(&account, &key).unwrap();
        assert_eq!(
            SystemKeyring.load(&account).unwrap().unwrap().bytes(),
            key.bytes()
        );
        entry(&account).unwrap().delete_credential().unwrap();
        assert!(SystemKeyring.load(&account).unwrap().is_none());
    }

    #[test]
    fn a_keyring_that_does_not_answer_is_given_up() {
        let failed: Result<(), _> = within(Duration::from_millis(1), || {
            std::thread::park();
            Ok(())
        });
        assert_eq!(failed, Err("no answer in time".to_owned()));
        assert_eq!(within(PATIENCE, || Ok(5)), Ok(5));
        let panicked: Result<(), _> = within(PATIENCE, || panic!("as a driver may"));
        assert_eq!(panicked, Err("the keyring failed".to_owned()));
    }

    #[test]
    fn the_key_file_is_kept_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = MasterKeyFile::in_folder(folder.path());
        assert!(file.load().unwrap().is_none());
        let key = MasterKey::random().unwrap();
        file.save(&key).unwrap();
        assert_eq!(file.load().unwrap().unwrap().bytes(), key.bytes());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(file.path()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        for damaged in [&b"short"[..], &[1; KEY_LEN + 1]] {
            std::fs::write(file.path(), damaged).unwrap();
            assert!(file.load().is_err());
        }
    }
}
