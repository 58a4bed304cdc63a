//! The sessions of a connection: found, ended by administrators, forgotten after they ended.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tracing::Span;

use super::Connection;
use crate::smb::crypto::SigningKey;
use crate::smb::state::{Binding, End, Session};
use crate::smb::wire::ids::SessionId;

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
        let bindings = connection.bindings.borrow();
        if connection.sessions_left.take() || self.watched != bindings.len() {
            let closing = |binding: &Rc<Binding>| binding.session.live.closing().clone().cancelled_owned();
            self.closing = bindings.values().map(closing).collect();
            self.watched = bindings.len();
        }
        match self.closing.poll_next_unpin(context) {
            Poll::Ready(Some(())) => Poll::Ready(()),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

impl Connection {
    /// A session of this connection.
    pub(super) fn session(&self, id: SessionId) -> Option<Arc<Session>> {
        self.binding(id).map(|binding| Arc::clone(&binding.session))
    }

    /// A session of this connection, with what is this connection's own of it.
    pub(super) fn binding(&self, id: SessionId) -> Option<Rc<Binding>> {
        let found = self.bindings.borrow().get(&id).cloned();
        found.filter(|binding| !binding.session.has_ended())
    }

    /// Whether an administrator ended one of them.
    pub(super) fn is_closing(&self) -> bool {
        self.bindings
            .borrow()
            .values()
            .any(|binding| binding.session.live.closing().is_cancelled())
    }

    /// Ends sessions that an administrator closed; true when no session is left. A client whose session ended
    /// because it came again on another connection may log in anew on this one.
    pub(super) fn end_closing_sessions(&self) -> bool {
        let mut bindings = self.bindings.borrow_mut();
        let mut sent_away = false;
        self.sessions_left.set(true);
        bindings.retain(|id, binding| {
            let session = &binding.session;
            let stays = !session.live.closing().is_cancelled();
            if !stays {
                session.end(End::Closed);
                sent_away |= session.was_sent_away();
                binding.unbind();
                self.context.table.remove(*id);
                self.keep_key_of(binding);
            }
            stays
        });
        sent_away && bindings.is_empty()
    }

    /// Takes the connection from all of them; those that have no other end.
    pub(super) fn end_sessions(&self) {
        for (id, binding) in self.bindings.take() {
            if binding.unbind() {
                self.context.table.remove(id);
            }
        }
    }

    /// Under which span a session's requests are logged: the connection's where there is no session.
    pub(super) fn span_of(&self, session_id: SessionId) -> Span {
        if let Some(span) = self.session_spans.borrow().get(&session_id) {
            return span.clone();
        }
        let Some(session) = self.session(session_id) else {
            return self.span.clone();
        };
        let user = &session.principal().name;
        let span = tracing::debug_span!(parent: &self.span, "session", id = %session_id, %user);
        self.session_spans.borrow_mut().insert(session_id, span.clone());
        span
    }

    fn keep_key_of(&self, binding: &Binding) {
        let id = binding.session.id;
        self.session_spans.borrow_mut().remove(&id);
        let Some(key) = binding.channel.signing.clone() else {
            return;
        };
        let mut ended = self.ended.borrow_mut();
        ended.truncate(MAX_ENDED_KEYS - 1);
        ended.push_front((id, key));
    }

    /// The key of a session that ended on this connection not long ago.
    pub(super) fn key_of_ended(&self, session_id: SessionId) -> Option<Arc<SigningKey>> {
        if let Some(binding) = self.bindings.borrow().get(&session_id) {
            return binding.channel.signing.clone();
        }
        let ended = self.ended.borrow();
        let found = ended.iter().find(|(id, _)| *id == session_id);
        found.map(|(_, key)| Arc::clone(key))
    }

    /// Drops sessions that logged off.
    pub(super) fn forget_ended_sessions(&self) {
        let has_ended = |binding: &Rc<Binding>| binding.session.has_ended();
        let any = self.bindings.borrow().values().any(has_ended);
        if any {
            self.sessions_left.set(true);
            self.bindings.borrow_mut().retain(|id, binding| {
                let stays = !has_ended(binding);
                if !stays {
                    binding.unbind();
                    self.context.table.remove(*id);
                    self.keep_key_of(binding);
                }
                stays
            });
        }
    }
}
