//! An open file or folder in memory.

use std::any::Any;
use std::io;
use std::ops::{Bound, Range};
use std::sync::Arc;

use parking_lot::Mutex;

use super::content::{BLOCK, Content, Space};
use super::tree::{Number, Tree};
use crate::vfs::backend::{BackendFile, DiskName, Io, Name, Names, Stat, Times, Watch};
use crate::vfs::info::FileKey;
use crate::vfs::namespace;

/// Bytes that are copied at a time.
const PIECE: u64 = 64 * BLOCK;

/// An open file or folder. It is there until this is dropped, whatever becomes of its names.
#[derive(Debug)]
pub(super) struct MemoryFile {
    tree: Arc<Mutex<Tree>>,
    number: Number,
    /// Opened to be written.
    writes: bool,
}

impl MemoryFile {
    /// Opens what is there; `locked` is what the mutex has.
    pub(super) fn open(
        tree: &Arc<Mutex<Tree>>,
        locked: &mut Tree,
        number: Number,
        writes: bool,
    ) -> io::Result<Self> {
        locked.node_mut(number)?.opens += 1;
        Ok(Self {
            tree: Arc::clone(tree),
            number,
            writes,
        })
    }

    /// What write(2) says of a file that was opened to be read.
    fn check_writes(&self) -> io::Result<()> {
        if self.writes {
            Ok(())
        } else {
            Err(io::Error::other("the file was not opened to be written"))
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Content, &mut Space) -> io::Result<T>) -> io::Result<T> {
        self.check_writes()?;
        self.tree.lock().change(self.number, change)
    }

    fn copy(&self, source: &Self, from: u64, to: u64, length: u64) -> io::Result<bool> {
        let overlaps = from.abs_diff(to) < length;
        if !Arc::ptr_eq(&self.tree, &source.tree) || (self.number == source.number && overlaps) {
            return Ok(false);
        }
        self.check_writes()?;
        let mut tree = self.tree.lock();
        let (mut piece, mut done) = (Vec::new(), 0);
        while done < length {
            piece.clear();
            // Less than PIECE.
            let wanted = (length - done).min(PIECE) as usize;
            let content = tree.node(source.number)?.content()?;
            let count = content.read(from.saturating_add(done), wanted, &mut piece);
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            tree.change(self.number, |content, space| {
                content.write(to.saturating_add(done), &piece, space)
            })?;
            done += count as u64;
        }
        Ok(true)
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        let mut tree = self.tree.lock();
        if let Ok(node) = tree.node_mut(self.number) {
            node.opens = node.opens.saturating_sub(1);
        }
        tree.let_go(self.number);
    }
}

/// A folder's entries in the order of their names: one that is added or removed meanwhile may be seen or not, any
/// other is seen once.
#[derive(Debug)]
pub(super) struct MemoryNames {
    folder: MemoryFile,
    last: Option<DiskName>,
}

impl MemoryNames {
    /// From the first.
    pub(super) fn new(folder: MemoryFile) -> io::Result<Self> {
        folder.tree.lock().node(folder.number)?.entries()?;
        Ok(Self { folder, last: None })
    }
}

impl Names for MemoryNames {
    fn next(&mut self, most: usize) -> Io<'_, Vec<Name>> {
        let tree = self.folder.tree.lock();
        let read = || {
            let entries = tree.node(self.folder.number)?.entries()?;
            let from = self.last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
            let next = entries.range((from, Bound::Unbounded)).map(|(disk, _)| disk);
            let shown = next.filter_map(|disk| {
                let wire = namespace::disk_bytes_to_wire(disk.as_bytes())?;
                let disk = disk.clone();
                Some(Name { wire, disk })
            });
            Ok(shown.take(most).collect::<Vec<_>>())
        };
        let names: io::Result<Vec<Name>> = read();
        drop(tree);
        if let Ok(names) = &names
            && let Some(last) = names.last()
        {
            self.last = Some(last.disk.clone());
        }
        Io::now(names)
    }
}

impl BackendFile for MemoryFile {
    fn stat(&self) -> Io<'_, Stat> {
        Io::now(self.tree.lock().stat(self.number))
    }

    fn names(&self) -> Io<'_, Box<dyn Names>> {
        let folder = Self::open(&self.tree, &mut self.tree.lock(), self.number, false);
        let names = folder.and_then(MemoryNames::new);
        Io::now(names.map(|names| Box::new(names) as Box<dyn Names>))
    }

    fn stat_children<'a>(&'a self, names: &'a [Name]) -> Io<'a, Vec<Option<Stat>>> {
        let tree = self.tree.lock();
        let look = || {
            let entries = tree.node(self.number)?.entries()?;
            let look = |name: &Name| tree.stat(*entries.get(&name.disk)?).ok();
            Ok(names.iter().map(look).collect())
        };
        Io::now(look())
    }

    fn read_into<'a>(&'a self, offset: u64, length: usize, out: &'a mut Vec<u8>) -> Io<'a, usize> {
        let tree = self.tree.lock();
        let content = tree.node(self.number).and_then(|node| node.content());
        Io::now(content.map(|content| content.read(offset, length, out)))
    }

    fn write_at<'a>(&'a self, offset: u64, data: &'a [u8]) -> Io<'a, ()> {
        Io::now(self.change(|content, space| content.write(offset, data, space)))
    }

    fn set_size(&self, size: u64) -> Io<'_, ()> {
        Io::now(self.change(|content, space| content.set_size(size, space)))
    }

    fn reserve(&self, size: u64) -> Io<'_, ()> {
        Io::now(self.change(|content, space| content.reserve(size, space)))
    }

    fn allocated_ranges(&self, range: Range<u64>, most: usize) -> Io<'_, Vec<Range<u64>>> {
        let tree = self.tree.lock();
        let content = tree.node(self.number).and_then(|node| node.content());
        Io::now(content.map(|content| content.ranges(range, most)))
    }

    fn punch(&self, range: Range<u64>) -> Io<'_, bool> {
        Io::now(self.change(|content, space| {
            content.punch(range, space);
            Ok(true)
        }))
    }

    fn copy_from<'a>(&'a self, source: &'a dyn BackendFile, from: u64, to: u64, length: u64) -> Io<'a, bool> {
        match source.as_any().downcast_ref::<Self>() {
            Some(source) => Io::now(self.copy(source, from, to, length)),
            None => Io::now(Ok(false)),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    /// No power cut leaves anything of it.
    fn sync(&self) -> Io<'_, ()> {
        Io::now(Ok(()))
    }

    /// What was written is in its place already.
    fn finish(&self) -> Io<'_, ()> {
        Io::now(Ok(()))
    }

    fn set_times(&self, times: Times) -> Io<'_, ()> {
        let mut tree = self.tree.lock();
        Io::now(tree.node_mut(self.number).map(|node| {
            node.touch();
            node.accessed = times.accessed.unwrap_or(node.accessed);
            node.modified = times.modified.unwrap_or(node.modified);
        }))
    }

    fn set_mode(&self, mode: u32) -> Io<'_, ()> {
        let mut tree = self.tree.lock();
        Io::now(tree.node_mut(self.number).map(|node| node.set_mode(mode)))
    }

    /// The store keeps them.
    fn set_attributes(&self, _attributes: u32) -> Io<'_, ()> {
        Io::now(Ok(()))
    }

    /// Nobody else has this memory.
    fn watch(&self, _key: FileKey) -> io::Result<Option<Arc<dyn Watch>>> {
        Ok(None)
    }
}
