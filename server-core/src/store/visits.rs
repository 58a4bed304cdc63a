//! Where people logged in from of late.

use std::net::IpAddr;
use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::StoreError;
use super::time::to_ms;
use super::{Store, UserId};

/// Networks kept of one person; the longest unused are forgotten first.
const MOST: u32 = 64;
/// Log-ins from one network within this time, in milliseconds, are noted once: whoever asks thinks in days.
const SAME_MS: u64 = 60 * 60 * 1000;

impl Store {
    /// Notes a log-in: when it was, and from which address or network.
    ///
    /// # Errors
    /// The database's.
    pub fn note_log_in(&self, user: UserId, network: IpAddr, at: SystemTime) -> Result<(), StoreError> {
        self.write_soon(|db| {
            db.prepare_cached("UPDATE users SET last_login_ms = ?2 WHERE id = ?1")?
                .execute(params![user, to_ms(at)])?;
            let (network, now) = (network.to_string(), to_ms(at));
            let last = db
                .prepare_cached("SELECT last_ms FROM visits WHERE user = ?1 AND network = ?2")?
                .query_row(params![user, network], |row| row.get::<_, i64>(0))
                .optional()?;
            match last {
                Some(last) if now.abs_diff(last) < SAME_MS => Ok(()),
                Some(_) => {
                    db.prepare_cached("UPDATE visits SET last_ms = ?3 WHERE user = ?1 AND network = ?2")?
                        .execute(params![user, network, now])?;
                    Ok(())
                }
                None => note_new(db, user, &network, now),
            }
        })
    }

    /// Whether a person logged in from an address or network since a time.
    ///
    /// # Errors
    /// The database's.
    pub fn has_visited_since(
        &self,
        user: UserId,
        network: IpAddr,
        since: SystemTime,
    ) -> Result<bool, StoreError> {
        self.read(|db| {
            let mut statement =
                db.prepare_cached("SELECT 1 FROM visits WHERE user = ?1 AND network = ?2 AND last_ms >= ?3")?;
            Ok(statement.exists(params![user, network.to_string(), to_ms(since)])?)
        })
    }
}

fn note_new(db: &Connection, user: UserId, network: &str, now: i64) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO visits (user, network, last_ms) SELECT id, ?2, ?3 FROM users WHERE id = ?1",
    )?
    .execute(params![user, network, now])?;
    db.prepare_cached(
        "DELETE FROM visits WHERE user = ?1 AND network NOT IN
         (SELECT network FROM visits WHERE user = ?1 ORDER BY last_ms DESC LIMIT ?2)",
    )?
    .execute(params![user, MOST])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::NewUserRow;

    #[test]
    fn the_latest_networks_of_a_person_are_known_until_they_are_old_or_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let start = SystemTime::now();
        let alice = store
            .add_user(NewUserRow {
                name: "alice",
                display_name: "Alice",
                smb_allowed: true,
                sftp_allowed: true,
                created: start,
            })
            .unwrap();
        let network = |n: u8| IpAddr::from([10, 0, 0, n]);
        let hour = Duration::from_hours(1);
        for n in 0..=64 {
            store
                .note_log_in(alice, network(n), start + hour * u32::from(n))
                .unwrap();
        }
        let known = |n, since| store.has_visited_since(alice, network(n), since).unwrap();
        assert!(!known(0, start), "the oldest of too many");
        assert!(known(1, start) && known(64, start));
        assert!(!known(1, start + hour * 2));
        assert!(!known(99, start));
        let noted = start + hour;
        store.note_log_in(alice, network(1), noted + hour / 2).unwrap();
        assert!(!known(1, noted + hour / 4), "half an hour later is the same");
        store.note_log_in(alice, network(1), start + hour * 99).unwrap();
        assert!(known(1, start + hour * 2));
        // Nobody's: nothing is noted, and nothing fails.
        store.note_log_in(UserId(99), network(1), start).unwrap();
    }
}
