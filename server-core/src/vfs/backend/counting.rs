//! A storage that counts what it is asked for, so that tests can say how often a disk is bothered.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{
    Backend, BackendFile, Capabilities, CreateMode, DiskName, DiskPath, Io, Lane, Names, OpenHow, Removed,
    Stat,
};
use crate::vfs::info::{FileKey, VolumeInfo};

/// A storage around another.
#[derive(Debug)]
pub(crate) struct Counting<B> {
    inner: B,
    /// How often a folder's names were read by its path.
    pub(crate) listings: AtomicUsize,
    /// How often something was looked at by its path.
    pub(crate) looks: AtomicUsize,
    /// How often something was opened or made.
    pub(crate) opens: AtomicUsize,
}

impl<B: Backend> Counting<B> {
    /// Counts from nothing.
    pub(crate) fn new(inner: B) -> Self {
        Self {
            inner,
            listings: AtomicUsize::new(0),
            looks: AtomicUsize::new(0),
            opens: AtomicUsize::new(0),
        }
    }
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl<B: Backend> Backend for Counting<B> {
    fn names(&self, folder: &DiskPath) -> Io<'_, Box<dyn Names>> {
        count(&self.listings);
        self.inner.names(folder)
    }
    fn stat(&self, path: &DiskPath, follow: bool) -> Io<'_, Stat> {
        count(&self.looks);
        self.inner.stat(path, follow)
    }
    fn open(&self, path: &DiskPath, how: OpenHow) -> Io<'_, Box<dyn BackendFile>> {
        count(&self.opens);
        self.inner.open(path, how)
    }
    fn create_directory(&self, path: &DiskPath, mode: CreateMode) -> Io<'_, ()> {
        count(&self.opens);
        self.inner.create_directory(path, mode)
    }
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
    fn disk_name(&self, wire: &str) -> Option<DiskName> {
        self.inner.disk_name(wire)
    }
    fn wire_name(&self, disk: &DiskName) -> Option<String> {
        self.inner.wire_name(disk)
    }
    fn is_current(&self) -> Io<'_, bool> {
        self.inner.is_current()
    }
    fn remove_file(&self, path: &DiskPath) -> Io<'_, ()> {
        self.inner.remove_file(path)
    }
    fn check_removal(&self, path: &DiskPath) -> Io<'_, ()> {
        self.inner.check_removal(path)
    }
    fn remove_if(&self, path: &DiskPath, key: FileKey, directory: bool) -> Io<'_, Option<Removed>> {
        self.inner.remove_if(path, key, directory)
    }
    fn rename(&self, from: &DiskPath, to: &DiskPath, replace: bool) -> Io<'_, ()> {
        self.inner.rename(from, to, replace)
    }
    fn hard_link(&self, from: &DiskPath, to: &DiskPath) -> Io<'_, ()> {
        self.inner.hard_link(from, to)
    }
    fn symlink(&self, target: &str, link: &DiskPath) -> Io<'_, ()> {
        self.inner.symlink(target, link)
    }
    fn read_link(&self, path: &DiskPath) -> Io<'_, Vec<u8>> {
        self.inner.read_link(path)
    }
    fn volume(&self) -> Io<'_, VolumeInfo> {
        self.inner.volume()
    }
    fn lane(&self) -> &Lane {
        self.inner.lane()
    }
}
