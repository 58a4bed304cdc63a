//! The activity list: appended in batches, read from the newest end, pruned by count, in three rings.

use std::net::IpAddr;
use std::time::SystemTime;

use rusqlite::types::Value;
use rusqlite::{Row, ToSql, params, params_from_iter};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Store;
use super::error::StoreError;
use super::time::{from_ms, to_ms};
use crate::live::{ActivityKind, ActivityRecord, Protocol};

/// A record of the activity list with its place in it: later records have higher ids.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StoredActivity {
    /// Its place.
    pub id: i64,
    /// The record.
    #[serde(flatten)]
    pub record: ActivityRecord,
}

/// Which records to find; what is missing or empty does not narrow the search.
#[derive(Debug, Clone, Copy, Default)]
pub struct ActivityFilter<'a> {
    /// A part of the sentence, path, name or address.
    pub text: Option<&'a str>,
    /// Any of these kinds.
    pub kinds: &'a [ActivityKind],
    /// Of this person.
    pub user: Option<&'a str>,
    /// In this share.
    pub share: Option<&'a str>,
    /// By this protocol.
    pub protocol: Option<Protocol>,
    /// Not before.
    pub since: Option<SystemTime>,
    /// Not after this record.
    pub newest: Option<i64>,
}

impl ActivityFilter<'_> {
    /// The conditions with their values.
    fn conditions(&self) -> Result<(String, Vec<Value>), StoreError> {
        let mut conditions = vec!["1".to_owned()];
        let mut values: Vec<Value> = Vec::new();
        let mut add = |condition: &str, value: Value| {
            values.push(value);
            conditions.push(condition.replace('?', &format!("?{}", values.len())));
        };
        if let Some(newest) = self.newest {
            add("id <= ?", newest.into());
        }
        if let Some(since) = self.since {
            add("at_ms >= ?", to_ms(since).into());
        }
        if let Some(user) = self.user {
            add("user = ? COLLATE NOCASE", user.to_owned().into());
        }
        if let Some(share) = self.share {
            add("share = ? COLLATE NOCASE", share.to_owned().into());
        }
        if let Some(protocol) = self.protocol {
            add("protocol = ?", to_word(protocol)?.into());
        }
        if !self.kinds.is_empty() {
            let kinds = self.kinds.iter().map(|kind| Ok(to_word(kind)?.into()));
            let kinds: Vec<Value> = kinds.collect::<Result<_, StoreError>>()?;
            let marks: Vec<_> = (1..=kinds.len())
                .map(|n| format!("?{}", values.len() + n))
                .collect();
            conditions.push(format!("kind IN ({})", marks.join(",")));
            values.extend(kinds);
        }
        if let Some(text) = self.text {
            let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            values.push(format!("%{escaped}%").into());
            let mark = values.len();
            let like = |column| format!("{column} LIKE ?{mark} ESCAPE '\\'");
            conditions.push(format!(
                "({})",
                ["message", "path", "user", "address"].map(like).join(" OR ")
            ));
        }
        Ok((conditions.join(" AND "), values))
    }
}

const COLUMNS: &str = "id, at_ms, kind, protocol, user, address, share, path, message, count, unknown_user";

/// The parts that are pruned apart from what clients do, as the migration that made them says which kinds are in which.
const RINGS: [&str; 2] = ["refusals", "administration"];

impl Store {
    /// Appends records, all or none.
    ///
    /// # Errors
    /// The database's.
    pub fn append_activity(&self, records: &[ActivityRecord]) -> Result<(), StoreError> {
        self.write_activity(records, &[]).map(drop)
    }

    /// Appends records and gives their ids; puts new counts into older ones. All or none.
    ///
    /// # Errors
    /// The database's.
    pub fn write_activity(
        &self,
        records: &[ActivityRecord],
        counts: &[(i64, u32)],
    ) -> Result<Vec<i64>, StoreError> {
        self.write_soon(|db| {
            let mut statement = db.prepare_cached(
                "INSERT INTO activity (at_ms, kind, protocol, user, address, share, path, message, count, unknown_user)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?;
            let mut ids = Vec::with_capacity(records.len());
            for record in records {
                let id = statement.insert(params![
                    to_ms(record.at),
                    to_word(record.kind)?,
                    record.protocol.map(to_word).transpose()?,
                    record.user,
                    record.address.map(|address| address.to_string()),
                    record.share,
                    record.path,
                    record.message,
                    record.count,
                    record.unknown_user,
                ])?;
                ids.push(id);
            }
            let mut statement = db.prepare_cached("UPDATE activity SET count = ?2 WHERE id = ?1")?;
            for (id, count) in counts {
                // Gone by now, perhaps.
                statement.execute(params![id, count])?;
            }
            Ok(ids)
        })
    }

    /// Whether a person logged in from an address before a time.
    ///
    /// # Errors
    /// The database's.
    pub fn logged_in_before(
        &self,
        user: &str,
        address: IpAddr,
        before: SystemTime,
    ) -> Result<bool, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT 1 FROM activity
                 WHERE user = ?1 COLLATE NOCASE AND kind = ?2 AND address = ?3 AND at_ms < ?4 LIMIT 1",
            )?;
            let kind = to_word(ActivityKind::LoggedIn)?;
            Ok(statement.exists(params![user, kind, address.to_string(), to_ms(before)])?)
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

    /// How many records match.
    ///
    /// # Errors
    /// The database's.
    pub fn count_activity(&self, filter: &ActivityFilter<'_>) -> Result<u64, StoreError> {
        let (conditions, values) = filter.conditions()?;
        let sql = format!("SELECT count(*) FROM activity WHERE {conditions}");
        self.read(|db| {
            let count: i64 = db
                .prepare_cached(&sql)?
                .query_row(params_from_iter(&values), |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
    }

    /// The records that match, newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn find_activity(
        &self,
        filter: &ActivityFilter<'_>,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<StoredActivity>, StoreError> {
        let (conditions, mut values) = filter.conditions()?;
        let (at_limit, at_offset) = (values.len() + 1, values.len() + 2);
        let sql = format!(
            "SELECT {COLUMNS} FROM activity WHERE {conditions} ORDER BY id DESC LIMIT ?{at_limit} OFFSET ?{at_offset}"
        );
        for number in [limit, offset] {
            values.push(i64::try_from(number).unwrap_or(i64::MAX).into());
        }
        let values: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        self.activity(&sql, &values)
    }

    /// Removes all but the newest `keep` records of each ring: refusals, what clients did, what was administered.
    /// Returns how many went.
    ///
    /// # Errors
    /// The database's.
    pub fn prune_activity(&self, keep: usize) -> Result<usize, StoreError> {
        let keep = i64::try_from(keep).unwrap_or(i64::MAX);
        self.write_soon(|db| {
            let mut statement = db.prepare_cached(
                "DELETE FROM activity WHERE ring = ?1 AND id <=
                 (SELECT id FROM activity WHERE ring = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?;
            let mut gone = 0;
            for ring in RINGS {
                gone += statement.execute(params![ring, keep])?;
            }
            gone += db
                .prepare_cached(
                    "DELETE FROM activity WHERE ring IS NULL AND id <=
                     (SELECT id FROM activity WHERE ring IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?1)",
                )?
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
    let kind = from_word(row.get(2)?)?;
    let record = ActivityRecord {
        at: from_ms(row.get(1)?),
        protocol: protocol.map(from_word).transpose()?,
        user: row.get(4)?,
        address: address.and_then(|address| address.parse::<IpAddr>().ok()),
        share: row.get(6)?,
        path: row.get(7)?,
        message: row.get(8)?,
        count: row.get(9)?,
        unknown_user: row.get(10)?,
        ..ActivityRecord::new(kind, String::new())
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

    #[test]
    fn a_search_finds_what_matches_all_of_it_and_takes_its_text_literally() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let mut records = Vec::new();
        for n in 0..10 {
            let mut record = ActivityRecord::new(ActivityKind::FileWritten, "written");
            record.user = Some("Alice".to_owned());
            record.path = Some(format!("100%/{n}.pdf"));
            record.protocol = Some(if n < 4 { Protocol::Smb } else { Protocol::Sftp });
            records.push(record);
        }
        records.push(ActivityRecord::new(ActivityKind::Server, "sharing started"));
        store.append_activity(&records).unwrap();
        let count = |filter: ActivityFilter<'_>| store.count_activity(&filter).unwrap();
        let all = ActivityFilter::default();
        assert_eq!(count(all), 11);
        assert_eq!(
            count(ActivityFilter {
                text: Some("0%/"),
                ..all
            }),
            10
        );
        assert_eq!(
            count(ActivityFilter {
                text: Some("0_/"),
                ..all
            }),
            0
        );
        assert_eq!(
            count(ActivityFilter {
                user: Some("alice"),
                protocol: Some(Protocol::Smb),
                ..all
            }),
            4
        );
        let kinds = [ActivityKind::Server, ActivityKind::Removed];
        assert_eq!(count(ActivityFilter { kinds: &kinds, ..all }), 1);
        assert_eq!(
            count(ActivityFilter {
                since: Some(SystemTime::now() + std::time::Duration::from_secs(60)),
                ..all
            }),
            0
        );
        let page = store
            .find_activity(
                &ActivityFilter {
                    newest: Some(9),
                    ..all
                },
                2,
                3,
            )
            .unwrap();
        assert_eq!(page.iter().map(|stored| stored.id).collect::<Vec<_>>(), [7, 6, 5]);
    }

    #[test]
    fn a_flood_of_refusals_pushes_out_refusals_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let of = |kind| ActivityRecord::new(kind, "x");
        let mut records = vec![of(ActivityKind::Administered), of(ActivityKind::LoggedIn)];
        records.extend((0..100).map(|_| of(ActivityKind::LogInRefused)));
        store.append_activity(&records).unwrap();
        assert_eq!(store.prune_activity(10).unwrap(), 90);
        // And what clients do does not push out what was administered.
        let written: Vec<_> = (0..100).map(|_| of(ActivityKind::FileWritten)).collect();
        store.append_activity(&written).unwrap();
        assert_eq!(store.prune_activity(10).unwrap(), 91);
        let kept = store.latest_activity(100).unwrap();
        let count = |kind| kept.iter().filter(|stored| stored.record.kind == kind).count();
        assert_eq!(count(ActivityKind::Administered), 1);
        assert_eq!(count(ActivityKind::LogInRefused), 10);
        assert_eq!(count(ActivityKind::FileWritten), 10);
        assert_eq!(store.prune_activity(0).unwrap(), 21);
    }

    #[test]
    fn a_count_grows_in_its_record() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let refused = ActivityRecord {
            unknown_user: true,
            ..ActivityRecord::new(ActivityKind::LogInRefused, "x")
        };
        let ids = store.write_activity(&[refused], &[]).unwrap();
        store.write_activity(&[], &[(ids[0], 412), (99, 1)]).unwrap();
        let stored = store.latest_activity(10).unwrap();
        assert_eq!(stored.len(), 1);
        assert_eq!(
            (stored[0].record.count, stored[0].record.unknown_user),
            (412, true)
        );
    }

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
        assert_eq!(store.prune_activity(2).unwrap(), 1);
        assert_eq!(store.prune_activity(2).unwrap(), 0);
        assert_eq!(store.latest_activity(10).unwrap().len(), 3);
    }
}
