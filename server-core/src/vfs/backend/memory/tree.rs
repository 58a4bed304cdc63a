//! The tree itself: files, folders and links by number, and paths resolved among them. Nothing in here leads out of it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use super::content::{BLOCK, Content, Space};
use crate::vfs::backend::{CreateMode, DiskName, DiskPath, Stat};
use crate::vfs::info::{FileKey, FileKind, FileTime};

/// A file's number in its tree.
pub(super) type Number = u64;

/// The root's.
pub(super) const ROOT: Number = 1;
/// As many links may be followed on the way to a file.
const LINKS: usize = 40;
/// Bytes of a name.
const NAME: usize = 255;

/// What is behind the names.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) what: What,
    /// Names, of which a folder has one.
    pub(super) names: u32,
    /// How often it is open; it lives on until it has neither names nor opens.
    pub(super) opens: usize,
    birth: i64,
    created: FileTime,
    pub(super) accessed: FileTime,
    pub(super) modified: FileTime,
    changed: FileTime,
    mode: u32,
}

#[derive(Debug)]
pub(super) enum What {
    File(Content),
    Folder {
        entries: BTreeMap<DiskName, Number>,
        /// Another whenever its names have changed.
        version: u64,
    },
    /// Where it leads.
    Link(Vec<u8>),
}

/// All of it.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) volume: u64,
    pub(super) space: Space,
    /// Bytes in all.
    pub(super) capacity: u64,
    nodes: HashMap<Number, Node>,
    last_number: Number,
    /// Counts changes of names in all folders, so that no folder ever has a version twice.
    last_version: u64,
}

/// A name's place: the folders from the root down to the one that has it, and the name.
#[derive(Debug)]
pub(super) struct Spot {
    folders: Vec<Number>,
    pub(super) name: DiskName,
}

impl Spot {
    /// The folder that has the name.
    pub(super) fn folder(&self) -> Number {
        self.folders.last().copied().unwrap_or(ROOT)
    }
}

fn error<T>(kind: io::ErrorKind) -> io::Result<T> {
    Err(kind.into())
}

impl Node {
    fn new(what: What, mode: u32) -> Self {
        let time = SystemTime::now();
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = FileTime::from(time);
        Self {
            what,
            names: 0,
            opens: 0,
            birth: i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            created: now,
            accessed: now,
            modified: now,
            changed: now,
            mode,
        }
    }

    /// What it is or is called was changed.
    pub(super) fn touch(&mut self) {
        self.changed = FileTime::now();
    }

    /// What is in it was changed.
    pub(super) fn write(&mut self) {
        self.touch();
        self.modified = self.changed;
    }

    pub(super) fn set_mode(&mut self, mode: u32) {
        self.mode = mode & 0o7777;
        self.touch();
    }

    pub(super) fn content(&self) -> io::Result<&Content> {
        match &self.what {
            What::File(content) => Ok(content),
            What::Folder { .. } => error(io::ErrorKind::IsADirectory),
            What::Link(_) => error(io::ErrorKind::InvalidInput),
        }
    }

    pub(super) fn entries(&self) -> io::Result<&BTreeMap<DiskName, Number>> {
        match &self.what {
            What::Folder { entries, .. } => Ok(entries),
            _ => error(io::ErrorKind::NotADirectory),
        }
    }

    fn is_folder(&self) -> bool {
        matches!(self.what, What::Folder { .. })
    }
}

impl Tree {
    pub(super) fn new(volume: u64, capacity: u64) -> Self {
        let mut root = Node::new(What::folder(), 0o755);
        root.names = 1;
        Self {
            volume,
            space: Space {
                free: capacity / BLOCK,
            },
            capacity,
            nodes: HashMap::from([(ROOT, root)]),
            last_number: ROOT,
            last_version: 0,
        }
    }

    pub(super) fn files(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn node(&self, number: Number) -> io::Result<&Node> {
        self.nodes
            .get(&number)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn node_mut(&mut self, number: Number) -> io::Result<&mut Node> {
        self.nodes
            .get_mut(&number)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// A file's content to change, and the room there is.
    pub(super) fn change<T>(
        &mut self,
        number: Number,
        change: impl FnOnce(&mut Content, &mut Space) -> io::Result<T>,
    ) -> io::Result<T> {
        let Some(node) = self.nodes.get_mut(&number) else {
            return error(io::ErrorKind::NotFound);
        };
        let What::File(content) = &mut node.what else {
            return error(io::ErrorKind::InvalidInput);
        };
        let changed = change(content, &mut self.space)?;
        node.write();
        Ok(changed)
    }

    pub(super) fn key(&self, number: Number) -> FileKey {
        FileKey {
            volume: self.volume,
            file: number,
        }
    }

    pub(super) fn stat(&self, number: Number) -> io::Result<Stat> {
        let node = self.node(number)?;
        let (kind, bits, size, allocated) = match &node.what {
            What::File(content) => (FileKind::File, 0o100_000, content.size(), content.allocated()),
            What::Folder { .. } => (FileKind::Directory, 0o040_000, 0, 0),
            What::Link(target) => (FileKind::Symlink, 0o120_000, target.len() as u64, 0),
        };
        let (links, names_token) = match &node.what {
            What::Folder { version, .. } => (node.names + 1, Some(FileTime(*version))),
            _ => (node.names, None),
        };
        Ok(Stat {
            key: self.key(number),
            birth: node.birth,
            kind,
            size,
            allocated,
            created: node.created,
            accessed: node.accessed,
            modified: node.modified,
            changed: node.changed,
            links,
            mode: bits | node.mode,
            uid: 0,
            gid: 0,
            native_attributes: None,
            fixed: false,
            mounted: false,
            names_token,
        })
    }

    /// What a path leads to; of a link, with `follow`, what that leads to.
    pub(super) fn find(&self, path: &DiskPath, follow: bool) -> io::Result<Number> {
        let (folders, last) = self.walk(path, follow)?;
        match last {
            None => Ok(folders.last().copied().unwrap_or(ROOT)),
            Some(name) => self.child(&Spot { folders, name })?.ok_or_else(not_found),
        }
    }

    /// The place of a path's last name, whether there is anything or not.
    pub(super) fn spot(&self, path: &DiskPath) -> io::Result<Spot> {
        match self.walk(path, false)? {
            (folders, Some(name)) => Ok(Spot { folders, name }),
            // The root, which has none.
            (_, None) => error(io::ErrorKind::InvalidInput),
        }
    }

    /// What has the name.
    pub(super) fn child(&self, spot: &Spot) -> io::Result<Option<Number>> {
        Ok(self.node(spot.folder())?.entries()?.get(&spot.name).copied())
    }

    /// What has the name; without one it is an error.
    pub(super) fn named(&self, spot: &Spot) -> io::Result<Number> {
        self.child(spot)?.ok_or_else(not_found)
    }

    /// Walks down from the root, through links, to the last name; there is none where the path ends in a folder's
    /// `..` or is the root's.
    fn walk(&self, path: &DiskPath, follow: bool) -> io::Result<(Vec<Number>, Option<DiskName>)> {
        let mut folders = vec![ROOT];
        let mut left: VecDeque<&[u8]> = path.as_bytes().split(|byte| *byte == b'/').collect();
        let mut followed = 0;
        while let Some(part) = left.pop_front() {
            let folder = folders.last().copied().unwrap_or(ROOT);
            match part {
                b"" | b"." => continue,
                b".." => {
                    folders.pop();
                    if folders.is_empty() {
                        return error(io::ErrorKind::PermissionDenied);
                    }
                    continue;
                }
                _ if part.len() > NAME => return error(io::ErrorKind::InvalidFilename),
                _ => {}
            }
            let name = DiskName::new(part);
            let last = left.is_empty();
            let child = self.node(folder)?.entries()?.get(&name).copied();
            let Some(child) = child else {
                return if last {
                    Ok((folders, Some(name)))
                } else {
                    Err(not_found())
                };
            };
            match &self.node(child)?.what {
                What::Link(target) if follow || !last => {
                    followed += 1;
                    if followed > LINKS {
                        return Err(io::Error::other("too many symbolic links"));
                    }
                    if target.starts_with(b"/") {
                        return error(io::ErrorKind::PermissionDenied);
                    }
                    for part in target.rsplit(|byte| *byte == b'/') {
                        left.push_front(part);
                    }
                }
                _ if last => return Ok((folders, Some(name))),
                What::Folder { .. } => folders.push(child),
                _ => return error(io::ErrorKind::NotADirectory),
            }
        }
        Ok((folders, None))
    }

    /// Makes something new under a name that nothing has.
    pub(super) fn make(&mut self, spot: Spot, what: What, mode: CreateMode) -> io::Result<Number> {
        if self.child(&spot)?.is_some() {
            return error(io::ErrorKind::AlreadyExists);
        }
        self.last_number += 1;
        let number = self.last_number;
        self.nodes.insert(number, Node::new(what, mode.0 & 0o777));
        self.enter(spot, number)?;
        Ok(number)
    }

    /// Gives something one more name, in the place of what had it.
    pub(super) fn enter(&mut self, spot: Spot, number: Number) -> io::Result<()> {
        let before = {
            let folder = spot.folder();
            self.names_of(folder)?.insert(spot.name, number)
        };
        let node = self.node_mut(number)?;
        node.names += 1;
        node.touch();
        before.map_or(Ok(()), |before| self.unname(before))
    }

    /// Takes a name away.
    pub(super) fn leave(&mut self, spot: &Spot) -> io::Result<()> {
        let gone = self.names_of(spot.folder())?.remove(&spot.name);
        self.unname(gone.ok_or_else(not_found)?)
    }

    /// A folder's names, about to change.
    fn names_of(&mut self, folder: Number) -> io::Result<&mut BTreeMap<DiskName, Number>> {
        self.last_version += 1;
        let next = self.last_version;
        let node = self.node_mut(folder)?;
        node.write();
        match &mut node.what {
            What::Folder { entries, version } => {
                *version = next;
                Ok(entries)
            }
            _ => error(io::ErrorKind::NotADirectory),
        }
    }

    fn unname(&mut self, number: Number) -> io::Result<()> {
        let node = self.node_mut(number)?;
        node.names = node.names.saturating_sub(1);
        node.touch();
        self.let_go(number);
        Ok(())
    }

    /// Forgets what has neither names nor opens.
    pub(super) fn let_go(&mut self, number: Number) {
        let is_gone = |node: &Node| node.names == 0 && node.opens == 0;
        if self.nodes.get(&number).is_some_and(is_gone)
            && let Some(node) = self.nodes.remove(&number)
            && let What::File(content) = node.what
        {
            self.space.free += content.allocated() / BLOCK;
        }
    }

    /// rename(2).
    pub(super) fn rename(&mut self, from: &Spot, to: Spot, replace: bool) -> io::Result<()> {
        let moved = self.named(from)?;
        let there = self.child(&to)?;
        if there.is_some() && !replace {
            return error(io::ErrorKind::AlreadyExists);
        }
        if to.folders.contains(&moved) {
            return error(io::ErrorKind::InvalidInput);
        }
        if let Some(there) = there {
            if from.folders.contains(&there) {
                return error(io::ErrorKind::DirectoryNotEmpty);
            }
            if there == moved {
                return Ok(());
            }
            match (self.node(moved)?.is_folder(), &self.node(there)?.what) {
                (true, What::Folder { entries, .. }) if !entries.is_empty() => {
                    return error(io::ErrorKind::DirectoryNotEmpty);
                }
                (true, What::Folder { .. }) => {}
                (true, _) => return error(io::ErrorKind::NotADirectory),
                (false, What::Folder { .. }) => return error(io::ErrorKind::IsADirectory),
                (false, _) => {}
            }
        }
        // Named twice for a moment, so that it is never without a name.
        self.enter(to, moved)?;
        self.leave(from)
    }
}

impl What {
    pub(super) fn folder() -> Self {
        Self::Folder {
            entries: BTreeMap::new(),
            version: 0,
        }
    }
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}
