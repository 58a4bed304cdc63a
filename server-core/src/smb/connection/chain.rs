//! A received message or compound chain ([MS-SMB2] 3.3.5.2): checked, run in order, answered in one frame. The
//! last request of a chain may wait for others: the answers before it are sent at once then, and an interim
//! response with them. Nothing else of a chain waits, but CREATE.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use tokio_util::sync::CancellationToken;

use super::Connection;
use super::admission::{Element, Inherited, Work};
use super::answers::{Answers, Concluded, EncryptedFor, Frame, Signature, interim};
use super::negotiate;
use crate::live::ActivityKind;
use crate::smb::commands::{self, Call, Outcome, Refusal, Related};
use crate::smb::settings::Dialect;
use crate::smb::state::{Binding, Tree};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::Malformed;
use crate::smb::wire::header::{Command, HEADER_SIZE, Header, HeaderFlags, PROTOCOL_ID};
use crate::smb::wire::ids::{MessageId, SessionId, TreeId};
use crate::smb::wire::negotiate::MultiProtocol;

/// Bytes that one credit pays for.
const CREDIT_BYTES: u32 = 65_536;
/// No client chains more.
const MAX_CHAIN: usize = 512;
/// Requests of one connection that may wait at a time, as many as Windows and Samba let.
const MAX_WAITING: usize = 512;
/// Bytes of messages that may wait with them.
const MAX_WAITING_BYTES: usize = 16 << 20;

/// A decrypted frame.
pub(super) struct Incoming {
    pub(super) message: Vec<u8>,
    /// Where the first SMB2 header is.
    pub(super) start: usize,
    pub(super) encrypted: EncryptedFor,
}

/// The answer to a chain.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) frame: Option<Frame>,
    pub(super) disconnect: bool,
    pub(super) progress: Rc<Progress>,
}

/// How far a chain is: what CANCEL and the limits on waiting need to know of it.
#[derive(Debug)]
pub(super) struct Progress {
    message_id: Cell<MessageId>,
    async_id: Cell<u64>,
    cancel: RefCell<CancellationToken>,
    bytes: usize,
}

impl Progress {
    pub(super) fn new(incoming: &Incoming) -> Self {
        Self {
            message_id: Cell::default(),
            async_id: Cell::new(0),
            cancel: RefCell::default(),
            bytes: incoming.message.len(),
        }
    }

    fn is_named_by(&self, cancel: &Header) -> bool {
        if cancel.flags.contains(HeaderFlags::ASYNC) {
            self.async_id.get() == cancel.async_id
        } else {
            self.message_id.get() == MessageId(cancel.message_id)
        }
    }
}

/// Why a chain ends the connection.
struct Disconnect;

impl From<Malformed> for Disconnect {
    fn from(_: Malformed) -> Self {
        Self
    }
}

/// Runs a chain and builds the answer.
pub(super) async fn run(connection: Rc<Connection>, incoming: Incoming, progress: Rc<Progress>) -> Outgoing {
    let (frame, disconnect) = match answer(&connection, incoming, &progress).await {
        Ok(frame) => (frame, false),
        Err(Disconnect) => (None, true),
    };
    Outgoing {
        frame,
        disconnect,
        progress,
    }
}

async fn answer(
    connection: &Rc<Connection>,
    mut incoming: Incoming,
    progress: &Progress,
) -> Result<Option<Frame>, Disconnect> {
    let encrypted = incoming.encrypted.take();
    if incoming.message.get(incoming.start) == Some(&0xFF) {
        return answer_smb1(connection, &incoming.message).map(Some);
    }
    let mut answers = Answers::new();
    let mut inherited = Inherited::default();
    let mut offset = incoming.start;
    for position in 0..MAX_CHAIN {
        let header = Header::parse(incoming.message.get(offset..).ok_or(Malformed)?)?;
        let next = header.next_command as usize;
        let end = if next == 0 {
            incoming.message.len()
        } else {
            offset + next
        };
        if next != 0 && (next < HEADER_SIZE || !next.is_multiple_of(8)) {
            return Err(Disconnect);
        }
        let message = incoming.message.get_mut(offset..end).ok_or(Malformed)?;
        if Command::from_code(header.command) == Some(Command::Cancel) {
            connection.cancel(&header);
        } else {
            let credits = take_credits(connection, &header)?;
            let session = encrypted.as_ref().map(|(id, _)| *id);
            let element = Element {
                connection,
                header,
                encrypted: session,
                position,
                message,
            };
            let request = Request {
                element,
                credits,
                is_last: next == 0,
                encrypted: &encrypted,
                progress,
            };
            request.run(&mut answers, &mut inherited).await?;
        }
        if next == 0 {
            if answers.is_empty() {
                return Ok(None);
            }
            answers.sign(&encrypted);
            if let Some(response) = answers.single() {
                connection.note_for_preauth(&incoming.message[incoming.start..], response);
            }
            return Ok(Some(answers.into_frame(&encrypted)));
        }
        offset = end;
    }
    Err(Disconnect)
}

/// Message ids and credits ([MS-SMB2] 3.3.5.2.3); CANCEL uses none.
fn take_credits(connection: &Connection, header: &Header) -> Result<u16, Disconnect> {
    let strategy = connection.context.settings.load().credits;
    let mut window = connection.credits.borrow_mut();
    let charge = if connection.traits().multi_credit {
        header.credit_charge.max(1)
    } else {
        1
    };
    let again = connection.multi_protocol.take() && header.message_id == 0;
    if !again {
        window.consume(header.message_id, charge).map_err(|_| {
            tracing::debug!(
                message_id = header.message_id,
                charge,
                "a message id outside the window"
            );
            Disconnect
        })?;
    }
    Ok(window.grant(header.credits, strategy))
}

/// A request on its way through.
struct Request<'a> {
    element: Element<'a>,
    credits: u16,
    is_last: bool,
    encrypted: &'a EncryptedFor,
    progress: &'a Progress,
}

impl Request<'_> {
    /// Runs the request and adds its response to `answers`.
    async fn run(mut self, answers: &mut Answers, inherited: &mut Inherited) -> Result<(), Disconnect> {
        // What may have to wait is answered apart, so that the answers before it can go ahead.
        let apart = self.is_last && !answers.is_empty();
        let mut before = apart.then(|| std::mem::replace(answers, Answers::new()));
        let mut signature = Signature::None;
        self.progress
            .message_id
            .set(MessageId(self.element.header.message_id));
        answers.begin();
        let outcome = if answers.has_room(before.as_ref()) {
            match self.element.admit(&mut answers.reply, inherited, &mut signature) {
                Ok(Work::Answered(status)) => Ok(status),
                Ok(Work::Command {
                    command,
                    binding,
                    tree,
                }) => {
                    self.run_command(command, &binding, &tree, answers, &mut before, inherited)
                        .await
                }
                Err(refusal) => Err(refusal),
            }
        } else {
            Err(NtStatus::INSUFFICIENT_RESOURCES.into())
        };
        let outcome = outcome.and_then(|status| {
            if answers.is_too_long(before.as_ref()) {
                Err(NtStatus::INSUFFICIENT_RESOURCES.into())
            } else {
                Ok(status)
            }
        });
        let status = match outcome {
            Ok(status) => status,
            Err(Refusal { disconnect: true, .. }) => return Err(Disconnect),
            Err(refusal) => {
                answers.refuse(&refusal.error_data);
                refusal.status
            }
        };
        inherited.related = match answers.reply.file_id {
            Some(id) => Some(Related::File(id)),
            None if status.is_error() && inherited.related.is_none() => Some(Related::Failed(status)),
            None => inherited.related,
        };
        let async_id = self.progress.async_id.get();
        let concluded = Concluded {
            status,
            session_id: inherited.session_id,
            tree_id: inherited.tree_id,
            // The interim response has granted the credits already.
            credits: if async_id == 0 { self.credits } else { 0 },
            async_id,
            signature,
        };
        answers.end(&self.element.header, concluded);
        if let Some(mut all) = before {
            all.append(answers);
            *answers = all;
        }
        Ok(())
    }

    async fn run_command(
        &mut self,
        command: Command,
        binding: &Binding,
        tree: &Arc<Tree>,
        answers: &mut Answers,
        before: &mut Option<Answers>,
        inherited: &Inherited,
    ) -> Outcome {
        let connection = self.element.connection;
        let traits = connection.traits();
        let charge = self.element.header.credit_charge.max(1);
        let call = Call {
            context: &connection.context,
            message: self.element.message,
            session: &binding.session,
            tree,
            connection: &traits,
            channel: binding.channel.id,
            related: inherited.related,
            paid_bytes: if traits.multi_credit {
                u32::from(charge) * CREDIT_BYTES
            } else {
                u32::MAX
            },
        };
        let cancel = CancellationToken::new();
        self.progress.cancel.replace(cancel.clone());
        let mut running = pin!(async {
            tokio::select! {
                biased;
                outcome = commands::run(command, &call, &mut answers.reply) => outcome,
                () = cancel.cancelled() => Err(NtStatus::CANCELLED.into()),
            }
        });
        if let Poll::Ready(outcome) = poll_once(running.as_mut()).await {
            return outcome;
        }
        if self.is_last {
            let waits = Waits {
                header: &self.element.header,
                session_id: inherited.session_id,
                credits: self.credits,
                encrypted: self.encrypted,
            };
            connection.go_async(self.progress, &waits, before)?;
        } else if command != Command::Create {
            // As Windows answers: a chain is not held up by a lock or a watch ([MS-SMB2] 3.3.5.2.7).
            return Err(NtStatus::INTERNAL_ERROR.into());
        }
        running.await
    }
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// What the interim response says.
struct Waits<'a> {
    header: &'a Header,
    session_id: SessionId,
    credits: u16,
    encrypted: &'a EncryptedFor,
}

impl Connection {
    /// Tells the client that the request will be answered later; `before` is what can be answered now.
    fn go_async(
        &self,
        progress: &Progress,
        waits: &Waits<'_>,
        before: &mut Option<Answers>,
    ) -> Result<(), Refusal> {
        let (count, bytes) = {
            let waiting = self.waiting.borrow();
            (
                waiting.len(),
                waiting.iter().map(|progress| progress.bytes).sum::<usize>(),
            )
        };
        if count >= MAX_WAITING || bytes + progress.bytes > MAX_WAITING_BYTES {
            return Err(NtStatus::INSUFFICIENT_RESOURCES.into());
        }
        let async_id = self.next_async.get();
        self.next_async.set(async_id + 1);
        progress.async_id.set(async_id);
        if let Some(mut ready) = before.take() {
            ready.sign(waits.encrypted);
            self.queue(ready.into_frame(waits.encrypted));
        }
        self.queue(interim(
            waits.header,
            waits.session_id,
            async_id,
            waits.credits,
            waits.encrypted,
        ));
        Ok(())
    }

    /// CANCEL has no answer of its own: the request it names ends with STATUS_CANCELLED ([MS-SMB2] 3.3.5.16).
    /// It needs no valid signature: all it can do is end a request of this very connection.
    fn cancel(&self, header: &Header) {
        let waiting = self.waiting.borrow();
        if let Some(progress) = waiting.iter().find(|progress| progress.is_named_by(header)) {
            progress.cancel.borrow().cancel();
        }
    }

    /// Adds a NEGOTIATE exchange to the preauthentication hash ([MS-SMB2] 3.3.5.4). Log-ins keep their own.
    fn note_for_preauth(&self, request: &[u8], response: &[u8]) {
        let is_negotiate = request.starts_with(&PROTOCOL_ID)
            && request.get(12..14) == Some(&(Command::Negotiate as u16).to_le_bytes());
        if is_negotiate && self.traits().dialect == Some(Dialect::Smb311) {
            let mut hash = self.preauth.borrow_mut();
            hash.update(request);
            hash.update(response);
        }
        self.note_login_response(response);
    }
}

/// SMB1 NEGOTIATE on the way to SMB2 ([MS-SMB2] 3.3.5.3); everything else of SMB1 ends the connection.
fn answer_smb1(connection: &Connection, message: &[u8]) -> Result<Frame, Disconnect> {
    let offer = crate::smb::wire::negotiate::parse_smb1_negotiate(message)?;
    if connection.traits().dialect.is_some() || offer == MultiProtocol::Nothing {
        if offer == MultiProtocol::Nothing {
            let message = "a device could not connect: it speaks only SMB1, which is not safe and not served";
            connection.report(ActivityKind::LogInRefused, None, message);
        }
        return Err(Disconnect);
    }
    let _ = connection.credits.borrow_mut().consume(0, 1);
    let strategy = connection.context.settings.load().credits;
    let credits = connection.credits.borrow_mut().grant(1, strategy);
    connection.multi_protocol.set(true);
    let mut answers = Answers::new();
    answers.begin();
    negotiate::answer_multi_protocol(connection, offer, &mut answers.reply).map_err(|_| Disconnect)?;
    let request = Header {
        process_id: 0,
        credit_charge: 0,
        status: 0,
        command: Command::Negotiate as u16,
        credits: 0,
        flags: HeaderFlags::empty(),
        next_command: 0,
        message_id: 0,
        async_id: 0,
        tree_id: 0,
        session_id: 0,
    };
    let concluded = Concluded {
        status: NtStatus::SUCCESS,
        session_id: SessionId(0),
        tree_id: TreeId(0),
        credits,
        async_id: 0,
        signature: Signature::None,
    };
    answers.end(&request, concluded);
    Ok(answers.into_frame(&None))
}
