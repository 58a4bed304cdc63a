//! One client connection: receive, run, answer. Everything of a connection happens on its own thread, so what
//! is shared between its requests needs no locks; requests that wait for others stay pending meanwhile.

mod chain;
mod credits;
mod framing;
mod login;
mod negotiate;

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
use tokio_util::sync::CancellationToken;

use self::chain::{Outgoing, Progress};
use self::credits::CreditWindow;
use self::framing::{Frames, Received};
use self::login::Login;
use super::commands::ConnectionTraits;
use super::crypto::{PreauthHash, SigningKey};
use super::listener::Framing;
use super::settings::SmbContext;
use super::state::Session;
use super::wire::header::{Command, Header, HeaderFlags};

/// Room in a frame besides the payload of the largest READ or WRITE.
const FRAME_SLACK: usize = 64 * 1024;
/// The largest message of a client that has not logged in.
const STRANGER_FRAME: usize = 128 * 1024;
/// Sessions that logged off whose keys are kept.
const MAX_ENDED_KEYS: usize = 16;
/// A client that takes nothing for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(120);

/// What the requests of a connection share.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) context: Arc<SmbContext>,
    pub(super) peer: SocketAddr,
    framing: Framing,
    pub(super) traits: RefCell<Rc<ConnectionTraits>>,
    pub(super) preauth: RefCell<PreauthHash>,
    pub(super) sessions: RefCell<HashMap<u64, Arc<Session>>>,
    logins: RefCell<HashMap<u64, Login>>,
    /// Keys of sessions that logged off: what comes for them still is refused under their signature.
    ended: RefCell<VecDeque<(u64, Arc<SigningKey>)>>,
    credits: RefCell<CreditWindow>,
    next_async: Cell<u64>,
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
    let connection = Rc::new(Connection {
        context,
        peer,
        framing,
        traits: RefCell::default(),
        preauth: RefCell::new(PreauthHash::new()),
        sessions: RefCell::default(),
        logins: RefCell::default(),
        ended: RefCell::default(),
        credits: RefCell::new(CreditWindow::new()),
        next_async: Cell::new(1),
        multi_protocol: Cell::new(false),
        had_session: Cell::new(false),
    });
    tokio::pin!(stream);
    let outcome = run(&connection, &mut stream, framing, &stop).await;
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "the connection ended");
    }
    let _ = stream.shutdown().await;
    for session in connection.sessions.take().into_values() {
        session.end();
        connection.context.table.remove(session.id);
    }
}

async fn run(
    connection: &Rc<Connection>,
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    framing: Framing,
    stop: &CancellationToken,
) -> std::io::Result<()> {
    let mut frames = Frames::new(framing);
    let mut running: FuturesUnordered<Running> = FuturesUnordered::new();
    let mut waiting: Vec<Rc<Progress>> = Vec::new();
    let started = tokio::time::Instant::now();
    loop {
        let settings = connection.context.settings.load_full();
        let stranger = connection.sessions.borrow().is_empty();
        let limit = if stranger {
            STRANGER_FRAME
        } else {
            settings.max_io as usize + FRAME_SLACK
        };
        let deadline = if stranger {
            Some(started + settings.login_grace).filter(|_| !connection.had_session.get())
        } else {
            settings
                .idle_timeout
                .map(|idle| tokio::time::Instant::now() + idle)
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            () = session_closing(connection) => {
                if connection.end_closing_sessions() {
                    return Ok(());
                }
            }
            Some(outgoing) = running.next(), if !running.is_empty() => {
                waiting.retain(|progress| !Rc::ptr_eq(progress, &outgoing.progress));
                if !send(connection, stream, outgoing).await? {
                    return Ok(());
                }
            }
            received = frames.next(stream, limit) => match received? {
                None => return Ok(()),
                Some(Received::SessionRequest) => framing::accept_session(stream).await?,
                Some(Received::Message(message)) => {
                    if cancels(&waiting, &message) {
                        continue;
                    }
                    let Some(message) = connection.open_frame(message) else { return Ok(()) };
                    let progress = Rc::new(Progress::new());
                    let mut future: Running =
                        Box::pin(chain::run(Rc::clone(connection), message, Rc::clone(&progress)));
                    match future.as_mut().now_or_never() {
                        Some(outgoing) => {
                            if !send(connection, stream, outgoing).await? {
                                return Ok(());
                            }
                        }
                        None => {
                            if let Some(interim) = chain::interim(connection, &progress) {
                                write(stream, &interim).await?;
                            }
                            waiting.push(progress);
                            running.push(future);
                        }
                    }
                }
            },
            () = until(deadline) => {
                tracing::debug!(peer = %connection.peer, "closed for silence");
                return Ok(());
            }
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
        .sessions
        .borrow()
        .values()
        .map(|session| session.live.closing().clone())
        .collect();
    if tokens.is_empty() {
        return std::future::pending().await;
    }
    let mut closing: FuturesUnordered<_> = tokens.iter().map(CancellationToken::cancelled).collect();
    closing.next().await;
}

/// Sends the answer to a chain; false when the connection must end.
async fn send(
    connection: &Connection,
    stream: &mut (impl AsyncWrite + Unpin),
    outgoing: Outgoing,
) -> std::io::Result<bool> {
    if let Some(frame) = &outgoing.frame {
        write(stream, frame).await?;
    }
    connection.forget_ended_sessions();
    Ok(!outgoing.disconnect)
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), frame: &chain::Frame) -> std::io::Result<()> {
    tokio::time::timeout(WRITE_TIMEOUT, stream.write_all(frame.bytes()))
        .await
        .map_err(|_| std::io::ErrorKind::TimedOut)?
}

/// CANCEL has no answer of its own: the request it names ends with STATUS_CANCELLED ([MS-SMB2] 3.3.5.16).
/// It needs no valid signature here: all it can do is end a request of this very connection.
fn cancels(waiting: &[Rc<Progress>], message: &[u8]) -> bool {
    let Ok(header) = Header::parse(message) else {
        return false;
    };
    if Command::from_code(header.command) != Some(Command::Cancel) {
        return false;
    }
    let by_async = header.flags.contains(HeaderFlags::ASYNC);
    let named = waiting.iter().find(|progress| {
        if by_async {
            progress.async_id.get() == header.async_id
        } else {
            progress.message_id.get() == header.message_id
        }
    });
    if let Some(progress) = named {
        progress.cancel.cancel();
    }
    true
}

impl Connection {
    /// The rules agreed with the client.
    pub(super) fn traits(&self) -> Rc<ConnectionTraits> {
        Rc::clone(&self.traits.borrow())
    }

    /// A session of this connection.
    pub(super) fn session(&self, id: u64) -> Option<Arc<Session>> {
        self.sessions.borrow().get(&id).cloned()
    }

    /// Ends sessions that an administrator closed; true when no session is left.
    fn end_closing_sessions(&self) -> bool {
        let mut sessions = self.sessions.borrow_mut();
        sessions.retain(|id, session| {
            let stays = !session.live.closing().is_cancelled();
            if !stays {
                session.end();
                self.context.table.remove(*id);
            }
            stays
        });
        sessions.is_empty()
    }

    fn keep_key_of(&self, session: &Session) {
        let Some(key) = session.security.read().signing.clone() else {
            return;
        };
        let mut ended = self.ended.borrow_mut();
        ended.truncate(MAX_ENDED_KEYS - 1);
        ended.push_front((session.id, key));
    }

    /// The key of a session that logged off on this connection not long ago.
    fn key_of_ended(&self, session_id: u64) -> Option<Arc<SigningKey>> {
        let ended = self.ended.borrow();
        let found = ended.iter().find(|(id, _)| *id == session_id);
        found.map(|(_, key)| Arc::clone(key))
    }

    /// Drops sessions that logged off.
    fn forget_ended_sessions(&self) {
        let any = self.sessions.borrow().values().any(|session| session.has_ended());
        if any {
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

    /// Decrypts a frame; `None` when it can't be, which ends the connection ([MS-SMB2] 3.3.5.2.1).
    fn open_frame(&self, message: Vec<u8>) -> Option<chain::Incoming> {
        match message.first_chunk::<4>() {
            Some([0xFD, b'S', b'M', b'B']) => {
                let session_id = super::crypto::transform_session_id(&message)?;
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
