//! Clients that did not answer when they were asked to cache less: everybody who wanted the file waited for nothing. For a
//! while they are let cache nothing that they would have to give up again, which costs them speed and nothing else.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::holder::LeaseState;
use crate::live::{Consumer, LiveSessionId};

/// How long a silence is remembered.
const REMEMBERED: Duration = Duration::from_secs(300);
/// After so many within that time nobody at the same address is trusted: a new session would be too cheap.
const OF_ONE_ADDRESS: usize = 4;

/// The silences that are remembered.
#[derive(Debug, Default)]
pub(super) struct Silences {
    sessions: HashMap<LiveSessionId, Instant>,
    clients: HashMap<Consumer, Vec<Instant>>,
}

impl Silences {
    /// A session, if it is still there, of a client did not answer in time.
    pub(super) fn note(&mut self, now: Instant, session: Option<LiveSessionId>, client: Consumer) {
        let forgotten = |then: Instant| now.saturating_duration_since(then) >= REMEMBERED;
        self.sessions.retain(|_, then| !forgotten(*then));
        self.clients.retain(|_, silences| {
            silences.retain(|then| !forgotten(*then));
            !silences.is_empty()
        });
        if let Some(session) = session {
            self.sessions.insert(session, now);
        }
        let silences = self.clients.entry(client).or_default();
        if silences.len() >= OF_ONE_ADDRESS {
            silences.remove(0);
        }
        silences.push(now);
    }

    /// What a session of a client is let cache at most.
    pub(super) fn trust(&self, now: Instant, session: LiveSessionId, client: Consumer) -> LeaseState {
        let is_recent = |then: &Instant| now.saturating_duration_since(*then) < REMEMBERED;
        let by_session = self.sessions.get(&session).is_some_and(is_recent);
        let by_client = self
            .clients
            .get(&client)
            .is_some_and(|silences| silences.iter().filter(|then| is_recent(then)).count() >= OF_ONE_ADDRESS);
        if by_session || by_client {
            LeaseState::READ
        } else {
            LeaseState::all()
        }
    }
}
