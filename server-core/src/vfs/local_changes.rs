//! What programs on this computer do in folders that clients watch, or cache under a lease. The disk tells of all that happens there, of what
//! we do as well, which was told already: that is known by what was told of late.
//!
//! A name that came or went is ours if we said so and it was not matched before. What was touched is ours if nothing
//! happened to it after we told of it; while one of our opens writes there, the disk does not tell of that, but when it is
//! closed. A file that was closed and not changed for a while was not written at all.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::backend::{DiskPath, FolderEvent, FolderWatch, HearsOfFolders};
use super::change::renamed;
use super::engine::{Inner, MountedShare};
use super::info::FileTime;
use super::notify::{ChangeAction, Happened, NotifyFilter};
use super::open_table::FoldedPath;
use super::path::SharePath;
use super::share::ShareView;
use crate::identity::ShareId;

/// What we did is remembered for so long.
const REMEMBERED: Duration = Duration::from_secs(10);
/// So many things that we did are remembered.
const MOST_REMEMBERED: usize = 64 * 1024;
/// What changed a file so shortly after we told of it is still what was told: clocks of disks are coarse.
const GRACE: Duration = Duration::from_millis(100);
/// What was not changed for so long was not changed by whoever closed it just now.
const RECENT: Duration = Duration::from_secs(3);

/// What we did of late, as the disk will tell of it.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    /// Folders that are watched on a disk: while there are none, nobody asks.
    watched: AtomicUsize,
    recent: Mutex<Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    by_path: HashMap<(ShareId, String), Done>,
    order: VecDeque<(Instant, (ShareId, String))>,
}

/// What we did to a name.
#[derive(Debug, Default)]
struct Done {
    /// Entries in the order.
    entries: usize,
    came: usize,
    went: usize,
    last: FileTime,
}

impl Deeds {
    /// We did this.
    pub(super) fn note(&self, share: ShareId, happened: &[Happened<'_>]) {
        if self.watched.load(Ordering::Acquire) == 0 {
            return;
        }
        let now = Instant::now();
        let mut recent = self.recent.lock();
        recent.forget(now);
        for one in happened {
            let key = (share, FoldedPath::of(one.path).as_str().to_owned());
            let done = recent.by_path.entry(key.clone()).or_default();
            done.entries += 1;
            done.last = FileTime::now();
            match one.action {
                ChangeAction::Added | ChangeAction::RenamedNewName => done.came += 1,
                ChangeAction::Removed | ChangeAction::RenamedOldName => done.went += 1,
                ChangeAction::Modified => {}
            }
            recent.order.push_back((now, key));
        }
    }

    /// A name comes and goes that nobody is told of.
    pub(super) fn passes(&self, share: ShareId, path: &SharePath) {
        let filter = NotifyFilter::FILE_NAME;
        let happened =
            [ChangeAction::Added, ChangeAction::Removed].map(|action| Happened { action, path, filter });
        self.note(share, &happened);
    }

    /// A folder is watched no more. What we did is known for a moment yet: the disk may have told of it already.
    fn end_watch(&self) {
        if self.watched.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.recent.lock().forget(Instant::now());
        }
    }

    /// Whether we made a name come, which is matched once.
    fn made_come(&self, share: ShareId, path: &SharePath) -> bool {
        self.take(share, path, |done| &mut done.came)
    }

    /// Whether we made a name go, likewise.
    fn made_go(&self, share: ShareId, path: &SharePath) -> bool {
        self.take(share, path, |done| &mut done.went)
    }

    fn take(&self, share: ShareId, path: &SharePath, count: impl Fn(&mut Done) -> &mut usize) -> bool {
        let key = (share, FoldedPath::of(path).as_str().to_owned());
        let mut recent = self.recent.lock();
        let Some(done) = recent.by_path.get_mut(&key) else {
            return false;
        };
        let count = count(done);
        let ours = *count > 0;
        *count = count.saturating_sub(1);
        ours
    }

    /// When we told last of something.
    fn last(&self, share: ShareId, path: &SharePath) -> Option<FileTime> {
        let key = (share, FoldedPath::of(path).as_str().to_owned());
        self.recent.lock().by_path.get(&key).map(|done| done.last)
    }
}

impl Recent {
    fn forget(&mut self, now: Instant) {
        while let Some((at, _)) = self.order.front()
            && (now.duration_since(*at) > REMEMBERED || self.order.len() > MOST_REMEMBERED)
        {
            let Some((_, key)) = self.order.pop_front() else {
                break;
            };
            if let Some(done) = self.by_path.get_mut(&key) {
                done.entries -= 1;
                if done.entries == 0 {
                    self.by_path.remove(&key);
                }
            }
        }
    }
}

/// Hears what happens in the folders of a share.
#[derive(Debug)]
pub(super) struct StrangersIn {
    engine: Weak<Inner>,
    share: Weak<MountedShare>,
}

/// A folder of which the disk tells, as long as this is kept.
#[derive(Debug)]
pub(super) struct WatchedFolder {
    watch: Box<dyn FolderWatch>,
    _counted: Counted,
}

impl WatchedFolder {
    /// A folder was renamed by us.
    pub(super) fn follow(&self, from: &DiskPath, to: &DiskPath) {
        self.watch.moved(from, to);
    }
}

/// As long as this is there, what we do is noted.
#[derive(Debug)]
struct Counted(Weak<Inner>);

impl Counted {
    fn new(engine: &Arc<Inner>) -> Self {
        engine.watches.deeds.watched.fetch_add(1, Ordering::AcqRel);
        Self(Arc::downgrade(engine))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(engine) = self.0.upgrade() {
            engine.watches.deeds.end_watch();
        }
    }
}

impl ShareView {
    /// Has the disk tell what others than we do in a folder, or `below` it as well; `None` where nobody can tell, or
    /// nobody else can do anything.
    ///
    /// # Errors
    /// The disk's, or the system's.
    pub(super) async fn watch_on_disk(
        &self,
        folder: &DiskPath,
        below: bool,
    ) -> std::io::Result<Option<WatchedFolder>> {
        let strangers = self.mounted.strangers.get_or_init(|| {
            Arc::new(StrangersIn {
                engine: Arc::downgrade(&self.engine),
                share: Arc::downgrade(&self.mounted),
            })
        });
        let hears: Weak<StrangersIn> = Arc::downgrade(strangers);
        // What we do from here on is known, whatever is heard of it.
        let counted = Counted::new(&self.engine);
        let watch = self.backend().watch_folder(folder, below, hears).await?;
        Ok(watch.map(|watch| WatchedFolder {
            watch,
            _counted: counted,
        }))
    }
}

impl HearsOfFolders for StrangersIn {
    fn happened(&self, events: Vec<FolderEvent>) {
        let (Some(engine), Some(share)) = (self.engine.upgrade(), self.share.upgrade()) else {
            return;
        };
        let id = share.settings.with(|settings| settings.id);
        let told = Strangers {
            engine: &engine,
            share: &share,
            id,
        };
        let mut events: VecDeque<_> = events.into();
        while let Some(event) = events.pop_front() {
            told.tell_of(event, &mut events);
        }
    }
}

/// What others did in a share, to be told to those who watch there.
struct Strangers<'e> {
    engine: &'e Inner,
    share: &'e MountedShare,
    id: ShareId,
}

impl Strangers<'_> {
    fn tell_of(&self, event: FolderEvent, later: &mut VecDeque<FolderEvent>) {
        match event {
            FolderEvent::Lost => {
                self.engine.opens.folders_are_lost(self.id);
                self.engine.watches.lost(self.id);
            }
            FolderEvent::Came { path, directory, .. } => {
                if let Some(path) = self.seen(&path)
                    && !self.deeds().made_come(self.id, &path)
                {
                    self.tell(ChangeAction::Added, &path, NotifyFilter::of_name(directory));
                }
            }
            FolderEvent::Went {
                path,
                directory,
                renamed: cookie,
            } => {
                let went = self
                    .seen(&path)
                    .filter(|path| !self.deeds().made_go(self.id, path));
                let is_same = |event: &FolderEvent| {
                    cookie.is_some()
                        && matches!(event, FolderEvent::Came { renamed, .. } if *renamed == cookie)
                };
                let at = later.iter().position(is_same);
                let came = match at.and_then(|at| later.remove(at)) {
                    Some(FolderEvent::Came { path, .. }) => self.seen(&path),
                    _ => None,
                };
                let came = came.filter(|path| !self.deeds().made_come(self.id, path));
                match (went, came) {
                    (Some(from), Some(to)) => {
                        self.tell_all(&renamed(&from, &to, directory));
                    }
                    (Some(from), None) => {
                        self.tell(ChangeAction::Removed, &from, NotifyFilter::of_name(directory));
                    }
                    (None, Some(to)) => {
                        self.tell(ChangeAction::Added, &to, NotifyFilter::of_name(directory));
                    }
                    (None, None) => {}
                }
            }
            FolderEvent::Touched {
                path,
                modified,
                changed,
            } => {
                if let Some(path) = self.seen(&path)
                    && self.was_changed(&path, changed)
                {
                    let mut filter = NotifyFilter::ATTRIBUTES;
                    if is_recent(modified) {
                        filter |= NotifyFilter::SIZE | NotifyFilter::LAST_WRITE;
                    }
                    self.tell(ChangeAction::Modified, &path, filter);
                }
            }
        }
    }

    /// Whether somebody else than we changed it just now.
    fn was_changed(&self, path: &SharePath, changed: FileTime) -> bool {
        let last = self.deeds().last(self.id, path);
        let ours = last.is_some_and(|last| changed <= later(last, GRACE));
        !ours && is_recent(changed)
    }

    fn tell(&self, action: ChangeAction, path: &SharePath, filter: NotifyFilter) {
        self.tell_all(&[Happened { action, path, filter }]);
    }

    fn tell_all(&self, happened: &[Happened<'_>]) {
        self.engine.folders_change(self.id, happened, None);
        self.engine.watches.tell(self.id, happened);
    }

    fn deeds(&self) -> &Deeds {
        &self.engine.watches.deeds
    }

    /// A path as clients see it; nothing for what they are not shown.
    fn seen(&self, disk: &DiskPath) -> Option<SharePath> {
        let mut path = SharePath::root();
        for name in disk.names() {
            path = path.join(&self.share.backend.wire_name(&name)?).ok()?;
        }
        Some(path)
    }
}

fn later(time: FileTime, by: Duration) -> FileTime {
    let ticks = u64::try_from(by.as_nanos() / 100).unwrap_or(u64::MAX);
    FileTime(time.0.saturating_add(ticks))
}

fn is_recent(time: FileTime) -> bool {
    later(time, RECENT) >= FileTime::now()
}
