//! Watching files for changes that programs on this computer make (Linux, inotify(7)). One instance and one thread for all
//! shares: both are there while a file is watched, and a little longer, because clients open one file after another.
//!
//! What is written through a mapping is heard of when the program closes the file; what happens on another computer, to a
//! file that both have from a third, never: such disks are not watched.
//!
//! Lock order: the files that are watched, what we did to one of them. Neither is held while somebody is told.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use cap_std::fs::Dir;
use parking_lot::{Condvar, Mutex};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

use super::super::DiskPath;
use super::super::watch::{FolderWatch, HearsOfFolders, HearsOfStrangers, NamesWatch, SizeAfter, Watch};
use super::Root;
use super::folder_changes::FolderWatcher;
use super::name_changes::NameWatcher;
use super::own_changes::{OwnChanges, Stamp};
use crate::sandbox::Sandbox;
use crate::vfs::info::FileKey;

/// The content or the size, the number of names, and the end of writing: before that, mappings tell nothing.
const HEARD_OF: WatchFlags = WatchFlags::MODIFY
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::CLOSE_WRITE);
/// The thread ends when for so long nothing was watched.
const IDLE: Duration = Duration::from_secs(1);
/// While all that happens is ours, it is heard of in this rhythm: what happens between becomes one event, and a client's
/// thousand writes don't wake the thread a thousand times.
const PAUSE: Duration = Duration::from_millis(5);

/// Watches files. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watcher(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    hears: Option<Weak<dyn HearsOfStrangers>>,
    state: Mutex<State>,
    /// A file came, or the thread went.
    changed: Condvar,
    /// People were told that files can't be watched.
    warned: AtomicBool,
    names: NameWatcher,
    folders: FolderWatcher,
}

#[derive(Debug, Default)]
struct State {
    /// There while the thread is.
    instance: Option<Arc<OwnedFd>>,
    files: HashMap<FileKey, Entry>,
    /// By what the system calls them.
    keys: HashMap<i32, FileKey>,
}

#[derive(Debug)]
struct Entry {
    number: i32,
    file: Weak<WatchedFile>,
}

#[derive(Debug)]
struct WatchedFile {
    key: FileKey,
    /// Keeps it from becoming another file of the same key.
    file: Arc<File>,
    own: Mutex<OwnChanges>,
    watcher: Arc<Inner>,
}

/// What the system told at once.
#[derive(Debug, Default)]
struct Heard {
    numbers: Vec<i32>,
    /// There was more than it keeps.
    overflow: bool,
}

impl Watcher {
    /// Watches nothing yet. Whoever hears is told as long as it is there.
    pub(crate) fn new(hears: Weak<dyn HearsOfStrangers>, sandbox: Sandbox) -> Self {
        Self(Arc::new(Inner {
            hears: Some(hears),
            folders: FolderWatcher::new(sandbox),
            ..Inner::default()
        }))
    }

    /// Watches a folder, or all below it as well, for as long as what comes back is kept.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn watch_folder(
        &self,
        root: &Arc<Root>,
        path: &DiskPath,
        below: bool,
        hears: &Weak<dyn HearsOfFolders>,
    ) -> io::Result<Box<dyn FolderWatch>> {
        self.0.folders.watch(root, path, below, hears)
    }

    /// Watches a file for as long as what comes back is kept.
    ///
    /// # Errors
    /// The system's: it watches no more than so many files for one user.
    pub(super) fn watch(&self, key: FileKey, file: &Arc<File>) -> io::Result<Arc<dyn Watch>> {
        let outcome = self.0.watch(key, file);
        if let Err(error) = &outcome
            && !self.0.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                %error,
                "shared files can't be watched for changes by programs on this computer: clients cache less of them (sysctl fs.inotify.max_user_watches)"
            );
        }
        outcome.map(|watched| watched as Arc<dyn Watch>)
    }

    /// Watches the names of a folder for as long as what comes back is kept; `None` where that can't be.
    pub(super) fn watch_names(&self, folder: &Dir) -> Option<Box<dyn NamesWatch>> {
        let watch = self.0.names.watch(folder);
        let watch = watch.inspect_err(|error| tracing::debug!(%error, "a folder's names can't be watched"));
        watch.ok()
    }

    /// Files that are watched.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.0.state.lock().files.len()
    }

    /// Waits until the thread has ended.
    #[cfg(test)]
    pub(crate) fn ended(&self) {
        let mut state = self.0.state.lock();
        self.0
            .changed
            .wait_while(&mut state, |state| state.instance.is_some());
    }
}

impl Inner {
    fn watch(self: &Arc<Self>, key: FileKey, file: &Arc<File>) -> io::Result<Arc<WatchedFile>> {
        let mut state = self.state.lock();
        let known = state.files.get(&key).and_then(|entry| entry.file.upgrade());
        if let Some(known) = known {
            return Ok(known);
        }
        let instance = self.instance(&mut state)?;
        let number = inotify::add_watch(&instance, format!("/proc/self/fd/{}", file.as_raw_fd()), HEARD_OF)?;
        let seen = match stamp(file) {
            Ok(seen) => seen,
            Err(error) => {
                // It may be one that is just about to go, in which case it goes now.
                state.forget(key, number);
                return Err(error);
            }
        };
        let watched = Arc::new(WatchedFile {
            key,
            file: Arc::clone(file),
            own: Mutex::new(OwnChanges::new(seen)),
            watcher: Arc::clone(self),
        });
        let entry = Entry {
            number,
            file: Arc::downgrade(&watched),
        };
        state.files.insert(key, entry);
        state.keys.insert(number, key);
        self.changed.notify_all();
        Ok(watched)
    }

    /// The instance, with a thread that listens to it.
    fn instance(self: &Arc<Self>, state: &mut State) -> io::Result<Arc<OwnedFd>> {
        if let Some(instance) = &state.instance {
            return Ok(Arc::clone(instance));
        }
        let instance = Arc::new(inotify::init(CreateFlags::CLOEXEC)?);
        let (watcher, theirs) = (Arc::clone(self), Arc::clone(&instance));
        let thread = std::thread::Builder::new().name("strangers".to_owned());
        thread.spawn(move || watcher.listen(&theirs))?;
        state.instance = Some(Arc::clone(&instance));
        Ok(instance)
    }

    fn listen(&self, instance: &OwnedFd) {
        let mut room = [MaybeUninit::uninit(); 4096];
        while self.is_needed() {
            match hear(instance, &mut room) {
                Ok(heard) => {
                    if !self.judge(&heard) {
                        std::thread::sleep(PAUSE);
                    }
                }
                Err(error) => return self.give_up(error),
            }
        }
    }

    /// Whether something is watched, or was until just now.
    fn is_needed(&self) -> bool {
        let mut state = self.state.lock();
        self.changed
            .wait_while_for(&mut state, |state| state.files.is_empty(), IDLE);
        if state.files.is_empty() {
            state.instance = None;
            self.changed.notify_all();
        }
        state.instance.is_some()
    }

    /// Looks at the files of which something was heard; whether somebody else than we changed one.
    fn judge(&self, heard: &Heard) -> bool {
        let state = self.state.lock();
        let keys: Vec<FileKey> = if heard.overflow {
            state.files.keys().copied().collect()
        } else {
            let numbers = heard.numbers.iter();
            numbers
                .filter_map(|number| state.keys.get(number).copied())
                .collect()
        };
        let entries = keys.iter().filter_map(|key| state.files.get(key));
        let files: Vec<Arc<WatchedFile>> = entries.filter_map(|entry| entry.file.upgrade()).collect();
        drop(state);
        let mut strange = false;
        for file in files {
            if file.was_changed() {
                strange = true;
                self.tell(file.key);
            }
        }
        strange
    }

    /// The system tells nothing any more. Whoever caches something must not trust it.
    fn give_up(&self, error: Errno) {
        tracing::warn!(%error, "changes by programs on this computer are not heard of any more");
        let mut state = self.state.lock();
        let files = std::mem::take(&mut *state).files;
        self.changed.notify_all();
        drop(state);
        files.keys().for_each(|key| self.tell(*key));
    }

    fn tell(&self, key: FileKey) {
        if let Some(hears) = self.hears.as_ref().and_then(Weak::upgrade) {
            hears.changed_by_stranger(key);
        }
    }
}

impl State {
    /// Ends a watch; the system's notice of that wakes the thread.
    fn forget(&mut self, key: FileKey, number: i32) {
        self.files.remove(&key);
        self.keys.remove(&number);
        if let Some(instance) = &self.instance
            && let Err(error) = inotify::remove_watch(instance, number)
        {
            // The disk is gone, and the watch with it.
            tracing::debug!(%error, "a file was not watched any more");
        }
    }
}

impl WatchedFile {
    /// Whether somebody else than we changed it since it was looked at last.
    fn was_changed(&self) -> bool {
        let mut own = self.own.lock();
        // None of ours begins while this looks.
        !own.any_under_way() && stamp(&self.file).is_ok_and(|now| own.differs(now))
    }
}

impl Watch for WatchedFile {
    fn begins(&self) {
        self.own.lock().begins();
    }

    fn ended(&self, size: SizeAfter) {
        let mut own = self.own.lock();
        let strange = own.ends(size) && stamp(&self.file).is_ok_and(|now| own.settled(now));
        drop(own);
        if strange {
            self.watcher.tell(self.key);
        }
    }
}

impl Drop for WatchedFile {
    fn drop(&mut self) {
        let mut state = self.watcher.state.lock();
        // It may be watched anew already, under the same number.
        let mine = |entry: &&Entry| std::ptr::eq(entry.file.as_ptr(), self);
        if let Some(number) = state.files.get(&self.key).filter(mine).map(|entry| entry.number) {
            state.forget(self.key, number);
        }
    }
}

/// How a file looks. It is open and on a disk of this computer: this does not wait.
fn stamp(file: &File) -> io::Result<Stamp> {
    use std::os::linux::fs::MetadataExt;
    let found = file.metadata()?;
    Ok(Stamp {
        size: found.st_size(),
        modified: (found.st_mtime(), found.st_mtime_nsec()),
        nameless: found.st_nlink() == 0,
    })
}

/// Waits until something happens.
fn hear(instance: &OwnedFd, room: &mut [MaybeUninit<u8>]) -> Result<Heard, Errno> {
    let mut reader = inotify::Reader::new(instance, room);
    let mut heard = Heard::default();
    loop {
        match reader.next() {
            Ok(event) if event.events().contains(ReadFlags::QUEUE_OVERFLOW) => heard.overflow = true,
            Ok(event) if heard.numbers.contains(&event.wd()) => {}
            Ok(event) => heard.numbers.push(event.wd()),
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error),
        }
        if reader.is_buffer_empty() {
            return Ok(heard);
        }
    }
}
