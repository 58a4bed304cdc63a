//! The client: dialects up to 3.0.2, raw NTLMv2 without key exchange, signing, encryption, chains.

use hmac::{Hmac, KeyInit, Mac};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;

use crate::identity::NtHash;
use crate::smb::crypto::{
    Cipher, CipherKey, SessionKeys, SigningAlgorithm, SigningKey, TRANSFORM_HEADER_SIZE,
};
use crate::smb::status::NtStatus;
use crate::smb::wire::header::{Command, HEADER_SIZE, Header, HeaderFlags};

const CAP_ENCRYPTION: u32 = 0x40;
/// Credits asked for with every request.
const CREDITS: u16 = 600;

/// A request of a chain.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) command: u16,
    pub(super) body: Vec<u8>,
    pub(super) related: bool,
    pub(super) charge: u16,
    /// Instead of the client's own session.
    pub(super) session_id: Option<u64>,
}

impl Request {
    pub(super) fn new(command: Command, body: Vec<u8>) -> Self {
        Self {
            command: command as u16,
            body,
            related: false,
            charge: 1,
            session_id: None,
        }
    }

    pub(super) fn related(self) -> Self {
        Self {
            related: true,
            ..self
        }
    }
}

/// A response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) header: Header,
    pub(super) body: Vec<u8>,
    pub(super) encrypted: bool,
    /// Signed with the session's key.
    pub(super) signed: bool,
}

impl Response {
    pub(super) fn status(&self) -> NtStatus {
        NtStatus(self.header.status)
    }

    pub(super) fn has_signed_flag(&self) -> bool {
        self.header.flags.contains(HeaderFlags::SIGNED)
    }

    /// The FileId of a CREATE response.
    pub(super) fn file_id(&self) -> [u8; 16] {
        self.body[64..80].try_into().unwrap()
    }
}

pub(super) struct Client {
    stream: DuplexStream,
    served: JoinHandle<()>,
    next_message: u64,
    dialect: u16,
    pub(super) session_id: u64,
    pub(super) tree_id: u32,
    pub(super) channel_sequence: u16,
    /// Requests are signed when there is a key.
    pub(super) signing: Option<SigningKey>,
    ciphers: Option<(CipherKey, CipherKey)>,
    /// Requests are encrypted.
    pub(super) encrypts: bool,
}

impl Client {
    pub(super) fn new(stream: DuplexStream, served: JoinHandle<()>) -> Self {
        Self {
            stream,
            served,
            next_message: 0,
            dialect: 0,
            session_id: 0,
            tree_id: 0,
            channel_sequence: 0,
            signing: None,
            ciphers: None,
            encrypts: false,
        }
    }

    /// NEGOTIATE without contexts; gives the dialect that the server chose.
    pub(super) async fn negotiate(&mut self, dialects: &[u16]) -> u16 {
        let response = self
            .call(Request::new(Command::Negotiate, negotiate_body(dialects)))
            .await;
        assert_eq!(response.status(), NtStatus::SUCCESS);
        self.dialect = u16::from_le_bytes([response.body[4], response.body[5]]);
        self.dialect
    }

    /// A log-in, or its renewal.
    pub(super) async fn log_in(&mut self, name: &str, password: &str) -> Result<(), NtStatus> {
        self.log_in_after(name, password, 0).await
    }

    /// A log-in that replaces an earlier session.
    pub(super) async fn log_in_after(
        &mut self,
        name: &str,
        password: &str,
        previous: u64,
    ) -> Result<(), NtStatus> {
        let first = [&b"NTLMSSP\0\x01\0\0\0\x01\0\0\x20"[..], &[0; 16]].concat();
        let response = self
            .call(Request::new(Command::SessionSetup, setup_body(&first, previous)))
            .await;
        if response.status() != NtStatus::MORE_PROCESSING_REQUIRED {
            return Err(response.status());
        }
        let is_new = self.session_id == 0;
        self.session_id = response.header.session_id;
        let (last, key) = authenticate(&response.body[8..], name, &NtHash::of(password));
        let response = self
            .call(Request::new(Command::SessionSetup, setup_body(&last, previous)))
            .await;
        if response.status() != NtStatus::SUCCESS {
            return Err(response.status());
        }
        let is_guest = response.body[2] & 3 != 0;
        if is_new && !is_guest {
            self.set_keys(&key);
        }
        Ok(())
    }

    fn set_keys(&mut self, key: &[u8; 16]) {
        let is_3 = self.dialect >= 0x0300;
        let cipher = is_3.then_some(Cipher::Aes128Ccm);
        let keys = SessionKeys::derive(self.dialect, key, &[0; 64], cipher);
        let algorithm = if is_3 {
            SigningAlgorithm::AesCmac
        } else {
            SigningAlgorithm::HmacSha256
        };
        self.signing = Some(SigningKey::new(algorithm, keys.signing()));
        self.ciphers = cipher.map(|cipher| {
            (
                CipherKey::new(cipher, keys.client_to_server()),
                CipherKey::new(cipher, keys.server_to_client()),
            )
        });
    }

    /// TREE_CONNECT.
    pub(super) async fn enter(&mut self, share: &str) -> NtStatus {
        let path: Vec<u8> = format!(r"\\landfall\{share}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let mut body = Vec::new();
        put(&mut body, &[9, 0, 72, u16::try_from(path.len()).unwrap()]);
        body.extend(path);
        let response = self.call(Request::new(Command::TreeConnect, body)).await;
        self.tree_id = response.header.tree_id;
        response.status()
    }

    /// Creates or opens a file or folder.
    pub(super) async fn open(&mut self, name: &str, directory: bool) -> [u8; 16] {
        let response = self.call(create(name, directory)).await;
        assert_eq!(response.status(), NtStatus::SUCCESS);
        response.file_id()
    }

    /// A request and the response to it.
    pub(super) async fn call(&mut self, request: Request) -> Response {
        self.send(&[request]).await;
        let mut responses = self.receive().await.expect("the connection ended");
        assert_eq!(responses.len(), 1);
        responses.remove(0)
    }

    /// Sends a chain; gives the message id of its first request.
    pub(super) async fn send(&mut self, chain: &[Request]) -> u64 {
        let first = self.next_message;
        let mut messages = Vec::new();
        for (at, request) in chain.iter().enumerate() {
            let is_last = at + 1 == chain.len();
            let cancels = request.command == Command::Cancel as u16;
            let mut message = self.message(request, is_last);
            if let Some(key) = self.signing.as_ref().filter(|_| !self.encrypts && !cancels) {
                key.sign(&mut message);
            }
            messages.extend(message);
            self.next_message += u64::from(request.charge);
        }
        self.send_frame(messages).await;
        first
    }

    /// CANCEL of a request that waits.
    pub(super) async fn cancel(&mut self, async_id: u64) {
        let header = Header {
            flags: HeaderFlags::ASYNC,
            async_id,
            ..self.header(Command::Cancel as u16)
        };
        let mut message = Vec::new();
        header.encode(&mut message);
        put(&mut message, &[4, 0]);
        self.send_frame(message).await;
    }

    /// CANCEL of a request that the client was told nothing of yet.
    pub(super) async fn cancel_message(&mut self, message_id: u64) {
        let header = Header {
            message_id,
            ..self.header(Command::Cancel as u16)
        };
        let mut message = Vec::new();
        header.encode(&mut message);
        put(&mut message, &[4, 0]);
        self.send_frame(message).await;
    }

    fn header(&self, command: u16) -> Header {
        Header {
            process_id: 0,
            credit_charge: 1,
            status: self.channel_sequence.into(),
            command,
            credits: CREDITS,
            flags: HeaderFlags::empty(),
            next_command: 0,
            message_id: 0,
            async_id: 0,
            tree_id: self.tree_id,
            session_id: self.session_id,
        }
    }

    fn message(&self, request: &Request, is_last: bool) -> Vec<u8> {
        let mut flags = HeaderFlags::empty();
        flags.set(HeaderFlags::RELATED, request.related);
        flags.set(HeaderFlags::SIGNED, self.signing.is_some() && !self.encrypts);
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
                u32::try_from(padded).unwrap()
            },
            message_id: self.next_message,
            session_id: request.session_id.unwrap_or(self.session_id),
            ..self.header(request.command)
        };
        let mut message = Vec::new();
        header.encode(&mut message);
        message[36..40].copy_from_slice(&self.tree_id.to_le_bytes());
        message.extend_from_slice(&request.body);
        message.resize(padded, 0);
        message
    }

    async fn send_frame(&mut self, messages: Vec<u8>) {
        if self.encrypts {
            let mut sealed = vec![0; TRANSFORM_HEADER_SIZE];
            sealed.extend(messages);
            self.ciphers
                .as_ref()
                .unwrap()
                .0
                .encrypt(self.session_id, &mut sealed);
            self.send_raw(&sealed).await;
        } else {
            self.send_raw(&messages).await;
        }
    }

    /// Sends a frame as it is.
    pub(super) async fn send_raw(&mut self, frame: &[u8]) {
        let mut bytes = u32::try_from(frame.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(frame);
        // A server that has hung up is noticed at the next receive.
        let _ = self.stream.write_all(&bytes).await;
    }

    /// Sends bytes that are no SMB frame.
    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The bytes of the next frame, prefix first; `None` when the connection has ended.
    pub(super) async fn receive_raw(&mut self) -> Option<Vec<u8>> {
        let mut frame = vec![0; 4];
        self.stream.read_exact(&mut frame).await.ok()?;
        let length = u32::from_be_bytes([0, frame[1], frame[2], frame[3]]) as usize;
        frame.resize(4 + length, 0);
        self.stream.read_exact(&mut frame[4..]).await.ok()?;
        Some(frame)
    }

    /// The responses in the next frame.
    pub(super) async fn receive(&mut self) -> Option<Vec<Response>> {
        let mut frame = self.receive_raw().await?.split_off(4);
        let encrypted = frame[0] == 0xFD;
        if encrypted {
            frame = self
                .ciphers
                .as_ref()
                .unwrap()
                .1
                .decrypt(&mut frame)
                .unwrap()
                .to_vec();
        }
        let mut responses = Vec::new();
        let mut rest = &mut frame[..];
        loop {
            let header = Header::parse(rest).unwrap();
            let next = header.next_command as usize;
            assert!(next.is_multiple_of(8));
            let (message, after) = rest.split_at_mut(if next == 0 { rest.len() } else { next });
            let signed = self.signing.as_ref().is_some_and(|key| key.verify(message));
            responses.push(Response {
                header,
                body: message[HEADER_SIZE..].to_vec(),
                encrypted,
                signed,
            });
            if next == 0 {
                return Some(responses);
            }
            rest = after;
        }
    }

    /// Hangs up and waits for the server to have noticed.
    pub(super) async fn hang_up(self) {
        drop(self.stream);
        self.served.await.unwrap();
    }

    /// Waits for the server to have left the connection, without taking anything that it sends.
    pub(super) async fn left(self) {
        self.served.await.unwrap();
        drop(self.stream);
    }

    /// Waits for the server to have left the connection.
    pub(super) async fn ended(mut self) {
        assert!(self.receive_raw().await.is_none());
        self.served.await.unwrap();
    }
}

fn put(out: &mut Vec<u8>, values: &[u16]) {
    out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

/// The body of NEGOTIATE, without contexts.
pub(super) fn negotiate_body(dialects: &[u16]) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, &[36, u16::try_from(dialects.len()).unwrap(), 1, 0]);
    body.extend(CAP_ENCRYPTION.to_le_bytes());
    body.extend([5; 16]);
    body.extend([0; 8]);
    put(&mut body, dialects);
    body
}

fn setup_body(token: &[u8], previous: u64) -> Vec<u8> {
    let mut body = Vec::new();
    put(
        &mut body,
        &[25, 0x0100, 0, 0, 0, 0, 88, u16::try_from(token.len()).unwrap()],
    );
    body.extend(previous.to_le_bytes());
    body.extend_from_slice(token);
    body
}

fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = Hmac::<md5::Md5>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// NTLM's third message ([MS-NLMP] 3.3.2), and the session key.
fn authenticate(challenge: &[u8], name: &str, hash: &NtHash) -> (Vec<u8>, [u8; 16]) {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let key = hmac_md5(&hash.0, &[&utf16(&name.to_uppercase())]);
    let mut blob = vec![1, 1];
    blob.resize(28 + 8, 0);
    let proof = hmac_md5(&key, &[&challenge[24..32], &blob]);
    let fields = [
        Vec::new(),
        [&proof[..], &blob].concat(),
        Vec::new(),
        utf16(name),
        Vec::new(),
        Vec::new(),
    ];
    let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
    let mut offset = 88;
    for field in &fields {
        let length = u16::try_from(field.len()).unwrap();
        put(&mut message, &[length, length, offset, 0]);
        offset += length;
    }
    message.extend([1, 0, 0, 0x20]);
    message.resize(88, 0);
    message.extend(fields.concat());
    (message, hmac_md5(&key, &[&proof]))
}

/// CREATE: opens, or makes.
pub(super) fn create(name: &str, directory: bool) -> Request {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut body = Vec::new();
    put(&mut body, &[57, 0, 2, 0]);
    body.extend([0; 16]);
    // Read, write, delete, attributes; shared with all; OPEN_IF.
    for value in [0x0013_019Fu32, 0, 7, 3, u32::from(directory)] {
        body.extend(value.to_le_bytes());
    }
    put(&mut body, &[120, u16::try_from(name.len()).unwrap(), 0, 0, 0, 0]);
    body.extend(name);
    Request::new(Command::Create, body)
}

/// CREATE that asks for an oplock.
pub(super) fn create_caching(name: &str, oplock_level: u8) -> Request {
    let mut request = create(name, false);
    request.body[3] = oplock_level;
    request
}

/// OPLOCK_BREAK: an acknowledgment.
pub(super) fn acknowledge_break(file: [u8; 16], oplock_level: u8) -> Request {
    let mut body = Vec::new();
    put(&mut body, &[24, oplock_level.into(), 0, 0]);
    body.extend(file);
    Request::new(Command::OplockBreak, body)
}

/// CLOSE.
pub(super) fn close(file: [u8; 16]) -> Request {
    let mut body = Vec::new();
    put(&mut body, &[24, 0, 0, 0]);
    body.extend(file);
    Request::new(Command::Close, body)
}

/// WRITE.
pub(super) fn write(file: [u8; 16], offset: u64, data: &[u8]) -> Request {
    let mut body = Vec::new();
    put(&mut body, &[49, 112, u16::try_from(data.len()).unwrap(), 0]);
    body.extend(offset.to_le_bytes());
    body.extend(file);
    body.extend([0; 16]);
    body.extend_from_slice(data);
    Request::new(Command::Write, body)
}

/// READ, paid for.
pub(super) fn read(file: [u8; 16], length: u32) -> Request {
    let mut body = Vec::new();
    put(&mut body, &[49, 0]);
    body.extend(length.to_le_bytes());
    body.extend([0; 8]);
    body.extend(file);
    body.extend([0; 17]);
    let charge = u16::try_from(length.div_ceil(65_536)).unwrap().max(1);
    Request {
        charge,
        ..Request::new(Command::Read, body)
    }
}

/// SET_INFO: another name, in place of what has it.
pub(super) fn rename(file: [u8; 16], to: &str) -> Request {
    let name: Vec<u8> = to.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut information = vec![1, 0, 0, 0, 0, 0, 0, 0];
    information.extend([0; 8]);
    information.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
    information.extend(name);
    let mut body = Vec::new();
    // FileRenameInformation of INFO_FILE.
    put(&mut body, &[33, 0x0A01]);
    body.extend(u32::try_from(information.len()).unwrap().to_le_bytes());
    put(&mut body, &[96, 0, 0, 0]);
    body.extend(file);
    body.extend(information);
    Request::new(Command::SetInfo, body)
}

/// CHANGE_NOTIFY.
pub(super) fn watch(folder: [u8; 16]) -> Request {
    let mut body = Vec::new();
    put(&mut body, &[32, 0, 4096, 0]);
    body.extend(folder);
    put(&mut body, &[1, 0, 0, 0]);
    Request::new(Command::ChangeNotify, body)
}

/// ECHO.
pub(super) fn echo() -> Request {
    Request::new(Command::Echo, vec![4, 0, 0, 0])
}

/// The FileId that stands for "the one before".
pub(super) const RELATED_FILE: [u8; 16] = [0xFF; 16];
