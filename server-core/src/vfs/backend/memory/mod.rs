//! A tree in memory: a whole storage without a disk. It behaves as a folder of Linux does, sandbox included, but for
//! permission bits, which it keeps and nobody is held to. All of it is behind one mutex, which is a leaf.

mod content;
mod file;
mod tree;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use self::content::{BLOCK, Content};
use self::file::{MemoryFile, MemoryNames};
use self::tree::{Number, ROOT, Tree, What};
use super::{
    Backend, BackendFile, Capabilities, CreateMode, DiskName, DiskPath, Io, Lane, Names, OpenHow, Removed,
    Stat,
};
use crate::vfs::info::{FileKey, VolumeInfo};
use crate::vfs::namespace;

/// Bytes that fit where nobody says otherwise.
const CAPACITY: u64 = 1 << 30;
/// Permission bits of a link, which mean nothing.
const LINK_MODE: CreateMode = CreateMode(0o777);

/// Volumes made so far: no two have a file of the same key.
static VOLUMES: AtomicU64 = AtomicU64::new(0);

/// A tree in memory.
#[derive(Debug)]
pub(crate) struct MemoryBackend {
    tree: Arc<Mutex<Tree>>,
    lane: Lane,
}

impl MemoryBackend {
    /// An empty tree. It never waits; `lane` is for what its callers leave half done.
    pub(crate) fn new(lane: Lane) -> Self {
        Self::with_capacity(CAPACITY, lane)
    }

    /// An empty tree whose files take `capacity` bytes at most, in units of 4096.
    pub(crate) fn with_capacity(capacity: u64, lane: Lane) -> Self {
        let volume = VOLUMES.fetch_add(1, Ordering::Relaxed) + 1;
        Self {
            tree: Arc::new(Mutex::new(Tree::new(volume, capacity))),
            lane,
        }
    }

    /// Answers at once.
    fn on<T>(&self, work: impl FnOnce(&mut Tree) -> io::Result<T>) -> Io<'_, T> {
        Io::now(work(&mut self.tree.lock()))
    }

    fn opened(&self, path: &DiskPath, how: OpenHow) -> io::Result<MemoryFile> {
        let mut tree = self.tree.lock();
        let number = match how.create {
            Some(mode) => {
                let spot = tree.spot(path)?;
                tree.make(spot, What::File(Content::default()), mode)?
            }
            None if how.itself => tree.find(path, false)?,
            None => find_to_open(&tree, path, how.write)?,
        };
        let writes = how.write || how.create.is_some();
        MemoryFile::open(&self.tree, &mut tree, number, writes)
    }
}

fn find_to_open(tree: &Tree, path: &DiskPath, write: bool) -> io::Result<Number> {
    let number = tree.find(path, true)?;
    match (&tree.node(number)?.what, write) {
        (What::Folder { .. }, true) => Err(io::ErrorKind::IsADirectory.into()),
        _ => Ok(number),
    }
}

fn remove_if(tree: &mut Tree, path: &DiskPath, key: FileKey, directory: bool) -> io::Result<Option<Removed>> {
    let spot = tree.spot(path)?;
    let folder = tree.stat(spot.folder())?;
    let number = tree.named(&spot)?;
    let link = matches!(tree.node(number)?.what, What::Link(_));
    let by_target = link && tree.key(number) != key;
    let named = if by_target { tree.find(path, true)? } else { number };
    if tree.key(named) != key {
        return Ok(None);
    }
    match &tree.node(number)?.what {
        What::Folder { entries, .. } if directory => {
            if !entries.is_empty() {
                return Err(io::ErrorKind::DirectoryNotEmpty.into());
            }
        }
        What::Folder { .. } => return Err(io::ErrorKind::IsADirectory.into()),
        What::File(_) if directory => return Err(io::ErrorKind::NotADirectory.into()),
        What::File(_) | What::Link(_) => {}
    }
    let last = !by_target && (directory || tree.stat(number)?.links <= 1);
    tree.leave(&spot)?;
    Ok(Some(Removed { folder, last }))
}

fn hard_link(tree: &mut Tree, from: &DiskPath, to: &DiskPath) -> io::Result<()> {
    let number = tree.find(from, true)?;
    let spot = tree.spot(to)?;
    if tree.child(&spot)?.is_some() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    if matches!(tree.node(number)?.what, What::Folder { .. }) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    tree.enter(spot, number)
}

impl Backend for MemoryBackend {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            minds_case: true,
            keeps_attributes: false,
            hard_links: true,
            symbolic_links: true,
            sparse: true,
            listing_takes: 0,
            tells_of_changes: true,
        }
    }

    fn disk_name(&self, wire: &str) -> Option<DiskName> {
        namespace::wire_to_disk(wire).map(DiskName::new)
    }

    fn wire_name(&self, disk: &DiskName) -> Option<String> {
        namespace::disk_bytes_to_wire(disk.as_bytes())
    }

    fn is_current(&self) -> Io<'_, bool> {
        Io::now(Ok(true))
    }

    fn open(&self, path: &DiskPath, how: OpenHow) -> Io<'_, Box<dyn BackendFile>> {
        let opened = self.opened(path, how);
        Io::now(opened.map(|file| Box::new(file) as Box<dyn BackendFile>))
    }

    fn stat(&self, path: &DiskPath, follow: bool) -> Io<'_, Stat> {
        self.on(|tree| tree.stat(tree.find(path, follow)?))
    }

    fn names(&self, folder: &DiskPath) -> Io<'_, Box<dyn Names>> {
        let names = self.opened(folder, OpenHow::READ).and_then(MemoryNames::new);
        Io::now(names.map(|names| Box::new(names) as Box<dyn Names>))
    }

    fn create_directory(&self, path: &DiskPath, mode: CreateMode) -> Io<'_, ()> {
        self.on(|tree| {
            let spot = tree.spot(path)?;
            tree.make(spot, What::folder(), mode).map(drop)
        })
    }

    fn remove_file(&self, path: &DiskPath) -> Io<'_, ()> {
        self.on(|tree| {
            let spot = tree.spot(path)?;
            let number = tree.named(&spot)?;
            match tree.node(number)?.what {
                What::Folder { .. } => Err(io::ErrorKind::IsADirectory.into()),
                What::File(_) | What::Link(_) => tree.leave(&spot),
            }
        })
    }

    /// Nothing but what is in a folder keeps it here.
    fn check_removal(&self, path: &DiskPath) -> Io<'_, ()> {
        self.on(|tree| tree.named(&tree.spot(path)?).map(drop))
    }

    fn remove_if(&self, path: &DiskPath, key: FileKey, directory: bool) -> Io<'_, Option<Removed>> {
        self.on(|tree| remove_if(tree, path, key, directory))
    }

    fn rename(&self, from: &DiskPath, to: &DiskPath, replace: bool) -> Io<'_, ()> {
        self.on(|tree| {
            let from = tree.spot(from)?;
            let to = tree.spot(to)?;
            tree.rename(&from, to, replace)
        })
    }

    fn hard_link(&self, from: &DiskPath, to: &DiskPath) -> Io<'_, ()> {
        self.on(|tree| hard_link(tree, from, to))
    }

    fn symlink(&self, target: &str, link: &DiskPath) -> Io<'_, ()> {
        self.on(|tree| {
            let target = namespace::wire_to_disk_path(target).ok_or(io::ErrorKind::InvalidInput)?;
            if target.starts_with(b"/") {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            let spot = tree.spot(link)?;
            tree.make(spot, What::Link(target), LINK_MODE).map(drop)
        })
    }

    fn read_link(&self, path: &DiskPath) -> Io<'_, Vec<u8>> {
        self.on(|tree| match &tree.node(tree.find(path, false)?)?.what {
            What::Link(target) => Ok(target.clone()),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        })
    }

    fn volume(&self) -> Io<'_, VolumeInfo> {
        self.on(|tree| {
            let free = tree.space.free * BLOCK;
            let files = tree.files() as u64;
            Ok(VolumeInfo {
                total: tree.capacity,
                free,
                available: free,
                allocation_unit: BLOCK as u32,
                // Any number does that stays the same.
                serial: tree.volume as u32,
                created: tree.stat(ROOT)?.created,
                files: (files + tree.space.free, tree.space.free),
                max_component: 255,
            })
        })
    }

    fn lane(&self) -> &Lane {
        &self.lane
    }
}
