//! The sessions of a connection: found, ended by administrators, forgotten after they ended.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tracing::Span;

use super::Connection;
use crate::smb::crypto::SigningKey;
use crate::smb::state::Session;

/// Sessions that logged off whose keys are kept.
const MAX_ENDED_KEYS: usize = 16;

/// Tells when an administrator ends one of the sessions. It is made anew only when there are others.
#[derive(Default)]
pub(super) struct Closings {
    closing: FuturesUnordered<WaitForCancellationFutureOwned>,
    watched: usize,
}

impl Closings {
    /// Ready when a session is to end.
    pub(super) fn poll(&mut self, connection: &Connection, context: &mut Context<'_>) -> Poll<()> {
        let sessions = connection.sessions.borrow();
        if connection.sessions_left.take() || self.watched != sessions.len() {
            let closing = |session: &Arc<Session>| session.live.closing().clone().cancelled_owned();
            self.closing = sessions.values().map(closing).collect();
            self.watched = sessions.len();
        }
        match self.closing.poll_next_unpin(context) {
            Poll::Ready(Some(())) => Poll::Ready(()),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

impl Connection {
    /// A session of this connection.
    pub(in crate::smb) fn session(&self, id: u64) -> Option<Arc<Session>> {
        let found = self.sessions.borrow().get(&id).cloned();
        found.filter(|session| !session.has_ended())
    }

    /// Whether an administrator ended one of them.
    pub(super) fn is_closing(&self) -> bool {
        self.sessions
            .borrow()
            .values()
            .any(|session| session.live.closing().is_cancelled())
    }

    /// Ends sessions that an administrator closed; true when no session is left. A client whose session ended
    /// because it came again on another connection may log in anew on this one.
    pub(super) fn end_closing_sessions(&self) -> bool {
        let mut sessions = self.sessions.borrow_mut();
        let mut sent_away = false;
        self.sessions_left.set(true);
        sessions.retain(|id, session| {
            let stays = !session.live.closing().is_cancelled();
            if !stays {
                sent_away |= !session.has_ended();
                session.end();
                self.context.table.remove(*id);
                self.keep_key_of(session);
            }
            stays
        });
        sent_away && sessions.is_empty()
    }

    /// Ends all of them.
    pub(super) fn end_sessions(&self) {
        for session in self.sessions.take().into_values() {
            session.end();
            self.context.table.remove(session.id);
        }
    }

    /// Under which span a session's requests are logged: the connection's where there is no session.
    pub(super) fn span_of(&self, session_id: u64) -> Span {
        if let Some(span) = self.session_spans.borrow().get(&session_id) {
            return span.clone();
        }
        let Some(session) = self.session(session_id) else {
            return self.span.clone();
        };
        let user = &session.principal().name;
        let span = tracing::debug_span!(parent: &self.span, "session", id = session_id, %user);
        self.session_spans.borrow_mut().insert(session_id, span.clone());
        span
    }

    fn keep_key_of(&self, session: &Session) {
        self.session_spans.borrow_mut().remove(&session.id);
        let Some(key) = session.security.read().signing.clone() else {
            return;
        };
        let mut ended = self.ended.borrow_mut();
        ended.truncate(MAX_ENDED_KEYS - 1);
        ended.push_front((session.id, key));
    }

    /// The key of a session that ended on this connection not long ago.
    pub(super) fn key_of_ended(&self, session_id: u64) -> Option<Arc<SigningKey>> {
        if let Some(session) = self.sessions.borrow().get(&session_id) {
            return session.security.read().signing.clone();
        }
        let ended = self.ended.borrow();
        let found = ended.iter().find(|(id, _)| *id == session_id);
        found.map(|(_, key)| Arc::clone(key))
    }

    /// Drops sessions that logged off.
    pub(super) fn forget_ended_sessions(&self) {
        let any = self.sessions.borrow().values().any(|session| session.has_ended());
        if any {
            self.sessions_left.set(true);
            self.sessions.borrow_mut().retain(|id, session| {
                let stays = !session.has_ended();
                if !stays {
                    self.context.table.remove(*id);
                    self.keep_key_of(session);
                }
                stays
            });
        }
    }
}
