//! What happens in folders that clients watch, whoever does it (Linux, inotify(7)). One instance and one thread for all
//! shares: both are there while a folder is watched, and a little longer. What happens is handed on a moment later, so
//! that whoever hears of it knows by then what we did ourselves.
//!
//! With a folder that is watched together with what is below, each folder in it is watched, and those that come later
//! are as well; so many of them at most.
//! `folder_watches` has the book of them.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags};
use rustix::io::Errno;

use super::super::watch::{FolderEvent, FolderWatch, HearsOfFolders};
use super::super::{DiskName, DiskPath};
use super::folder_watches::{Listener, State, Watched, is_too_much};
use super::{Root, or_root, platform};
use crate::sandbox::Sandbox;
use crate::vfs::info::FileTime;

const CAME: ReadFlags = ReadFlags::CREATE.union(ReadFlags::MOVED_TO);
const WENT: ReadFlags = ReadFlags::DELETE.union(ReadFlags::MOVED_FROM);
const MOVED: ReadFlags = ReadFlags::MOVED_TO.union(ReadFlags::MOVED_FROM);
/// What happens is handed on so much later.
const RIPENS: Duration = Duration::from_millis(300);
/// What happens in such a time becomes one wake.
const PAUSE: Duration = Duration::from_millis(5);
/// The thread ends when for so long nothing was watched.
const IDLE: Duration = Duration::from_secs(1);
/// Events that are kept until they are ripe; when there are more, those who hear of it look anew.
const MOST_KEPT: usize = 16 * 1024;

/// Watches folders. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub(super) struct FolderWatcher(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Starts the thread, which looks into folders of every share that there is or will be.
    sandbox: Sandbox,
    state: Mutex<State>,
    /// A folder came, or the thread went.
    changed: Condvar,
}

#[derive(Debug)]
struct WatchedFolders {
    watch: u64,
    watcher: Arc<Inner>,
}

/// Something that happened, for one who hears of it.
struct Heard {
    at: Instant,
    root: Arc<Root>,
    hears: Weak<dyn HearsOfFolders>,
    what: What,
}

enum What {
    Name(FolderEvent),
    Touched(DiskPath),
    Lost,
}

impl Listener {
    fn heard(&self, at: Instant, what: What) -> Heard {
        Heard {
            at,
            root: Arc::clone(&self.root),
            hears: Weak::clone(&self.hears),
            what,
        }
    }
}

impl FolderWatcher {
    /// Watches nothing yet.
    pub(super) fn new(sandbox: Sandbox) -> Self {
        Self(Arc::new(Inner {
            sandbox,
            ..Inner::default()
        }))
    }

    /// Watches a folder, or all below it as well, for as long as what comes back is kept.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn watch(
        &self,
        root: &Arc<Root>,
        path: &DiskPath,
        below: bool,
        hears: &Weak<dyn HearsOfFolders>,
    ) -> io::Result<Box<dyn FolderWatch>> {
        let mut state = self.0.state.lock();
        let instance = self.instance(&mut state)?;
        state.last_watch += 1;
        let watch = state.last_watch;
        let top = Listener {
            watch,
            root: Arc::clone(root),
            path: path.clone(),
            below,
            hears: Weak::clone(hears),
        };
        let folders = BTreeMap::new();
        state.watches.insert(
            watch,
            Watched {
                top: top.clone(),
                folders,
            },
        );
        self.0.changed.notify_all();
        drop(state);
        // Ends it if it does not come to be.
        let watched = WatchedFolders {
            watch,
            watcher: Arc::clone(&self.0),
        };
        self.0.enter(&instance, top, &mut Vec::new())?;
        Ok(Box::new(watched))
    }

    /// The instance, with a thread that listens to it.
    fn instance(&self, state: &mut State) -> io::Result<Arc<OwnedFd>> {
        if let Some(instance) = &state.instance {
            return Ok(Arc::clone(instance));
        }
        let flags = CreateFlags::CLOEXEC | CreateFlags::NONBLOCK;
        let instance = Arc::new(inotify::init(flags)?);
        let (watcher, theirs) = (Arc::clone(&self.0), Arc::clone(&instance));
        self.0.sandbox.spawn("folders", move || watcher.listen(&theirs))?;
        state.instance = Some(Arc::clone(&instance));
        Ok(instance)
    }
}

impl Inner {
    /// Watches a folder, and those in it where they are to be; `found` gets the names in the latter. What can't be watched
    /// below is left out.
    ///
    /// # Errors
    /// The folder itself can't be watched.
    fn enter(
        &self,
        instance: &OwnedFd,
        listener: Listener,
        found: &mut Vec<(DiskPath, bool)>,
    ) -> io::Result<()> {
        let mut to_enter = vec![listener];
        let mut is_top = true;
        while let Some(listener) = to_enter.pop() {
            match self.enter_one(instance, &listener, found, &mut to_enter) {
                Ok(()) => {}
                Err(error) if is_top => return Err(error),
                Err(error) if is_too_much(&error) => {
                    tracing::warn!(folder = ?listener.path, "what is below a watched folder is too much to be watched as well");
                    return Ok(());
                }
                // It is gone again, or nobody may look into it.
                Err(_) => {}
            }
            is_top = false;
        }
        Ok(())
    }

    fn enter_one(
        &self,
        instance: &OwnedFd,
        listener: &Listener,
        found: &mut Vec<(DiskPath, bool)>,
        to_enter: &mut Vec<Listener>,
    ) -> io::Result<()> {
        let path = &listener.path;
        let dir = listener.root.dir.open_dir(or_root(&platform::path(path)))?;
        self.state.lock().listen(instance, listener, dir.as_raw_fd())?;
        if !listener.below {
            return Ok(());
        }
        for entry in dir.entries()?.flatten() {
            let path = path.join(&platform::to_name(&entry.file_name()));
            let directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            found.push((path.clone(), directory));
            if directory {
                to_enter.push(listener.at(path));
            }
        }
        Ok(())
    }

    fn listen(&self, instance: &OwnedFd) {
        let mut ripening: VecDeque<Heard> = VecDeque::new();
        while !ripening.is_empty() || self.is_needed() {
            let first = ripening.front().map(|heard| heard.at + RIPENS);
            let wait = first.map(|ripe| ripe.saturating_duration_since(Instant::now()));
            match wait_for(instance, wait).and_then(|()| self.hear(instance, &mut ripening)) {
                Ok(true) => std::thread::sleep(PAUSE),
                Ok(false) => {}
                Err(error) => return self.give_up(error),
            }
            let now = Instant::now();
            let ripe = ripening.partition_point(|heard| heard.at + RIPENS <= now);
            hand_on(ripening.drain(..ripe));
        }
    }

    /// Whether something is watched, or was until just now.
    fn is_needed(&self) -> bool {
        let mut state = self.state.lock();
        self.changed
            .wait_while_for(&mut state, |state| state.watches.is_empty(), IDLE);
        if state.watches.is_empty() {
            state.instance = None;
            self.changed.notify_all();
        }
        state.instance.is_some()
    }

    /// Takes what the system has to tell; whether it was anything.
    fn hear(&self, instance: &OwnedFd, ripening: &mut VecDeque<Heard>) -> Result<bool, Errno> {
        let mut room = [MaybeUninit::uninit(); 8192];
        let mut reader = inotify::Reader::new(instance, &mut room);
        // What is told together is handed on together: both names of a rename are.
        let at = Instant::now();
        let mut any = false;
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => return Ok(any),
                Err(error) => return Err(error),
            };
            any = true;
            let events = event.events();
            if events.contains(ReadFlags::QUEUE_OVERFLOW) {
                self.lose(ripening);
                self.enter_anew(instance);
                continue;
            }
            if ripening.len() > MOST_KEPT {
                self.lose(ripening);
            }
            if events.contains(ReadFlags::IGNORED) {
                // The folder is gone, or nobody watches it.
                self.state.lock().ends(event.wd());
                continue;
            }
            let Some(name) = event.file_name() else { continue };
            let name = DiskName::new(name.to_bytes());
            let directory = events.contains(ReadFlags::ISDIR);
            let renamed = events.intersects(MOVED).then(|| event.cookie());
            let listeners = self.state.lock().folders.get(&event.wd()).cloned();
            let mut told: Vec<&Listener> = Vec::new();
            for listener in listeners.iter().flatten() {
                let path = listener.path.join(&name);
                if directory && events.intersects(WENT) {
                    self.leave(listener.watch, &path);
                }
                let mut found = Vec::new();
                if directory && listener.below && events.intersects(CAME) {
                    // It may be gone again.
                    let _ = self.enter(instance, listener.at(path.clone()), &mut found);
                }
                if told.iter().any(|other| other.hears_as(listener)) {
                    continue;
                }
                told.push(listener);
                let what = if events.intersects(CAME) {
                    What::Name(FolderEvent::Came {
                        path,
                        directory,
                        renamed,
                    })
                } else if events.intersects(WENT) {
                    What::Name(FolderEvent::Went {
                        path,
                        directory,
                        renamed,
                    })
                } else {
                    What::Touched(path)
                };
                ripening.push_back(listener.heard(at, what));
                if renamed.is_none() {
                    // What came into a new folder before that was watched.
                    let found = found.into_iter().map(|(path, directory)| FolderEvent::Came {
                        path,
                        directory,
                        renamed: None,
                    });
                    ripening.extend(found.map(|came| listener.heard(at, What::Name(came))));
                }
            }
        }
    }

    /// A folder is somewhere else: a watch that came to it from above has nothing to do with it.
    fn leave(&self, watch: u64, folder: &DiskPath) {
        let mut state = self.state.lock();
        let Some(watched) = state.watches.get(&watch) else {
            return;
        };
        let here = watched.folders.get(folder).map(|_| folder.clone());
        let below = watched.folders.range(folder.range_below());
        let gone: Vec<_> = here
            .into_iter()
            .chain(below.map(|(path, _)| path.clone()))
            .filter(|path| *path != watched.top.path)
            .collect();
        gone.iter().for_each(|path| state.forget(watch, path));
    }

    /// Folders may have come that nobody heard of.
    fn enter_anew(&self, instance: &OwnedFd) {
        let state = self.state.lock();
        let tops = state.watches.values().map(|watched| &watched.top);
        let tops: Vec<_> = tops.filter(|top| top.below).cloned().collect();
        drop(state);
        for top in tops {
            // It may be gone.
            let _ = self.enter(instance, top, &mut Vec::new());
        }
    }

    /// Some of what happened is not known: everybody is told that.
    fn lose(&self, ripening: &mut VecDeque<Heard>) {
        ripening.clear();
        let state = self.state.lock();
        let mut told: Vec<&Listener> = Vec::new();
        for listener in state.folders.values().flatten() {
            if !told
                .iter()
                .any(|other| Weak::ptr_eq(&other.hears, &listener.hears))
            {
                told.push(listener);
                ripening.push_back(listener.heard(Instant::now(), What::Lost));
            }
        }
    }

    /// The system tells nothing any more.
    fn give_up(&self, error: Errno) {
        tracing::warn!(%error, "what programs on this computer do in shared folders is not heard of any more");
        let mut lost = VecDeque::new();
        self.lose(&mut lost);
        let mut state = self.state.lock();
        *state = State {
            last_watch: state.last_watch,
            ..State::default()
        };
        drop(state);
        self.changed.notify_all();
        hand_on(lost.drain(..));
    }
}

impl FolderWatch for WatchedFolders {
    fn moved(&self, from: &DiskPath, to: &DiskPath) {
        let mut state = self.watcher.state.lock();
        let hears = state
            .watches
            .get(&self.watch)
            .map(|watched| Weak::clone(&watched.top.hears));
        if let Some(hears) = hears {
            state.moved(&hears, from, to);
        }
    }
}

impl Drop for WatchedFolders {
    fn drop(&mut self) {
        self.watcher.state.lock().end(self.watch);
        // Without any the thread ends.
        self.watcher.changed.notify_all();
    }
}

/// Waits until something happens, for so long at most.
fn wait_for(instance: &OwnedFd, most: Option<Duration>) -> Result<(), Errno> {
    let most = most.and_then(|most| Timespec::try_from(most).ok());
    match poll(&mut [PollFd::new(instance, PollFlags::IN)], most.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Tells each who hears of it what has happened.
fn hand_on(heard: impl Iterator<Item = Heard>) {
    let mut all: Vec<(Weak<dyn HearsOfFolders>, Vec<FolderEvent>)> = Vec::new();
    let mut touched = HashSet::new();
    for Heard {
        root, hears, what, ..
    } in heard
    {
        let event = match what {
            What::Name(event) => event,
            What::Lost => FolderEvent::Lost,
            What::Touched(path) => {
                if !touched.insert((Weak::as_ptr(&hears).addr(), path.clone())) {
                    continue;
                }
                let Some(event) = look(&root, path) else { continue };
                event
            }
        };
        match all.iter_mut().find(|(known, _)| Weak::ptr_eq(known, &hears)) {
            Some((_, events)) => events.push(event),
            None => all.push((hears, vec![event])),
        }
    }
    for (hears, events) in all {
        if let Some(hears) = hears.upgrade() {
            hears.happened(events);
        }
    }
}

/// Something that was touched, as it is now; nothing when it is gone.
fn look(root: &Root, path: DiskPath) -> Option<FolderEvent> {
    use cap_std::fs::MetadataExt;
    let found = root.dir.symlink_metadata(platform::path(&path)).ok()?;
    let time = |seconds, nanoseconds: i64| {
        FileTime::from_unix(seconds, u32::try_from(nanoseconds).unwrap_or_default())
    };
    Some(FolderEvent::Touched {
        path,
        modified: time(found.mtime(), found.mtime_nsec()),
        changed: time(found.ctime(), found.ctime_nsec()),
    })
}
