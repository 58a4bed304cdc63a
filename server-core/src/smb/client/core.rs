//! A client without I/O: what it knows of its connection and session, frames out, frames in.

use std::sync::Arc;

use crate::smb::crypto::{
    Cipher, CipherKey, PreauthHash, SigningAlgorithm, SigningKey, TRANSFORM_HEADER_SIZE,
};
use crate::smb::wire::body::Body;
use crate::smb::wire::cancel::CancelRequest;
use crate::smb::wire::cursor::Malformed;
use crate::smb::wire::dialect::Dialect;
use crate::smb::wire::header::{Command, HEADER_SIZE, Header, HeaderFlags};
use crate::smb::wire::ids::{AsyncId, MessageId, SessionId, TreeId};
use crate::smb::wire::message::Response;
use crate::smb::wire::writer::Writer;

use super::error::ClientError;
use super::request::Outgoing;

/// Bytes of a frame's length ([MS-SMB2] 2.1).
const PREFIX: usize = 4;
/// Where a header has its flags, and SMB2_FLAGS_SIGNED among them.
const FLAGS: usize = 16;
const SIGNED: u8 = 8;
/// STATUS_MORE_PROCESSING_REQUIRED.
pub(super) const MORE_PROCESSING_REQUIRED: u32 = 0xC000_0016;

/// A client's side of a connection. Its fields are there to be changed by whoever wants to be an unusual client.
#[derive(Debug)]
pub struct Core {
    /// The dialect that the server chose; `None` before NEGOTIATE.
    pub dialect: Option<Dialect>,
    /// Id of the next message.
    pub message_id: MessageId,
    /// [`SessionId::NONE`] before the log-in.
    pub session_id: SessionId,
    /// Of the share entered last.
    pub tree_id: TreeId,
    /// How often the client lost a channel and went on ([MS-SMB2] 3.2.1.2 ChannelSequence); dialects 3.x.
    pub channel_sequence: u16,
    /// Requests say that they may have been sent before ([MS-SMB2] SMB2_FLAGS_REPLAY_OPERATION).
    pub replays: bool,
    /// Credits asked for with each request.
    pub credits: u16,
    /// Requests are signed when there is a key, and not encrypted.
    pub signing: Option<Arc<SigningKey>>,
    /// Requests are encrypted.
    pub encrypts: bool,
    /// The cipher that the server chose.
    pub(super) cipher: Option<Cipher>,
    /// The signing algorithm likewise.
    pub(super) signing_algorithm: SigningAlgorithm,
    pub(super) ciphers: Option<Arc<Ciphers>>,
    preauth: PreauthHash,
    /// The log-in to come makes this connection a channel of the session.
    pub(super) binds: bool,
    /// Of the log-in under way.
    pub(super) session_preauth: Option<PreauthHash>,
}

/// Keys for either direction.
#[derive(Debug)]
pub(super) struct Ciphers {
    pub(super) encrypt: CipherKey,
    pub(super) decrypt: CipherKey,
}

/// A response or notification.
#[derive(Debug)]
pub struct Incoming {
    /// Its header.
    pub header: Header,
    /// The whole of it, header first.
    pub message: Vec<u8>,
    /// It came encrypted.
    pub encrypted: bool,
    /// It was signed with the session's key.
    pub signed: bool,
}

impl Incoming {
    /// The NTSTATUS.
    pub fn status(&self) -> u32 {
        self.header.status
    }

    /// The body, as it came.
    pub fn body(&self) -> &[u8] {
        self.message.get(HEADER_SIZE..).unwrap_or(&[])
    }

    /// The body, whatever it is.
    ///
    /// # Errors
    /// Malformed.
    pub fn response(&self) -> Result<Response<'_>, Malformed> {
        let command = Command::from_code(self.header.command).ok_or(Malformed)?;
        Response::parse(command, self.header.status, &self.message)
    }

    /// The body of a response that is what was hoped for.
    ///
    /// # Errors
    /// The server refused, or it makes no sense.
    pub fn body_of<'a, B: Body<'a>>(&'a self) -> Result<B, ClientError> {
        self.expect(0)?;
        Ok(B::parse(&self.message)?)
    }

    /// Takes a status alone.
    ///
    /// # Errors
    /// The status is another.
    pub fn expect(&self, status: u32) -> Result<(), ClientError> {
        if self.header.status == status {
            return Ok(());
        }
        Err(ClientError::Refused {
            command: Command::from_code(self.header.command).ok_or(ClientError::Malformed)?,
            status: self.header.status,
        })
    }
}

impl Default for Core {
    fn default() -> Self {
        Self::new()
    }
}

impl Core {
    /// A client that has said nothing yet.
    pub fn new() -> Self {
        Self {
            dialect: None,
            message_id: MessageId(0),
            session_id: SessionId::NONE,
            tree_id: TreeId(0),
            channel_sequence: 0,
            replays: false,
            credits: 64,
            signing: None,
            encrypts: false,
            cipher: None,
            signing_algorithm: SigningAlgorithm::HmacSha256,
            ciphers: None,
            preauth: PreauthHash::new(),
            binds: false,
            session_preauth: None,
        }
    }

    /// A header of this client's, for the next message.
    pub fn header(&self, command: u16) -> Header {
        Header {
            credit_charge: 1,
            status: self.channel_sequence.into(),
            command,
            credits: self.credits,
            flags: HeaderFlags::empty(),
            next_command: 0,
            message_id: self.message_id,
            async_id: AsyncId(0),
            process_id: 0,
            tree_id: self.tree_id,
            session_id: self.session_id,
        }
    }

    /// A request as a message, signed where there is a key; the next one has another id.
    pub fn message(&mut self, request: &Outgoing) -> Vec<u8> {
        self.link(request, true)
    }

    fn link(&mut self, request: &Outgoing, is_last: bool) -> Vec<u8> {
        let mut flags = HeaderFlags::empty();
        flags.set(HeaderFlags::RELATED, request.related);
        flags.set(HeaderFlags::REPLAY, self.replays);
        let length = HEADER_SIZE + request.body.len();
        let padded = if is_last {
            length
        } else {
            length.next_multiple_of(8)
        };
        let header = Header {
            credit_charge: request.charge,
            flags,
            next_command: if is_last {
                0
            } else {
                u32::try_from(padded).unwrap_or(u32::MAX)
            },
            session_id: request.session_id.unwrap_or(self.session_id),
            ..self.header(request.command)
        };
        let mut message = Vec::with_capacity(padded);
        header.encode(&mut message);
        message.extend_from_slice(&request.body);
        message.resize(padded, 0);
        if request.command != Command::Cancel as u16 {
            self.message_id = self.message_id.after(request.charge);
            self.sign(&mut message);
        }
        self.note_sent(request.command, &message);
        message
    }

    /// Signs a message (again), where there is a key.
    pub fn sign(&self, message: &mut [u8]) {
        if let Some(key) = self.signing.as_ref().filter(|_| !self.encrypts) {
            if let Some(flags) = message.get_mut(FLAGS) {
                *flags |= SIGNED;
            }
            key.sign(message);
        }
    }

    /// A chain as a frame, prefix first.
    pub fn frame(&mut self, chain: &[Outgoing]) -> Vec<u8> {
        let mut messages = Vec::new();
        for (at, request) in chain.iter().enumerate() {
            messages.extend(self.link(request, at + 1 == chain.len()));
        }
        self.seal(&messages)
    }

    /// CANCEL of a request that waits, as a frame.
    pub fn cancel(&self, async_id: AsyncId) -> Vec<u8> {
        self.cancel_by(Header {
            flags: HeaderFlags::ASYNC,
            async_id,
            message_id: MessageId(0),
            ..self.header(Command::Cancel as u16)
        })
    }

    /// CANCEL of a request that the client was told nothing of yet, as a frame.
    pub fn cancel_message(&self, message_id: MessageId) -> Vec<u8> {
        self.cancel_by(Header {
            message_id,
            ..self.header(Command::Cancel as u16)
        })
    }

    fn cancel_by(&self, header: Header) -> Vec<u8> {
        let mut message = Vec::new();
        header.encode(&mut message);
        CancelRequest.encode(&mut Writer::new(&mut message, 0));
        self.seal(&message)
    }

    /// Messages as a frame: encrypted where that is wanted, prefix first.
    pub fn seal(&self, messages: &[u8]) -> Vec<u8> {
        match self.ciphers.as_ref().filter(|_| self.encrypts) {
            Some(ciphers) => {
                let mut sealed = vec![0; TRANSFORM_HEADER_SIZE];
                sealed.extend_from_slice(messages);
                ciphers.encrypt.encrypt(self.session_id, &mut sealed);
                Self::prefixed(&sealed)
            }
            None => Self::prefixed(messages),
        }
    }

    /// Bytes as a frame, as they are.
    pub fn prefixed(bytes: &[u8]) -> Vec<u8> {
        let mut frame = Vec::with_capacity(PREFIX + bytes.len());
        frame.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        frame.extend_from_slice(bytes);
        frame
    }

    /// Bytes of the frame behind a prefix.
    pub fn length_of_frame(prefix: [u8; PREFIX]) -> usize {
        let [_, high, middle, low] = prefix;
        u32::from_be_bytes([0, high, middle, low]) as usize
    }

    /// The responses and notifications in a frame, which comes without its prefix.
    ///
    /// # Errors
    /// It is no frame of an SMB server's, or can't be decrypted.
    pub fn read_frame(&mut self, mut frame: Vec<u8>) -> Result<Vec<Incoming>, ClientError> {
        let encrypted = frame.first() == Some(&0xFD);
        let mut rest = if encrypted {
            let ciphers = self.ciphers.as_ref().ok_or(ClientError::Malformed)?;
            ciphers.decrypt.decrypt(&mut frame)?
        } else {
            &mut frame[..]
        };
        let mut all = Vec::new();
        loop {
            let header = Header::parse(rest)?;
            let next = header.next_command as usize;
            if !next.is_multiple_of(8) {
                return Err(ClientError::Malformed);
            }
            let end = if next == 0 { rest.len() } else { next };
            let (message, after) = rest.split_at_mut_checked(end).ok_or(ClientError::Malformed)?;
            let signed = self.signing.as_ref().is_some_and(|key| key.verify(message));
            all.push(Incoming {
                header,
                message: message.to_vec(),
                encrypted,
                signed,
            });
            if next == 0 {
                break;
            }
            rest = after;
        }
        if let [only] = &all[..] {
            self.note_received(only);
        }
        Ok(all)
    }

    /// NEGOTIATE and SESSION_SETUP belong to the hash that keys are derived from ([MS-SMB2] 3.1.4.4).
    fn note_sent(&mut self, command: u16, message: &[u8]) {
        if command == Command::Negotiate as u16 {
            self.preauth.update(message);
        } else if command == Command::SessionSetup as u16 {
            let connection = &self.preauth;
            let session = self.session_preauth.get_or_insert_with(|| connection.clone());
            session.update(message);
        }
    }

    fn note_received(&mut self, response: &Incoming) {
        if response.header.command == Command::Negotiate as u16 {
            self.preauth.update(&response.message);
        } else if response.header.command == Command::SessionSetup as u16 {
            match (&mut self.session_preauth, response.status()) {
                (Some(session), MORE_PROCESSING_REQUIRED) => session.update(&response.message),
                // Keys are derived with it.
                (Some(_), 0) | (None, _) => {}
                (Some(_), _) => self.session_preauth = None,
            }
        }
    }
}
