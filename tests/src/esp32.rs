//! The SMB client of a small board: NetBIOS framing, five dialects without contexts, a log-in without a name, and
//! 8 KiB writes. What it sends is what such a board sends, byte for byte.

use std::net::TcpStream;
use std::time::Duration;

use server_core::smb::client::{BlockingClient, Incoming, Offer, Outgoing, Patience};
use server_core::smb::wire::close::CloseRequest;
use server_core::smb::wire::create::{CreateRequest, CreateResponse, disposition};
use server_core::smb::wire::dialect::Dialect;
use server_core::smb::wire::ids::{ClientGuid, SessionId};
use server_core::smb::wire::tree_connect::TreeConnectRequest;
use server_core::smb::wire::write::{WriteRequest, WriteResponse};

use crate::raw::MORE_PROCESSING;

/// FILE_WRITE_DATA | FILE_READ_ATTRIBUTES.
const WRITE_ACCESS: u32 = 0x0000_0082;
/// FILE_ATTRIBUTE_NORMAL.
const NORMAL: u32 = 0x80;
/// FILE_SHARE_READ.
const SHARE_READ: u32 = 1;
/// FILE_NON_DIRECTORY_FILE.
const NON_DIRECTORY_FILE: u32 = 0x40;

/// A connection as such a board keeps it.
#[derive(Debug)]
pub struct Esp32 {
    client: BlockingClient,
    /// The dialect that the server chose.
    pub dialect: Dialect,
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
        let mut client = BlockingClient::over(stream, Patience::Each(Duration::from_secs(15)));
        // One for each request, as a board that sends one at a time wants it.
        client.credits = 1;
        request_session(&mut client);
        let dialect = client
            .negotiate(&Offer {
                encryption: false,
                client_guid: ClientGuid([0xE5; 16]),
                ..Offer::of(&[0x0202, 0x0210, 0x0300, 0x0302, 0x0311])
            })
            .expect("the server negotiates");
        let mut board = Self { client, dialect };
        board.log_in(login);
        board
    }

    fn log_in(&mut self, login: Login) {
        let mut token = Vec::new();
        if login == Login::AnonymousNtlm {
            token.extend_from_slice(b"NTLMSSP\0\x01\0\0\0\x05\x02\0\0");
            token.extend_from_slice(&[0; 16]);
            self.session_setup(&token, MORE_PROCESSING);
            token = b"NTLMSSP\0\x03\0\0\0".to_vec();
            token.resize(60, 0);
            token.extend_from_slice(&0x0000_0A05u32.to_le_bytes());
        }
        self.session_setup(&token, 0);
    }

    fn session_setup(&mut self, token: &[u8], expected: u32) {
        let request = self.client.session_setup(token, SessionId::NONE);
        let answer = self.call(&request, expected);
        self.client.session_id = answer.header.session_id;
    }

    /// Connects to `\\server\share`; gives the status.
    pub fn tree_connect(&mut self, path: &str) -> u32 {
        let request = Outgoing::of(TreeConnectRequest {
            flags: 0,
            path: path.into(),
        });
        let answer = self.client.call(&request).expect("there is an answer");
        self.client.tree_id = answer.header.tree_id;
        answer.status()
    }

    /// CREATE, WRITEs of `chunk` bytes, CLOSE.
    pub fn upload(&mut self, name: &str, content: &[u8], chunk: usize) {
        let create = Outgoing::of(CreateRequest {
            desired_access: WRITE_ACCESS,
            file_attributes: NORMAL,
            share_access: SHARE_READ,
            create_disposition: disposition::OVERWRITE_IF,
            create_options: NON_DIRECTORY_FILE,
            ..CreateRequest::open_if(name)
        });
        let answer = self.call(&create, 0);
        let created: CreateResponse<'_> = answer.body_of().expect("a CREATE response");
        let file_id = created.file_id;
        for (at, data) in content.chunks(chunk).enumerate() {
            let write = Outgoing::of(WriteRequest::new(file_id, (at * chunk) as u64, data));
            let answer = self.call(&write, 0);
            let written: WriteResponse = answer.body_of().expect("a WRITE response");
            assert_eq!(written.count as usize, data.len());
        }
        self.call(&Outgoing::of(CloseRequest { flags: 0, file_id }), 0);
    }

    fn call(&mut self, request: &Outgoing, expected: u32) -> Incoming {
        let answer = self.client.call(request).expect("there is an answer");
        let (command, status) = (request.command, answer.status());
        assert_eq!(status, expected, "command {command}: {status:#010x}");
        answer
    }
}

/// RFC 1002 4.3.2: names in first-level encoding.
fn request_session(client: &mut BlockingClient) {
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
    client
        .send_bytes(&[&[0x81, 0, 0, length], names.as_slice()].concat())
        .expect("the request is taken");
    let mut answer = [0; 4];
    client.receive_bytes(&mut answer).expect("there is an answer");
    assert_eq!(answer, [0x82, 0, 0, 0], "the session is accepted");
}
