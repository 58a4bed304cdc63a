//! The registry of live sessions of both protocols: who, from where, how protected, how much.
//! Lock order: the registry's map is a leaf; nothing else is locked while it is held.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::blocks::Blocks;
use super::events::{Event, Events};
use super::limits::{Consumer, Limits, Usage};
use super::old_dialects::{OldDialect, OldDialects};
use super::session_info::{LiveSessionId, Protocol, SessionInfo, SessionSecurity};

/// One live session, held by its protocol front end; dropping the last `Arc` ends its listing.
#[derive(Debug)]
pub struct LiveSession {
    id: LiveSessionId,
    user: String,
    user_id: Option<i64>,
    address: SocketAddr,
    protocol: Protocol,
    since: SystemTime,
    started: Instant,
    security: Mutex<SessionSecurity>,
    shares: Mutex<Vec<String>>,
    open_files: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    last_active_ms: AtomicU64,
    closing: CancellationToken,
    ended: AtomicBool,
    usage: Arc<Usage>,
    registry: Arc<Registry>,
}

impl LiveSession {
    /// Its id.
    pub fn id(&self) -> LiveSessionId {
        self.id
    }
    /// The client's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
    /// The person's name; "guest" for guests.
    pub fn user(&self) -> &str {
        &self.user
    }
    /// The protocol.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }
    /// What the person (of a guest: the address) uses of what is limited, over all sessions.
    pub fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }
    /// Cancelled when an administrator (or a disabled account) ends this session.
    /// The front end must then close every open and answer nothing more on it.
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
    }
    /// Replaces what is shown of the session's protection.
    pub fn set_security(&self, security: SessionSecurity) {
        *self.security.lock() = security;
    }
    /// Notes that a share was entered (once for each tree connect).
    pub fn enter_share(&self, name: &str) {
        self.shares.lock().push(name.to_owned());
    }
    /// Notes that a share was left.
    pub fn leave_share(&self, name: &str) {
        let mut shares = self.shares.lock();
        if let Some(at) = shares.iter().position(|share| share == name) {
            shares.swap_remove(at);
        }
    }
    /// A file or folder was opened.
    pub fn file_opened(&self) {
        self.open_files.fetch_add(1, Ordering::Relaxed);
    }
    /// A file or folder was closed.
    pub fn file_closed(&self) {
        self.open_files.fetch_sub(1, Ordering::Relaxed);
    }
    /// Counts file content received.
    pub fn count_in(&self, bytes: u64) {
        self.bytes_in.fetch_add(bytes, Ordering::Relaxed);
    }
    /// Counts file content sent.
    pub fn count_out(&self, bytes: u64) {
        self.bytes_out.fetch_add(bytes, Ordering::Relaxed);
    }
    /// Notes that a request arrived.
    pub fn touch(&self) {
        let ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_active_ms.store(ms, Ordering::Relaxed);
    }
    /// The client has gone: the session is listed no more, whoever still holds on to it (a disk that is slow to take
    /// what was written). Idempotent.
    pub fn end(&self) {
        if self.ended.swap(true, Ordering::AcqRel) {
            return;
        }
        self.hand_over_counts();
        self.registry.live.lock().remove(&self.id);
        self.registry.events.send(Event::SessionClosed { id: self.id });
    }

    fn hand_over_counts(&self) {
        let registry = &self.registry;
        let carried = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        registry
            .ended_in
            .fetch_add(carried(&self.bytes_in), Ordering::Relaxed);
        registry
            .ended_out
            .fetch_add(carried(&self.bytes_out), Ordering::Relaxed);
    }

    /// What the admin API lists.
    pub fn info(&self) -> SessionInfo {
        let mut shares = self.shares.lock().clone();
        shares.sort();
        shares.dedup();
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        SessionInfo {
            id: self.id,
            user: self.user.clone(),
            user_id: self.user_id,
            address: self.address,
            protocol: self.protocol,
            security: self.security.lock().clone(),
            shares,
            open_files: self.open_files.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            since: self.since,
            idle_seconds: elapsed.saturating_sub(self.last_active_ms.load(Ordering::Relaxed)) / 1000,
        }
    }
}

impl Drop for LiveSession {
    fn drop(&mut self) {
        self.end();
        self.hand_over_counts();
    }
}

#[derive(Debug)]
struct Registry {
    next: AtomicU64,
    /// What sessions that have ended carried.
    ended_in: AtomicU64,
    ended_out: AtomicU64,
    blocks: Blocks,
    limits: Limits,
    old_dialects: OldDialects,
    live: Mutex<BTreeMap<LiveSessionId, std::sync::Weak<LiveSession>>>,
    events: Events,
}

/// The registry itself. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Sessions(Arc<Registry>);

impl Sessions {
    /// An empty registry that reports to `events`.
    pub fn new(events: Events) -> Self {
        Self(Arc::new(Registry {
            next: AtomicU64::new(1),
            ended_in: AtomicU64::new(0),
            ended_out: AtomicU64::new(0),
            blocks: Blocks::default(),
            limits: Limits::default(),
            old_dialects: OldDialects::default(),
            live: Mutex::default(),
            events,
        }))
    }

    /// Registers an authenticated client. `user_id` is the person's row, `None` for a guest.
    pub fn register(
        &self,
        protocol: Protocol,
        user: &str,
        user_id: Option<i64>,
        address: SocketAddr,
        security: SessionSecurity,
    ) -> Arc<LiveSession> {
        let session = Arc::new(LiveSession {
            id: LiveSessionId(self.0.next.fetch_add(1, Ordering::Relaxed)),
            user: user.to_owned(),
            user_id,
            address,
            protocol,
            since: SystemTime::now(),
            started: Instant::now(),
            security: Mutex::new(security),
            shares: Mutex::default(),
            open_files: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            last_active_ms: AtomicU64::new(0),
            closing: CancellationToken::new(),
            ended: AtomicBool::new(false),
            usage: self.0.limits.usage(Consumer::of(user_id, address.ip()), user),
            registry: Arc::clone(&self.0),
        });
        self.0.live.lock().insert(session.id, Arc::downgrade(&session));
        let info = session.info();
        self.0.old_dialects.note(&info);
        self.0.events.send(Event::SessionOpened(info));
        session
    }

    /// The addresses that are kept out.
    pub fn blocks(&self) -> &Blocks {
        &self.0.blocks
    }

    /// Who speaks SMB 2.x, or did lately.
    pub fn old_dialects(&self) -> Vec<OldDialect> {
        self.0.old_dialects.list(&self.list(), SystemTime::now())
    }

    /// What is limited, and who uses how much of it.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Bytes of file content received and sent by every session there was, ended ones included.
    pub fn totals(&self) -> (u64, u64) {
        let live = self.all();
        let sum = |of: fn(&LiveSession) -> &AtomicU64, ended: &AtomicU64| {
            let live: u64 = live
                .iter()
                .map(|session| of(session).load(Ordering::Relaxed))
                .sum();
            live + ended.load(Ordering::Relaxed)
        };
        (
            sum(|session| &session.bytes_in, &self.0.ended_in),
            sum(|session| &session.bytes_out, &self.0.ended_out),
        )
    }

    /// A number that is another whenever a session did something.
    pub fn pulse(&self) -> u64 {
        self.all().iter().fold(0, |pulse, session| {
            let active = session.last_active_ms.load(Ordering::Relaxed);
            let open = session.open_files.load(Ordering::Relaxed);
            [session.id.0, active, open]
                .into_iter()
                .fold(pulse, |pulse, part| {
                    // Any odd factor spreads the parts.
                    (pulse ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15)
                })
        })
    }

    /// Every live session, oldest first.
    pub fn list(&self) -> Vec<SessionInfo> {
        self.all().iter().map(|session| session.info()).collect()
    }

    /// Ends one session; false when there is none by that id.
    pub fn close(&self, id: LiveSessionId) -> bool {
        let session = self.0.live.lock().get(&id).and_then(std::sync::Weak::upgrade);
        session.is_some_and(|session| {
            session.closing.cancel();
            true
        })
    }

    /// Ends every session of a person; returns how many.
    pub fn close_user(&self, user_id: i64) -> usize {
        let sessions = self.all();
        let theirs = sessions.iter().filter(|session| session.user_id == Some(user_id));
        theirs.map(|session| session.closing.cancel()).count()
    }

    /// Ends those sessions of a person that were proven in some way; returns how many.
    pub fn close_proven(&self, user_id: i64, ends: impl Fn(&SessionSecurity) -> bool) -> usize {
        let sessions = self.all();
        let theirs = sessions.iter().filter(|session| session.user_id == Some(user_id));
        let ended = theirs.filter(|session| ends(&session.security.lock()));
        ended.map(|session| session.closing.cancel()).count()
    }

    fn all(&self) -> Vec<Arc<LiveSession>> {
        // Upgraded outside the lock's scope when dropped: the last Arc's Drop locks the map again.
        let weak: Vec<_> = self.0.live.lock().values().cloned().collect();
        weak.iter().filter_map(std::sync::Weak::upgrade).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(sessions: &Sessions) -> Arc<LiveSession> {
        let address = "127.0.0.1:5000".parse().unwrap();
        sessions.register(
            Protocol::Smb,
            "alice",
            Some(7),
            address,
            SessionSecurity::default(),
        )
    }

    #[test]
    fn a_dropped_session_is_no_longer_listed() {
        let sessions = Sessions::new(Events::new());
        let alice = session(&sessions);
        assert_eq!(sessions.list().len(), 1);
        drop(alice);
        assert!(sessions.list().is_empty());
    }

    #[test]
    fn the_pulse_is_another_after_whatever_a_session_does() {
        let sessions = Sessions::new(Events::new());
        let none = sessions.pulse();
        let (first, second) = (session(&sessions), session(&sessions));
        let quiet = sessions.pulse();
        assert_ne!(quiet, none);
        assert_eq!(quiet, sessions.pulse());
        first.file_opened();
        let one = sessions.pulse();
        first.file_closed();
        second.file_opened();
        let other = sessions.pulse();
        assert!(one != quiet && other != quiet && one != other);
    }

    #[test]
    fn totals_keep_what_ended_sessions_carried() {
        let sessions = Sessions::new(Events::new());
        let (first, second) = (session(&sessions), session(&sessions));
        first.count_in(10);
        second.count_in(1);
        second.count_out(5);
        drop(first);
        assert_eq!(sessions.totals(), (11, 5));
    }

    #[test]
    fn closing_a_person_cancels_each_of_their_sessions() {
        let sessions = Sessions::new(Events::new());
        let (first, second) = (session(&sessions), session(&sessions));
        assert_eq!(sessions.close_user(8), 0);
        assert_eq!(sessions.close_user(7), 2);
        assert!(first.closing().is_cancelled() && second.closing().is_cancelled());
    }
}
