//! What can go wrong in the store.

use thiserror::Error;

/// An error of the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite's.
    #[error("the database failed: {0}")]
    Sqlite(rusqlite::Error),
    /// The disk of the data folder has no room.
    #[error("the disk of the data folder is full: {0}")]
    Full(rusqlite::Error),
    /// Another process is writing for longer than anyone waits.
    #[error("the database is busy: {0}")]
    Busy(rusqlite::Error),
    /// The data folder can't be made or written.
    #[error("the data folder {folder} can't be used: {source}")]
    Folder {
        /// The data folder.
        folder: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The database was written by a newer version of Landfall.
    #[error("the database has version {found}, this Landfall knows versions up to {known}: update Landfall")]
    NewerVersion {
        /// The version in the file.
        found: usize,
        /// The newest version known here.
        known: usize,
    },
    /// The file is no database, or is damaged.
    #[error("the database file is damaged or is no database: {0}")]
    Damaged(rusqlite::Error),
    /// The schema could not be brought up to date.
    #[error("the database could not be brought up to date: {0}")]
    Migration(rusqlite_migration::Error),
    /// A name, key or grant of that kind exists already.
    #[error("it exists already")]
    Exists,
    /// A row was expected and is not there.
    #[error("it does not exist")]
    Missing,
    /// A value in the database is none that this version writes.
    #[error("the database holds a value that makes no sense: {0}")]
    Value(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase};
        use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE, SQLITE_IOERR_SHMSIZE};
        match &error {
            rusqlite::Error::QueryReturnedNoRows => Self::Missing,
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                NotADatabase | DatabaseCorrupt => Self::Damaged(error),
                DiskFull => Self::Full(error),
                // The index of the log could not grow.
                _ if failure.extended_code == SQLITE_IOERR_SHMSIZE => Self::Full(error),
                DatabaseBusy | DatabaseLocked => Self::Busy(error),
                _ if [SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY]
                    .contains(&failure.extended_code) =>
                {
                    Self::Exists
                }
                _ => Self::Sqlite(error),
            },
            _ => Self::Sqlite(error),
        }
    }
}
