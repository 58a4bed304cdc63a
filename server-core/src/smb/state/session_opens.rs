//! The opens of a session by volatile id ([MS-SMB2] 3.3.1.8, Session.OpenTable). Whatever is in here is in the
//! server's table too, and leaves both at once: whoever takes an open out of here closes it, so it is closed once.
//! Lock order: the maps are leaves, and never held together; a file is closed after it was taken out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::open_file::{NewOpen, OpenFile};
use super::opens::Opens;
use super::session::Session;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::ids::{PersistentId, TreeId, VolatileId};
use crate::vfs;

/// How a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its client is gone, and may come back for what is durable.
    Left,
    /// Nobody is to come back to it.
    Closed,
}

/// The session's opens.
#[derive(Debug)]
pub(crate) struct SessionOpens {
    by_id: Mutex<HashMap<VolatileId, Arc<OpenFile>>>,
    next: AtomicU64,
    server: Arc<Opens>,
}

impl SessionOpens {
    /// None yet; those to come will be in the server's table as well.
    pub(super) fn new(server: Arc<Opens>) -> Self {
        Self {
            by_id: Mutex::default(),
            next: AtomicU64::new(1),
            server,
        }
    }

    /// An id for an open of before that is about to be this session's.
    pub(crate) fn id_for(&self, persistent: PersistentId) -> FileId {
        FileId {
            persistent,
            volatile: VolatileId(self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// An id for an open that is about to be made.
    pub(crate) fn fresh_id(&self) -> FileId {
        self.id_for(self.server.fresh_id())
    }

    /// Adds an open under a fresh id.
    pub(super) fn insert(&self, new: NewOpen, session: Weak<Session>) -> Arc<OpenFile> {
        let file = Arc::new(OpenFile::new(new, Arc::downgrade(&self.server), session));
        self.server.insert(&file);
        self.by_id.lock().insert(file.id.volatile, Arc::clone(&file));
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

    /// Whether nothing is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.lock().is_empty()
    }

    /// How many of them are pipes.
    pub(crate) fn pipes(&self) -> usize {
        let opens = self.by_id.lock();
        opens.values().filter(|open| open.file().is_none()).count()
    }

    /// Takes an open out and closes it.
    ///
    /// # Errors
    /// What was put off until now failed, such as its deletion; it is closed all the same.
    pub(crate) async fn close(&self, file: &OpenFile) -> Result<(), vfs::VfsError> {
        match self.take(file) {
            Some(file) => file.close().await,
            None => Ok(()),
        }
    }

    /// The same for a client that has gone, which waits for nothing.
    pub(super) fn close_unheard(&self, file: &OpenFile) {
        if let Some(file) = self.take(file) {
            file.close_unheard();
        }
    }

    fn take(&self, file: &OpenFile) -> Option<Arc<OpenFile>> {
        let taken = self.by_id.lock().remove(&file.id.volatile)?;
        self.server.remove(&taken);
        Some(taken)
    }

    /// Ends everything opened through a tree; the disk is not waited for.
    pub(super) fn end_tree(&self, tree_id: TreeId) {
        self.end_where(End::Closed, |file| file.tree_id == tree_id);
    }

    /// Ends everything.
    pub(super) fn end_all(&self, end: End) {
        self.end_where(end, |_| true);
    }

    fn end_where(&self, end: End, which: impl Fn(&OpenFile) -> bool) {
        let mut taken = Vec::new();
        self.by_id.lock().retain(|_, file| {
            let close = which(file);
            if close {
                taken.push(Arc::clone(file));
            }
            !close
        });
        for file in taken {
            if end == End::Left && self.server.keeps() && file.disconnect() {
                continue;
            }
            self.server.remove(&file);
            file.close_unheard();
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_id.lock().len()
    }
}
