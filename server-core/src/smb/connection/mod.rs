//! One client connection: receive, run, answer. Everything of a connection happens on its own thread, so what
//! is shared between its requests needs no locks; requests that wait for others stay pending meanwhile.

mod admission;
mod alarm;
mod answers;
mod backlog;
mod binding;
mod chain;
mod credits;
mod framing;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod line;
mod login;
mod negotiate;
mod new_session;
mod outbox;
mod relay;
mod request;
mod sessions;
mod smb1;
#[cfg(test)]
mod tests;
mod unanswered;
mod waiting;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use self::answers::Frame;
use self::backlog::Backlog;
use self::credits::CreditWindow;
use self::line::Line;
use self::login::Login;
use self::outbox::Outbox;
use self::waiting::Waiting;
use super::crypto::{PreauthHash, SigningKey};
use super::framing::Framing;
use super::settings::{SmbContext, SmbSettings};
use super::state::{Binding, Negotiated, Notices};
use super::wire::ids::SessionId;
use crate::live::{Following, Usage};
use crate::net::{Place, Way};

/// What the requests of a connection share.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) context: Arc<SmbContext>,
    settings: RefCell<Rc<Following<SmbSettings>>>,
    pub(super) peer: SocketAddr,
    /// How the client came in, as far as it is known.
    way: Option<Way>,
    place: Place,
    framing: Framing,
    pub(super) negotiated: RefCell<Rc<Negotiated>>,
    pub(super) preauth: RefCell<PreauthHash>,
    /// The sessions that are bound to the connection.
    pub(super) bindings: RefCell<HashMap<SessionId, Rc<Binding>>>,
    /// What is logged of it, and of its sessions.
    span: Span,
    session_spans: RefCell<HashMap<SessionId, Span>>,
    /// Some of the sessions are gone.
    sessions_left: Cell<bool>,
    logins: RefCell<HashMap<SessionId, Login>>,
    /// Whom its work is charged to: nobody before a log-in, when it can't be much.
    usage: RefCell<Option<Arc<Usage>>>,
    /// Steps of log-ins since there was a session.
    steps_without_session: Cell<u32>,
    /// Keys of sessions that logged off: what comes for them still is refused under their signature.
    ended: RefCell<VecDeque<(SessionId, Arc<SigningKey>)>>,
    credits: RefCell<CreditWindow>,
    next_async: Cell<u64>,
    /// Requests that wait.
    waiting: RefCell<Waiting>,
    /// Frames that wait until there is room for what they ask for.
    backlog: RefCell<Backlog>,
    /// Frames that wait for the client to take them.
    outbox: RefCell<Outbox>,
    /// What opens of this connection have to tell the client.
    pub(super) notices: Notices,
    /// After an SMB1 NEGOTIATE the SMB2 one may use message id 0 again.
    multi_protocol: Cell<bool>,
    /// The log-in grace no longer runs: clients keep a connection after their last log-off.
    had_session: Cell<bool>,
}

/// Serves a connection until it ends or `stop`.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite,
    peer: SocketAddr,
    way: Option<Way>,
    place: Place,
    framing: Framing,
    context: Arc<SmbContext>,
    stop: CancellationToken,
) {
    let (notices, noticed) = mpsc::unbounded_channel();
    let connection = Rc::new(Connection {
        settings: RefCell::new(Rc::new(Following::new(&context.settings))),
        context,
        peer,
        way,
        place,
        framing,
        negotiated: RefCell::default(),
        preauth: RefCell::new(PreauthHash::new()),
        bindings: RefCell::default(),
        span: tracing::debug_span!("connection", %peer, dialect = tracing::field::Empty),
        session_spans: RefCell::default(),
        sessions_left: Cell::new(false),
        logins: RefCell::default(),
        usage: RefCell::default(),
        steps_without_session: Cell::new(0),
        ended: RefCell::default(),
        credits: RefCell::new(CreditWindow::new()),
        next_async: Cell::new(1),
        waiting: RefCell::default(),
        backlog: RefCell::default(),
        outbox: RefCell::default(),
        notices,
        multi_protocol: Cell::new(false),
        had_session: Cell::new(false),
    });
    tokio::pin!(stream);
    let mut line = Line::new(Rc::clone(&connection), stream, noticed);
    let span = connection.span.clone();
    if let Err(error) = line.run(&stop).instrument(span).await {
        tracing::debug!(%peer, %error, "the connection ended");
    }
    // Before the last answers are taken: others may wait for what is open here.
    connection.end_sessions();
    line.hand_on_notices();
    line.finish().await;
}

impl Connection {
    /// The rules agreed with the client.
    pub(super) fn negotiated(&self) -> Rc<Negotiated> {
        Rc::clone(&self.negotiated.borrow())
    }

    /// The settings in force now.
    pub(super) fn settings(&self) -> Rc<Following<SmbSettings>> {
        let mut settings = self.settings.borrow_mut();
        if settings.is_behind(&self.context.settings) {
            *settings = Rc::new(Following::new(&self.context.settings));
        }
        Rc::clone(&settings)
    }

    /// Has a frame sent.
    fn queue(&self, frame: Frame) {
        self.outbox.borrow_mut().push(frame);
    }

    /// Decrypts a frame; `None` when it can't be, which ends the connection ([MS-SMB2] 3.3.5.2.1).
    fn open_frame(&self, message: Vec<u8>) -> Option<chain::Incoming> {
        match message.first_chunk::<4>() {
            Some([0xFD, b'S', b'M', b'B']) => {
                let session_id = super::crypto::transform_session_id(&message)?;
                let ciphers = self.session(session_id)?.security.ciphers.clone()?;
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
