//! The SMB client of a small board, byte for byte: NetBIOS framing, five dialects without contexts, a log-in
//! without a name, and 8 KiB writes.

use std::io::{Read, Write};
use std::net::TcpStream;

/// A connection as such a board keeps it.
#[derive(Debug)]
pub struct Esp32 {
    stream: TcpStream,
    message_id: u64,
    session_id: u64,
    tree_id: u32,
    /// The dialect that the server chose.
    pub dialect: u16,
}

/// How the board logs in without a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// SESSION_SETUP without a token.
    Empty,
    /// NTLMSSP with empty names, not wrapped in SPNEGO.
    AnonymousNtlm,
}

impl Esp32 {
    /// Connects to the session service, negotiates and logs in.
    pub fn connect(address: &str, login: Login) -> Self {
        let stream = TcpStream::connect(address).expect("the port is open");
        stream
            .set_read_timeout(Some(std::time::Duration::from_secs(15)))
            .expect("a time-out can be set");
        let mut board = Self {
            stream,
            message_id: 0,
            session_id: 0,
            tree_id: 0,
            dialect: 0,
        };
        board.request_session();
        board.negotiate();
        board.log_in(login);
        board
    }

    /// RFC 1002 4.3.2: names in first-level encoding.
    fn request_session(&mut self) {
        let encode = |name: &[u8; 16]| {
            let mut out = vec![32];
            out.extend(
                name.iter()
                    .flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]),
            );
            out.push(0);
            out
        };
        let names = [encode(b"*SMBSERVER      "), encode(b"ESP32           ")].concat();
        let length = u8::try_from(names.len()).expect("68 bytes");
        self.stream
            .write_all(&[&[0x81, 0, 0, length], names.as_slice()].concat())
            .expect("the request is taken");
        let mut answer = [0; 4];
        self.stream.read_exact(&mut answer).expect("there is an answer");
        assert_eq!(answer, [0x82, 0, 0, 0], "the session is accepted");
    }

    fn negotiate(&mut self) {
        let mut body = Vec::new();
        for value in [36u16, 5, 1, 0] {
            body.extend_from_slice(&value.to_le_bytes());
        }
        body.extend_from_slice(&[0; 4]);
        body.extend_from_slice(&[0xE5; 16]);
        body.extend_from_slice(&[0; 8]);
        for dialect in [0x0202u16, 0x0210, 0x0300, 0x0302, 0x0311] {
            body.extend_from_slice(&dialect.to_le_bytes());
        }
        let answer = self.call(0, &body, 0);
        self.dialect = u16::from_le_bytes([answer[68], answer[69]]);
    }

    fn log_in(&mut self, login: Login) {
        let mut token = Vec::new();
        if login == Login::AnonymousNtlm {
            token.extend_from_slice(b"NTLMSSP\0\x01\0\0\0\x05\x02\0\0");
            token.extend_from_slice(&[0; 16]);
            self.session_setup(&token, 0xC000_0016);
            token = b"NTLMSSP\0\x03\0\0\0".to_vec();
            token.resize(60, 0);
            token.extend_from_slice(&0x0000_0A05u32.to_le_bytes());
        }
        self.session_setup(&token, 0);
    }

    fn session_setup(&mut self, token: &[u8], expected: u32) {
        let mut body = vec![25, 0, 0, 1];
        body.extend_from_slice(&[0; 8]);
        body.extend_from_slice(&88u16.to_le_bytes());
        body.extend_from_slice(&u16::try_from(token.len()).expect("short").to_le_bytes());
        body.extend_from_slice(&[0; 8]);
        body.extend_from_slice(token);
        let answer = self.call(1, &body, expected);
        self.session_id = u64::from_le_bytes(answer[40..48].try_into().expect("eight bytes"));
    }

    /// Connects to `\\server\share`; gives the status.
    pub fn tree_connect(&mut self, path: &str) -> u32 {
        let path: Vec<u8> = path.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut body = vec![9, 0, 0, 0, 72, 0];
        body.extend_from_slice(&u16::try_from(path.len()).expect("short").to_le_bytes());
        body.extend_from_slice(&path);
        let (status, answer) = self.try_call(3, &body);
        self.tree_id = u32::from_le_bytes(answer[36..40].try_into().expect("four bytes"));
        status
    }

    /// CREATE, WRITEs of `chunk` bytes, CLOSE.
    pub fn upload(&mut self, name: &str, content: &[u8], chunk: usize) {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut body = vec![57, 0, 0, 0];
        body.extend_from_slice(&2u32.to_le_bytes());
        body.extend_from_slice(&[0; 16]);
        // FILE_WRITE_DATA | FILE_READ_ATTRIBUTES, normal, share read, overwrite-if, non-directory.
        for value in [0x0000_0082u32, 0x80, 1, 5, 0x40] {
            body.extend_from_slice(&value.to_le_bytes());
        }
        body.extend_from_slice(&120u16.to_le_bytes());
        body.extend_from_slice(&u16::try_from(name.len()).expect("short").to_le_bytes());
        body.extend_from_slice(&[0; 8]);
        body.extend_from_slice(&name);
        let answer = self.call(5, &body, 0);
        let file_id: [u8; 16] = answer[128..144].try_into().expect("sixteen bytes");
        for (at, data) in content.chunks(chunk).enumerate() {
            let mut body = vec![49, 0, 112, 0];
            body.extend_from_slice(&u32::try_from(data.len()).expect("small").to_le_bytes());
            body.extend_from_slice(&((at * chunk) as u64).to_le_bytes());
            body.extend_from_slice(&file_id);
            body.extend_from_slice(&[0; 16]);
            body.extend_from_slice(data);
            let answer = self.call(9, &body, 0);
            assert_eq!(
                answer[68..72],
                u32::try_from(data.len()).expect("small").to_le_bytes()
            );
        }
        let mut body = vec![24, 0, 0, 0, 0, 0, 0, 0];
        body.extend_from_slice(&file_id);
        self.call(6, &body, 0);
    }

    fn call(&mut self, command: u16, body: &[u8], expected: u32) -> Vec<u8> {
        let (status, answer) = self.try_call(command, body);
        assert_eq!(status, expected, "command {command}: {status:#010x}");
        answer
    }

    fn try_call(&mut self, command: u16, body: &[u8]) -> (u32, Vec<u8>) {
        let mut message = vec![0xFE, b'S', b'M', b'B', 64, 0, 1, 0];
        message.extend_from_slice(&[0; 4]);
        message.extend_from_slice(&command.to_le_bytes());
        message.extend_from_slice(&1u16.to_le_bytes());
        message.extend_from_slice(&[0; 8]);
        message.extend_from_slice(&self.message_id.to_le_bytes());
        message.extend_from_slice(&[0; 4]);
        message.extend_from_slice(&self.tree_id.to_le_bytes());
        message.extend_from_slice(&self.session_id.to_le_bytes());
        message.extend_from_slice(&[0; 16]);
        message.extend_from_slice(body);
        self.message_id += 1;
        let length = u32::try_from(message.len()).expect("small").to_be_bytes();
        self.stream
            .write_all(&[&length, message.as_slice()].concat())
            .expect("the request is taken");
        let mut prefix = [0; 4];
        self.stream.read_exact(&mut prefix).expect("there is an answer");
        let mut answer = vec![0; u32::from_be_bytes(prefix) as usize];
        self.stream.read_exact(&mut answer).expect("the answer is whole");
        (
            u32::from_le_bytes(answer[8..12].try_into().expect("four bytes")),
            answer,
        )
    }
}
