//! What Windows clients set on files and the disk can't hold. Most files have no row, and asking for
//! one of those costs no query.

use std::collections::HashSet;
use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Store;
use super::error::StoreError;
use super::presence::Presence;

/// The identity of a file for good: its birth time keeps a reused inode from inheriting the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileMetadataKey {
    /// Device or volume serial number.
    pub volume: u64,
    /// Inode or file index.
    pub file: u64,
    /// Birth time in whatever unit the platform gives; 0 where it gives none.
    pub birth: i64,
}

/// What is kept of a file. A row of nothing but `None` is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileMetadataRow {
    /// DOS attributes as a client set them.
    pub dos_attributes: Option<u32>,
    /// The creation time as a client set it, as FILETIME.
    pub created: Option<u64>,
}

impl Store {
    /// What is kept of one file.
    ///
    /// # Errors
    /// The database's.
    pub fn file_metadata(&self, key: FileMetadataKey) -> Result<Option<FileMetadataRow>, StoreError> {
        if !self.presence().may_have(key) {
            return Ok(None);
        }
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT file, volume, birth, dos_attributes, created FROM file_metadata
                 WHERE file = ?1 AND volume = ?2 AND birth = ?3",
            )?;
            let row = statement.query_row(key_params(key), row).optional()?;
            Ok(row.map(|(_, row)| row))
        })
    }

    /// What is kept of many files, by one query at most; files without a row are left out. In no
    /// particular order.
    ///
    /// # Errors
    /// The database's.
    pub fn file_metadata_many(
        &self,
        keys: &[FileMetadataKey],
    ) -> Result<Vec<(FileMetadataKey, FileMetadataRow)>, StoreError> {
        let candidates = keys.iter().copied().filter(|&key| self.presence().may_have(key));
        let wanted: HashSet<_> = candidates.collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        // By file index alone, so that one prepared statement serves every batch; rows of the same
        // index on another volume or of another birth are few and are dropped here.
        let files: HashSet<_> = wanted.iter().map(|key| key.file).collect();
        let files = files.into_iter().map(|file| Value::Integer(file.cast_signed()));
        let files = Rc::new(files.collect::<Vec<_>>());
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT m.file, m.volume, m.birth, m.dos_attributes, m.created
                 FROM rarray(?1) AS wanted CROSS JOIN file_metadata AS m ON m.file = wanted.value",
            )?;
            let rows = statement.query_map([files], row)?;
            rows.filter(|row| !matches!(row, Ok((key, _)) if !wanted.contains(key)))
                .map(|row| row.map_err(StoreError::from))
                .collect()
        })
    }

    /// Keeps this of a file, and forgets what was kept before.
    ///
    /// # Errors
    /// The database's.
    pub fn set_file_metadata(&self, key: FileMetadataKey, row: &FileMetadataRow) -> Result<(), StoreError> {
        if *row == FileMetadataRow::default() {
            return self.remove_file_metadata(key);
        }
        self.write_soon(|db| {
            let full = self.presence().insert(key);
            let mut statement = db.prepare_cached(
                "INSERT INTO file_metadata (file, volume, birth, dos_attributes, created)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET dos_attributes = ?4, created = ?5",
            )?;
            statement.execute(params![
                key.file.cast_signed(),
                key.volume.cast_signed(),
                key.birth,
                row.dos_attributes,
                row.created.map(u64::cast_signed),
            ])?;
            if full {
                // The new row is seen here: this is the connection that wrote it.
                load_presence(db, self.presence())?;
            }
            Ok(())
        })
    }

    /// Forgets what was kept of a file.
    ///
    /// # Errors
    /// The database's.
    pub fn remove_file_metadata(&self, key: FileMetadataKey) -> Result<(), StoreError> {
        if !self.presence().may_have(key) {
            return Ok(());
        }
        self.write_soon(|db| {
            let mut statement = db
                .prepare_cached("DELETE FROM file_metadata WHERE file = ?1 AND volume = ?2 AND birth = ?3")?;
            statement.execute(key_params(key))?;
            Ok(())
        })
    }
}

/// Notes every key that has a row.
pub(super) fn load_presence(db: &Connection, presence: &Presence) -> Result<(), StoreError> {
    let mut statement =
        db.prepare("SELECT file, volume, birth, dos_attributes, created FROM file_metadata")?;
    let keys = statement.query_map([], |found| Ok(row(found)?.0))?;
    presence.rebuild(&keys.collect::<Result<Vec<_>, _>>()?);
    Ok(())
}

fn key_params(key: FileMetadataKey) -> [i64; 3] {
    [key.file.cast_signed(), key.volume.cast_signed(), key.birth]
}

fn row(row: &Row<'_>) -> rusqlite::Result<(FileMetadataKey, FileMetadataRow)> {
    let key = FileMetadataKey {
        file: row.get::<_, i64>(0)?.cast_unsigned(),
        volume: row.get::<_, i64>(1)?.cast_unsigned(),
        birth: row.get(2)?,
    };
    let kept = FileMetadataRow {
        dos_attributes: row.get(3)?,
        created: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
    };
    Ok((key, kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(volume: u64, file: u64, birth: i64) -> FileMetadataKey {
        FileMetadataKey { volume, file, birth }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        (folder, store)
    }

    #[test]
    fn what_is_set_is_read_back_replaced_and_removed() {
        let (folder, store) = store();
        let key = key(u64::MAX, u64::MAX - 1, i64::MIN);
        assert_eq!(store.file_metadata(key).unwrap(), None);
        let first = FileMetadataRow {
            dos_attributes: Some(0x22),
            created: Some(u64::MAX),
        };
        store.set_file_metadata(key, &first).unwrap();
        assert_eq!(store.file_metadata(key).unwrap(), Some(first));

        let reopened = Store::open(folder.path()).unwrap();
        assert_eq!(reopened.file_metadata(key).unwrap(), Some(first));

        let second = FileMetadataRow {
            dos_attributes: None,
            created: Some(5),
        };
        store.set_file_metadata(key, &second).unwrap();
        assert_eq!(store.file_metadata(key).unwrap(), Some(second));
        store.set_file_metadata(key, &FileMetadataRow::default()).unwrap();
        assert_eq!(store.file_metadata(key).unwrap(), None);
    }

    #[test]
    fn a_reused_inode_does_not_inherit_the_row() {
        let (_folder, store) = store();
        let row = FileMetadataRow {
            dos_attributes: Some(2),
            created: None,
        };
        store.set_file_metadata(key(1, 10, 100), &row).unwrap();
        assert_eq!(store.file_metadata(key(1, 10, 101)).unwrap(), None);
        assert_eq!(store.file_metadata(key(2, 10, 100)).unwrap(), None);
        let many = [key(1, 10, 101), key(2, 10, 100)];
        assert!(store.file_metadata_many(&many).unwrap().is_empty());
    }

    #[test]
    fn a_folder_of_files_is_answered_at_once_for_those_that_have_rows() {
        let (_folder, store) = store();
        let row = |file: u64| FileMetadataRow {
            dos_attributes: Some(2),
            created: Some(file),
        };
        for file in (0..1000).step_by(100) {
            store.set_file_metadata(key(1, file, 0), &row(file)).unwrap();
            store.set_file_metadata(key(2, file, 0), &row(file + 1)).unwrap();
        }
        let asked: Vec<_> = (0..1000)
            .map(|file| key(1, file, 0))
            .chain([key(1, 0, 0)])
            .collect();
        let mut found = store.file_metadata_many(&asked).unwrap();
        found.sort_by_key(|(key, _)| *key);
        let expected: Vec<_> = (0..1000)
            .step_by(100)
            .map(|file| (key(1, file, 0), row(file)))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn more_rows_than_the_filter_was_made_for_are_all_still_found() {
        let (_folder, store) = store();
        let row = FileMetadataRow {
            dos_attributes: Some(1),
            created: None,
        };
        let keys: Vec<_> = (0..11_000).map(|file| key(3, file, 0)).collect();
        for &key in &keys {
            store.set_file_metadata(key, &row).unwrap();
        }
        assert_eq!(store.file_metadata_many(&keys).unwrap().len(), keys.len());
    }
}
