//! The answers to a chain under construction: one buffer, signed and encrypted in place ([MS-SMB2] 3.3.4.1).

use std::sync::Arc;

use super::framing::{PREFIX, set_prefix};
use crate::smb::commands::Reply;
use crate::smb::crypto::{SigningKey, TRANSFORM_HEADER_SIZE};
use crate::smb::state::{News, Notice, SessionCiphers};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{pad_to, u32_at};
use crate::smb::wire::error::ErrorResponse;
use crate::smb::wire::header::{Command, HEADER_SIZE, Header, HeaderFlags};
use crate::smb::wire::ids::{AsyncId, MessageId, SessionId, TreeId};
use crate::smb::wire::oplock_break::{LEASE_ACK_REQUIRED, LeaseBreakNotification, OplockBreak};

/// Where messages begin in a frame: after room for the prefix and a transform header.
const BODY: usize = PREFIX + TRANSFORM_HEADER_SIZE;
/// What the 24 bits of a frame's length can say.
pub(super) const LONGEST: usize = 0x00FF_FFFF - TRANSFORM_HEADER_SIZE;
/// Room that a request must find before it runs: the answers of those that change something fit into it.
const LEAST_ROOM: usize = 256 * 1024;

/// The session that a frame is encrypted for, and its keys.
pub(super) type EncryptedFor = Option<(SessionId, Arc<SessionCiphers>)>;

/// A frame ready for the wire: `buffer` from `from` on.
#[derive(Debug)]
pub(super) struct Frame {
    buffer: Vec<u8>,
    from: usize,
}

impl Frame {
    /// A frame that needs nothing done to it.
    pub(super) fn plain(buffer: Vec<u8>) -> Self {
        Self { buffer, from: 0 }
    }

    /// A message that is neither signed nor encrypted.
    pub(super) fn of(message: &[u8]) -> Self {
        let mut buffer = vec![0; PREFIX];
        buffer.extend_from_slice(message);
        set_prefix(&mut buffer);
        Self::plain(buffer)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.from..]
    }

    /// Memory that it holds, in bytes.
    pub(super) fn held(&self) -> usize {
        self.buffer.capacity()
    }
}

/// How a response is signed.
#[derive(Debug, Clone)]
pub(super) enum Signature {
    /// Not at all.
    None,
    /// The request was signed by a key that nobody has. Clients take a response with the flag and an empty
    /// signature for "the session was deleted"; without the flag they take it for forged.
    Empty,
    /// With a key.
    By(Arc<SigningKey>),
}

/// What the header of a response says besides what the request's says.
#[derive(Debug)]
pub(super) struct Concluded {
    pub(super) status: NtStatus,
    pub(super) session_id: SessionId,
    pub(super) tree_id: TreeId,
    pub(super) credits: u16,
    /// That of the interim response, if there was one.
    pub(super) async_id: Option<AsyncId>,
    pub(super) signature: Signature,
}

#[derive(Debug)]
struct Answered {
    start: usize,
    end: usize,
    signature: Signature,
}

/// The answers so far.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) reply: Reply,
    answered: Vec<Answered>,
}

impl Answers {
    pub(super) fn new() -> Self {
        let mut buffer = Vec::with_capacity(BODY + 512);
        buffer.resize(BODY, 0);
        Self {
            reply: Reply {
                buffer,
                start: BODY,
                file_id: None,
            },
            answered: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.answered.is_empty()
    }

    /// Memory that they hold, in bytes.
    pub(super) fn held(&self) -> usize {
        self.reply.buffer.capacity()
    }

    /// Whether another request may run, with `before` bytes in front of these answers.
    pub(super) fn has_room(&self, before: Option<&Self>) -> bool {
        self.length() + before.map_or(0, Self::length) + LEAST_ROOM <= LONGEST
    }

    /// Whether all of it is too long for a frame.
    pub(super) fn is_too_long(&self, before: Option<&Self>) -> bool {
        // Both may be padded.
        self.length() + before.map_or(0, Self::length) + 16 > LONGEST
    }

    fn length(&self) -> usize {
        self.reply.buffer.len() - BODY
    }

    /// Makes room for the header of the next response, linked to the one before.
    pub(super) fn begin(&mut self) {
        self.link();
        self.reply.start = self.reply.buffer.len();
        self.reply.buffer.resize(self.reply.start + HEADER_SIZE, 0);
        self.reply.file_id = None;
    }

    /// Takes back the body of the response and puts an ERROR response there ([MS-SMB2] 2.2.2).
    pub(super) fn refuse(&mut self, data: &[u8]) {
        self.reply.buffer.truncate(self.reply.start + HEADER_SIZE);
        self.reply.respond(&ErrorResponse {
            error_context_count: 0,
            error_data: data,
        });
    }

    /// Fills in the header of the response.
    pub(super) fn end(&mut self, request: &Header, concluded: Concluded) {
        let mut flags =
            HeaderFlags::RESPONSE | (request.flags & (HeaderFlags::RELATED | HeaderFlags::PRIORITY));
        if concluded.async_id.is_some() {
            flags |= HeaderFlags::ASYNC;
        }
        let header = Header {
            process_id: request.process_id,
            credit_charge: request.credit_charge,
            status: concluded.status.0,
            command: request.command,
            credits: concluded.credits,
            flags,
            next_command: 0,
            message_id: request.message_id,
            async_id: concluded.async_id.unwrap_or_default(),
            tree_id: concluded.tree_id,
            session_id: concluded.session_id,
        };
        let mut bytes = Vec::with_capacity(HEADER_SIZE);
        header.encode(&mut bytes);
        let start = self.reply.start;
        self.reply.buffer[start..start + HEADER_SIZE].copy_from_slice(&bytes);
        self.answered.push(Answered {
            start,
            end: self.reply.buffer.len(),
            signature: concluded.signature,
        });
    }

    /// Appends the answers of `rest`: offsets in a response count from its own header, so it can move.
    pub(super) fn append(&mut self, rest: &mut Self) {
        self.link();
        let moved = self.reply.buffer.len() - BODY;
        self.reply.buffer.extend_from_slice(&rest.reply.buffer[BODY..]);
        self.answered
            .extend(rest.answered.drain(..).map(|answered| Answered {
                start: answered.start + moved,
                end: answered.end + moved,
                ..answered
            }));
    }

    /// Pads the last response and makes it point to one behind it.
    fn link(&mut self) {
        if let Some(before) = self.answered.last_mut() {
            pad_to(&mut self.reply.buffer, before.start, 8);
            before.end = self.reply.buffer.len();
            let next = u32::try_from(before.end - before.start).unwrap_or(0);
            self.reply.buffer[before.start + 20..before.start + 24].copy_from_slice(&next.to_le_bytes());
        }
    }

    /// Signs each response, unless all of them are to be encrypted.
    pub(super) fn sign(&mut self, encrypted: &EncryptedFor) {
        if self.answered.len() > 1
            && let Some(last) = self.answered.last_mut()
        {
            // Windows pads the last of a chain too, and clients have come to expect it.
            pad_to(&mut self.reply.buffer, last.start, 8);
            last.end = self.reply.buffer.len();
        }
        if encrypted.is_some() {
            return;
        }
        for answered in &self.answered {
            let message = &mut self.reply.buffer[answered.start..answered.end];
            if !matches!(answered.signature, Signature::None)
                && let Ok(flags) = u32_at(message, 16)
            {
                message[16..20].copy_from_slice(&(flags | HeaderFlags::SIGNED.bits()).to_le_bytes());
            }
            if let Signature::By(key) = &answered.signature {
                key.sign(message);
            }
        }
    }

    /// The messages without what is around them in the frame.
    pub(super) fn messages(&self) -> &[u8] {
        &self.reply.buffer[BODY..]
    }

    /// The only response's message, if there is one only.
    pub(super) fn single(&self) -> Option<&[u8]> {
        (self.answered.len() == 1).then(|| self.messages())
    }

    /// The frame: prefix and, where the request was encrypted, the transform header.
    pub(super) fn into_frame(self, encrypted: &EncryptedFor) -> Frame {
        let mut buffer = self.reply.buffer;
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
}

/// The interim response to a request that waits ([MS-SMB2] 3.3.4.2). It is never signed.
pub(super) fn interim(
    request: &Header,
    session_id: SessionId,
    async_id: AsyncId,
    credits: u16,
    encrypted: &EncryptedFor,
) -> Frame {
    let mut answers = Answers::new();
    answers.begin();
    answers.refuse(&[]);
    let concluded = Concluded {
        status: NtStatus::PENDING,
        session_id,
        tree_id: TreeId(0),
        credits,
        async_id: Some(async_id),
        signature: Signature::None,
    };
    answers.end(request, concluded);
    answers.into_frame(encrypted)
}

/// The notification of a break ([MS-SMB2] 3.3.4.6, 3.3.4.7), unsigned; `None` when its session is gone, or can't be told.
pub(super) fn notification(notice: &Notice) -> Option<Frame> {
    let session = notice.session.upgrade()?;
    let security = &session.security;
    let encrypted = if notice.encrypt || security.encrypt_data {
        Some((session.id, security.ciphers.clone()?))
    } else {
        None
    };
    let unasked = Header {
        command: Command::OplockBreak as u16,
        message_id: MessageId::UNSOLICITED,
        ..Header::default()
    };
    let mut answers = Answers::new();
    answers.begin();
    match &notice.news {
        News::Oplock { level } => answers.reply.respond(&OplockBreak {
            oplock_level: *level,
            file_id: notice.file_id,
        }),
        News::Lease(news) => answers.reply.respond(&LeaseBreakNotification {
            new_epoch: news.epoch,
            flags: if news.ack_required { LEASE_ACK_REQUIRED } else { 0 },
            lease_key: news.key,
            current_lease_state: news.from.bits().into(),
            new_lease_state: news.to.bits().into(),
        }),
    }
    answers.end(
        &unasked,
        Concluded {
            status: NtStatus::SUCCESS,
            session_id: SessionId::NONE,
            tree_id: TreeId(0),
            credits: 0,
            async_id: None,
            signature: Signature::None,
        },
    );
    Some(answers.into_frame(&encrypted))
}
