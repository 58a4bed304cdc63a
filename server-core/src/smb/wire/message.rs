//! Any request and any response: which body belongs to a header.

use super::body::Body;
use super::cancel::CancelRequest;
use super::change_notify::{ChangeNotifyRequest, ChangeNotifyResponse};
use super::close::{CloseRequest, CloseResponse};
use super::create::{CreateRequest, CreateResponse};
use super::cursor::{Malformed, u16_at};
use super::echo::{EchoRequest, EchoResponse};
use super::error::ErrorResponse;
use super::flush::{FlushRequest, FlushResponse};
use super::header::{Command, HEADER_SIZE, PENDING};
use super::ioctl::{IoctlRequest, IoctlResponse};
use super::lock::{LockRequest, LockResponse};
use super::logoff::{LogoffRequest, LogoffResponse};
use super::negotiate::{NegotiateRequest, NegotiateResponse};
use super::oplock_break::{LeaseBreak, LeaseBreakNotification, OplockBreak};
use super::query_directory::{QueryDirectoryRequest, QueryDirectoryResponse};
use super::query_info::{QueryInfoRequest, QueryInfoResponse};
use super::read::{ReadRequest, ReadResponse};
use super::session_setup::{SessionSetupRequest, SessionSetupResponse};
use super::set_info::{SetInfoRequest, SetInfoResponse};
use super::tree_connect::{TreeConnectRequest, TreeConnectResponse};
use super::tree_disconnect::{TreeDisconnectRequest, TreeDisconnectResponse};
use super::write::{WriteRequest, WriteResponse};
use super::writer::Writer;

/// STATUS_BUFFER_OVERFLOW: a warning with a regular body.
const BUFFER_OVERFLOW: u32 = 0x8000_0005;
/// STATUS_MORE_PROCESSING_REQUIRED: an error in name alone.
const MORE_PROCESSING_REQUIRED: u32 = 0xC000_0016;

macro_rules! bodies {
    (
        $(#[$documentation:meta])* $name:ident<$lifetime:lifetime>:
        $($variant:ident($body:ty) = $command:ident: $what:literal,)*
    ) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name<$lifetime> {
            $(#[doc = $what] $variant($body),)*
        }

        impl<$lifetime> $name<$lifetime> {
            /// Each of them, by name.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($variant)),*];

            /// Its name among [`Self::KINDS`].
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => stringify!($variant),)*
                }
            }

            /// The command in its header.
            pub fn command(&self) -> Command {
                match self {
                    $(Self::$variant(_) => Command::$command,)*
                }
            }

            /// Appends the body.
            pub fn encode(&self, out: &mut Writer<'_>) {
                match self {
                    $(Self::$variant(body) => body.encode(out),)*
                }
            }

            /// Reads the body of a command, of the first kind whose StructureSize it has.
            fn of(command: Command, message: &$lifetime [u8]) -> Result<Self, Malformed> {
                let structure_size = u16_at(message, HEADER_SIZE)?;
                $(
                    if command == Command::$command && structure_size == <$body>::STRUCTURE_SIZE {
                        return <$body>::parse(message).map(Self::$variant);
                    }
                )*
                Err(Malformed)
            }
        }

        $(
            impl<$lifetime> From<$body> for $name<$lifetime> {
                fn from(body: $body) -> Self {
                    Self::$variant(body)
                }
            }
        )*
    };
}

bodies! {
    /// The body of a request.
    Request<'a>:
    Negotiate(NegotiateRequest) = Negotiate: "NEGOTIATE.",
    SessionSetup(SessionSetupRequest<'a>) = SessionSetup: "SESSION_SETUP.",
    Logoff(LogoffRequest) = Logoff: "LOGOFF.",
    TreeConnect(TreeConnectRequest<'a>) = TreeConnect: "TREE_CONNECT.",
    TreeDisconnect(TreeDisconnectRequest) = TreeDisconnect: "TREE_DISCONNECT.",
    Create(CreateRequest<'a>) = Create: "CREATE.",
    Close(CloseRequest) = Close: "CLOSE.",
    Flush(FlushRequest) = Flush: "FLUSH.",
    Read(ReadRequest<'a>) = Read: "READ.",
    Write(WriteRequest<'a>) = Write: "WRITE.",
    Lock(LockRequest) = Lock: "LOCK.",
    Ioctl(IoctlRequest<'a>) = Ioctl: "IOCTL.",
    Cancel(CancelRequest) = Cancel: "CANCEL.",
    Echo(EchoRequest) = Echo: "ECHO.",
    QueryDirectory(QueryDirectoryRequest<'a>) = QueryDirectory: "QUERY_DIRECTORY.",
    ChangeNotify(ChangeNotifyRequest) = ChangeNotify: "CHANGE_NOTIFY.",
    QueryInfo(QueryInfoRequest<'a>) = QueryInfo: "QUERY_INFO.",
    SetInfo(SetInfoRequest<'a>) = SetInfo: "SET_INFO.",
    OplockBreak(OplockBreak) = OplockBreak: "OPLOCK_BREAK: the acknowledgment of an oplock's break.",
    LeaseBreak(LeaseBreak) = OplockBreak: "OPLOCK_BREAK: the acknowledgment of a lease's break.",
}

bodies! {
    /// The body of a response or notification that is no ERROR response.
    Regular<'a>:
    Negotiate(NegotiateResponse<'a>) = Negotiate: "NEGOTIATE.",
    SessionSetup(SessionSetupResponse<'a>) = SessionSetup: "SESSION_SETUP.",
    Logoff(LogoffResponse) = Logoff: "LOGOFF.",
    TreeConnect(TreeConnectResponse) = TreeConnect: "TREE_CONNECT.",
    TreeDisconnect(TreeDisconnectResponse) = TreeDisconnect: "TREE_DISCONNECT.",
    Create(CreateResponse<'a>) = Create: "CREATE.",
    Close(CloseResponse) = Close: "CLOSE.",
    Flush(FlushResponse) = Flush: "FLUSH.",
    Read(ReadResponse<'a>) = Read: "READ.",
    Write(WriteResponse) = Write: "WRITE.",
    Lock(LockResponse) = Lock: "LOCK.",
    Ioctl(IoctlResponse<'a>) = Ioctl: "IOCTL.",
    Echo(EchoResponse) = Echo: "ECHO.",
    QueryDirectory(QueryDirectoryResponse<'a>) = QueryDirectory: "QUERY_DIRECTORY.",
    ChangeNotify(ChangeNotifyResponse<'a>) = ChangeNotify: "CHANGE_NOTIFY.",
    QueryInfo(QueryInfoResponse<'a>) = QueryInfo: "QUERY_INFO.",
    SetInfo(SetInfoResponse) = SetInfo: "SET_INFO.",
    OplockBreak(OplockBreak) = OplockBreak: "OPLOCK_BREAK: of an oplock, notification or answer.",
    LeaseBreak(LeaseBreak) = OplockBreak: "OPLOCK_BREAK: the answer to the acknowledgment of a lease's break.",
    LeaseBreakNotification(LeaseBreakNotification) = OplockBreak: "OPLOCK_BREAK: the notification of a lease's break.",
}

/// The body of a response or notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response<'a> {
    /// As the command has it.
    Regular(Regular<'a>),
    /// An ERROR response, or an interim one.
    Error(ErrorResponse<'a>),
}

impl<'a> Request<'a> {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// Malformed.
    pub fn parse(command: Command, message: &'a [u8]) -> Result<Self, Malformed> {
        Self::of(command, message)
    }
}

impl<'a> Response<'a> {
    /// Reads the body of a response with a status in its header.
    ///
    /// # Errors
    /// Malformed.
    pub fn parse(command: Command, status: u32, message: &'a [u8]) -> Result<Self, Malformed> {
        if Self::is_error(command, status, message)? {
            ErrorResponse::parse(message).map(Self::Error)
        } else {
            Regular::of(command, message).map(Self::Regular)
        }
    }

    /// Some regular bodies have the StructureSize of an ERROR response ([MS-SMB2] 3.3.4.4).
    fn is_error(command: Command, status: u32, message: &[u8]) -> Result<bool, Malformed> {
        let may_be = u16_at(message, HEADER_SIZE)? == ErrorResponse::STRUCTURE_SIZE;
        let fails = match status {
            MORE_PROCESSING_REQUIRED => command != Command::SessionSetup,
            BUFFER_OVERFLOW => false,
            // An interim response.
            PENDING => true,
            status => status >> 31 == 1,
        };
        Ok(may_be && fails)
    }

    /// Its name: one of [`Regular::KINDS`], or `Error`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Regular(body) => body.kind(),
            Self::Error(_) => "Error",
        }
    }

    /// Appends the body.
    pub fn encode(&self, out: &mut Writer<'_>) {
        match self {
            Self::Regular(body) => body.encode(out),
            Self::Error(body) => body.encode(out),
        }
    }
}
