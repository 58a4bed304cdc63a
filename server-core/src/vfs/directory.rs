//! Listing folders.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::backend::{Name, Names, Stat};
use super::error::VfsError;
use super::info::{FileInfo, FileKind};
use super::metadata;
use super::open::Open;
use super::pattern::Pattern;
use crate::live::Taken;
use crate::security::AccessMask;

/// Entries looked at together: one metadata query each.
const BATCH: usize = 128;
/// Names that are passed over before others get their turn on the connection: a search that finds nothing goes through
/// the whole folder.
const LONG: usize = 2048;

/// One entry of a folder.
#[derive(Debug, Clone)]
pub struct DirectoryEntry {
    /// Its name as clients see it.
    pub name: String,
    /// What is known of it (of the link's target where links are followed).
    pub info: FileInfo,
}

/// A listing in progress: reads in batches, one metadata query a batch. It ends soon after its session or its open did. Entries that vanish meanwhile, and
/// links that lead out of the share, are skipped.
pub struct DirectoryScan {
    folder: Arc<Open>,
    /// `None` when all of them were read.
    names: Option<Box<dyn Names>>,
    /// What the listing takes besides its folder's open.
    counted: Option<Taken>,
    /// Read, and not looked at yet.
    unseen: Vec<Name>,
    pattern: Pattern,
    ready: VecDeque<DirectoryEntry>,
    show_links: bool,
    /// One name was asked for: then a link that can't be followed is shown as what it is, so that it can be removed.
    by_name: bool,
}

impl std::fmt::Debug for DirectoryScan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectoryScan")
            .field("pattern", &self.pattern)
            .finish_non_exhaustive()
    }
}

impl DirectoryScan {
    pub(super) fn new(
        folder: Arc<Open>,
        names: Box<dyn Names>,
        counted: Option<Taken>,
        pattern: Pattern,
    ) -> Self {
        Self {
            folder,
            names: Some(names),
            counted,
            unseen: Vec::new(),
            pattern,
            ready: VecDeque::new(),
            show_links: false,
            by_name: false,
        }
    }

    /// The listing of a folder of which one entry is wanted, which may not be there.
    pub(super) fn of_one(folder: Arc<Open>, entry: Option<Name>, pattern: Pattern) -> Self {
        Self {
            folder,
            names: None,
            counted: None,
            unseen: entry.into_iter().collect(),
            pattern,
            ready: VecDeque::new(),
            show_links: false,
            by_name: true,
        }
    }

    /// Shows symbolic links as links instead of what they lead to (SFTP).
    #[must_use]
    pub fn showing_links(mut self) -> Self {
        self.show_links = true;
        self
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// The permission to list is gone; the operating system's. The listing has ended then.
    pub async fn next(&mut self) -> Option<Result<DirectoryEntry, VfsError>> {
        while self.ready.is_empty() && (self.names.is_some() || !self.unseen.is_empty()) {
            if let Err(error) = self.fill().await {
                self.has_read_all();
                self.unseen.clear();
                return Some(Err(error));
            }
        }
        self.ready.pop_front().map(Ok)
    }

    fn has_read_all(&mut self) {
        self.names = None;
        self.counted = None;
    }

    async fn fill(&mut self) -> Result<(), VfsError> {
        // Each batch asks again: a listing can outlast the permission to make it.
        self.folder.permit(AccessMask::READ_DATA)?;
        let mut passed = 0;
        while self.unseen.len() < BATCH
            && let Some(names) = &mut self.names
        {
            if passed >= LONG {
                passed = 0;
                tokio::task::yield_now().await;
            }
            // The client may have gone, or the permission, while nothing was found.
            self.folder.permit(AccessMask::READ_DATA)?;
            if self.folder.view.caller().session.closing().is_cancelled() {
                return Err(VfsError::Closed);
            }
            let batch = names.next(BATCH).await?;
            passed += batch.len();
            if batch.is_empty() {
                self.has_read_all();
            }
            let wanted = batch.into_iter().filter(|name| self.pattern.matches(&name.wire));
            self.unseen.extend(wanted);
        }
        // What was read is lost to nobody if this future is dropped while it is looked at.
        let stats = self.folder.file().stat_children(&self.unseen).await?;
        let mut shown = Vec::with_capacity(stats.len());
        for (name, stat) in self.unseen.iter().zip(stats) {
            shown.push(self.shown(name, stat).await);
        }
        let found: Vec<(String, Stat)> = std::mem::take(&mut self.unseen)
            .into_iter()
            .zip(shown)
            .filter_map(|(name, stat)| Some((name.wire, stat?)))
            .collect();
        let keys: Vec<_> = found.iter().map(|(_, stat)| stat.metadata_key()).collect();
        let rows = self.folder.store().file_metadata_many(&keys)?;
        let rows: HashMap<_, _> = rows.into_iter().collect();
        self.ready.extend(found.into_iter().map(|(name, stat)| {
            let row = rows.get(&stat.metadata_key()).copied();
            let info = metadata::describe(&stat, Some(&name), row, false);
            DirectoryEntry { name, info }
        }));
        Ok(())
    }

    /// What is told of an entry: of a link, what it leads to.
    async fn shown(&self, name: &Name, stat: Option<Stat>) -> Option<Stat> {
        let stat = stat?;
        if stat.kind != FileKind::Symlink || self.show_links {
            return Some(stat);
        }
        let path = self.folder.disk_path().join(&name.disk);
        match self.folder.backend().stat(&path, true).await {
            Ok(followed) => Some(followed),
            Err(_) => self.by_name.then_some(stat),
        }
    }
}
