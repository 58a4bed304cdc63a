//! A received message or compound chain ([MS-SMB2] 3.3.5.2): checked, run in order, answered in one frame that
//! is signed and encrypted in place.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

use super::Connection;
use super::framing::{PREFIX, set_prefix};
use super::{login, negotiate};
use crate::identity::Permission;
use crate::smb::commands::{self, Call, Outcome, Refusal, Related, Reply, tree_connect};
use crate::smb::crypto::{SigningKey, TRANSFORM_HEADER_SIZE};
use crate::smb::state::{Session, SessionCiphers, Tree};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{Malformed, pad_to, u32_at};
use crate::smb::wire::header::{Command, HEADER_SIZE, Header, HeaderFlags, PROTOCOL_ID};
use crate::smb::wire::negotiate::MultiProtocol;

/// Where messages begin in a frame under construction: after room for the prefix and a transform header.
const BODY: usize = PREFIX + TRANSFORM_HEADER_SIZE;
/// Bytes that one credit pays for.
const CREDIT_BYTES: u32 = 65_536;
/// No client chains more.
const MAX_CHAIN: usize = 512;

/// A decrypted frame.
pub(super) struct Incoming {
    pub(super) message: Vec<u8>,
    /// Where the first SMB2 header is.
    pub(super) start: usize,
    pub(super) encrypted: Option<(u64, Arc<SessionCiphers>)>,
}

/// A frame ready for the wire: `buffer` from `from` on.
#[derive(Debug)]
pub(super) struct Frame {
    buffer: Vec<u8>,
    from: usize,
}

impl Frame {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.from..]
    }
}

/// The answer to a chain.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) frame: Option<Frame>,
    pub(super) disconnect: bool,
    pub(super) progress: Rc<Progress>,
}

/// How far a chain is: what an interim response and CANCEL need to know of it.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) message_id: Cell<u64>,
    pub(super) async_id: Cell<u64>,
    pub(super) cancel: CancellationToken,
    header: Cell<Option<Header>>,
    credits: Cell<u16>,
    ciphers: std::cell::RefCell<Option<(u64, Arc<SessionCiphers>)>>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            message_id: Cell::new(0),
            async_id: Cell::new(0),
            cancel: CancellationToken::new(),
            header: Cell::new(None),
            credits: Cell::new(0),
            ciphers: std::cell::RefCell::new(None),
        }
    }
}

/// What a chain hands from one element to the next.
#[derive(Default)]
struct Inherited {
    session_id: u64,
    tree_id: u32,
    related: Option<Related>,
}

/// An answered element: where it is, and the key it is signed with.
struct Answered {
    start: usize,
    end: usize,
    signing: Option<Arc<SigningKey>>,
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
    let encrypted = incoming.encrypted.clone();
    progress.ciphers.replace(encrypted.clone());
    match answer(&connection, incoming, &progress).await {
        Ok(None) => Outgoing {
            frame: None,
            disconnect: false,
            progress,
        },
        Ok(Some(buffer)) => Outgoing {
            frame: Some(finish(buffer, encrypted.as_ref())),
            disconnect: false,
            progress,
        },
        Err(Disconnect) => Outgoing {
            frame: None,
            disconnect: true,
            progress,
        },
    }
}

async fn answer(
    connection: &Rc<Connection>,
    mut incoming: Incoming,
    progress: &Progress,
) -> Result<Option<Vec<u8>>, Disconnect> {
    if incoming.message.get(incoming.start) == Some(&0xFF) {
        return answer_smb1(connection, &incoming.message).map(Some);
    }
    let mut reply = Reply {
        buffer: new_frame(),
        start: BODY,
        file_id: None,
    };
    let mut answered: Vec<Answered> = Vec::new();
    let mut inherited = Inherited::default();
    let mut offset = incoming.start;
    for position in 0..MAX_CHAIN {
        let header = Header::parse(&incoming.message[offset..])?;
        let next = header.next_command as usize;
        let end = if next == 0 {
            incoming.message.len()
        } else {
            offset + next
        };
        if end > incoming.message.len() || next != 0 && (next < HEADER_SIZE || !next.is_multiple_of(8)) {
            return Err(Disconnect);
        }
        let credits = take_credits(connection, &header)?;
        let encrypted = incoming.encrypted.as_ref().map(|(id, _)| *id);
        let message = &mut incoming.message[offset..end];
        if Command::from_code(header.command) != Some(Command::Cancel) {
            begin_answer(&mut reply, &mut answered);
            let element = Element {
                connection,
                header,
                encrypted,
                position,
                last: next == 0,
                message,
            };
            progress.header.set(Some(header));
            progress.message_id.set(header.message_id);
            progress.credits.set(credits);
            let asynchronous = progress.async_id.get();
            let done = element.run(&mut reply, &mut inherited, progress).await?;
            // The interim response has granted the credits already.
            let went_async = progress.async_id.get() != asynchronous;
            let credits = if went_async { 0 } else { credits };
            let async_id = if went_async { progress.async_id.get() } else { 0 };
            end_answer(&mut reply, &header, &done, credits, async_id);
            answered.push(Answered {
                start: reply.start,
                end: reply.buffer.len(),
                signing: done.signing,
            });
        }
        if next == 0 {
            break;
        }
        offset = end;
    }
    if answered.is_empty() {
        return Ok(None);
    }
    if incoming.encrypted.is_none() {
        for element in &answered {
            if let Some(key) = &element.signing {
                let message = &mut reply.buffer[element.start..element.end];
                set_flag(message, HeaderFlags::SIGNED);
                key.sign(message);
            }
        }
    }
    connection.note_for_preauth(&incoming.message[incoming.start..], &reply.buffer[BODY..]);
    Ok(Some(reply.buffer))
}

/// Message ids and credits ([MS-SMB2] 3.3.5.2.3); CANCEL uses none.
fn take_credits(connection: &Connection, header: &Header) -> Result<u16, Disconnect> {
    if Command::from_code(header.command) == Some(Command::Cancel) {
        return Ok(0);
    }
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

fn new_frame() -> Vec<u8> {
    let mut buffer = Vec::with_capacity(BODY + 512);
    buffer.resize(BODY, 0);
    buffer
}

/// Pads the element before, links it to this one, and makes room for the header.
fn begin_answer(reply: &mut Reply, answered: &mut [Answered]) {
    if let Some(before) = answered.last_mut() {
        pad_to(&mut reply.buffer, before.start, 8);
        before.end = reply.buffer.len();
        let next = u32::try_from(before.end - before.start).unwrap_or(0);
        reply.buffer[before.start + 20..before.start + 24].copy_from_slice(&next.to_le_bytes());
    }
    reply.start = reply.buffer.len();
    reply.buffer.resize(reply.start + HEADER_SIZE, 0);
}

fn end_answer(reply: &mut Reply, request: &Header, done: &Done, credits: u16, async_id: u64) {
    let mut flags = HeaderFlags::RESPONSE | (request.flags & (HeaderFlags::RELATED | HeaderFlags::PRIORITY));
    if async_id != 0 {
        flags |= HeaderFlags::ASYNC;
    }
    let header = Header {
        credit_charge: request.credit_charge,
        status: done.status.0,
        command: request.command,
        credits,
        flags,
        next_command: 0,
        message_id: request.message_id,
        async_id,
        tree_id: done.tree_id,
        session_id: done.session_id,
    };
    let mut bytes = Vec::with_capacity(HEADER_SIZE);
    header.encode(&mut bytes);
    reply.buffer[reply.start..reply.start + HEADER_SIZE].copy_from_slice(&bytes);
}

/// The ERROR response body ([MS-SMB2] 2.2.2).
fn put_error(buffer: &mut Vec<u8>, data: &[u8]) {
    buffer.extend_from_slice(&9u16.to_le_bytes());
    buffer.extend_from_slice(&[0, 0]);
    buffer.extend_from_slice(&u32::try_from(data.len()).unwrap_or(0).to_le_bytes());
    if data.is_empty() {
        buffer.push(0);
    } else {
        buffer.extend_from_slice(data);
    }
}

/// Prefix and, where the request was encrypted, the transform header around the finished chain.
fn finish(mut buffer: Vec<u8>, encrypted: Option<&(u64, Arc<SessionCiphers>)>) -> Frame {
    let from = match encrypted {
        Some((session_id, ciphers)) => {
            ciphers.encrypt.encrypt(*session_id, &mut buffer[PREFIX..]);
            0
        }
        None => BODY - PREFIX,
    };
    set_prefix(&mut buffer[from..]);
    Frame { buffer, from }
}

fn set_flag(message: &mut [u8], flag: HeaderFlags) {
    if let Ok(flags) = u32_at(message, 16) {
        message[16..20].copy_from_slice(&(flags | flag.bits()).to_le_bytes());
    }
}

/// The interim response of the element that waits ([MS-SMB2] 3.3.4.2); `None` when there is no such element.
pub(super) fn interim(connection: &Connection, progress: &Progress) -> Option<Frame> {
    let request = progress.header.get()?;
    let async_id = connection.next_async.get();
    connection.next_async.set(async_id + 1);
    progress.async_id.set(async_id);
    let mut buffer = new_frame();
    let header = Header {
        credit_charge: request.credit_charge,
        status: NtStatus::PENDING.0,
        credits: progress.credits.get(),
        flags: HeaderFlags::RESPONSE | HeaderFlags::ASYNC | (request.flags & HeaderFlags::PRIORITY),
        next_command: 0,
        async_id,
        tree_id: 0,
        ..request
    };
    header.encode(&mut buffer);
    put_error(&mut buffer, &[]);
    Some(finish(buffer, progress.ciphers.borrow().as_ref()))
}

/// SMB1 NEGOTIATE on the way to SMB2 ([MS-SMB2] 3.3.5.3); everything else of SMB1 ends the connection.
fn answer_smb1(connection: &Connection, message: &[u8]) -> Result<Vec<u8>, Disconnect> {
    let offer = crate::smb::wire::negotiate::parse_smb1_negotiate(message)?;
    if connection.traits().dialect != 0 || offer == MultiProtocol::Nothing {
        tracing::info!(peer = %connection.peer, "a client that speaks SMB1 only was refused");
        return Err(Disconnect);
    }
    let _ = connection.credits.borrow_mut().consume(0, 1);
    let strategy = connection.context.settings.load().credits;
    let credits = connection.credits.borrow_mut().grant(1, strategy);
    connection.multi_protocol.set(true);
    let mut reply = Reply {
        buffer: new_frame(),
        start: BODY,
        file_id: None,
    };
    reply.buffer.resize(BODY + HEADER_SIZE, 0);
    negotiate::answer_multi_protocol(connection, offer, &mut reply).map_err(|_| Disconnect)?;
    let request = Header {
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
    let done = Done {
        status: NtStatus::SUCCESS,
        session_id: 0,
        tree_id: 0,
        signing: None,
    };
    end_answer(&mut reply, &request, &done, credits, 0);
    Ok(reply.buffer)
}

/// One request of a chain.
struct Element<'a> {
    connection: &'a Rc<Connection>,
    header: Header,
    /// The session that the frame was encrypted for.
    encrypted: Option<u64>,
    position: usize,
    last: bool,
    message: &'a mut [u8],
}

/// What came of it, for the response's header and signature.
struct Done {
    status: NtStatus,
    session_id: u64,
    tree_id: u32,
    signing: Option<Arc<SigningKey>>,
}

impl Element<'_> {
    async fn run(
        mut self,
        reply: &mut Reply,
        inherited: &mut Inherited,
        progress: &Progress,
    ) -> Result<Done, Disconnect> {
        let related = self.header.flags.contains(HeaderFlags::RELATED);
        if related && self.position == 0 {
            let signing = self.key_for_refusal(self.header.session_id);
            let done = Done {
                status: NtStatus::INVALID_PARAMETER,
                session_id: self.header.session_id,
                tree_id: self.header.tree_id,
                signing,
            };
            *inherited = Inherited {
                session_id: self.header.session_id,
                tree_id: self.header.tree_id,
                related: Some(Related::Failed(NtStatus::INVALID_PARAMETER)),
            };
            put_error(&mut reply.buffer, &[]);
            return Ok(done);
        }
        if !related {
            *inherited = Inherited {
                session_id: self.header.session_id,
                tree_id: self.header.tree_id,
                related: None,
            };
        }
        let (session_id, mut tree_id) = (inherited.session_id, inherited.tree_id);
        reply.file_id = None;
        let body = reply.buffer.len();
        let mut signing = None;
        let outcome = self
            .dispatch(reply, inherited, progress, &mut signing, &mut tree_id)
            .await;
        let (status, error_data) = match outcome {
            Ok(status) => (status, None),
            Err(refusal) if refusal.disconnect => return Err(Disconnect),
            Err(refusal) => (refusal.status, Some(refusal.error_data)),
        };
        if let Some(data) = error_data {
            reply.buffer.truncate(body);
            put_error(&mut reply.buffer, &data);
        }
        inherited.tree_id = tree_id;
        inherited.related = match reply.file_id {
            Some(id) => Some(Related::File(id)),
            None if status.is_error() && inherited.related.is_none() => Some(Related::Failed(status)),
            None => inherited.related,
        };
        let session_id = if inherited.session_id == 0 {
            session_id
        } else {
            inherited.session_id
        };
        if signing.is_none() && status.is_error() && status != NtStatus::MORE_PROCESSING_REQUIRED {
            signing = self.key_for_refusal(session_id);
        }
        Ok(Done {
            status,
            session_id,
            tree_id,
            signing,
        })
    }

    async fn dispatch(
        &mut self,
        reply: &mut Reply,
        inherited: &mut Inherited,
        progress: &Progress,
        signing: &mut Option<Arc<SigningKey>>,
        tree_id: &mut u32,
    ) -> Outcome {
        let command = Command::from_code(self.header.command).ok_or(NtStatus::INVALID_PARAMETER)?;
        let traits = self.connection.traits();
        if traits.dialect == 0 && command != Command::Negotiate {
            return Err(Refusal::disconnect());
        }
        match command {
            Command::Negotiate => return negotiate::handle(self.connection, self.message, reply),
            Command::SessionSetup => {
                let encrypted = self.encrypted.is_some();
                let verified = self
                    .connection
                    .session(inherited.session_id)
                    .filter(|_| !encrypted)
                    .is_none_or(|session| self.is_signed_by(&session));
                let step = login::step(self.connection, &self.header, self.message, reply, verified)?;
                inherited.session_id = step.session_id;
                *signing = step.signing;
                return if step.status.is_error() && step.status != NtStatus::MORE_PROCESSING_REQUIRED {
                    Err(step.status.into())
                } else {
                    Ok(step.status)
                };
            }
            Command::Echo if inherited.session_id == 0 => return put_plain(reply),
            _ => {}
        }
        if let Some(Related::Failed(status)) = inherited.related
            && matches!(
                status,
                NtStatus::USER_SESSION_DELETED | NtStatus::NETWORK_NAME_DELETED
            )
        {
            return Err(status.into());
        }
        let session = self
            .connection
            .session(inherited.session_id)
            .ok_or(NtStatus::USER_SESSION_DELETED)?;
        *signing = self.check_protection(&session)?;
        session.live.touch();
        match command {
            Command::Echo => return put_plain(reply),
            Command::Logoff => {
                session.end();
                return put_plain(reply);
            }
            Command::TreeConnect => {
                let encrypted = self.encrypted.is_some();
                let context = &self.connection.context;
                let tree = tree_connect::handle(context, &traits, &session, self.message, encrypted, reply)?;
                *tree_id = tree.id;
                return Ok(NtStatus::SUCCESS);
            }
            _ => {}
        }
        let tree = session.tree(*tree_id).ok_or(NtStatus::NETWORK_NAME_DELETED)?;
        if command != Command::TreeDisconnect && command != Command::Close {
            check_tree(&tree, self.encrypted.is_some())?;
        }
        let paid_bytes = if traits.multi_credit {
            u32::from(self.header.credit_charge.max(1)) * CREDIT_BYTES
        } else {
            u32::MAX
        };
        let call = Call {
            context: &self.connection.context,
            message: self.message,
            session: &session,
            tree: &tree,
            connection: &traits,
            related: inherited.related,
            paid_bytes,
        };
        if !self.last {
            // A request that waits in the middle of a chain would keep those behind it waiting, perhaps for
            // what would end it ([MS-SMB2] 3.3.5.2.7).
            let outcome = commands::run(command, &call, reply).now_or_never();
            return outcome.unwrap_or_else(|| Err(NtStatus::INTERNAL_ERROR.into()));
        }
        tokio::select! {
            biased;
            outcome = commands::run(command, &call, reply) => outcome,
            () = progress.cancel.cancelled() => Err(NtStatus::CANCELLED.into()),
        }
    }

    /// Signature or encryption as the session demands ([MS-SMB2] 3.3.5.2.4, 3.3.5.2.9); gives the key that
    /// the response is to be signed with.
    fn check_protection(&mut self, session: &Session) -> Result<Option<Arc<SigningKey>>, Refusal> {
        let (key, required, encrypt_data) = {
            let security = session.security.read();
            (
                security.signing.clone(),
                security.signing_required,
                security.encrypt_data,
            )
        };
        if let Some(encrypted_for) = self.encrypted {
            return if encrypted_for == session.id {
                Ok(None)
            } else {
                Err(NtStatus::ACCESS_DENIED.into())
            };
        }
        if encrypt_data {
            return Err(NtStatus::ACCESS_DENIED.into());
        }
        let signed = self.header.flags.contains(HeaderFlags::SIGNED);
        match key {
            Some(key) if signed => {
                if key.verify(self.message) {
                    Ok(Some(key))
                } else {
                    Err(NtStatus::ACCESS_DENIED.into())
                }
            }
            Some(_) if required => Err(NtStatus::ACCESS_DENIED.into()),
            _ => Ok(None),
        }
    }

    /// A client that signs expects even a refusal to be signed.
    fn key_for_refusal(&self, session_id: u64) -> Option<Arc<SigningKey>> {
        let signed = self.encrypted.is_none() && self.header.flags.contains(HeaderFlags::SIGNED);
        if !signed {
            return None;
        }
        match self.connection.session(session_id) {
            Some(session) => session.security.read().signing.clone(),
            None => self.connection.key_of_ended(session_id),
        }
    }

    fn is_signed_by(&mut self, session: &Session) -> bool {
        let security = session.security.read();
        match (&security.signing, self.header.flags.contains(HeaderFlags::SIGNED)) {
            (Some(key), true) => key.verify(self.message),
            (Some(_), false) => !security.signing_required,
            (None, _) => true,
        }
    }
}

/// The share still exists, the person may still enter it, and encryption is as the share demands.
fn check_tree(tree: &Tree, encrypted: bool) -> Result<(), Refusal> {
    let Some(view) = tree.disk() else { return Ok(()) };
    if !view.is_live() {
        return Err(NtStatus::NETWORK_NAME_DELETED.into());
    }
    if view.grant().permission() == Permission::None || view.settings().encrypt && !encrypted {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    Ok(())
}

/// The four-byte body of ECHO, LOGOFF and their like.
fn put_plain(reply: &mut Reply) -> Outcome {
    reply.put_u16(4);
    reply.put_u16(0);
    Ok(NtStatus::SUCCESS)
}

impl Connection {
    /// Adds a NEGOTIATE exchange to the preauthentication hash ([MS-SMB2] 3.3.5.4). Log-ins keep their own.
    fn note_for_preauth(&self, request: &[u8], response: &[u8]) {
        let is_negotiate = request.starts_with(&PROTOCOL_ID)
            && request.get(12..14) == Some(&(Command::Negotiate as u16).to_le_bytes());
        if is_negotiate && self.traits().dialect == 0x0311 {
            let mut hash = self.preauth.borrow_mut();
            hash.update(request);
            hash.update(response);
        }
        self.note_login_response(response);
    }
}
