//! Opens of a session ([MS-SMB2] 3.3.1.10): an open file or folder with its listing position, or a pipe.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::smb::wire::file_id::FileId;
use crate::vfs;

/// One open of a session.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) id: FileId,
    pub(crate) tree_id: u32,
    pub(crate) open: Arc<vfs::Open>,
}

/// The session's opens by volatile id.
#[derive(Debug, Default)]
pub(crate) struct OpenFiles {
    by_id: Mutex<std::collections::HashMap<u64, Arc<OpenFile>>>,
}
