//! The end of opens, and of names with them ([MS-FSA] 2.1.5.5).

use std::sync::Arc;

use super::{FileShared, Holder, Machine, OpenId};
use crate::identity::ShareId;
use crate::live::LiveSessionId;
use crate::vfs::info::FileKey;

/// What the end of an open leaves to do.
#[derive(Debug)]
pub(crate) struct Left {
    /// It was the last one of a name that is to be deleted: that is to be removed from the disk, and then
    /// [`finish_delete`](Machine::finish_delete) called.
    pub(crate) delete: bool,
    /// Where its locks are, to be released.
    pub(crate) shared: Arc<FileShared>,
}

impl Machine {
    /// An open goes; nothing when it is not there.
    pub(crate) fn close(&mut self, id: OpenId) -> Option<Left> {
        let open = self.opens.remove(&id)?;
        if let Some(owner) = open.owner {
            self.disown(owner, id);
        }
        self.forget_return(id, open.away);
        let key = open.stream;
        let node = self.nodes.get_mut(&key.node)?;
        let stream = node.stream_mut(&key.name)?;
        stream.sharers.remove(open.sharing);
        let shared = Arc::clone(&stream.shared);
        let unused = stream.sharers.opens == 0;
        if let Some(held) = open.holder.and_then(|holder| stream.leases.find(holder)) {
            held.opens = held.opens.saturating_sub(1);
            held.away = held.away.saturating_sub(usize::from(open.away.is_some()));
            let was_active = match held.holder {
                Holder::Oplock(_) => !open.sharing.only_looks(),
                Holder::Lease(_) => !open.sharing.only_inspects(),
            };
            held.active = held.active.saturating_sub(usize::from(was_active));
        }
        if let Some(entry) = node.entry_of(&open.link) {
            entry.opens = entry.opens.saturating_sub(1);
            entry.away = entry.away.saturating_sub(usize::from(open.away.is_some()));
        }
        let delete =
            open.link.delete_pending() && !open.link.is_unlinked() && !node.is_open_by_name_of(&open.link);
        if let Some(lease) = open.lease.and_then(|lease| self.leases.get_mut(&lease)) {
            lease.opens.retain(|other| *other != id);
        }
        if open.holder.is_some() {
            self.settle(&key, Vec::new());
        }
        if unused
            && key.name.0.is_some()
            && let Some(node) = self.nodes.get_mut(&key.node)
        {
            node.named.remove(&key.name);
        }
        if !delete {
            self.drop_unused_links(key.node);
        }
        Some(Left { delete, shared })
    }

    /// A session has this open no more.
    pub(super) fn disown(&mut self, owner: LiveSessionId, id: OpenId) {
        if let Some(theirs) = self.owners.get_mut(&owner) {
            theirs.remove(&id);
            if theirs.is_empty() {
                self.owners.remove(&owner);
            }
        }
    }

    /// The name is off the disk (or could not be removed).
    pub(crate) fn finish_delete(&mut self, key: FileKey) {
        self.drop_unused_links(key);
    }

    /// The opens in a share, with where their locks are.
    pub(crate) fn opens_in(&mut self, share: ShareId) -> Vec<(OpenId, Arc<FileShared>)> {
        let theirs = self
            .opens
            .iter()
            .filter(|(_, open)| open.link.place.lock().share == share);
        let theirs: Vec<_> = theirs.map(|(id, open)| (*id, open.stream.clone())).collect();
        theirs
            .into_iter()
            .filter_map(|(id, key)| Some((id, Arc::clone(&self.stream_mut(&key)?.shared))))
            .collect()
    }
}
