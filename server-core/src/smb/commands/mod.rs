//! The SMB2 commands, one file each. A command gets a `Call` with everything resolved, appends its
//! response body to `Reply`, and returns a status. It knows nothing of sockets, signing or credits.

use std::sync::Arc;

use super::state::{OpenFile, Session, Tree};
use super::status::NtStatus;
use super::wire::file_id::FileId;

/// A file command as the dispatcher hands it over: session and tree exist and belong together.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The whole SMB2 message, header first: offsets in requests count from here.
    pub(crate) message: &'a [u8],
    pub(crate) session: &'a Arc<Session>,
    pub(crate) tree: &'a Arc<Tree>,
    pub(crate) connection: &'a ConnectionTraits,
    /// The file of the previous request, when this one is related to it.
    pub(crate) related: Option<FileId>,
    /// Credits charged; bounds READ, WRITE, QUERY_DIRECTORY, IOCTL sizes ([MS-SMB2] 3.3.5.2.5).
    pub(crate) credit_charge: u16,
}

/// What a command needs to know of its connection.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionTraits {
    /// 0x0202, 0x0210, 0x0300, 0x0302 or 0x0311.
    pub(crate) dialect: u16,
    pub(crate) max_read: u32,
    pub(crate) max_write: u32,
    pub(crate) max_transact: u32,
    /// As sent by the client in NEGOTIATE, for FSCTL_VALIDATE_NEGOTIATE_INFO; likewise what we answered.
    pub(crate) client_guid: [u8; 16],
    pub(crate) client_capabilities: u32,
    pub(crate) client_security_mode: u16,
    pub(crate) client_dialects: Vec<u16>,
    pub(crate) server_guid: [u8; 16],
    pub(crate) server_capabilities: u32,
    pub(crate) server_security_mode: u16,
}

/// The response under construction: one buffer for the whole chain, encoded once. The header is
/// in place already; offsets in responses count from `start`.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Everything so far; commands only append.
    pub(crate) buffer: Vec<u8>,
    /// Where this message's header begins in `buffer`.
    pub(crate) start: usize,
    /// Set by CREATE, and by any command that used a file: what a related request refers to.
    pub(crate) file_id: Option<FileId>,
}

/// A refusal: the status, and error data where the status has some ([MS-SMB2] 2.2.2).
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: NtStatus,
    pub(crate) error_data: Vec<u8>,
}

impl From<NtStatus> for Refusal {
    fn from(status: NtStatus) -> Self {
        Self {
            status,
            error_data: Vec::new(),
        }
    }
}

/// What a command returns: `Ok` means that a response body was appended (SUCCESS, or a warning such as
/// BUFFER_OVERFLOW); on `Err` the dispatcher takes back what was appended and sends an ERROR response.
pub(crate) type Outcome = Result<NtStatus, Refusal>;

impl Call<'_> {
    /// The body, after the 64-byte header.
    pub(crate) fn body(&self) -> &[u8] {
        self.message.get(64..).unwrap_or_default()
    }

    /// The open a request means: its own FileId, or the related one.
    pub(crate) fn open(&self, id: FileId, reply: &mut Reply) -> Result<Arc<OpenFile>, Refusal> {
        todo!()
    }
}
