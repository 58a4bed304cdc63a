//! A received message or compound chain ([MS-SMB2] 3.3.5.2): its requests are run in order and answered in one frame.

use std::rc::Rc;

use tracing::Instrument;

use super::Connection;
use super::admission::{Element, Inherited};
use super::answers::{Answers, EncryptedFor, Frame};
use super::request::Request;
use super::smb1::{self, Answer};
use super::waiting::Progress;
use crate::smb::settings::Dialect;
use crate::smb::wire::cursor::Malformed;
use crate::smb::wire::header::{Command, HEADER_SIZE, Header, PROTOCOL_ID};
use crate::smb::wire::ids::MessageId;

/// No client chains more.
const MAX_CHAIN: usize = 512;
/// Bytes of requests that are through from which on they are not kept for those behind them.
const WORTH_FREEING: usize = 64 * 1024;

/// A decrypted frame.
#[derive(Debug)]
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

/// Why a chain ends the connection.
pub(super) struct Disconnect;

impl From<Malformed> for Disconnect {
    fn from(_: Malformed) -> Self {
        Self
    }
}

/// Runs a chain and builds the answer.
pub(super) async fn run(connection: Rc<Connection>, incoming: Incoming, progress: Rc<Progress>) -> Outgoing {
    let answered = if incoming.message.get(incoming.start) == Some(&0xFF) {
        match smb1::answer(&connection, &incoming.message) {
            Ok(Answer::Goes(frame)) => Ok(Some(frame)),
            Ok(Answer::Ends(frame)) => return outgoing(Some(frame), true, progress),
            Err(disconnect) => Err(disconnect),
        }
    } else {
        answer(&connection, incoming, &progress).await
    };
    match answered {
        Ok(frame) => outgoing(frame, false, progress),
        Err(Disconnect) => outgoing(None, true, progress),
    }
}

fn outgoing(frame: Option<Frame>, disconnect: bool, progress: Rc<Progress>) -> Outgoing {
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
            let span = request.span(inherited.session_id);
            request.run(&mut answers, &mut inherited).instrument(span).await?;
        }
        if next == 0 {
            if answers.is_empty() {
                return Ok(None);
            }
            answers.sign(&encrypted);
            if let Some(response) = answers.single() {
                connection.note_for_preauth(
                    incoming.message.get(incoming.start..).unwrap_or_default(),
                    response,
                );
            }
            return Ok(Some(answers.into_frame(&encrypted)));
        }
        offset = incoming.free_before(end);
        progress.needs(incoming.message.len());
    }
    Err(Disconnect)
}

impl Incoming {
    /// Gives back the memory of the requests before `end` where that is worth a copy of what is behind it; tells
    /// where `end` is then.
    fn free_before(&mut self, end: usize) -> usize {
        let behind = self.message.len() - end;
        if end < WORTH_FREEING || behind > end / 2 {
            return end;
        }
        self.message = self.message.split_off(end);
        self.start = 0;
        0
    }
}

/// Message ids and credits ([MS-SMB2] 3.3.5.2.3); CANCEL uses none.
fn take_credits(connection: &Connection, header: &Header) -> Result<u16, Disconnect> {
    let strategy = connection.settings().credits;
    let mut window = connection.credits.borrow_mut();
    let charge = if connection.negotiated().multi_credit {
        header.credit_charge.max(1)
    } else {
        1
    };
    let again = connection.multi_protocol.take() && header.message_id == MessageId(0);
    if !again {
        window.consume(header.message_id, charge).map_err(|_| {
            tracing::debug!(
                message_id = %header.message_id,
                charge,
                "a message id outside the window"
            );
            Disconnect
        })?;
    }
    // A log-in under way gets no more than it uses.
    let asked = if header.command == Command::SessionSetup as u16 {
        1
    } else {
        header.credits
    };
    Ok(window.grant(asked, strategy))
}

impl Connection {
    /// CANCEL has no answer of its own: the request it names ends with STATUS_CANCELLED ([MS-SMB2] 3.3.5.16).
    /// It needs no valid signature: all it can do is end a request of this very connection.
    fn cancel(&self, header: &Header) {
        if !self.waiting.borrow().cancel(header) {
            self.backlog.borrow().cancel(header.message_id);
        }
    }

    /// Adds a NEGOTIATE exchange to the preauthentication hash ([MS-SMB2] 3.3.5.4). Log-ins keep their own.
    fn note_for_preauth(&self, request: &[u8], response: &[u8]) {
        let is_negotiate = request.starts_with(&PROTOCOL_ID)
            && request.get(12..14) == Some(&(Command::Negotiate as u16).to_le_bytes());
        if is_negotiate {
            self.span
                .record("dialect", tracing::field::debug(self.negotiated().dialect));
        }
        if is_negotiate && self.negotiated().dialect == Some(Dialect::Smb311) {
            let mut hash = self.preauth.borrow_mut();
            hash.update(request);
            hash.update(response);
        }
        self.note_login_response(response);
    }
}
