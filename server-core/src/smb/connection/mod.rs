//! One client connection: receive, run, answer. Everything of a connection happens on its own thread, so what
//! is shared between its requests needs no locks; requests that wait for others stay pending meanwhile.

mod admission;
mod answers;
mod chain;
mod credits;
mod framing;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod login;
mod negotiate;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::answers::Frame;
use self::chain::{Outgoing, Progress};
use self::credits::CreditWindow;
use self::framing::{Frames, Received};
use self::login::Login;
use super::commands::ConnectionTraits;
use super::crypto::{PreauthHash, SigningKey};
use super::listener::Framing;
use super::settings::SmbContext;
use super::state::{Binding, Notice, Notices, Session};
use super::wire::ids::SessionId;

/// Room in a frame besides the payload of the largest READ or WRITE.
const FRAME_SLACK: usize = 64 * 1024;
/// The largest message of a client that has not logged in.
const STRANGER_FRAME: usize = 128 * 1024;
/// Sessions that logged off whose keys are kept.
const MAX_ENDED_KEYS: usize = 16;
/// A client that takes nothing for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a client may stay silent that has no session left.
const LOGGED_OFF_GRACE: Duration = Duration::from_secs(600);
/// How long the last answers may take once the connection is to end.
const DRAIN_GRACE: Duration = Duration::from_secs(5);

/// What the requests of a connection share.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) context: Arc<SmbContext>,
    pub(super) peer: SocketAddr,
    framing: Framing,
    pub(super) traits: RefCell<Rc<ConnectionTraits>>,
    pub(super) preauth: RefCell<PreauthHash>,
    /// The sessions that are bound to the connection.
    pub(super) bindings: RefCell<HashMap<SessionId, Rc<Binding>>>,
    logins: RefCell<HashMap<SessionId, Login>>,
    /// Keys of sessions that logged off: what comes for them still is refused under their signature.
    ended: RefCell<VecDeque<(SessionId, Arc<SigningKey>)>>,
    credits: RefCell<CreditWindow>,
    next_async: Cell<u64>,
    /// Requests that wait, for CANCEL to find.
    waiting: RefCell<Vec<Rc<Progress>>>,
    /// Frames to be sent before anything else.
    queue: mpsc::UnboundedSender<Frame>,
    /// What opens of this connection have to tell the client.
    pub(super) notices: Notices,
    /// After an SMB1 NEGOTIATE the SMB2 one may use message id 0 again.
    multi_protocol: Cell<bool>,
    /// The log-in grace no longer runs: clients keep a connection after their last log-off.
    had_session: Cell<bool>,
}

type Running = Pin<Box<dyn Future<Output = Outgoing>>>;

/// Serves a connection until it ends or `stop`.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite,
    peer: SocketAddr,
    framing: Framing,
    context: Arc<SmbContext>,
    stop: CancellationToken,
) {
    let (queue, queued) = mpsc::unbounded_channel();
    let (notices, mut noticed) = mpsc::unbounded_channel();
    let connection = Rc::new(Connection {
        context,
        peer,
        framing,
        traits: RefCell::default(),
        preauth: RefCell::new(PreauthHash::new()),
        bindings: RefCell::default(),
        logins: RefCell::default(),
        ended: RefCell::default(),
        credits: RefCell::new(CreditWindow::new()),
        next_async: Cell::new(1),
        waiting: RefCell::default(),
        queue,
        notices,
        multi_protocol: Cell::new(false),
        had_session: Cell::new(false),
    });
    tokio::pin!(stream);
    let outcome = {
        let mut line = Line {
            connection: &connection,
            stream: &mut stream,
            queued,
            noticed: &mut noticed,
            stop: &stop,
        };
        line.run(framing).await
    };
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "the connection ended");
    }
    let _ = stream.shutdown().await;
    for (id, binding) in connection.bindings.take() {
        if binding.unbind() {
            connection.context.table.remove(id);
        }
    }
    // No more of them come: what was not sent goes by another channel, if there is one.
    while let Ok(notice) = noticed.try_recv() {
        notice.deliver();
    }
}

/// The connection and its stream.
struct Line<'a, S> {
    connection: &'a Rc<Connection>,
    stream: &'a mut S,
    queued: mpsc::UnboundedReceiver<Frame>,
    noticed: &'a mut mpsc::UnboundedReceiver<Notice>,
    stop: &'a CancellationToken,
}

/// Whether the connection goes on.
type Goes = std::ops::ControlFlow<()>;

impl<S: AsyncRead + AsyncWrite + Unpin> Line<'_, S> {
    async fn run(&mut self, framing: Framing) -> std::io::Result<()> {
        let connection = self.connection;
        let mut frames = Frames::new(framing);
        let mut running: FuturesUnordered<Running> = FuturesUnordered::new();
        let started = tokio::time::Instant::now();
        loop {
            if connection.is_closing() && connection.end_closing_sessions() {
                return Ok(());
            }
            let settings = connection.context.settings.load_full();
            let stranger = connection.bindings.borrow().is_empty();
            let limit = if stranger {
                STRANGER_FRAME
            } else {
                settings.max_io as usize + FRAME_SLACK
            };
            let deadline = if stranger {
                Some(if connection.had_session.get() {
                    tokio::time::Instant::now() + LOGGED_OFF_GRACE
                } else {
                    started + settings.login_grace
                })
            } else {
                settings
                    .idle_timeout
                    .map(|idle| tokio::time::Instant::now() + idle)
            };
            let goes = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(()),
                Some(frame) = self.queued.recv() => {
                    self.write(&frame).await?;
                    continue;
                }
                // Not before the answer that gave the client the open: that is sent without coming back here.
                Some(notice) = self.noticed.recv() => {
                    if let Some(frame) = answers::notification(&notice)
                        && let Err(error) = self.write(&frame).await
                    {
                        // Nobody else has it: it goes with the rest.
                        let _ = connection.notices.send(notice);
                        return Err(error);
                    }
                    continue;
                }
                Some(outgoing) = running.next(), if !running.is_empty() => {
                    connection.waiting.borrow_mut().retain(|progress| !Rc::ptr_eq(progress, &outgoing.progress));
                    self.send(outgoing).await?
                }
                received = frames.next(self.stream, limit) => match received? {
                    None => return Ok(()),
                    Some(Received::SessionRequest) => {
                        framing::accept_session(self.stream).await?;
                        continue;
                    }
                    Some(Received::Message(message)) => self.begin(message, &mut running).await?,
                },
                () = session_closing(connection) => continue,
                () = until(deadline) => {
                    tracing::debug!(peer = %connection.peer, "closed for silence");
                    return Ok(());
                }
            };
            if goes.is_break() {
                return Ok(());
            }
        }
    }

    /// Runs what arrived as far as it goes without waiting.
    async fn begin(
        &mut self,
        message: Vec<u8>,
        running: &mut FuturesUnordered<Running>,
    ) -> std::io::Result<Goes> {
        let connection = self.connection;
        let Some(incoming) = connection.open_frame(message) else {
            return Ok(Goes::Break(()));
        };
        let progress = Rc::new(Progress::new(&incoming));
        let mut future: Running = Box::pin(chain::run(Rc::clone(connection), incoming, Rc::clone(&progress)));
        if let Some(outgoing) = future.as_mut().now_or_never() {
            return self.send(outgoing).await;
        }
        connection.waiting.borrow_mut().push(progress);
        running.push(future);
        Ok(Goes::Continue(()))
    }

    /// Sends the answer to a chain, after what was queued before it.
    async fn send(&mut self, outgoing: Outgoing) -> std::io::Result<Goes> {
        while let Ok(frame) = self.queued.try_recv() {
            self.write(&frame).await?;
        }
        if let Some(frame) = &outgoing.frame {
            self.write(frame).await?;
        }
        self.connection.forget_ended_sessions();
        Ok(if outgoing.disconnect {
            Goes::Break(())
        } else {
            Goes::Continue(())
        })
    }

    async fn write(&mut self, frame: &Frame) -> std::io::Result<()> {
        let ending = async {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = session_closing(self.connection) => {}
            }
            tokio::time::sleep(DRAIN_GRACE).await;
        };
        tokio::select! {
            biased;
            written = tokio::time::timeout(WRITE_TIMEOUT, self.stream.write_all(frame.bytes())) => {
                written.map_err(|_| std::io::ErrorKind::TimedOut)?
            }
            () = ending => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Ends when an administrator ends one of the connection's sessions.
async fn session_closing(connection: &Connection) {
    let tokens: Vec<_> = connection
        .bindings
        .borrow()
        .values()
        .map(|binding| binding.session.live.closing().clone())
        .collect();
    if tokens.is_empty() {
        return std::future::pending().await;
    }
    let mut closing: FuturesUnordered<_> = tokens.iter().map(CancellationToken::cancelled).collect();
    closing.next().await;
}

impl Connection {
    /// The rules agreed with the client.
    pub(super) fn traits(&self) -> Rc<ConnectionTraits> {
        Rc::clone(&self.traits.borrow())
    }

    /// A session of this connection.
    pub(super) fn session(&self, id: SessionId) -> Option<Arc<Session>> {
        self.binding(id).map(|binding| Arc::clone(&binding.session))
    }

    /// A session of this connection, with what is this connection's own of it.
    pub(super) fn binding(&self, id: SessionId) -> Option<Rc<Binding>> {
        let found = self.bindings.borrow().get(&id).cloned();
        found.filter(|binding| !binding.session.has_ended())
    }

    /// Has a frame sent.
    fn queue(&self, frame: Frame) {
        // Nobody receives only while the connection ends.
        let _ = self.queue.send(frame);
    }

    fn is_closing(&self) -> bool {
        self.bindings
            .borrow()
            .values()
            .any(|binding| binding.session.live.closing().is_cancelled())
    }

    /// Ends sessions that an administrator closed; true when no session is left. A client whose session ended
    /// because it came again on another connection may log in anew on this one.
    fn end_closing_sessions(&self) -> bool {
        let mut bindings = self.bindings.borrow_mut();
        let mut sent_away = false;
        bindings.retain(|id, binding| {
            let session = &binding.session;
            let stays = !session.live.closing().is_cancelled();
            if !stays {
                sent_away |= !session.has_ended();
                session.end();
                binding.unbind();
                self.context.table.remove(*id);
                self.keep_key_of(binding);
            }
            stays
        });
        sent_away && bindings.is_empty()
    }

    fn keep_key_of(&self, binding: &Binding) {
        let Some(key) = binding.channel.signing.clone() else {
            return;
        };
        let mut ended = self.ended.borrow_mut();
        ended.truncate(MAX_ENDED_KEYS - 1);
        ended.push_front((binding.session.id, key));
    }

    /// The key of a session that ended on this connection not long ago.
    fn key_of_ended(&self, session_id: SessionId) -> Option<Arc<SigningKey>> {
        if let Some(binding) = self.bindings.borrow().get(&session_id) {
            return binding.channel.signing.clone();
        }
        let ended = self.ended.borrow();
        let found = ended.iter().find(|(id, _)| *id == session_id);
        found.map(|(_, key)| Arc::clone(key))
    }

    /// Drops sessions that logged off.
    fn forget_ended_sessions(&self) {
        let any = self
            .bindings
            .borrow()
            .values()
            .any(|binding| binding.session.has_ended());
        if any {
            self.bindings.borrow_mut().retain(|id, binding| {
                let stays = !binding.session.has_ended();
                if !stays {
                    binding.unbind();
                    self.context.table.remove(*id);
                    self.keep_key_of(binding);
                }
                stays
            });
        }
    }

    /// Decrypts a frame; `None` when it can't be, which ends the connection ([MS-SMB2] 3.3.5.2.1).
    fn open_frame(&self, message: Vec<u8>) -> Option<chain::Incoming> {
        match message.first_chunk::<4>() {
            Some([0xFD, b'S', b'M', b'B']) => {
                let session_id = SessionId(super::crypto::transform_session_id(&message)?);
                let ciphers = self.session(session_id)?.security.read().ciphers.clone()?;
                let mut message = message;
                let length = ciphers.decrypt.decrypt(&mut message).ok()?.len();
                let start = message.len() - length;
                Some(chain::Incoming {
                    message,
                    start,
                    encrypted: Some((session_id, ciphers)),
                })
            }
            Some([0xFE | 0xFF, b'S', b'M', b'B']) => Some(chain::Incoming {
                message,
                start: 0,
                encrypted: None,
            }),
            _ => None,
        }
    }
}
