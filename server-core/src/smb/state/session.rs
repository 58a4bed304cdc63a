//! An authenticated session ([MS-SMB2] 3.3.1.8).

use std::sync::Arc;

use super::OpenFiles;
use crate::live::LiveSession;
use crate::vfs::Caller;

/// One session. Its keys, trees and channels belong to the connection layer's half of this struct.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) caller: Arc<Caller>,
    pub(crate) live: Arc<LiveSession>,
    pub(crate) opens: OpenFiles,
}
