//! The numbered migrations. A file that was released is never edited; changes are new files.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::error::StoreError;

const STEPS: &[M<'_>] = &[
    M::up(include_str!("migrations/0001-people.sql")),
    M::up(include_str!("migrations/0002-shares.sql")),
    M::up(include_str!("migrations/0003-file-metadata.sql")),
    M::up(include_str!("migrations/0004-activity.sql")),
    M::up(include_str!("migrations/0005-blocked-addresses.sql")),
    M::up(include_str!("migrations/0006-refusals-apart.sql")),
];

const MIGRATIONS: Migrations<'_> = Migrations::from_slice(STEPS);

/// Brings a database up to date; one of a newer version is left untouched and refused.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = usize::try_from(found).map_err(|_| StoreError::Value(format!("version {found}")))?;
    if found > STEPS.len() {
        return Err(StoreError::NewerVersion {
            found,
            known: STEPS.len(),
        });
    }
    MIGRATIONS.to_latest(connection).map_err(StoreError::Migration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// Rows of the kind that each version could hold, to be carried through every later migration.
    const CONTENT: &[&str] = &[
        "INSERT INTO users (name, name_key, display_name, uid, gid, rid, enabled, smb_allowed, sftp_allowed, created_ms)
             VALUES ('Alice', 'alice', 'Alice', 10000, 10000, 1000, 1, 1, 1, 0)",
        "INSERT INTO shares (name, name_key, folder, comment, default_permission, guest, read_only, encrypt, hidden, upload_only)
             VALUES ('Scans', 'scans', '/srv/scans', '', 'none', 0, 0, 0, 0, 0);
         INSERT INTO grants (share, user, permission) VALUES (1, 1, 'read-write')",
        "INSERT INTO file_metadata (file, volume, birth, dos_attributes) VALUES (1, 2, 3, 2)",
        "INSERT INTO activity (at_ms, kind, message) VALUES (0, 'server', 'started')",
        "INSERT INTO blocked_addresses VALUES ('10.0.0.9', NULL)",
        "INSERT INTO visits SELECT id, '10.0.0.9', 0 FROM users",
    ];

    #[test]
    fn every_older_version_reaches_the_newest_with_its_content() {
        let mut newest = Connection::open_in_memory().unwrap();
        migrate(&mut newest).unwrap();
        assert_eq!(CONTENT.len(), STEPS.len(), "each version brings content to carry");
        for version in 0..=STEPS.len() {
            let mut old = Connection::open_in_memory().unwrap();
            old.pragma_update(None, "foreign_keys", true).unwrap();
            MIGRATIONS.to_version(&mut old, version).unwrap();
            for content in &CONTENT[..version] {
                old.execute_batch(content).unwrap();
            }
            migrate(&mut old).unwrap();
            assert_eq!(schema(&old), schema(&newest), "from version {version}");
            for (at, table) in [
                "users",
                "grants",
                "file_metadata",
                "activity",
                "blocked_addresses",
                "visits",
            ]
            .iter()
            .enumerate()
            {
                let sql = format!("SELECT count(*) FROM {table}");
                let rows: u32 = old.query_row(&sql, [], |row| row.get(0)).unwrap();
                assert_eq!(rows, u32::from(at < version), "{table} from version {version}");
            }
        }
    }

    #[test]
    fn a_newer_version_is_refused_and_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 900).unwrap();
        let error = migrate(&mut connection).unwrap_err();
        assert!(
            matches!(error, StoreError::NewerVersion { found: 900, .. }),
            "{error}"
        );
        assert!(schema(&connection).is_empty());
    }
}
