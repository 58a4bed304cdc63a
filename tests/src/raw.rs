//! An SMB 2.1 client that sends what it is told to, right or wrong. A person's messages are signed.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use server_core::identity::NtHash;
use server_core::smb::client::{BlockingClient, Core, Credentials, Offer, Outgoing, Patience, ntlm};
use server_core::smb::wire::body::Body;
use server_core::smb::wire::change_notify::{self, ChangeNotifyRequest};
use server_core::smb::wire::close::CloseRequest;
use server_core::smb::wire::create::{CreateRequest, CreateResponse};
use server_core::smb::wire::dialect::Dialect;
use server_core::smb::wire::echo::EchoRequest;
use server_core::smb::wire::file_id::FileId as WireFileId;
use server_core::smb::wire::flush::FlushRequest;
use server_core::smb::wire::header::Header;
use server_core::smb::wire::ids::MessageId;
use server_core::smb::wire::ids::SessionId;
use server_core::smb::wire::info::file::class;
use server_core::smb::wire::lock::{self, LockElement, LockRequest};
use server_core::smb::wire::message::Request;
use server_core::smb::wire::negotiate::NegotiateRequest;
use server_core::smb::wire::oplock_break::OplockBreak;
use server_core::smb::wire::query_directory::QueryDirectoryRequest;
use server_core::smb::wire::read::{ReadRequest, ReadResponse};
use server_core::smb::wire::session_setup::SessionSetupRequest;
use server_core::smb::wire::tree_connect::TreeConnectRequest;
use server_core::smb::wire::write::WriteRequest;
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
    pub const LOCK: u16 = 10;
    pub const IOCTL: u16 = 11;
    pub const ECHO: u16 = 13;
    pub const CHANGE_NOTIFY: u16 = 15;
    pub const OPLOCK_BREAK: u16 = 18;
}

/// STATUS_MORE_PROCESSING_REQUIRED.
pub const MORE_PROCESSING: u32 = 0xC000_0016;
/// STATUS_PENDING.
pub const PENDING: u32 = 0x103;
/// Bytes of a header.
pub const HEADER_SIZE: usize = 64;
/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// FILE_DIRECTORY_FILE.
const DIRECTORY_FILE: u32 = 1;
/// FILE_NON_DIRECTORY_FILE.
const NON_DIRECTORY_FILE: u32 = 0x40;
/// SMB2_OPLOCK_LEVEL_BATCH.
const BATCH: u8 = 9;
/// The only dialect that it speaks.
const DIALECT: Dialect = Dialect::Smb210;

/// A handle.
pub type FileId = [u8; 16];

/// The client. Ids are there to be changed.
#[derive(Debug)]
pub struct Raw {
    client: BlockingClient,
}

impl Deref for Raw {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.client
    }
}

impl DerefMut for Raw {
    fn deref_mut(&mut self) -> &mut Core {
        &mut self.client
    }
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
        Ok(Self {
            client: BlockingClient::over(stream, Patience::Each(PATIENCE)),
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
        let dialect = self.client.negotiate(&Offer::of(&[DIALECT.code()]));
        assert_eq!(dialect.expect("the server negotiates"), DIALECT);
    }

    /// Both legs of a log-in; requests are signed from then on.
    pub fn log_in(&mut self, person: &str) {
        let who = Credentials {
            name: person,
            nt_hash: &NtHash::of(PASSWORD),
            previous_session_id: SessionId::NONE,
        };
        self.client.log_in(&who).expect("the person may log in");
    }

    /// Both legs of a log-in with any password; the status of the last, and no session comes of it.
    pub fn try_password(&mut self, person: &str, password: &str) -> u32 {
        let (status, answer) = self.call(command::SESSION_SETUP, &setup_body(&ntlm::negotiate()));
        assert_eq!(status, MORE_PROCESSING);
        self.client.session_id = session_of(&answer);
        let hash = NtHash::of(password);
        let proof = ntlm::authenticate(&answer[72..], person, &hash, [0; 8], 0).expect("a challenge");
        self.call(command::SESSION_SETUP, &setup_body(&proof.message)).0
    }

    /// Enters a share.
    pub fn tree_connect(&mut self, share: &str) {
        let path = format!(r"\\127.0.0.1\{share}");
        let request = TreeConnectRequest {
            flags: 0,
            path: path.as_str().into(),
        };
        let answer = self.client.call(&Outgoing::of(request)).expect("an answer");
        answer.expect(0).expect("the share may be entered");
        self.client.tree_id = answer.header.tree_id;
    }

    /// Opens or creates a file for everything, shared with all.
    pub fn create(&mut self, name: &str) -> FileId {
        self.create_with(name, NON_DIRECTORY_FILE)
    }

    /// Opens or creates a file with a batch oplock.
    pub fn create_with_batch_oplock(&mut self, name: &str) -> FileId {
        let request = CreateRequest {
            create_options: NON_DIRECTORY_FILE,
            requested_oplock_level: BATCH,
            ..CreateRequest::open_if(name)
        };
        let answer = self.expect(command::CREATE, &body(request), 0);
        let created = CreateResponse::parse(&answer).expect("a CREATE response");
        assert_eq!(created.oplock_level, BATCH);
        created.file_id.to_bytes()
    }

    /// Waits until the server asks for an oplock, and gives it up; the level that is left.
    pub fn give_up_oplock(&mut self, file: FileId) -> u8 {
        let notice = self.receive().expect("the server asks");
        let header = Header::parse(&notice).expect("a header");
        assert_eq!(
            (header.command, header.message_id),
            (command::OPLOCK_BREAK, MessageId::UNSOLICITED)
        );
        let notice = OplockBreak::parse(&notice).expect("an oplock break");
        assert_eq!(notice.file_id, id(file));
        self.expect(command::OPLOCK_BREAK, &body(notice), 0);
        notice.oplock_level
    }

    /// Opens or creates a folder.
    pub fn create_folder(&mut self, name: &str) -> FileId {
        self.create_with(name, DIRECTORY_FILE)
    }

    fn create_with(&mut self, name: &str, create_options: u32) -> FileId {
        let answer = self.expect(command::CREATE, &create_body_with(name, create_options), 0);
        let created = CreateResponse::parse(&answer).expect("a CREATE response");
        created.file_id.to_bytes()
    }

    /// Writes.
    pub fn write(&mut self, file: FileId, offset: u64, data: &[u8]) {
        self.expect(command::WRITE, &write_body(file, offset, data), 0);
    }

    /// Reads.
    pub fn read(&mut self, file: FileId, offset: u64, length: u32) -> Vec<u8> {
        let answer = self.expect(command::READ, &read_body(file, offset, length), 0);
        let response = ReadResponse::parse(&answer).expect("a READ response");
        response.data.to_vec()
    }

    /// Waits until what was written is on the disk.
    pub fn flush(&mut self, file: FileId) {
        self.expect(command::FLUSH, &flush_body(file), 0);
    }

    /// Closes.
    pub fn close(&mut self, file: FileId) {
        let request = CloseRequest {
            flags: 0,
            file_id: id(file),
        };
        self.expect(command::CLOSE, &body(request), 0);
    }

    /// Asks whether the server is there.
    pub fn echo(&mut self) {
        self.expect(command::ECHO, &body(EchoRequest), 0);
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
        let session = std::mem::take(&mut self.client.session_id);
        self.echo();
        self.client.session_id = session;
    }

    /// Sends a request and gives the status of what comes first: [`PENDING`] when the server says that it takes longer.
    ///
    /// # Panics
    /// The server hangs up.
    pub fn begin(&mut self, command: u16, body: &[u8]) -> u32 {
        let message = self.message(command, body);
        self.send(&message);
        status_of(&self.receive_any().expect("the server goes on"))
    }

    /// A message with the next message id, signed where there is a key.
    pub fn message(&mut self, command: u16, body: &[u8]) -> Vec<u8> {
        self.client.message(&Outgoing {
            command,
            body: body.to_vec(),
            related: false,
            charge: 1,
            session_id: None,
        })
    }

    /// A chain of requests with the next message ids, each signed where there is a key.
    pub fn chain(&mut self, requests: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let mut chain = Vec::new();
        for (at, (command, body)) in requests.iter().enumerate() {
            let is_last = at + 1 == requests.len();
            let mut body = body.clone();
            if !is_last {
                body.resize((HEADER_SIZE + body.len()).next_multiple_of(8) - HEADER_SIZE, 0);
            }
            let mut message = self.message(*command, &body);
            if !is_last {
                let next = u32::try_from(message.len()).expect("no request is that long");
                message[20..24].copy_from_slice(&next.to_le_bytes());
                self.sign(&mut message);
            }
            chain.extend_from_slice(&message);
        }
        chain
    }

    /// A message that pays for more than 64 KiB.
    pub fn paid_message(&mut self, command: u16, body: &[u8], charge: u16) -> Vec<u8> {
        self.client.message(&Outgoing {
            command,
            body: body.to_vec(),
            related: false,
            charge,
            session_id: None,
        })
    }

    /// Sends a frame.
    pub fn send(&mut self, message: &[u8]) {
        self.send_bytes(&Core::prefixed(message));
    }

    /// Sends bytes as they are; a server that has hung up is noticed at the next receive.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.client.send_bytes(bytes);
    }

    /// The next message; `None` when the server has hung up. That an answer takes longer is passed over.
    ///
    /// # Panics
    /// There is no answer in time.
    pub fn receive(&mut self) -> Option<Vec<u8>> {
        loop {
            let message = self.receive_any()?;
            if !Header::parse(&message).is_ok_and(|header| header.is_interim()) {
                return Some(message);
            }
        }
    }

    fn receive_any(&mut self) -> Option<Vec<u8>> {
        match self.client.receive_frame() {
            Ok(message) => Some(message),
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

/// The session in an answer.
pub fn session_of(answer: &[u8]) -> SessionId {
    Header::parse(answer).expect("an answer has a header").session_id
}

fn id(file: FileId) -> WireFileId {
    WireFileId::parse(&file, 0).expect("sixteen bytes")
}

fn body<'a>(request: impl Into<Request<'a>>) -> Vec<u8> {
    Outgoing::of(request).body
}

/// The body of NEGOTIATE, without contexts.
pub fn negotiate_body(dialects: &[u16]) -> Vec<u8> {
    body(NegotiateRequest {
        security_mode: 1,
        dialects: dialects.to_vec(),
        ..NegotiateRequest::default()
    })
}

/// The body of SESSION_SETUP.
pub fn setup_body(token: &[u8]) -> Vec<u8> {
    body(SessionSetupRequest {
        security_mode: 1,
        security_buffer: token,
        ..SessionSetupRequest::default()
    })
}

/// The body of CREATE.
pub fn create_body(name: &str) -> Vec<u8> {
    create_body_with(name, NON_DIRECTORY_FILE)
}

fn create_body_with(name: &str, create_options: u32) -> Vec<u8> {
    body(CreateRequest {
        create_options,
        ..CreateRequest::open_if(name)
    })
}

/// The body of WRITE.
pub fn write_body(file: FileId, offset: u64, data: &[u8]) -> Vec<u8> {
    body(WriteRequest::new(id(file), offset, data))
}

/// The body of FLUSH.
pub fn flush_body(file: FileId) -> Vec<u8> {
    body(FlushRequest { file_id: id(file) })
}

/// The body of READ.
pub fn read_body(file: FileId, offset: u64, length: u32) -> Vec<u8> {
    body(ReadRequest::new(id(file), offset, length))
}

/// The body of QUERY_DIRECTORY for FileNamesInformation.
pub fn query_directory_body(folder: FileId, expression: &str) -> Vec<u8> {
    body(QueryDirectoryRequest {
        file_information_class: class::NAMES,
        flags: 0,
        file_index: 0,
        file_id: id(folder),
        file_name: expression.into(),
        output_buffer_length: 4096,
    })
}

/// The body of LOCK for exclusive locks of one byte each, which wait or don't.
pub fn lock_body(file: FileId, offsets: impl IntoIterator<Item = u64>, waits: bool) -> Vec<u8> {
    let element = |offset| LockElement {
        offset,
        length: 1,
        flags: lock::EXCLUSIVE | if waits { 0 } else { lock::FAIL_IMMEDIATELY },
    };
    body(LockRequest {
        lock_sequence: 0,
        file_id: id(file),
        locks: offsets.into_iter().map(element).collect(),
    })
}

/// The body of CHANGE_NOTIFY for everything in a folder.
pub fn change_notify_body(folder: FileId) -> Vec<u8> {
    body(ChangeNotifyRequest {
        flags: change_notify::WATCH_TREE,
        output_buffer_length: 64 * 1024,
        file_id: id(folder),
        completion_filter: 0xFFF,
    })
}

/// NTLM's first message.
pub fn ntlm_negotiate() -> Vec<u8> {
    ntlm::negotiate()
}

/// NTLM's third message with [`PASSWORD`], and the session key. Without a challenge it is the answer to one of zeros.
pub fn ntlm_authenticate(challenge: &[u8], person: &str) -> (Vec<u8>, [u8; 16]) {
    let empty = [&b"NTLMSSP\0\x02\0\0\0"[..], &[0; 44]].concat();
    let challenge = if challenge.starts_with(b"NTLMSSP") {
        challenge
    } else {
        &empty
    };
    let proof = ntlm::authenticate(challenge, person, &NtHash::of(PASSWORD), [0; 8], 0);
    let proof = proof.expect("a challenge");
    (proof.message, *proof.session_key)
}
