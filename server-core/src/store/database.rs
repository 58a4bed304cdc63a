//! The database file and its connections: one writer, and readers that never wait for it (WAL).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::error::StoreError;
use super::presence::Presence;
use super::{file_metadata, migrations, private_file};

/// The database's name in the data folder.
const FILE_NAME: &str = "landfall.db";
/// How long to wait for another process (the command line beside a running server) to finish a write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle reading connections kept; more are opened when more threads read at once.
const IDLE_READERS: usize = 4;
/// Prepared statements kept for each connection: more than there are queries.
const STATEMENTS: usize = 128;

/// The store. Cloning is cheap; all clones share one writer.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    file: PathBuf,
    writer: Mutex<Writer>,
    readers: Mutex<Vec<Connection>>,
    presence: Presence,
    /// There was no room for what was to be written last.
    full: AtomicBool,
}

/// The connection that writes.
#[derive(Debug)]
struct Writer {
    connection: Connection,
    /// How it is set.
    set: Durability,
}

/// When a change is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// When it is acknowledged.
    Now,
    /// With a later one, or when the log is put into the database.
    Soon,
}

impl Durability {
    fn synchronous(self) -> &'static str {
        match self {
            Self::Now => "full",
            Self::Soon => "normal",
        }
    }
}

impl Store {
    /// Opens or creates the database in a data folder, and migrates it.
    ///
    /// # Errors
    /// The folder can't be written, the file is no database, or is of a newer version.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let unusable = |source| StoreError::Folder {
            folder: data_dir.display().to_string(),
            source,
        };
        private_file::create_folder(data_dir).map_err(unusable)?;
        let file = data_dir.join(FILE_NAME);
        // Made here so that nobody else can read it; SQLite gives its companions the same mode.
        private_file::open_file(&file).map_err(unusable)?;
        let mut writer = connect(&file)?;
        writer.pragma_update(None, "journal_mode", "wal")?;
        migrations::migrate(&mut writer)?;
        let presence = Presence::default();
        file_metadata::load_presence(&writer, &presence)?;
        Ok(Self(Arc::new(Inner {
            folder: data_dir.to_path_buf(),
            file,
            writer: Mutex::new(Writer {
                connection: writer,
                // As every connection begins.
                set: Durability::Soon,
            }),
            readers: Mutex::default(),
            presence,
            full: AtomicBool::new(false),
        })))
    }

    /// The folder that holds the database.
    pub fn data_dir(&self) -> &Path {
        &self.0.folder
    }

    /// Whether the disk of the data folder had no room for what was to be written last.
    pub fn is_full(&self) -> bool {
        self.0.full.load(Ordering::Relaxed)
    }

    /// The files that a connection to the database opens; they are there as long as the store is.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let named = |ending: &str| {
            let mut name = self.0.file.clone().into_os_string();
            name.push(ending);
            PathBuf::from(name)
        };
        ["", "-wal", "-shm"].map(named).to_vec()
    }

    /// Which files may have metadata.
    pub(super) fn presence(&self) -> &Presence {
        &self.0.presence
    }

    /// Reads. Sees everything written before.
    pub(super) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.0.readers.lock().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => connect(&self.0.file)?,
        };
        let result = query(&reader);
        let mut readers = self.0.readers.lock();
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
        result
    }

    /// Writes in one transaction: all of it, or nothing when `change` fails. It is on the disk when this returns: who may
    /// not come in any more must not come in after a power cut either.
    pub(super) fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.noting_room(self.write_as(Durability::Now, change))
    }

    /// The same for what clients do all the time and who loses it loses little: it is on the disk some time later, with
    /// everything before it.
    pub(super) fn write_soon<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.noting_room(self.write_as(Durability::Soon, change))
    }

    /// Remembers whether there was room.
    fn noting_room<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match &outcome {
            Ok(_) => self.0.full.store(false, Ordering::Relaxed),
            Err(StoreError::Full(_)) => self.0.full.store(true, Ordering::Relaxed),
            // It says nothing of the disk.
            Err(_) => {}
        }
        outcome
    }

    fn write_as<T>(
        &self,
        durability: Durability,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = self.0.writer.lock();
        let Writer { connection, set } = &mut *writer;
        if *set != durability {
            connection.pragma_update(None, "synchronous", durability.synchronous())?;
            *set = durability;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = change(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

fn connect(file: &Path) -> Result<Connection, StoreError> {
    // Each connection is used by one thread at a time, so that SQLite's own mutex is not needed.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Threads that serve clients may make no files elsewhere.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    rusqlite::vtab::array::load_module(&connection)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{FileMetadataKey, FileMetadataRow};

    const ROW: FileMetadataRow = FileMetadataRow {
        dos_attributes: Some(2),
        created: None,
    };

    fn key(file: u64) -> FileMetadataKey {
        FileMetadataKey {
            volume: 7,
            file,
            birth: 1,
        }
    }

    #[test]
    fn a_database_cut_off_in_the_middle_of_its_work_opens_with_what_was_committed() {
        let live = tempfile::tempdir().unwrap();
        let store = Store::open(live.path()).unwrap();
        for file in 0..50 {
            store.set_file_metadata(key(file), &ROW).unwrap();
        }
        // What a killed process leaves behind: the file and its log, no checkpoint, no tidy close.
        for log_bytes_lost in [0, 1, 4096 + 24, 10_000] {
            let crashed = tempfile::tempdir().unwrap();
            std::fs::copy(live.path().join(FILE_NAME), crashed.path().join(FILE_NAME)).unwrap();
            let mut log = std::fs::read(live.path().join("landfall.db-wal")).unwrap();
            log.truncate(log.len() - log_bytes_lost);
            std::fs::write(crashed.path().join("landfall.db-wal"), log).unwrap();

            let reopened = Store::open(crashed.path()).unwrap();
            let kept = (0..50).filter(|&file| reopened.file_metadata(key(file)).unwrap() == Some(ROW));
            let kept = kept.count();
            if log_bytes_lost == 0 {
                assert_eq!(kept, 50, "everything committed is there");
            } else {
                assert!(
                    (1..50).contains(&kept),
                    "a torn log loses only its end, kept {kept}"
                );
            }
            reopened.set_file_metadata(key(99), &ROW).unwrap();
            let check: String = reopened
                .read(|db| Ok(db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?))
                .unwrap();
            assert_eq!(check, "ok");
        }
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), "a shopping list, ".repeat(400)).unwrap();
        let error = Store::open(folder.path()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    }

    #[test]
    fn a_failed_change_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let result: Result<(), StoreError> = store.write(|db| {
            db.execute("INSERT INTO settings VALUES ('half', 'done')", [])?;
            Err(StoreError::Missing)
        });
        assert!(result.is_err());
        let rows: u32 = store
            .read(|db| Ok(db.query_row("SELECT count(*) FROM settings", [], |row| row.get(0))?))
            .unwrap();
        assert_eq!(rows, 0);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_database_or_its_log() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("a/b");
        let store = Store::open(&data_dir).unwrap();
        store.set_file_metadata(key(1), &ROW).unwrap();
        let mode = |name: &str| {
            std::fs::metadata(data_dir.join(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!(mode("."), 0o700);
        assert_eq!(mode(FILE_NAME), 0o600);
        assert_eq!(mode("landfall.db-wal"), 0o600);
    }
}
