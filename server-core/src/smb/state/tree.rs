//! A tree connect ([MS-SMB2] 3.3.1.9).

use crate::vfs::ShareView;

/// What a tree id stands for.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) id: u32,
    pub(crate) target: TreeTarget,
}

/// A folder or the pipe share.
#[derive(Debug)]
pub(crate) enum TreeTarget {
    /// A disk share.
    Disk(ShareView),
    /// IPC$.
    Pipes,
}
