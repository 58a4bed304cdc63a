//! Settings as text by key. What they mean is known by the storey that reads them.

use rusqlite::{OptionalExtension, params};

use super::Store;
use super::error::StoreError;

/// Settings of the store's own begin like this, and are not listed.
pub(super) const INTERNAL: &str = "internal.";

impl Store {
    /// The value of a setting, if it was ever set.
    ///
    /// # Errors
    /// The database's.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT value FROM settings WHERE key = ?1")?;
            Ok(statement.query_row([key], |row| row.get(0)).optional()?)
        })
    }

    /// Every setting that was set, by key.
    ///
    /// # Errors
    /// The database's.
    pub fn settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT key, value FROM settings ORDER BY key")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let rows: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
            Ok(rows
                .into_iter()
                .filter(|(key, _)| !key.starts_with(INTERNAL))
                .collect())
        })
    }

    /// Sets a setting; `None` takes it back to its default.
    ///
    /// # Errors
    /// The database's.
    pub fn set_setting(&self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        self.write(|db| {
            match value {
                Some(value) => db
                    .prepare_cached(
                        "INSERT INTO settings VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
                    )?
                    .execute(params![key, value])?,
                None => db
                    .prepare_cached("DELETE FROM settings WHERE key = ?1")?
                    .execute([key])?,
            };
            Ok(())
        })
    }

    /// The value of a setting, made once and kept when there is none; safe against another process
    /// that does the same.
    pub(crate) fn setting_or_insert(
        &self,
        key: &str,
        make: impl FnOnce() -> String,
    ) -> Result<String, StoreError> {
        if let Some(value) = self.setting(key)? {
            return Ok(value);
        }
        self.write(|db| {
            db.prepare_cached("INSERT INTO settings VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                .execute(params![key, make()])?;
            let mut statement = db.prepare_cached("SELECT value FROM settings WHERE key = ?1")?;
            Ok(statement.query_row([key], |row| row.get(0))?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_set_listed_and_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.setting("smb.port").unwrap(), None);
        store.set_setting("smb.port", Some("445")).unwrap();
        store.set_setting("smb.port", Some("4450")).unwrap();
        store.setting_or_insert("internal.x", || "1".to_owned()).unwrap();
        let again = store.setting_or_insert("internal.x", || "2".to_owned()).unwrap();
        assert_eq!(again, "1");
        let listed = store.settings().unwrap();
        assert_eq!(listed, [("smb.port".to_owned(), "4450".to_owned())]);
        store.set_setting("smb.port", None).unwrap();
        assert_eq!(store.setting("smb.port").unwrap(), None);
    }
}
