//! Opens of a session ([MS-SMB2] 3.3.1.10): an open file or folder with its listing position, or a pipe.
//! Lock order: the table's map is a leaf; a file is closed after it was taken out of the map.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::smb::rpc::Pipe;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::ids::{PersistentId, TreeId, VolatileId};
use crate::vfs::{self, DirectoryEntry, DirectoryScan};

/// One open of a session.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) id: FileId,
    pub(crate) tree_id: TreeId,
    pub(crate) target: OpenTarget,
    /// Cancelled when the open is closed: what waits on it ends.
    pub(crate) closed: CancellationToken,
    /// FilePositionInformation: kept, and used by nothing else ([MS-FSA] 2.1.5.11).
    pub(crate) position: AtomicU64,
}

/// What was opened.
#[derive(Debug)]
pub(crate) enum OpenTarget {
    /// A file or folder.
    File {
        open: Arc<vfs::Open>,
        listing: Mutex<Option<Listing>>,
    },
    /// A named pipe.
    Pipe(Mutex<Pipe>),
}

/// Where a folder's listing is.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) scan: DirectoryScan,
    /// An entry that did not fit into the last response, or `.` and `..` to begin with.
    pub(crate) waiting: Vec<DirectoryEntry>,
    pub(crate) started: bool,
}

impl OpenFile {
    /// The file or folder; `None` for a pipe.
    pub(crate) fn file(&self) -> Option<&Arc<vfs::Open>> {
        match &self.target {
            OpenTarget::File { open, .. } => Some(open),
            OpenTarget::Pipe(_) => None,
        }
    }

    fn close(&self) -> Result<(), vfs::VfsError> {
        self.closed.cancel();
        match &self.target {
            OpenTarget::File { open, .. } => open.close(),
            OpenTarget::Pipe(_) => Ok(()),
        }
    }
}

/// The session's opens by volatile id.
#[derive(Debug, Default)]
pub(crate) struct OpenFiles {
    by_id: Mutex<HashMap<VolatileId, Arc<OpenFile>>>,
    next: AtomicU64,
}

/// Persistent ids are unique in the server.
static NEXT_PERSISTENT: AtomicU64 = AtomicU64::new(1);

impl OpenFiles {
    /// An id for an open that is about to be made.
    pub(crate) fn fresh_id(&self) -> FileId {
        FileId {
            persistent: PersistentId(NEXT_PERSISTENT.fetch_add(1, Ordering::Relaxed)),
            volatile: VolatileId(self.next.fetch_add(1, Ordering::Relaxed) + 1),
        }
    }

    /// Adds an open under a fresh id.
    pub(crate) fn insert(&self, id: FileId, tree_id: TreeId, target: OpenTarget) -> Arc<OpenFile> {
        let file = Arc::new(OpenFile {
            id,
            tree_id,
            target,
            closed: CancellationToken::new(),
            position: AtomicU64::new(0),
        });
        self.by_id.lock().insert(id.volatile, Arc::clone(&file));
        file
    }

    /// An open by its id, if it belongs to the tree.
    pub(crate) fn get(&self, id: FileId, tree_id: TreeId) -> Option<Arc<OpenFile>> {
        self.find(id).filter(|file| file.tree_id == tree_id)
    }

    /// An open by its id, whatever tree it belongs to.
    pub(crate) fn find(&self, id: FileId) -> Option<Arc<OpenFile>> {
        let found = self.by_id.lock().get(&id.volatile).cloned();
        found.filter(|file| file.id == id)
    }

    /// How many of them are pipes.
    pub(crate) fn pipes(&self) -> usize {
        let opens = self.by_id.lock();
        opens.values().filter(|open| open.file().is_none()).count()
    }

    /// Takes an open out and closes it.
    pub(crate) fn close(&self, file: &OpenFile) -> Result<(), vfs::VfsError> {
        let taken = self.by_id.lock().remove(&file.id.volatile);
        taken.map_or(Ok(()), |file| file.close())
    }

    /// Closes everything opened through a tree.
    pub(crate) fn close_tree(&self, tree_id: TreeId) {
        self.close_where(|file| file.tree_id == tree_id);
    }

    /// Closes everything.
    pub(crate) fn close_all(&self) {
        self.close_where(|_| true);
    }

    fn close_where(&self, which: impl Fn(&OpenFile) -> bool) {
        let mut taken = Vec::new();
        self.by_id.lock().retain(|_, file| {
            let close = which(file);
            if close {
                taken.push(Arc::clone(file));
            }
            !close
        });
        for file in taken {
            if let Err(error) = file.close() {
                tracing::debug!(%error, "closing what a session left open");
            }
        }
    }
}
