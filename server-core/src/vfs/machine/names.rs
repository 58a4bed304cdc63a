//! Names: links of files, where they are, which are to be deleted, which are gone ([MS-FSA] Link).

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::admission::Admission;
use super::leases::Arrival;
use super::place::{FoldedPath, Place};
use super::{LeaseId, Machine, Node, OpenId, OpenState, StreamKey, Ticket};
use crate::identity::ShareId;
use crate::vfs::error::{Denial, VfsError};
use crate::vfs::info::FileKey;

/// One name by which a file is open. A file with hard links can be open by several: what is deleted or renamed
/// is the name, not the file ([MS-FSA] Link).
#[derive(Debug)]
pub(crate) struct Link {
    /// Where it is now. Only the machine moves it.
    pub(crate) place: Mutex<Place>,
    id: u64,
    mark: Arc<Mark>,
}

/// What becomes of a name; shared by the links that are known to be one name reached by different ways (two shares, a
/// linked folder).
#[derive(Debug, Default)]
struct Mark {
    pending: AtomicBool,
    unlinked: AtomicBool,
}

impl Link {
    /// A link of its own.
    #[cfg(test)]
    pub(crate) fn at(place: Place) -> Self {
        Self {
            place: Mutex::new(place),
            id: 0,
            mark: Arc::default(),
        }
    }

    /// Whether the name goes with its last open.
    pub(crate) fn delete_pending(&self) -> bool {
        self.mark.pending.load(Ordering::Acquire)
    }

    /// Whether the name is another file's now: this file has none any more.
    pub(crate) fn is_unlinked(&self) -> bool {
        self.mark.unlinked.load(Ordering::Acquire)
    }

    fn is_same_name(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.mark, &other.mark)
    }
}

/// A link and how many opens came by it.
#[derive(Debug)]
pub(super) struct LinkEntry {
    pub(super) link: Arc<Link>,
    pub(super) opens: usize,
    /// Those of them whose clients are away.
    pub(super) away: usize,
}

/// The link that an open comes by.
pub(super) enum Way {
    Known(Arc<Link>),
    /// It is new, and perhaps another way to the name of this one.
    New(Option<Arc<Link>>),
}

impl Node {
    /// How an open comes to this file.
    pub(super) fn way(&self, ask: &Admission) -> Way {
        let mut named = self
            .links
            .iter()
            .map(|entry| &entry.link)
            .filter(|link| !link.is_unlinked());
        let known = named.clone().find(|link| {
            let known = link.place.lock();
            known.share == ask.place.share && known.disk == ask.place.disk
        });
        match known {
            Some(link) => Way::Known(Arc::clone(link)),
            None => Way::New(named.next().filter(|_| ask.only_name).cloned()),
        }
    }

    /// How many opens came by a link, and of how many the clients are away.
    pub(super) fn entry_of(&mut self, link: &Arc<Link>) -> Option<&mut LinkEntry> {
        self.links.iter_mut().find(|entry| Arc::ptr_eq(&entry.link, link))
    }

    /// Whether any open came by the name that a link is.
    pub(super) fn is_open_by_name_of(&self, link: &Link) -> bool {
        self.links
            .iter()
            .any(|entry| entry.opens > 0 && entry.link.is_same_name(link))
    }
}

impl Way {
    /// Whether the name goes with its last open.
    pub(super) fn delete_pending(&self) -> bool {
        match self {
            Self::Known(link) | Self::New(Some(link)) => link.delete_pending(),
            Self::New(None) => false,
        }
    }
}

impl Machine {
    /// Something happened to a name in a folder: whoever caches the folder has to list it anew, but for the lease under
    /// which it was done, whose client knows.
    pub(crate) fn folder_changes(
        &mut self,
        now: Instant,
        share: ShareId,
        folder: &FoldedPath,
        mine: Option<LeaseId>,
    ) {
        let here = self.paths.at(share, folder.as_str());
        let here: Vec<FileKey> = here.map(|(_, (key, _))| *key).collect();
        for key in here {
            let key = StreamKey::content(key);
            let Some(stream) = self.stream_mut(&key) else {
                continue;
            };
            let mut steps = Vec::new();
            stream.leases.content_changes(now, mine, &mut steps);
            self.settle(&key, steps);
        }
    }

    /// The same for all folders of a share.
    pub(crate) fn folders_are_lost(&mut self, now: Instant, share: ShareId) {
        let folders = self
            .opens
            .values()
            .filter(|open| open.directory && open.holder.is_some() && open.link.place.lock().share == share);
        let folders: HashSet<StreamKey> = folders.map(|open| open.stream.clone()).collect();
        for key in folders {
            let mut steps = Vec::new();
            if let Some(stream) = self.stream_mut(&key) {
                stream.leases.content_changes(now, None, &mut steps);
            }
            self.settle(&key, steps);
        }
    }

    /// Counts an open that came this way.
    pub(super) fn enter(&mut self, node: FileKey, way: Way, place: Place, folded: FoldedPath) -> Arc<Link> {
        let id = self.next_id();
        let entry = self.nodes.entry(node).or_default();
        let (link, new) = match way {
            Way::Known(link) => (link, false),
            Way::New(same) => {
                let mark = same.map(|link| Arc::clone(&link.mark)).unwrap_or_default();
                let share = place.share;
                let place = Mutex::new(place);
                let link = Arc::new(Link { place, id, mark });
                self.paths.insert(share, folded, id, (node, Arc::clone(&link)));
                (link, true)
            }
        };
        match entry
            .links
            .iter_mut()
            .find(|entry| Arc::ptr_eq(&entry.link, &link))
        {
            Some(entry) if !new => entry.opens += 1,
            _ => entry.links.push(LinkEntry {
                link: Arc::clone(&link),
                opens: 1,
                away: 0,
            }),
        }
        link
    }

    /// Forgets links that no open came by any more.
    pub(super) fn drop_unused_links(&mut self, key: FileKey) {
        let Some(node) = self.nodes.get_mut(&key) else {
            return;
        };
        let paths = &mut self.paths;
        node.links.retain(|entry| {
            if entry.opens == 0 && !entry.link.is_unlinked() {
                let place = entry.link.place.lock();
                paths.remove(place.share, &FoldedPath::of(&place.path), entry.link.id);
            }
            entry.opens > 0
        });
        if node.is_unused() {
            self.nodes.remove(&key);
        }
    }

    /// Marks or unmarks a name for deletion.
    pub(crate) fn set_delete_pending(&mut self, link: &Link, delete: bool) {
        link.mark.pending.store(delete, Ordering::Release);
    }

    /// Whether a rename may replace this file: when everyone who has it open shares that. Those who only keep it open
    /// are asked to let go, which may take a wait.
    ///
    /// # Errors
    /// AccessDenied while someone has it open who does not share its deletion, or it is being deleted.
    pub(crate) fn may_be_replaced(&mut self, now: Instant, key: FileKey) -> Result<Option<Ticket>, VfsError> {
        let Some(node) = self.nodes.get_mut(&key) else {
            return Ok(None);
        };
        let names: Vec<_> = node.named.keys().cloned().collect();
        for name in std::iter::once(super::StreamName::default()).chain(names) {
            let key = StreamKey { node: key, name };
            let Some(stream) = self.stream_mut(&key) else {
                continue;
            };
            let mut steps = Vec::new();
            let holders = stream.leases.contend(now, Arrival::Conflicting, None, &mut steps);
            let refused = stream.sharers.refuse_deletion();
            self.settle(&key, steps);
            if let Some(ticket) = self.wait(&key, holders) {
                return Ok(Some(ticket));
            }
            if refused {
                return Err(VfsError::AccessDenied(Denial::InUse));
            }
        }
        let node = self.nodes.get(&key);
        let mut links = node.into_iter().flat_map(|node| &node.links);
        if links.any(|entry| entry.link.delete_pending()) {
            return Err(VfsError::AccessDenied(Denial::InUse));
        }
        Ok(None)
    }

    /// A rename put another file where this one was. It lives on without a name for those who have it open, and the
    /// last of them takes nothing away.
    pub(crate) fn replaced(&mut self, key: FileKey, place: &Place) {
        let Some(node) = self.nodes.get_mut(&key) else {
            return;
        };
        let here = |entry: &&LinkEntry| {
            let known = entry.link.place.lock();
            known.share == place.share && known.disk == place.disk
        };
        let Some(gone) = node.links.iter().find(here).map(|entry| Arc::clone(&entry.link)) else {
            return;
        };
        for entry in node.links.iter().filter(|entry| entry.link.is_same_name(&gone)) {
            let place = entry.link.place.lock();
            self.paths
                .remove(place.share, &FoldedPath::of(&place.path), entry.link.id);
        }
        gone.mark.unlinked.store(true, Ordering::Release);
    }

    /// Whether anything strictly below a folder is open, by clients that are there: what waits for others is in nobody's
    /// way. On a disk that minds case, another folder whose name differs by case alone does not count.
    pub(crate) fn has_opens_below(&self, folder: &Place, minds_case: bool) -> bool {
        let folded = FoldedPath::of(&folder.path);
        let mut below = self.paths.below(folder.share, &folded);
        below.any(|(_, (key, link))| {
            let is_there = self
                .entry_of(*key, link)
                .is_none_or(|entry| entry.opens > entry.away);
            is_there && (!minds_case || link.place.lock().moved(folder, folder).is_some())
        })
    }

    fn entry_of(&self, key: FileKey, link: &Arc<Link>) -> Option<&LinkEntry> {
        let links = &self.nodes.get(&key)?.links;
        links.iter().find(|entry| Arc::ptr_eq(&entry.link, link))
    }

    /// The opens strictly below a folder whose clients are away.
    pub(crate) fn away_below(&self, share: ShareId, folder: &FoldedPath) -> Vec<OpenId> {
        let below = self.paths.below(share, folder);
        let left: HashSet<u64> = below
            .filter(|(_, (key, link))| self.entry_of(*key, link).is_some_and(|entry| entry.away > 0))
            .map(|(_, (_, link))| link.id)
            .collect();
        if left.is_empty() {
            return Vec::new();
        }
        let is_below = |open: &OpenState| left.contains(&open.link.id);
        let away = self.opens.iter().filter(|(_, open)| open.away.is_some());
        away.filter(|(_, open)| is_below(open))
            .map(|(id, _)| *id)
            .collect()
    }

    /// A folder is about to be renamed: those who keep files below it open for programs that closed them are asked to
    /// let go. The wait that is needed first, if one is.
    pub(crate) fn give_up_handles_below(
        &mut self,
        now: Instant,
        share: ShareId,
        folder: &FoldedPath,
    ) -> Option<Ticket> {
        let mut files: Vec<FileKey> = self
            .paths
            .below(share, folder)
            .map(|(_, (key, _))| *key)
            .collect();
        files.sort_unstable();
        files.dedup();
        let mut wait = None;
        for key in files {
            let key = StreamKey::content(key);
            let Some(stream) = self.stream_mut(&key) else {
                continue;
            };
            let mut steps = Vec::new();
            let holders = stream.leases.give_up_handles(now, None, &mut steps);
            self.settle(&key, steps);
            // All are asked at once; who waited for the first finds out about the others.
            if wait.is_none() {
                wait = self.wait(&key, holders);
            }
        }
        wait
    }

    /// A link has another place now; what is open below it moves along.
    pub(crate) fn moved(&mut self, link: &Link, to: &Place) {
        let from = link.place.lock().clone();
        let folded = FoldedPath::of(&from.path);
        let below: Vec<(u64, FileKey, Arc<Link>)> = self
            .paths
            .below(from.share, &folded)
            .map(|(id, (key, link))| (id, *key, Arc::clone(link)))
            .collect();
        if let Some(entry) = self.paths.remove(from.share, &folded, link.id) {
            self.paths
                .insert(to.share, FoldedPath::of(&to.path), link.id, entry);
        }
        link.place.lock().clone_from(to);
        for (id, key, link) in below {
            let mut place = link.place.lock();
            let Some(after) = place.moved(&from, to) else {
                continue;
            };
            self.paths.remove(place.share, &FoldedPath::of(&place.path), id);
            *place = after;
            let (share, folded) = (place.share, FoldedPath::of(&place.path));
            drop(place);
            self.paths.insert(share, folded, id, (key, link));
        }
    }
}
