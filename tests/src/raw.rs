//! A small SMB 2.1 client that sends what it is told to, right or wrong. A person's messages are signed.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use md4::{Digest, Md4};
use md5::Md5;
use sha2::Sha256;
use socket2::{Domain, Socket, Type};

use crate::server::PASSWORD;

/// Commands.
pub mod command {
    #![allow(missing_docs)]
    pub const NEGOTIATE: u16 = 0;
    pub const SESSION_SETUP: u16 = 1;
    pub const LOGOFF: u16 = 2;
    pub const TREE_CONNECT: u16 = 3;
    pub const CREATE: u16 = 5;
    pub const CLOSE: u16 = 6;
    pub const FLUSH: u16 = 7;
    pub const READ: u16 = 8;
    pub const WRITE: u16 = 9;
    pub const IOCTL: u16 = 11;
    pub const ECHO: u16 = 13;
}

/// STATUS_MORE_PROCESSING_REQUIRED.
pub const MORE_PROCESSING: u32 = 0xC000_0016;
/// Bytes of a header.
pub const HEADER_SIZE: usize = 64;
const SIGNATURE: std::ops::Range<usize> = 48..64;
const FLAG_SIGNED: u8 = 8;
/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A handle.
pub type FileId = [u8; 16];

/// The client.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    /// Of the next message.
    pub message_id: u64,
    /// 0 before the log-in.
    pub session_id: u64,
    /// Of the share entered last.
    pub tree_id: u32,
    key: Option<[u8; 16]>,
}

impl Raw {
    /// Connects, and says nothing.
    pub fn connect(address: &str) -> Self {
        Self::connect_from(address, Ipv4Addr::LOCALHOST).expect("the port is open")
    }

    /// Connects from another of this computer's loopback addresses, which counts as another client.
    ///
    /// # Errors
    /// Refused.
    pub fn connect_from(address: &str, from: Ipv4Addr) -> std::io::Result<Self> {
        let to: SocketAddr = address.parse().expect("an address");
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::new(IpAddr::V4(from), 0).into())?;
        socket.connect_timeout(&to.into(), PATIENCE)?;
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            message_id: 0,
            session_id: 0,
            tree_id: 0,
            key: None,
        })
    }

    /// Connects, negotiates 2.1, logs in and enters the share `files`.
    pub fn enter(address: &str, person: &str) -> Self {
        let mut client = Self::connect(address);
        client.negotiate();
        client.log_in(person);
        client.tree_connect("files");
        client
    }

    /// NEGOTIATE of 2.1 alone.
    pub fn negotiate(&mut self) {
        self.expect(command::NEGOTIATE, &negotiate_body(&[0x0210]), 0);
    }

    /// Both legs of a log-in; requests are signed from then on.
    pub fn log_in(&mut self, person: &str) {
        let answer = self.expect(
            command::SESSION_SETUP,
            &setup_body(&ntlm_negotiate()),
            MORE_PROCESSING,
        );
        self.session_id = u64_at(&answer, 40);
        let (token, key) = ntlm_authenticate(&answer[72..], person);
        self.expect(command::SESSION_SETUP, &setup_body(&token), 0);
        self.key = Some(key);
    }

    /// Enters a share.
    pub fn tree_connect(&mut self, share: &str) {
        let answer = self.expect(command::TREE_CONNECT, &tree_connect_body(share), 0);
        self.tree_id = u32::from_le_bytes(answer[36..40].try_into().expect("four bytes"));
    }

    /// Opens or creates a file for everything, shared with all.
    pub fn create(&mut self, name: &str) -> FileId {
        let answer = self.expect(command::CREATE, &create_body(name), 0);
        answer[128..144].try_into().expect("sixteen bytes")
    }

    /// Opens or creates a folder.
    pub fn create_folder(&mut self, name: &str) -> FileId {
        let mut body = create_body(name);
        body[40..44].copy_from_slice(&1u32.to_le_bytes());
        let answer = self.expect(command::CREATE, &body, 0);
        answer[128..144].try_into().expect("sixteen bytes")
    }

    /// Writes.
    pub fn write(&mut self, file: FileId, offset: u64, data: &[u8]) {
        self.expect(command::WRITE, &write_body(file, offset, data), 0);
    }

    /// Reads.
    pub fn read(&mut self, file: FileId, offset: u64, length: u32) -> Vec<u8> {
        let answer = self.expect(command::READ, &read_body(file, offset, length), 0);
        answer[80..].to_vec()
    }

    /// Waits until what was written is on the disk.
    pub fn flush(&mut self, file: FileId) {
        self.expect(command::FLUSH, &flush_body(file), 0);
    }

    /// Closes.
    pub fn close(&mut self, file: FileId) {
        let body = [&[24, 0, 0, 0, 0, 0, 0, 0][..], &file].concat();
        self.expect(command::CLOSE, &body, 0);
    }

    /// Asks whether the server is there.
    pub fn echo(&mut self) {
        self.expect(command::ECHO, &[4, 0, 0, 0], 0);
    }

    /// A request whose answer has this status.
    pub fn expect(&mut self, command: u16, body: &[u8], status: u32) -> Vec<u8> {
        let (got, answer) = self.call(command, body);
        assert_eq!(got, status, "command {command}: {got:#010x}");
        answer
    }

    /// A request; the status and the whole answer.
    pub fn call(&mut self, command: u16, body: &[u8]) -> (u32, Vec<u8>) {
        self.attempt(command, body).expect("the connection goes on")
    }

    /// The same with a server that may hang up meanwhile.
    pub fn attempt(&mut self, command: u16, body: &[u8]) -> Option<(u32, Vec<u8>)> {
        let message = self.message(command, body);
        self.send(&message);
        let answer = self.receive()?;
        Some((status_of(&answer), answer))
    }

    /// The same before there is a session.
    pub fn echo_without_session(&mut self) {
        let session = std::mem::take(&mut self.session_id);
        self.echo();
        self.session_id = session;
    }

    /// A message with the next message id, signed where there is a key.
    pub fn message(&mut self, command: u16, body: &[u8]) -> Vec<u8> {
        let mut message = vec![0xFE, b'S', b'M', b'B', 64, 0, 1, 0, 0, 0, 0, 0];
        message.extend_from_slice(&command.to_le_bytes());
        message.extend_from_slice(&64u16.to_le_bytes());
        message.extend_from_slice(&[0; 8]);
        message.extend_from_slice(&self.message_id.to_le_bytes());
        message.extend_from_slice(&[0; 4]);
        message.extend_from_slice(&self.tree_id.to_le_bytes());
        message.extend_from_slice(&self.session_id.to_le_bytes());
        message.extend_from_slice(&[0; 16]);
        message.extend_from_slice(body);
        self.message_id = self.message_id.wrapping_add(1);
        self.sign(&mut message);
        message
    }

    /// Signs a message again, after a change to it.
    pub fn sign(&self, message: &mut [u8]) {
        if let Some(key) = &self.key {
            message[16] |= FLAG_SIGNED;
            message[SIGNATURE].fill(0);
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length will do");
            mac.update(message);
            message[SIGNATURE].copy_from_slice(&mac.finalize().into_bytes()[..16]);
        }
    }

    /// Sends a frame.
    pub fn send(&mut self, message: &[u8]) {
        let length = u32::try_from(message.len()).expect("short").to_be_bytes();
        self.send_bytes(&[&length, message].concat());
    }

    /// Sends bytes as they are; a server that has hung up is noticed at the next receive.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// The next message; `None` when the server has hung up.
    ///
    /// # Panics
    /// There is no answer in time.
    pub fn receive(&mut self) -> Option<Vec<u8>> {
        let mut prefix = [0; 4];
        self.fill(&mut prefix)?;
        let mut message = vec![0; u32::from_be_bytes(prefix) as usize];
        self.fill(&mut message)?;
        Some(message)
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Option<()> {
        match self.stream.read_exact(buffer) {
            Ok(()) => Some(()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("the server neither answers nor hangs up")
            }
            Err(_) => None,
        }
    }
}

/// The status in an answer.
pub fn status_of(answer: &[u8]) -> u32 {
    u32::from_le_bytes(answer[8..12].try_into().expect("an answer has a header"))
}

fn u64_at(message: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(message[at..at + 8].try_into().expect("eight bytes"))
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn put(out: &mut Vec<u8>, values: &[u16]) {
    out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).expect("short")
}

/// The body of NEGOTIATE, without contexts.
pub fn negotiate_body(dialects: &[u16]) -> Vec<u8> {
    let mut body = Vec::new();
    put(
        &mut body,
        &[36, u16::try_from(dialects.len()).expect("few"), 1, 0],
    );
    body.extend_from_slice(&[0; 28]);
    put(&mut body, dialects);
    body
}

/// The body of SESSION_SETUP.
pub fn setup_body(token: &[u8]) -> Vec<u8> {
    let mut body = vec![25, 0, 0, 1];
    body.extend_from_slice(&[0; 8]);
    put(&mut body, &[88, length(token)]);
    body.extend_from_slice(&[0; 8]);
    body.extend_from_slice(token);
    body
}

fn tree_connect_body(share: &str) -> Vec<u8> {
    let path = utf16(&format!(r"\\127.0.0.1\{share}"));
    let mut body = Vec::new();
    put(&mut body, &[9, 0, 72, length(&path)]);
    body.extend_from_slice(&path);
    body
}

/// The body of CREATE.
pub fn create_body(name: &str) -> Vec<u8> {
    let name = utf16(name);
    let mut body = vec![57, 0, 0, 0];
    body.extend_from_slice(&2u32.to_le_bytes());
    body.extend_from_slice(&[0; 16]);
    // Read, write, delete, attributes; shared with all; OPEN_IF; no folder.
    for value in [0x0013_019Fu32, 0, 7, 3, 0x40] {
        body.extend_from_slice(&value.to_le_bytes());
    }
    put(&mut body, &[120, length(&name), 0, 0, 0, 0]);
    body.extend_from_slice(&name);
    body
}

/// The body of WRITE.
pub fn write_body(file: FileId, offset: u64, data: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, &[49, 112]);
    body.extend_from_slice(&u32::try_from(data.len()).expect("short").to_le_bytes());
    body.extend_from_slice(&offset.to_le_bytes());
    body.extend_from_slice(&file);
    body.extend_from_slice(&[0; 16]);
    body.extend_from_slice(data);
    body
}

/// The body of FLUSH.
pub fn flush_body(file: FileId) -> Vec<u8> {
    [&[24, 0, 0, 0, 0, 0, 0, 0][..], &file].concat()
}

/// The body of READ.
pub fn read_body(file: FileId, offset: u64, length: u32) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, &[49, 0]);
    body.extend_from_slice(&length.to_le_bytes());
    body.extend_from_slice(&offset.to_le_bytes());
    body.extend_from_slice(&file);
    body.extend_from_slice(&[0; 17]);
    body
}

/// The body of QUERY_DIRECTORY for FileNamesInformation.
pub fn query_directory_body(folder: FileId, expression: &str) -> Vec<u8> {
    let expression = utf16(expression);
    let mut body = vec![33, 0, 12, 0, 0, 0, 0, 0];
    body.extend_from_slice(&folder);
    put(&mut body, &[96, length(&expression)]);
    body.extend_from_slice(&4096u32.to_le_bytes());
    body.extend_from_slice(&expression);
    body
}

/// NTLM's first message.
pub fn ntlm_negotiate() -> Vec<u8> {
    [&b"NTLMSSP\0\x01\0\0\0\x01\0\0\x20"[..], &[0; 16]].concat()
}

fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = Hmac::<Md5>::new_from_slice(key).expect("any length will do");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// NTLM's third message ([MS-NLMP] 3.3.2) with [`PASSWORD`], and the session key.
pub fn ntlm_authenticate(challenge: &[u8], person: &str) -> (Vec<u8>, [u8; 16]) {
    let hash = Md4::digest(utf16(PASSWORD));
    let key = hmac_md5(&hash, &[&utf16(&person.to_uppercase())]);
    let mut blob = vec![1, 1];
    blob.resize(28 + 8, 0);
    let proof = hmac_md5(&key, &[&challenge[24..32], &blob]);
    let fields = [
        Vec::new(),
        [&proof[..], &blob].concat(),
        Vec::new(),
        utf16(person),
        Vec::new(),
        Vec::new(),
    ];
    let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
    let mut offset = 88;
    for field in &fields {
        put(&mut message, &[length(field), length(field), offset, 0]);
        offset += length(field);
    }
    message.extend_from_slice(&[1, 0, 0, 0x20]);
    message.resize(88, 0);
    message.extend_from_slice(&fields.concat());
    (message, hmac_md5(&key, &[&proof]))
}
