//! SQLite: schema, numbered migrations, typed queries, and the vault of sealed secrets.

use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

/// The store. Cloning is cheap; all clones share one writer.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {}

/// What can go wrong in the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite's.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl Store {
    /// Opens or creates the database in a data folder, and migrates it.
    ///
    /// # Errors
    /// The folder can't be written, the file is no database, or is of a newer version.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        todo!()
    }
}
