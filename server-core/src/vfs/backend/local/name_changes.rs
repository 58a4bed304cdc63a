//! What changes in the names of folders (Linux, inotify(7)), whoever changes it. Nobody waits for it: whoever is about to
//! trust what they know of a folder asks what has changed since. One instance for all shares.

use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Weak};
use std::{fmt, io};

use cap_std::fs::Dir;
use parking_lot::Mutex;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

use super::super::DiskName;
use super::super::watch::{NameChange, NameChanges, NamesWatch};

const HEARD_OF: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::ONLYDIR);
const CAME: ReadFlags = ReadFlags::CREATE.union(ReadFlags::MOVED_TO);
const WENT: ReadFlags = ReadFlags::DELETE.union(ReadFlags::MOVED_FROM);
/// Changes that are kept for one who does not ask; who has missed more reads the folder anew.
const MOST_KEPT: usize = 1024;

/// Watches the names of folders. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub(super) struct NameWatcher(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    instance: Option<OwnedFd>,
    /// Who is told, by what the system calls the folder.
    folders: HashMap<i32, Vec<Weak<Told>>>,
}

/// What one was told and has not asked for yet.
#[derive(Default)]
struct Told(Mutex<NameChanges>);

struct WatchedFolder {
    number: i32,
    told: Arc<Told>,
    watcher: NameWatcher,
}

impl NameWatcher {
    /// Watches a folder for as long as what comes back is kept.
    ///
    /// # Errors
    /// The system's: it watches no more than so many for one user.
    pub(super) fn watch(&self, folder: &Dir) -> io::Result<Box<dyn NamesWatch>> {
        let mut state = self.0.lock();
        let instance = match state.instance.take() {
            Some(instance) => instance,
            None => inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?,
        };
        let path = format!("/proc/self/fd/{}", folder.as_raw_fd());
        let number = inotify::add_watch(&instance, path, HEARD_OF);
        state.instance = Some(instance);
        let (number, told) = (number?, Arc::<Told>::default());
        // What happened before is no news to this one.
        state.hear();
        let listeners = state.folders.entry(number).or_default();
        listeners.push(Arc::downgrade(&told));
        Ok(Box::new(WatchedFolder {
            number,
            told,
            watcher: self.clone(),
        }))
    }
}

impl State {
    /// Hands out what the system has to tell.
    fn hear(&mut self) {
        let Some(instance) = &self.instance else { return };
        let mut room = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(instance, &mut room);
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => return,
                Err(error) => {
                    tracing::warn!(%error, "changes of names are not heard of any more");
                    return self.folders.values().flatten().for_each(lose);
                }
            };
            if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
                self.folders.values().flatten().for_each(lose);
                continue;
            }
            let Some(listeners) = self.folders.get(&event.wd()) else {
                continue;
            };
            let there = event.events().intersects(CAME);
            match event.file_name() {
                Some(name) if there || event.events().intersects(WENT) => {
                    let name = DiskName::new(name.to_bytes());
                    for told in listeners.iter().filter_map(Weak::upgrade) {
                        told.add(NameChange {
                            name: name.clone(),
                            there,
                        });
                    }
                }
                // The folder is gone, or its disk is.
                _ => listeners.iter().for_each(lose),
            }
        }
    }
}

fn lose(told: &Weak<Told>) {
    if let Some(told) = told.upgrade() {
        *told.0.lock() = NameChanges::Unknown;
    }
}

impl Told {
    fn add(&self, change: NameChange) {
        let mut changes = self.0.lock();
        if let NameChanges::These(known) = &mut *changes {
            if known.len() < MOST_KEPT {
                known.push(change);
            } else {
                *changes = NameChanges::Unknown;
            }
        }
    }
}

impl NamesWatch for WatchedFolder {
    fn changes(&self) -> NameChanges {
        self.watcher.0.lock().hear();
        let mut told = self.told.0.lock();
        match &mut *told {
            NameChanges::These(changes) => NameChanges::These(std::mem::take(changes)),
            NameChanges::Unknown => NameChanges::Unknown,
        }
    }
}

impl Drop for WatchedFolder {
    fn drop(&mut self) {
        let mut state = self.watcher.0.lock();
        let Some(listeners) = state.folders.get_mut(&self.number) else {
            return;
        };
        listeners.retain(|told| !std::ptr::eq(told.as_ptr(), Arc::as_ptr(&self.told)));
        if !listeners.is_empty() {
            return;
        }
        state.folders.remove(&self.number);
        if state.folders.is_empty() {
            state.instance = None;
        } else if let Some(instance) = &state.instance
            && let Err(error) = inotify::remove_watch(instance, self.number)
        {
            // The folder is gone, and the watch with it.
            tracing::debug!(%error, "a folder was not watched any more");
        }
    }
}

impl fmt::Debug for WatchedFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedFolder")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use cap_std::ambient_authority;

    use super::*;

    fn these(changes: &[(&str, bool)]) -> NameChanges {
        let change = |(name, there): &(&str, bool)| NameChange {
            name: DiskName::new(name.as_bytes()),
            there: *there,
        };
        NameChanges::These(changes.iter().map(change).collect())
    }

    #[test]
    fn each_who_watches_a_folder_hears_what_happens_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap();
        let watcher = NameWatcher::default();
        let file = |name: &str| folder.path().join(name);
        let first = watcher.watch(&dir).unwrap();
        std::fs::write(file("a"), "").unwrap();
        let second = watcher.watch(&dir).unwrap();
        std::fs::rename(file("a"), file("b")).unwrap();
        std::fs::create_dir(file("c")).unwrap();
        std::fs::remove_file(file("b")).unwrap();
        let later = [("a", false), ("b", true), ("c", true), ("b", false)];
        assert_eq!(second.changes(), these(&later));
        assert_eq!(first.changes(), these(&[&[("a", true)], &later[..]].concat()));
        assert_eq!(first.changes(), these(&[]));
        drop(first);
        std::fs::write(file("d"), "").unwrap();
        assert_eq!(second.changes(), these(&[("d", true)]));
        drop(second);
        assert!(watcher.0.lock().instance.is_none());
    }

    #[test]
    fn who_misses_too_much_or_the_end_of_the_folder_knows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let watcher = NameWatcher::default();
        let watch = |folder| {
            let dir = Dir::open_ambient_dir(folder, ambient_authority()).unwrap();
            watcher.watch(&dir).unwrap()
        };
        let (outer, gone) = (watch(folder.path()), watch(&inner));
        for number in 0..=MOST_KEPT {
            std::fs::write(folder.path().join(number.to_string()), "").unwrap();
        }
        std::fs::remove_dir(&inner).unwrap();
        assert_eq!(gone.changes(), NameChanges::Unknown);
        assert_eq!(outer.changes(), NameChanges::Unknown);
    }
}
