//! The client, with the words of these tests: dialects up to 3.0.2, refusals as values, everything else a failure.

use std::ops::{Deref, DerefMut};

use tokio::io::DuplexStream;
use tokio::task::JoinHandle;

use crate::identity::NtHash;
use crate::smb::client::{AsyncClient, ClientError, Core, Credentials, Incoming, Offer};
use crate::smb::status::NtStatus;
use crate::smb::wire::body::Body;
use crate::smb::wire::change_notify::ChangeNotifyRequest;
use crate::smb::wire::close::CloseRequest;
use crate::smb::wire::create::{CreateRequest, oplock_level};
use crate::smb::wire::create_context::RequestContext;
use crate::smb::wire::create_contexts::CreateContextList;
use crate::smb::wire::dialect::Dialect;
use crate::smb::wire::echo::EchoRequest;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::fsctl::{ValidateNegotiateInfoRequest, code};
use crate::smb::wire::header::{Command, Header, HeaderFlags};
use crate::smb::wire::ids::{AsyncId, MessageId, SessionId};
use crate::smb::wire::info::file::{FileRenameInformation, class};
use crate::smb::wire::ioctl::IoctlRequest;
use crate::smb::wire::lease::LeaseContext;
use crate::smb::wire::lock::{EXCLUSIVE, FAIL_IMMEDIATELY, LockElement, LockRequest};
use crate::smb::wire::negotiate::NegotiateRequest;
use crate::smb::wire::oplock_break::OplockBreak;
use crate::smb::wire::query_info::INFO_FILE;
use crate::smb::wire::read::ReadRequest;
use crate::smb::wire::set_info::SetInfoRequest;
use crate::smb::wire::tree_connect::TreeConnectRequest;
use crate::smb::wire::write::WriteRequest;
use crate::smb::wire::writer::Writer;

/// A request of a chain.
pub(super) use crate::smb::client::Outgoing as Request;

/// Credits asked for with every request.
const CREDITS: u16 = 600;
/// FILE_DIRECTORY_FILE.
const DIRECTORY_FILE: u32 = 1;
/// FILE_NOTIFY_CHANGE_FILE_NAME.
const CHANGE_FILE_NAME: u32 = 1;

/// A response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) header: Header,
    pub(super) body: Vec<u8>,
    pub(super) encrypted: bool,
    /// Signed with the session's key.
    pub(super) signed: bool,
}

impl From<Incoming> for Response {
    fn from(incoming: Incoming) -> Self {
        Self {
            header: incoming.header,
            body: incoming.body().to_vec(),
            encrypted: incoming.encrypted,
            signed: incoming.signed,
        }
    }
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
    client: AsyncClient<DuplexStream>,
    served: JoinHandle<()>,
}

impl Client {
    pub(super) fn new(stream: DuplexStream, served: JoinHandle<()>) -> Self {
        let mut client = AsyncClient::over(stream);
        client.credits = CREDITS;
        Self { client, served }
    }

    /// NEGOTIATE without contexts; gives the dialect that the server chose.
    pub(super) async fn negotiate(&mut self, dialects: &[u16]) -> Dialect {
        self.offer(&Offer::of(dialects)).await
    }

    /// NEGOTIATE; gives the dialect that the server chose.
    pub(super) async fn offer(&mut self, offer: &Offer) -> Dialect {
        self.client.negotiate(offer).await.unwrap()
    }

    /// A log-in, or its renewal.
    pub(super) async fn log_in(&mut self, name: &str, password: &str) -> Result<(), NtStatus> {
        self.log_in_after(name, password, SessionId::NONE).await
    }

    /// A log-in on which the server may hang up.
    pub(super) async fn try_log_in(&mut self, name: &str, password: &str) -> Result<(), ClientError> {
        let who = Credentials {
            name,
            nt_hash: &NtHash::of(password),
            previous_session_id: SessionId::NONE,
        };
        self.client.log_in(&who).await
    }

    /// A log-in that replaces an earlier session.
    pub(super) async fn log_in_after(
        &mut self,
        name: &str,
        password: &str,
        previous_session_id: SessionId,
    ) -> Result<(), NtStatus> {
        let who = Credentials {
            name,
            nt_hash: &NtHash::of(password),
            previous_session_id,
        };
        match self.client.log_in(&who).await {
            Ok(()) => Ok(()),
            Err(ClientError::Refused { status, .. }) => Err(NtStatus(status)),
            Err(error) => panic!("{error}"),
        }
    }

    /// TREE_CONNECT.
    pub(super) async fn enter(&mut self, share: &str) -> NtStatus {
        let response = self.call(tree_connect(share)).await;
        self.tree_id = response.header.tree_id;
        response.status()
    }

    /// Creates or opens a file or folder.
    pub(super) async fn open(&mut self, name: &str, directory: bool) -> [u8; 16] {
        let response = self.client.call(&create(name, directory)).await.unwrap();
        let response = Response::from(response);
        assert_eq!(response.status(), NtStatus::SUCCESS);
        response.file_id()
    }

    /// A request and the response to it: the interim one, where what is asked for may never happen.
    pub(super) async fn call(&mut self, request: Request) -> Response {
        let may_never_happen = [Command::Lock, Command::ChangeNotify];
        if !may_never_happen
            .map(|command| command as u16)
            .contains(&request.command)
        {
            return self
                .client
                .call(&request)
                .await
                .expect("the connection ended")
                .into();
        }
        self.begin(request).await
    }

    /// A request and what the server says to it first.
    pub(super) async fn begin(&mut self, request: Request) -> Response {
        self.send(&[request]).await;
        let mut responses = self.receive().await.expect("the connection ended");
        assert_eq!(responses.len(), 1);
        responses.remove(0)
    }

    /// Sends a chain; gives the message id of its first request.
    pub(super) async fn send(&mut self, chain: &[Request]) -> MessageId {
        let first = self.message_id;
        // A server that has hung up is noticed at the next receive.
        let _ = self.client.send(chain).await;
        first
    }

    /// CANCEL of a request that waits.
    pub(super) async fn cancel(&mut self, async_id: AsyncId) {
        let frame = self.client.cancel(async_id);
        let _ = self.client.send_bytes(&frame).await;
    }

    /// CANCEL of a request that the client was told nothing of yet.
    pub(super) async fn cancel_message(&mut self, message_id: MessageId) {
        let frame = self.client.cancel_message(message_id);
        let _ = self.client.send_bytes(&frame).await;
    }

    /// Sends a frame as it is.
    pub(super) async fn send_raw(&mut self, frame: &[u8]) {
        let _ = self.client.send_bytes(&Core::prefixed(frame)).await;
    }

    /// Sends bytes that are no SMB frame.
    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.client.send_bytes(bytes).await.unwrap();
    }

    /// The bytes of the next frame, prefix first; `None` when the connection has ended.
    pub(super) async fn receive_raw(&mut self) -> Option<Vec<u8>> {
        let mut prefix = [0; 4];
        self.client.receive_bytes(&mut prefix).await.ok()?;
        let mut frame = prefix.to_vec();
        frame.resize(4 + Core::length_of_frame(prefix), 0);
        self.client.receive_bytes(&mut frame[4..]).await.ok()?;
        Some(frame)
    }

    /// The responses in the next frame.
    pub(super) async fn receive(&mut self) -> Option<Vec<Response>> {
        let frame = self.client.receive_frame().await.ok()?;
        let responses = self.client.read_frame(frame).unwrap();
        Some(responses.into_iter().map(Response::from).collect())
    }

    /// Hangs up and waits for the server to have noticed.
    pub(super) async fn hang_up(self) {
        drop(self.client);
        self.served.await.unwrap();
    }

    /// Waits for the server to have left the connection, without taking anything that it sends.
    pub(super) async fn left(self) {
        self.served.await.unwrap();
        drop(self.client);
    }

    /// Waits for the server to have left the connection.
    pub(super) async fn ended(mut self) {
        assert!(self.receive_raw().await.is_none());
        self.served.await.unwrap();
    }
}

impl Deref for Client {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.client
    }
}

impl DerefMut for Client {
    fn deref_mut(&mut self) -> &mut Core {
        &mut self.client
    }
}

fn id(file: [u8; 16]) -> FileId {
    FileId::parse(&file, 0).unwrap()
}

/// TREE_CONNECT.
pub(super) fn tree_connect(share: &str) -> Request {
    let path = format!(r"\\landfall\{share}");
    Request::of(TreeConnectRequest {
        flags: 0,
        path: path.as_str().into(),
    })
}

/// The body of NEGOTIATE, without contexts.
pub(super) fn negotiate_body(dialects: &[u16]) -> Vec<u8> {
    let request = NegotiateRequest {
        security_mode: 1,
        dialects: dialects.to_vec(),
        ..NegotiateRequest::default()
    };
    let mut body = Vec::new();
    request.encode(&mut Writer::here(&mut body));
    body
}

/// CREATE: opens, or makes.
pub(super) fn create(name: &str, directory: bool) -> Request {
    create_with(name, directory, 0)
}

/// CREATE that asks for an oplock.
pub(super) fn create_caching(name: &str, oplock_level: u8) -> Request {
    create_with(name, false, oplock_level)
}

fn create_with(name: &str, directory: bool, requested_oplock_level: u8) -> Request {
    Request::of(CreateRequest {
        create_options: if directory { DIRECTORY_FILE } else { 0 },
        requested_oplock_level,
        ..CreateRequest::open_if(name)
    })
}

/// CREATE that asks for a lease.
pub(super) fn create_leased(name: &str, lease: &LeaseContext) -> Request {
    create_with_contexts(name, &[RequestContext::Lease(*lease)])
}

/// CREATE with contexts of its own, which asks for a batch oplock, or the lease that is among them.
pub(super) fn create_with_contexts(name: &str, asked: &[RequestContext<'_>]) -> Request {
    let mut contexts = CreateContextList::new();
    asked.iter().for_each(|context| context.add_to(&mut contexts));
    let is_leased = asked
        .iter()
        .any(|context| matches!(context, RequestContext::Lease(_)));
    Request::of(CreateRequest {
        requested_oplock_level: if is_leased {
            oplock_level::LEASE
        } else {
            oplock_level::BATCH
        },
        contexts: contexts.as_contexts(),
        ..CreateRequest::open_if(name)
    })
}

/// OPLOCK_BREAK: an acknowledgment.
pub(super) fn acknowledge_break(file: [u8; 16], oplock_level: u8) -> Request {
    Request::of(OplockBreak {
        oplock_level,
        file_id: id(file),
    })
}

/// CLOSE.
pub(super) fn close(file: [u8; 16]) -> Request {
    Request::of(CloseRequest {
        flags: 0,
        file_id: id(file),
    })
}

/// WRITE.
pub(super) fn write(file: [u8; 16], offset: u64, data: &[u8]) -> Request {
    Request::of(WriteRequest::new(id(file), offset, data))
}

/// LOCK: an exclusive one, at once or not at all.
pub(super) fn lock(file: [u8; 16], offset: u64, length: u64) -> Request {
    Request::of(LockRequest {
        lock_sequence: 0,
        file_id: id(file),
        locks: vec![LockElement {
            offset,
            length,
            flags: EXCLUSIVE | FAIL_IMMEDIATELY,
        }],
    })
}

/// READ, paid for.
pub(super) fn read(file: [u8; 16], length: u32) -> Request {
    Request::of(ReadRequest::new(id(file), 0, length))
}

/// SET_INFO: another name, in place of what has it.
pub(super) fn rename(file: [u8; 16], to: &str) -> Request {
    let information = FileRenameInformation {
        replace_if_exists: true,
        root_directory: 0,
        file_name: to.into(),
    };
    let mut buffer = Vec::new();
    information.encode(&mut Writer::here(&mut buffer));
    Request::of(SetInfoRequest {
        info_type: INFO_FILE,
        file_info_class: class::RENAME,
        buffer: &buffer,
        additional_information: 0,
        file_id: id(file),
    })
}

/// SET_INFO: to be deleted when it is closed.
pub(super) fn delete_on_close(file: [u8; 16]) -> Request {
    Request::of(SetInfoRequest {
        info_type: INFO_FILE,
        file_info_class: class::DISPOSITION,
        buffer: &[1],
        additional_information: 0,
        file_id: id(file),
    })
}

/// CHANGE_NOTIFY.
pub(super) fn watch(folder: [u8; 16]) -> Request {
    Request::of(ChangeNotifyRequest {
        flags: 0,
        output_buffer_length: 4096,
        file_id: id(folder),
        completion_filter: CHANGE_FILE_NAME,
    })
}

/// FSCTL_VALIDATE_NEGOTIATE_INFO, by who offered these dialects.
pub(super) fn validate_negotiate(dialects: &[u16]) -> Request {
    let offered = Offer::of(dialects).request();
    let information = ValidateNegotiateInfoRequest {
        capabilities: offered.capabilities,
        guid: offered.client_guid,
        security_mode: offered.security_mode,
        dialects: offered.dialects,
    };
    let mut input = Vec::new();
    information.encode(&mut Writer::here(&mut input));
    let none = FileId::RELATED;
    Request::of(IoctlRequest::fsctl(
        code::VALIDATE_NEGOTIATE_INFO,
        none,
        &input,
        24,
    ))
}

/// ECHO.
pub(super) fn echo() -> Request {
    Request::of(EchoRequest)
}

/// The FileId that stands for "the one before".
pub(super) const RELATED_FILE: [u8; 16] = [0xFF; 16];
