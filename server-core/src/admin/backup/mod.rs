//! Everything that was set up, in one encrypted file, and back: people with their passwords and keys, groups, shares,
//! grants, settings, blocked addresses, and what makes clients take the server for the same one (host keys, SIDs).
//! The shared files themselves are not in it.

mod sealed_file;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use self::sealed_file::SealedFileError;
use super::{Admin, AdminError, DOCTOR_ACCOUNT, ErrorCode, Secret, Unavailable, generate_password};
use crate::sftp::host_keys;
use crate::store::{Hidden, Portable, StoreError, private_file};

/// The ending of backup files.
const ENDING: &str = "landfall-backup";
/// Shorter ones are guessed.
const SHORTEST_PASSPHRASE: usize = 8;
/// Backups are small; what is larger is none.
const LARGEST_FILE: u64 = 64 << 20;

/// Writes a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct BackUp {
    /// Where to; a file that is there is replaced.
    pub file: PathBuf,
    /// What encrypts it: who loses it loses the backup.
    pub passphrase: Secret,
    /// What the desktop app wants kept with it; not looked at.
    #[serde(default)]
    pub app: Option<String>,
}

/// A backup to look into or to restore.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BackupFile {
    /// The file.
    pub file: PathBuf,
    /// Its passphrase.
    pub passphrase: Secret,
}

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Backup {
    /// The version that made it.
    pub version: String,
    /// When it was made.
    #[serde(with = "crate::live::timestamp")]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub made: SystemTime,
    /// Names of people.
    pub people: Vec<String>,
    /// Names of groups.
    pub groups: Vec<String>,
    /// Shares.
    pub shares: Vec<BackedUpShare>,
}

/// A share in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BackedUpShare {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Clients could enter it on this computer.
    pub available: bool,
    /// Why they could not.
    #[serde(default)]
    pub unavailable: Option<Unavailable>,
}

/// What became of a restoration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Restored {
    /// What was restored.
    pub backup: Backup,
    /// A backup of what was there before.
    pub before: PathBuf,
    /// Its passphrase, made up for it: whoever made the file that was restored must not open what was here. It is kept
    /// beside the backup too, in a file whose name ends with `.passphrase`.
    pub before_passphrase: Secret,
    /// What the desktop app had kept with it.
    pub app: Option<String>,
}

/// The content of the file, as JSON. Fields that later versions add are ignored by earlier ones.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    version: String,
    #[serde(with = "crate::live::timestamp")]
    made: SystemTime,
    database: Portable,
    /// Names and texts of the private host keys.
    host_keys: Vec<(String, Hidden<String>)>,
    #[serde(default)]
    app: Option<String>,
}

impl Admin {
    /// Writes everything that was set up to one encrypted file.
    ///
    /// # Errors
    /// A passphrase that is too short; the file can't be written; the store's.
    pub fn back_up(&self, to: &BackUp) -> Result<Backup, AdminError> {
        if to.passphrase.expose().chars().count() < SHORTEST_PASSPHRASE {
            let message = format!("The passphrase has fewer than {SHORTEST_PASSPHRASE} characters.");
            return Err(AdminError::new(ErrorCode::InvalidPassword, message)
                .hint("Whoever has the file could guess it; take a longer one."));
        }
        let backup = self.write_backup(&to.file, &to.passphrase, to.app.clone())?;
        self.note(format!("a backup was written to {}", to.file.display()));
        Ok(backup)
    }

    /// What is in a backup, without restoring it.
    ///
    /// # Errors
    /// The file can't be read, is no backup, or has another passphrase.
    pub fn inspect_backup(&self, of: &BackupFile) -> Result<Backup, AdminError> {
        Ok(self.shown_backup(&read(of)?))
    }

    /// Puts what is in a backup in place of everything that is set up here. What was here is first written to a
    /// backup of its own in the data folder.
    ///
    /// # Errors
    /// A server runs with this data folder; the file can't be read, is no backup, or has another passphrase; the
    /// store's. Nothing is changed then.
    pub fn restore_backup(&self, from: &BackupFile) -> Result<Restored, AdminError> {
        if self.live().is_some() {
            return Err(AdminError::new(
                ErrorCode::AlreadyRunning,
                "A backup can't be restored while the server runs.",
            )
            .hint("Stop the server, then restore."));
        }
        let content = read(from)?;
        host_keys::check(&content.host_keys).map_err(|error| refused(&from.file, &error.to_string()))?;
        let data_dir = self.store().data_dir();
        let stamp = Timestamp::now().strftime("%Y%m%d-%H%M%S");
        let before = data_dir.join(format!("before-restoring-{stamp}.{ENDING}"));
        let before_passphrase = generate_password().map_err(|error| failed(&error.to_string()))?;
        self.write_backup(&before, &before_passphrase, None)?;
        // Beside it, where only this account looks: whoever reads this folder has all of it anyway.
        write(&passphrase_of(&before), before_passphrase.expose().as_bytes())
            .map_err(|error| failed(&error.to_string()))?;
        let staged =
            host_keys::stage(data_dir, &content.host_keys).map_err(|error| failed(&error.to_string()))?;
        self.store().replace_all(&content.database, |user, nt_hash| {
            let sealed = self.identity().seal_nt_hash(user, nt_hash);
            sealed.map_err(|error| StoreError::Value(error.to_string()))
        })?;
        staged
            .put_in_place()
            .map_err(|error| failed(&error.to_string()))?;
        self.identity().reload()?;
        // Where the folders or the data folder are other than they were, a share may have come to hold what must not be
        // shared: it is kept, is not served, and says why.
        let backup = self.shown_backup(&content);
        let made = Timestamp::try_from(backup.made).unwrap_or_default();
        self.note(format!("the backup of {made:.0} was restored"));
        Ok(Restored {
            backup,
            before,
            before_passphrase,
            app: content.app,
        })
    }

    fn write_backup(
        &self,
        file: &Path,
        passphrase: &Secret,
        app: Option<String>,
    ) -> Result<Backup, AdminError> {
        let mut database = self
            .store()
            .export(|user, sealed| self.identity().unseal_nt_hash(user, sealed))?;
        // Who is there only for a moment.
        database.people.retain(|person| person.name != DOCTOR_ACCOUNT);
        let content = Content {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made: SystemTime::now(),
            database,
            host_keys: host_keys::texts(self.store().data_dir()),
            app,
        };
        let text = serde_json::to_vec(&content).map_err(|error| failed(&error.to_string()))?;
        let text = Zeroizing::new(text);
        let sealed =
            sealed_file::seal(passphrase.expose(), &text).map_err(|error| failed(&error.to_string()))?;
        write(file, &sealed).map_err(|error| {
            let message = format!("{} can't be written: {error}.", file.display());
            AdminError::new(ErrorCode::StoreFailed, message).hint("Choose another place.")
        })?;
        Ok(self.shown_backup(&content))
    }
}

impl Admin {
    /// What is in a backup, and which of its shares' folders are on this computer.
    fn shown_backup(&self, content: &Content) -> Backup {
        let shares = &content.database.shares;
        let looks = self.looks(shares.iter().map(|share| share.folder.as_path()));
        content.shown(looks.into_iter().map(|look| look.unavailable))
    }
}

impl Content {
    fn shown(&self, unavailable: impl Iterator<Item = Option<Unavailable>>) -> Backup {
        let database = &self.database;
        Backup {
            version: self.version.clone(),
            made: self.made,
            people: database.people.iter().map(|person| person.name.clone()).collect(),
            groups: database.groups.iter().map(|group| group.name.clone()).collect(),
            shares: database
                .shares
                .iter()
                .zip(unavailable)
                .map(|(share, unavailable)| BackedUpShare {
                    name: share.name.clone(),
                    folder: share.folder.clone(),
                    available: unavailable.is_none(),
                    unavailable,
                })
                .collect(),
        }
    }
}

/// Where the passphrase of a backup of what was there before is kept.
fn passphrase_of(before: &Path) -> PathBuf {
    before.with_extension(format!("{ENDING}.passphrase"))
}

fn read(from: &BackupFile) -> Result<Content, AdminError> {
    let shown = from.file.display();
    let unreadable = |error: std::io::Error| {
        AdminError::new(
            ErrorCode::InvalidBackup,
            format!("{shown} can't be read: {error}."),
        )
    };
    let length = std::fs::metadata(&from.file).map_err(unreadable)?.len();
    if length > LARGEST_FILE {
        return Err(refused(&from.file, &SealedFileError::NoBackup.to_string()));
    }
    let file = std::fs::read(&from.file).map_err(unreadable)?;
    let text = sealed_file::open(from.passphrase.expose(), &file).map_err(|error| {
        let refused = refused(&from.file, &error.to_string());
        match error {
            SealedFileError::WrongPassphrase => refused.hint("Capital letters, hyphens and spaces count."),
            SealedFileError::Newer => refused.hint("Update Landfall first."),
            _ => refused,
        }
    })?;
    // It was authenticated: only another version of Landfall can have written something else.
    serde_json::from_slice(&text).map_err(|error| refused(&from.file, &error.to_string()))
}

fn refused(file: &Path, why: &str) -> AdminError {
    let message = format!("{} can't be restored: {why}.", file.display());
    AdminError::new(ErrorCode::InvalidBackup, message)
}

fn failed(why: &str) -> AdminError {
    AdminError::new(ErrorCode::StoreFailed, format!("The backup failed: {why}."))
}

/// Written beside and renamed: an earlier backup of that name is there until the new one is whole.
fn write(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = file.with_file_name(name);
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut new = private_file::create_new_file(&beside)?;
    let written = new.write_all(content).and_then(|()| new.sync_all());
    drop(new);
    written
        .and_then(|()| std::fs::rename(&beside, file))
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

#[cfg(test)]
mod tests;
