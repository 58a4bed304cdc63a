//! A folder of this computer, on `cap-std`: resolution never leaves the folder, whatever links it holds and
//! however they change meanwhile (`openat2` with `RESOLVE_BENEATH` on Linux).

mod disk;
#[cfg_attr(target_os = "linux", path = "getdents.rs")]
#[cfg_attr(not(target_os = "linux"), path = "readdir.rs")]
mod entries;
mod file;
#[cfg(target_os = "linux")]
mod folder_changes;
#[cfg(target_os = "linux")]
mod folder_watches;
mod links;
#[cfg(target_os = "linux")]
mod name_changes;
#[cfg(target_os = "linux")]
mod nowait;
#[cfg(target_os = "linux")]
mod own_changes;
mod own_folder;
#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;
#[cfg_attr(target_os = "linux", path = "inotify.rs")]
#[cfg_attr(not(target_os = "linux"), path = "unwatched.rs")]
mod watching;

use std::ffi::OsStr;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use self::disk::{Disk, Medium};
use self::entries::Entries;
use self::file::{LocalFile, LocalNames};
use self::links::{Last, within, within_both};
pub use self::own_folder::{Conflict, OwnFolder};
pub(crate) use self::watching::Watcher;
use super::{
    Backend, BackendFile, Capabilities, CreateMode, DiskName, DiskPath, FolderWatch, HearsOfFolders, Io,
    Lane, Names, NamesWatch, OpenHow, Removed, Stat,
};
use crate::vfs::info::{FileKey, FileKind, VolumeInfo};

/// One shared folder.
#[derive(Debug)]
pub(crate) struct LocalBackend {
    root: Arc<Root>,
    /// Landfall's own folder, where there is one that it must stay apart from.
    own: Option<Arc<OwnFolder>>,
    disk: Disk,
    watcher: Watcher,
}

#[derive(Debug)]
struct Root {
    dir: Dir,
    /// Where the folder was found; only to see whether it is still there.
    folder: PathBuf,
}

impl LocalBackend {
    /// Opens the folder, which may block; its requests wait in `lane`, and changes by others are heard of by `watcher`.
    pub(crate) fn open(folder: &Path, lane: Lane, watcher: Watcher) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(folder, ambient_authority())?;
        let admitted = lane.admit(dir.try_clone()?.into_std_file());
        let disk = Disk::new(platform::medium(&dir), key(&dir)?.volume, lane, admitted);
        Ok(Self {
            root: Arc::new(Root {
                dir,
                folder: folder.to_owned(),
            }),
            own: None,
            disk,
            watcher,
        })
    }

    /// The same, as long as it has nothing to do with Landfall's own folder.
    ///
    /// # Errors
    /// One of the two is in the other.
    pub(crate) fn apart_from(self, own: Arc<OwnFolder>) -> io::Result<Self> {
        own.check(&self.root.dir, &self.root.folder)?;
        Ok(Self {
            own: Some(own),
            ..self
        })
    }

    fn on<T: Send + 'static>(
        &self,
        path: &DiskPath,
        last: Last,
        work: impl Fn(&Root, &Path) -> io::Result<T> + Send + 'static,
    ) -> Io<'_, T> {
        self.disk
            .run(&self.root, path, move |root, path| within(root, path, last, work))
    }

    fn on_both<T: Send + 'static>(
        &self,
        a: &DiskPath,
        b: &DiskPath,
        work: impl Fn(&Root, &Path, &Path) -> io::Result<T> + Send + 'static,
    ) -> Io<'_, T> {
        let paths = (a.clone(), b.clone());
        self.disk.run(&self.root, &paths, move |root, paths| {
            within_both(root, paths, work)
        })
    }
}

/// The disk that a folder is on. Asks the disk, which may not answer.
///
/// # Errors
/// The folder can't be opened.
pub fn volume_of(folder: &Path) -> io::Result<VolumeInfo> {
    platform::volume(&Dir::open_ambient_dir(folder, ambient_authority())?, folder)
}

fn key(root: &Dir) -> io::Result<FileKey> {
    Ok(platform::stat(&root.dir_metadata()?).key)
}

/// A folder inside the sandbox.
enum Folder<'r> {
    Root(&'r Dir),
    Opened(Dir),
}

impl Deref for Folder<'_> {
    type Target = Dir;
    fn deref(&self) -> &Dir {
        match self {
            Self::Root(dir) => dir,
            Self::Opened(dir) => dir,
        }
    }
}

/// The folder of a path, opened inside the sandbox, and the last component.
fn parent<'r, 'p>(root: &'r Dir, path: &'p Path) -> io::Result<(Folder<'r>, &'p OsStr)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => Folder::Opened(root.open_dir(folder)?),
        _ => Folder::Root(root),
    };
    Ok((folder, name))
}

/// cap-std has no name for the root of a `Dir`; "." is it.
fn or_root(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
}

fn open(
    root: &Root,
    path: &Path,
    how: OpenHow,
    disk: Disk,
    watcher: Watcher,
) -> io::Result<Box<dyn BackendFile>> {
    if how.itself {
        let file = platform::open_itself(&root.dir, path)?.into_std();
        return Ok(Box::new(LocalFile::of_name(file, disk, watcher)));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(how.write);
    if let Some(CreateMode(mode)) = how.create {
        options.write(true).create_new(true);
        platform::creation_mode(&mut options, mode);
    }
    let writes = how.write || how.create.is_some();
    let file = platform::open(&root.dir, or_root(path), &mut options, writes)?.into_std();
    Ok(Box::new(LocalFile::new(file, disk, watcher)))
}

fn stat(root: &Root, path: &Path, follow: bool) -> io::Result<Stat> {
    let mut names = path.components();
    let (first, more) = (names.next().is_some(), names.next().is_some());
    if follow && first && !more && platform::TELLS_BY_NAME {
        // What is right in the folder is looked at without being opened, as long as it is no link to be followed.
        let named = root.dir.symlink_metadata(path)?;
        if !named.is_symlink() {
            return Ok(platform::stat(&named));
        }
    }
    let metadata = match first {
        false => root.dir.dir_metadata()?,
        true if follow => root.dir.metadata(path)?,
        true => root.dir.symlink_metadata(path)?,
    };
    Ok(platform::stat(&metadata))
}

fn remove_if(root: &Root, path: &Path, key: FileKey, directory: bool) -> io::Result<Option<Removed>> {
    let (folder, name) = parent(&root.dir, path)?;
    let before = platform::stat(&folder.dir_metadata()?);
    let mut named = platform::stat(&folder.symlink_metadata(name)?);
    let link = named.kind == FileKind::Symlink;
    let by_target = link && named.key != key;
    if by_target {
        // It was opened by what it leads to.
        named = within(root, &platform::to_path(path), Last::Followed, |root, path| {
            Ok(platform::stat(&root.dir.metadata(path)?))
        })?;
    }
    if named.key != key {
        return Ok(None);
    }
    if directory && !link {
        folder.remove_dir(name)?;
    } else {
        platform::remove_file(&folder, name)?;
    }
    Ok(Some(Removed {
        folder: before,
        last: !by_target && (directory || named.links <= 1),
    }))
}

impl Backend for LocalBackend {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            minds_case: cfg!(not(any(windows, target_vendor = "apple"))),
            keeps_attributes: cfg!(windows),
            hard_links: true,
            symbolic_links: true,
            sparse: true,
            listing_takes: entries::LISTING_TAKES,
            // What happens on other computers, a disk that is far away doesn't tell.
            tells_of_changes: cfg!(target_os = "linux") && !self.disk.is_remote(),
        }
    }

    fn disk_name(&self, wire: &str) -> Option<DiskName> {
        platform::disk_name(wire)
    }

    fn wire_name(&self, disk: &DiskName) -> Option<String> {
        platform::wire_name(disk)
    }

    fn is_current(&self) -> Io<'_, bool> {
        self.disk.run(&self.root, &self.own, |root, own| {
            if let Some(own) = own
                && let Err(error) = own.check(&root.dir, &root.folder)
            {
                tracing::error!(folder = %root.folder.display(), %error, "a shared folder is shared no more");
                return Ok(false);
            }
            let now = Dir::open_ambient_dir(&root.folder, ambient_authority()).and_then(|now| key(&now));
            Ok(matches!((now, key(&root.dir)), (Ok(now), Ok(then)) if now == then))
        })
    }

    fn open(&self, path: &DiskPath, how: OpenHow) -> Io<'_, Box<dyn BackendFile>> {
        let (disk, watcher) = (self.disk.clone(), self.watcher.clone());
        let last = if how.itself || how.create.is_some() {
            Last::Itself
        } else {
            Last::Followed
        };
        self.on(path, last, move |root, path| {
            open(root, path, how, disk.clone(), watcher.clone())
        })
    }

    fn stat(&self, path: &DiskPath, follow: bool) -> Io<'_, Stat> {
        let last = if follow { Last::Followed } else { Last::Itself };
        self.on(path, last, move |root, path| stat(root, path, follow))
    }

    fn names(&self, folder: &DiskPath) -> Io<'_, Box<dyn Names>> {
        let disk = self.disk.clone();
        self.on(folder, Last::Followed, move |root, folder| {
            let entries = Entries::at(&root.dir, or_root(folder))?;
            Ok(Box::new(LocalNames::new(entries, disk.clone())) as Box<dyn Names>)
        })
    }

    fn watch_names(&self, folder: &DiskPath) -> Io<'_, Option<Box<dyn NamesWatch>>> {
        let watcher = self.watcher.clone();
        self.on(folder, Last::Followed, move |root, folder| {
            let dir = root.dir.open_dir(or_root(folder))?;
            // What happens on another computer, or behind a program, is not heard of.
            let here = platform::medium(&dir) != Medium::Remote;
            Ok(here.then(|| watcher.watch_names(&dir)).flatten())
        })
    }

    fn watch_folder(
        &self,
        folder: &DiskPath,
        below: bool,
        hears: Weak<dyn HearsOfFolders>,
    ) -> Io<'_, Option<Box<dyn FolderWatch>>> {
        let (watcher, root, path) = (self.watcher.clone(), Arc::clone(&self.root), folder.clone());
        self.on(folder, Last::Followed, move |_, folder| {
            let dir = root.dir.open_dir(or_root(folder))?;
            if platform::medium(&dir) == Medium::Remote {
                return Err(io::ErrorKind::Unsupported.into());
            }
            watcher.watch_folder(&root, &path, below, &hears).map(Some)
        })
    }

    fn create_directory(&self, path: &DiskPath, mode: CreateMode) -> Io<'_, ()> {
        self.on(path, Last::Itself, move |root, path| {
            let mut builder = cap_std::fs::DirBuilder::new();
            platform::directory_mode(&mut builder, mode.0);
            root.dir.create_dir_with(path, &builder)
        })
    }

    fn remove_file(&self, path: &DiskPath) -> Io<'_, ()> {
        self.on(path, Last::Itself, |root, path| {
            let (folder, name) = parent(&root.dir, path)?;
            platform::remove_file(&folder, name)
        })
    }

    fn check_removal(&self, path: &DiskPath) -> Io<'_, ()> {
        self.on(path, Last::Itself, |root, path| {
            let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            let folder = or_root(path.parent().unwrap_or(Path::new("")));
            platform::check_removal(&root.dir, folder, name)
        })
    }

    fn remove_if(&self, path: &DiskPath, key: FileKey, directory: bool) -> Io<'_, Option<Removed>> {
        self.on(path, Last::Itself, move |root, path| {
            remove_if(root, path, key, directory)
        })
    }

    fn rename(&self, from: &DiskPath, to: &DiskPath, replace: bool) -> Io<'_, ()> {
        self.on_both(from, to, move |root, from, to| {
            if replace {
                root.dir.rename(from, &root.dir, to)
            } else {
                platform::rename_new(&root.dir, from, to)
            }
        })
    }

    fn hard_link(&self, from: &DiskPath, to: &DiskPath) -> Io<'_, ()> {
        self.on_both(from, to, |root, from, to| {
            // The link itself would lead elsewhere from another folder.
            if root.dir.symlink_metadata(from)?.is_symlink() {
                let target = within(root, &platform::to_path(from), Last::Followed, |root, from| {
                    root.dir.canonicalize(from)
                })?;
                root.dir.hard_link(target, &root.dir, to)
            } else {
                root.dir.hard_link(from, &root.dir, to)
            }
        })
    }

    fn symlink(&self, target: &str, link: &DiskPath) -> Io<'_, ()> {
        let target = target.to_owned();
        self.on(link, Last::Itself, move |root, link| {
            platform::symlink(&root.dir, &target, link)
        })
    }

    fn read_link(&self, path: &DiskPath) -> Io<'_, Vec<u8>> {
        self.on(path, Last::Itself, |root, path| {
            let target = root.dir.read_link_contents(path)?;
            Ok(platform::to_bytes(&target))
        })
    }

    fn volume(&self) -> Io<'_, VolumeInfo> {
        self.disk.run(&self.root, &(), |root, ()| {
            platform::volume(&root.dir, &root.folder)
        })
    }

    fn lane(&self) -> &Lane {
        self.disk.lane()
    }
}
