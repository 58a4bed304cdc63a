//! Clients that did not answer when they were asked to cache less: everybody who wanted the file waited for nothing. Once
//! may happen to anybody; who does it again is for a while let cache nothing that would have to be given up again, which
//! costs them speed and nothing else.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::holder::LeaseState;
use crate::live::{Consumer, LiveSessionId};

/// How long a silence is remembered.
const REMEMBERED: Duration = Duration::from_secs(300);
/// After so many within that time a session is not trusted.
const OF_ONE_SESSION: usize = 2;
/// After so many within that time nobody at the same address is trusted: a new session would be too cheap.
const OF_ONE_ADDRESS: usize = 4;

/// The silences that are remembered.
#[derive(Debug, Default)]
pub(super) struct Silences {
    sessions: HashMap<LiveSessionId, Vec<Instant>>,
    clients: HashMap<Consumer, Vec<Instant>>,
}

impl Silences {
    /// A session, if it is still there, of a client did not answer in time.
    pub(super) fn note(&mut self, now: Instant, session: Option<LiveSessionId>, client: Consumer) {
        forget(&mut self.sessions, now);
        forget(&mut self.clients, now);
        if let Some(session) = session {
            add(self.sessions.entry(session).or_default(), now, OF_ONE_SESSION);
        }
        add(self.clients.entry(client).or_default(), now, OF_ONE_ADDRESS);
    }

    /// What a session of a client is let cache at most.
    pub(super) fn trust(&self, now: Instant, session: LiveSessionId, client: Consumer) -> LeaseState {
        let by_session = recent(self.sessions.get(&session), now) >= OF_ONE_SESSION;
        let by_client = recent(self.clients.get(&client), now) >= OF_ONE_ADDRESS;
        if by_session || by_client {
            LeaseState::READ
        } else {
            LeaseState::all()
        }
    }
}

fn is_recent(now: Instant, then: Instant) -> bool {
    now.saturating_duration_since(then) < REMEMBERED
}

fn recent(silences: Option<&Vec<Instant>>, now: Instant) -> usize {
    let silences = silences.into_iter().flatten();
    silences.filter(|then| is_recent(now, **then)).count()
}

fn forget<K>(all: &mut HashMap<K, Vec<Instant>>, now: Instant) {
    all.retain(|_, silences| {
        silences.retain(|then| is_recent(now, *then));
        !silences.is_empty()
    });
}

/// Adds one, and keeps the last so many.
fn add(silences: &mut Vec<Instant>, now: Instant, most: usize) {
    if silences.len() >= most {
        silences.remove(0);
    }
    silences.push(now);
}
