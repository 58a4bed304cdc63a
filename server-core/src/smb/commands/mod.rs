//! The SMB2 commands, one file each. A command gets a `Call` with everything resolved and its request, puts its
//! response into `Reply`, and returns a status. It knows nothing of sockets, signing or credits.

mod app_instance;
mod caching;
pub(crate) mod change_notify;
pub(crate) mod close;
pub(crate) mod create;
mod durable;
pub(crate) mod flush;
pub(crate) mod ioctl;
pub(crate) mod lock;
mod metadata;
pub(crate) mod oplock_break;
mod pipe;
pub(crate) mod query_directory;
pub(crate) mod query_info;
pub(crate) mod read;
mod replay;
pub(crate) mod set_info;
pub(crate) mod tree_connect;
pub(crate) mod write;

use std::sync::Arc;

use super::settings::SmbContext;
use super::state::{ChannelId, Gone, Negotiated, OpenFile, Session, Tree};
use super::status::NtStatus;
use super::wire::body::Body;
use super::wire::cursor::Malformed;
use super::wire::file_id::FileId;
use super::wire::header::{Command, HEADER_SIZE};
use super::wire::writer::Writer;
use crate::live::LimitReached;
use crate::net::Way;
use crate::vfs::{InvalidPath, Open, ShareView, VfsError};

/// A file command as the dispatcher hands it over: session and tree exist and belong together.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) context: &'a SmbContext,
    /// The whole SMB2 message, header first: offsets in requests count from here.
    pub(crate) message: &'a [u8],
    pub(crate) session: &'a Arc<Session>,
    pub(crate) tree: &'a Arc<Tree>,
    /// The open that the FileId names, or what is wrong with it: said when the request's form was found to be right.
    pub(crate) file: Result<Arc<OpenFile>, NtStatus>,
    pub(crate) negotiated: &'a Negotiated,
    /// How the client came in, as far as it is known.
    pub(crate) way: Option<Way>,
    /// The session's channel that the request came by.
    pub(crate) channel: ChannelId,
    /// ChannelSequence of its header ([MS-SMB2] 3.3.5.2.10).
    pub(crate) channel_sequence: u16,
    /// The client says that it may have sent it before ([MS-SMB2] SMB2_FLAGS_REPLAY_OPERATION).
    pub(crate) is_replay: bool,
    /// Bytes that the credits charged pay for ([MS-SMB2] 3.3.5.2.5).
    pub(crate) paid_bytes: u32,
}

/// What a related request inherits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Related {
    /// The file of the request before.
    File(FileId),
    /// The request before failed and left no file.
    Failed(NtStatus),
}

/// The response under construction: one buffer for the whole chain, encoded once. The header is
/// in place already; offsets in responses count from `start`.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Everything so far; commands only append.
    pub(crate) buffer: Vec<u8>,
    /// Where this message's header begins in `buffer`.
    pub(crate) start: usize,
    /// Set by any command that used a file: what a related request refers to.
    pub(crate) file_id: Option<FileId>,
}

impl Reply {
    /// Appends the body of the response.
    pub(crate) fn respond<'a>(&mut self, response: &impl Body<'a>) {
        response.encode(&mut self.writer());
    }

    /// Appends to the response; offsets count from its header.
    pub(crate) fn writer(&mut self) -> Writer<'_> {
        Writer::new(&mut self.buffer, self.start)
    }
}

/// A refusal: the status, error data where the status has some ([MS-SMB2] 2.2.2), and whether the
/// specification has the connection end.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: NtStatus,
    pub(crate) error_data: Vec<u8>,
    pub(crate) disconnect: bool,
}

impl Refusal {
    /// The connection ends without an answer.
    pub(crate) fn disconnect() -> Self {
        Self {
            status: NtStatus::INVALID_PARAMETER,
            error_data: Vec::new(),
            disconnect: true,
        }
    }
}

impl From<NtStatus> for Refusal {
    fn from(status: NtStatus) -> Self {
        Self {
            status,
            error_data: Vec::new(),
            disconnect: false,
        }
    }
}

impl From<VfsError> for Refusal {
    fn from(error: VfsError) -> Self {
        NtStatus::from(error).into()
    }
}

impl From<InvalidPath> for Refusal {
    fn from(error: InvalidPath) -> Self {
        NtStatus::from(error).into()
    }
}

impl From<Gone> for Refusal {
    fn from(gone: Gone) -> Self {
        match gone {
            Gone::Session => NtStatus::USER_SESSION_DELETED.into(),
            Gone::Tree => NtStatus::NETWORK_NAME_DELETED.into(),
        }
    }
}

impl From<LimitReached> for Refusal {
    fn from(_: LimitReached) -> Self {
        NtStatus::INSUFFICIENT_RESOURCES.into()
    }
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        NtStatus::INVALID_PARAMETER.into()
    }
}

/// What a command returns: `Ok` means that a response body was appended (SUCCESS, or a warning such as
/// BUFFER_OVERFLOW); on `Err` the dispatcher takes back what was appended and sends an ERROR response.
pub(crate) type Outcome = Result<NtStatus, Refusal>;

impl<'a> Call<'a> {
    /// The request in the message.
    fn request<B: Body<'a>>(&self) -> Result<B, Malformed> {
        B::parse(self.message)
    }

    /// The open that the request means; requests related to this one then mean it too.
    pub(crate) fn file(&self, reply: &mut Reply) -> Result<&Arc<OpenFile>, Refusal> {
        let file = self.file.as_ref().map_err(|status| *status)?;
        reply.file_id = Some(file.id);
        Ok(file)
    }

    /// The folder share; pipes have none.
    pub(crate) fn disk(&self) -> Result<&ShareView, Refusal> {
        self.tree
            .disk()
            .ok_or_else(|| NtStatus::INVALID_DEVICE_REQUEST.into())
    }

    /// Refuses a payload that the credits charged don't pay for, or that is over the negotiated size.
    pub(crate) fn check_size(&self, bytes: u32) -> Result<(), Refusal> {
        if bytes > self.negotiated.max_io || bytes > self.paid_bytes {
            return Err(NtStatus::INVALID_PARAMETER.into());
        }
        Ok(())
    }
}

/// The file or folder of an open; a pipe can't do what is asked.
pub(crate) fn as_file(file: &OpenFile) -> Result<&Arc<Open>, Refusal> {
    file.file().ok_or_else(|| NtStatus::INVALID_DEVICE_REQUEST.into())
}

/// Where the request of a command has its FileId, in bytes from the message's start ([MS-SMB2] 2.2.15 to 2.2.39).
pub(crate) fn place_of_file_id(command: Command) -> Option<usize> {
    Some(match command {
        Command::Close
        | Command::Flush
        | Command::Lock
        | Command::Ioctl
        | Command::QueryDirectory
        | Command::ChangeNotify
        | Command::OplockBreak => HEADER_SIZE + 8,
        Command::Read | Command::Write | Command::SetInfo => HEADER_SIZE + 16,
        Command::QueryInfo => HEADER_SIZE + 24,
        Command::Negotiate
        | Command::SessionSetup
        | Command::Logoff
        | Command::TreeConnect
        | Command::TreeDisconnect
        | Command::Create
        | Command::Cancel
        | Command::Echo => return None,
    })
}

/// Runs a command that works on a tree.
pub(crate) async fn run(command: Command, call: &Call<'_>, reply: &mut Reply) -> Outcome {
    match command {
        Command::TreeDisconnect => tree_connect::disconnect(call, reply),
        Command::Create => create::handle(call, &call.request()?, reply).await,
        Command::Close => close::handle(call, &call.request()?, reply).await,
        Command::Flush => flush::handle(call, &call.request()?, reply).await,
        Command::Read => read::handle(call, &call.request()?, reply).await,
        Command::Write => write::handle(call, &call.request()?, reply).await,
        Command::Lock => lock::handle(call, &call.request()?, reply).await,
        Command::Ioctl => ioctl::handle(call, &call.request()?, reply).await,
        Command::QueryDirectory => query_directory::handle(call, &call.request()?, reply).await,
        Command::ChangeNotify => change_notify::handle(call, &call.request()?, reply).await,
        Command::QueryInfo => query_info::handle(call, &call.request()?, reply).await,
        Command::SetInfo => set_info::handle(call, &call.request()?, reply).await,
        Command::OplockBreak if oplock_break::is_of_lease(call.message) => {
            oplock_break::acknowledge_lease(call, &call.request()?, reply)
        }
        Command::OplockBreak => oplock_break::handle(call, &call.request()?, reply),
        Command::Negotiate
        | Command::SessionSetup
        | Command::Logoff
        | Command::TreeConnect
        | Command::Cancel
        | Command::Echo => Err(NtStatus::INVALID_PARAMETER.into()),
    }
}
