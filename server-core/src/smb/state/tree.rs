//! A tree connect ([MS-SMB2] 3.3.1.9).

use crate::smb::wire::ids::TreeId;
use crate::vfs::ShareView;

/// The name of the pipe share.
pub(crate) const IPC: &str = "IPC$";

/// What a tree id stands for.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) id: TreeId,
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

impl Tree {
    /// The share's name.
    pub(crate) fn name(&self) -> &str {
        match &self.target {
            TreeTarget::Disk(view) => &view.settings().name,
            TreeTarget::Pipes => IPC,
        }
    }

    /// The folder's view; `None` for the pipe share.
    pub(crate) fn disk(&self) -> Option<&ShareView> {
        match &self.target {
            TreeTarget::Disk(view) => Some(view),
            TreeTarget::Pipes => None,
        }
    }
}
