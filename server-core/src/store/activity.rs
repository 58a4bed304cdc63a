//! The activity list: appended in batches, read from the newest end, pruned by count.

use std::net::IpAddr;

use rusqlite::{Row, ToSql, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Store;
use super::error::StoreError;
use super::time::{from_ms, to_ms};
use crate::live::ActivityRecord;

/// A record of the activity list with its place in it: later records have higher ids.
#[derive(Debug, Clone, Serialize)]
pub struct StoredActivity {
    /// Its place.
    pub id: i64,
    /// The record.
    #[serde(flatten)]
    pub record: ActivityRecord,
}

const COLUMNS: &str = "id, at_ms, kind, protocol, user, address, share, path, message";

impl Store {
    /// Appends records, all or none.
    ///
    /// # Errors
    /// The database's.
    pub fn append_activity(&self, records: &[ActivityRecord]) -> Result<(), StoreError> {
        self.write(|db| {
            let mut statement = db.prepare_cached(
                "INSERT INTO activity (at_ms, kind, protocol, user, address, share, path, message)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            for record in records {
                statement.execute(params![
                    to_ms(record.at),
                    to_word(record.kind)?,
                    record.protocol.map(to_word).transpose()?,
                    record.user,
                    record.address.map(|address| address.to_string()),
                    record.share,
                    record.path,
                    record.message,
                ])?;
            }
            Ok(())
        })
    }

    /// The newest records, newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn latest_activity(&self, limit: usize) -> Result<Vec<StoredActivity>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = format!("SELECT {COLUMNS} FROM activity ORDER BY id DESC LIMIT ?1");
        self.activity(&sql, &[&limit])
    }

    /// Records after `id`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub fn activity_since(&self, id: i64, limit: usize) -> Result<Vec<StoredActivity>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = format!("SELECT {COLUMNS} FROM activity WHERE id > ?1 ORDER BY id LIMIT ?2");
        self.activity(&sql, &[&id, &limit])
    }

    /// Removes all but the newest `keep` records; returns how many went.
    ///
    /// # Errors
    /// The database's.
    pub fn prune_activity(&self, keep: usize) -> Result<usize, StoreError> {
        let keep = i64::try_from(keep).unwrap_or(i64::MAX);
        self.write(|db| {
            // Ids grow by one for each record, so that the oldest to keep is found without counting.
            let gone = db
                .prepare_cached("DELETE FROM activity WHERE id <= (SELECT max(id) FROM activity) - ?1")?
                .execute([keep])?;
            Ok(gone)
        })
    }

    fn activity(&self, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<StoredActivity>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            let mut records = Vec::new();
            while let Some(row) = rows.next()? {
                records.push(stored(row)?);
            }
            Ok(records)
        })
    }
}

fn stored(row: &Row<'_>) -> Result<StoredActivity, StoreError> {
    let protocol: Option<String> = row.get(3)?;
    let address: Option<String> = row.get(5)?;
    let record = ActivityRecord {
        at: from_ms(row.get(1)?),
        kind: from_word(row.get(2)?)?,
        protocol: protocol.map(from_word).transpose()?,
        user: row.get(4)?,
        address: address.and_then(|address| address.parse::<IpAddr>().ok()),
        share: row.get(6)?,
        path: row.get(7)?,
        message: row.get(8)?,
    };
    Ok(StoredActivity {
        id: row.get(0)?,
        record,
    })
}

/// The one word that serde writes for a unit variant.
fn to_word(value: impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(StoreError::Value(format!("{other:?}"))),
    }
}

fn from_word<T: DeserializeOwned>(word: String) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word))
        .map_err(|error| StoreError::Value(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{ActivityKind, Protocol};

    #[test]
    fn records_come_back_whole_in_order_and_the_oldest_are_pruned() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let mut full = ActivityRecord::new(ActivityKind::FileWritten, "wrote a file");
        full.protocol = Some(Protocol::Sftp);
        full.user = Some("alice".to_owned());
        full.address = Some("fe80::1".parse().unwrap());
        full.share = Some("Scans".to_owned());
        full.path = Some("a/b.pdf".to_owned());
        let plain = |n: u32| ActivityRecord::new(ActivityKind::Server, n.to_string());
        store.append_activity(&[plain(1), full.clone()]).unwrap();
        store.append_activity(&[plain(3), plain(4)]).unwrap();

        let latest = store.latest_activity(3).unwrap();
        assert_eq!(
            latest.iter().map(|stored| stored.id).collect::<Vec<_>>(),
            [4, 3, 2]
        );
        let back = &latest[2].record;
        assert_eq!(
            (
                back.kind,
                back.protocol,
                &back.user,
                back.address,
                &back.share,
                &back.path,
                &back.message
            ),
            (
                full.kind,
                full.protocol,
                &full.user,
                full.address,
                &full.share,
                &full.path,
                &full.message
            )
        );
        assert!(full.at.duration_since(back.at).unwrap().as_millis() < 2);

        let since: Vec<_> = store.activity_since(1, 2).unwrap();
        assert_eq!(since.iter().map(|stored| stored.id).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(store.prune_activity(3).unwrap(), 1);
        assert_eq!(store.prune_activity(3).unwrap(), 0);
        assert_eq!(store.latest_activity(10).unwrap().len(), 3);
    }
}
