//! Who still speaks SMB 2.x: clients that would be left out if 3.0 were demanded. A few are remembered after they left,
//! because a scanner is here for a moment only. The list is a leaf in the order of locks.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::session_info::{Protocol, SessionInfo};

/// How many are remembered, those that came last.
const MOST: usize = 64;
/// For how long.
const LATELY: Duration = Duration::from_secs(30 * 24 * 3600);

/// A client that speaks SMB 2.x, or did lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OldDialect {
    /// The person's name; "guest" for guests.
    pub user: String,
    /// Where they came from.
    pub address: IpAddr,
    /// "2.0.2" or "2.1": the newest that was seen of them.
    pub dialect: String,
    /// What the client calls itself.
    pub client: Option<String>,
    /// Its requests were signed.
    pub signed: bool,
    /// It is connected now.
    pub connected: bool,
    /// When it logged in last, since this server started.
    #[serde(with = "super::timestamp")]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub last: SystemTime,
}

/// Those that are remembered.
#[derive(Debug, Default)]
pub(super) struct OldDialects(Mutex<Vec<OldDialect>>);

impl OldDialects {
    /// A session began.
    pub(super) fn note(&self, session: &SessionInfo) {
        let security = &session.security;
        if session.protocol != Protocol::Smb || !security.dialect.starts_with("2.") {
            return;
        }
        let address = session.address.ip().to_canonical();
        let mut known = self.0.lock();
        known.retain(|old| old.user != session.user || old.address != address);
        if known.len() >= MOST {
            known.remove(0);
        }
        known.push(OldDialect {
            user: session.user.clone(),
            address,
            dialect: security.dialect.clone(),
            client: security.client.clone(),
            signed: security.signing.is_some(),
            connected: false,
            last: session.since,
        });
    }

    /// Those that are here, or were lately; the last to come first.
    pub(super) fn list(&self, live: &[SessionInfo], now: SystemTime) -> Vec<OldDialect> {
        let is_here = |old: &OldDialect| {
            live.iter().any(|session| {
                session.user == old.user
                    && session.address.ip().to_canonical() == old.address
                    && session.security.dialect == old.dialect
            })
        };
        let known = self.0.lock().clone();
        let known = known.into_iter().rev().map(|old| OldDialect {
            connected: is_here(&old),
            ..old
        });
        let is_late = |old: &OldDialect| now.duration_since(old.last).is_ok_and(|since| since > LATELY);
        known.filter(|old| old.connected || !is_late(old)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LiveSessionId, SessionSecurity};
    use super::*;

    fn session(user: &str, address: &str, dialect: &str, since: SystemTime) -> SessionInfo {
        SessionInfo {
            id: LiveSessionId(1),
            user: user.to_owned(),
            user_id: None,
            address: address.parse().unwrap(),
            protocol: Protocol::Smb,
            security: SessionSecurity {
                dialect: dialect.to_owned(),
                ..SessionSecurity::default()
            },
            shares: Vec::new(),
            open_files: 0,
            bytes_in: 0,
            bytes_out: 0,
            since,
            idle_seconds: 0,
        }
    }

    #[test]
    fn who_speaks_2_x_is_named_while_connected_and_for_a_month_after() {
        let old = OldDialects::default();
        let then = SystemTime::now();
        let scanner = session("guest", "10.0.0.9:1000", "2.0.2", then);
        let alice = session("alice", "10.0.0.1:1000", "2.1", then);
        for session in [&scanner, &alice, &session("bob", "10.0.0.2:1", "3.1.1", then)] {
            old.note(session);
        }
        old.note(&session("alice", "[::ffff:10.0.0.1]:1001", "2.1", then));
        let names = |live: &[SessionInfo], now| {
            let list = old.list(live, now).into_iter();
            list.map(|old| (old.user, old.connected)).collect::<Vec<_>>()
        };
        let both = [("alice".to_owned(), false), ("guest".to_owned(), true)];
        assert_eq!(names(std::slice::from_ref(&scanner), then), both);
        let later = then + LATELY + Duration::from_secs(1);
        assert_eq!(names(&[scanner], later), both[1..]);
        assert_eq!(names(&[], later), []);
    }

    #[test]
    fn no_more_are_remembered_than_a_list_can_show() {
        let old = OldDialects::default();
        let now = SystemTime::now();
        for number in 0..1000 {
            old.note(&session(&format!("guest {number}"), "10.0.0.9:1", "2.1", now));
        }
        let list = old.list(&[], now);
        assert_eq!((list.len(), list[0].user.as_str()), (MOST, "guest 999"));
    }
}
