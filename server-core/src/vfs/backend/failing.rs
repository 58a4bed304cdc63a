//! A storage that fails when it is told to: at a certain call, or at every call of a kind. A test runs a story once to
//! count its calls and then once for each of them.

use std::any::Any;
use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{
    Backend, BackendFile, Capabilities, CreateMode, DiskName, DiskPath, Io, Lane, Name, Names, OpenHow,
    Removed, Stat, Times, Watch,
};
use crate::vfs::info::{FileKey, VolumeInfo};

/// What a storage is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    IsCurrent,
    Open,
    Stat,
    Names,
    NextNames,
    CreateDirectory,
    RemoveFile,
    CheckRemoval,
    RemoveIf,
    Rename,
    HardLink,
    Symlink,
    ReadLink,
    Volume,
    StatFile,
    StatChildren,
    Read,
    Write,
    SetSize,
    Reserve,
    AllocatedRanges,
    Punch,
    Copy,
    Sync,
    Finish,
    SetTimes,
    SetMode,
    SetAttributes,
    Watch,
}

/// Makes the error; there is no way to copy one.
type Fault = fn() -> io::Error;

/// When to fail.
#[derive(Debug, Clone, Copy)]
enum When {
    Never,
    /// At this call, the first being 1.
    At(usize),
    /// At every call of a kind.
    Every(Call),
}

#[derive(Debug)]
struct Plan {
    calls: Vec<Call>,
    when: When,
    fault: Fault,
}

/// What a storage is told, and what it was asked. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Faults(Arc<Mutex<Plan>>);

impl Faults {
    /// None at all.
    pub(crate) fn none() -> Self {
        Self(Arc::new(Mutex::new(Plan {
            calls: Vec::new(),
            when: When::Never,
            fault: || io::ErrorKind::Other.into(),
        })))
    }

    fn plan(&self, when: When, fault: Fault) {
        *self.0.lock() = Plan {
            calls: Vec::new(),
            when,
            fault,
        };
    }

    /// From now on the `number`th call fails, the next one being 1, and no other.
    pub(crate) fn fail_at(&self, number: usize, fault: Fault) {
        self.plan(When::At(number), fault);
    }

    /// From now on every call of a kind fails.
    pub(crate) fn fail_every(&self, call: Call, fault: Fault) {
        self.plan(When::Every(call), fault);
    }

    /// From now on nothing fails.
    pub(crate) fn heal(&self) {
        self.plan(When::Never, || io::ErrorKind::Other.into());
    }

    /// What was asked since one of the others was called last.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.0.lock().calls.clone()
    }

    fn ask(&self, call: Call) -> io::Result<()> {
        let mut plan = self.0.lock();
        plan.calls.push(call);
        let fails = match plan.when {
            When::Never => false,
            When::At(number) => plan.calls.len() == number,
            When::Every(kind) => kind == call,
        };
        if fails { Err((plan.fault)()) } else { Ok(()) }
    }

    fn file(&self, inner: Box<dyn BackendFile>) -> Box<dyn BackendFile> {
        Box::new(FailingFile {
            inner,
            faults: self.clone(),
        })
    }

    fn listing(&self, inner: Box<dyn Names>) -> Box<dyn Names> {
        Box::new(FailingNames {
            inner,
            faults: self.clone(),
        })
    }
}

/// A storage around another. What fails is not asked of that.
#[derive(Debug)]
pub(crate) struct Failing<B> {
    inner: B,
    faults: Faults,
}

impl<B: Backend> Failing<B> {
    pub(crate) fn new(inner: B, faults: &Faults) -> Self {
        Self {
            inner,
            faults: faults.clone(),
        }
    }
}

#[derive(Debug)]
struct FailingFile {
    inner: Box<dyn BackendFile>,
    faults: Faults,
}

struct FailingNames {
    inner: Box<dyn Names>,
    faults: Faults,
}

/// The call fails, or goes to the storage inside.
macro_rules! ask {
    ($self:ident, $call:ident, $inner:expr) => {
        match $self.faults.ask(Call::$call) {
            Ok(()) => $inner,
            Err(error) => Io::now(Err(error)),
        }
    };
}

impl<B: Backend> Backend for Failing<B> {
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
        ask!(self, IsCurrent, self.inner.is_current())
    }
    fn open(&self, path: &DiskPath, how: OpenHow) -> Io<'_, Box<dyn BackendFile>> {
        let wrap = |file| self.faults.file(file);
        ask!(self, Open, self.inner.open(path, how).map(wrap))
    }
    fn stat(&self, path: &DiskPath, follow: bool) -> Io<'_, Stat> {
        ask!(self, Stat, self.inner.stat(path, follow))
    }
    fn names(&self, folder: &DiskPath) -> Io<'_, Box<dyn Names>> {
        let wrap = |names| self.faults.listing(names);
        ask!(self, Names, self.inner.names(folder).map(wrap))
    }
    fn create_directory(&self, path: &DiskPath, mode: CreateMode) -> Io<'_, ()> {
        ask!(self, CreateDirectory, self.inner.create_directory(path, mode))
    }
    fn remove_file(&self, path: &DiskPath) -> Io<'_, ()> {
        ask!(self, RemoveFile, self.inner.remove_file(path))
    }
    fn check_removal(&self, path: &DiskPath) -> Io<'_, ()> {
        ask!(self, CheckRemoval, self.inner.check_removal(path))
    }
    fn remove_if(&self, path: &DiskPath, key: FileKey, directory: bool) -> Io<'_, Option<Removed>> {
        ask!(self, RemoveIf, self.inner.remove_if(path, key, directory))
    }
    fn rename(&self, from: &DiskPath, to: &DiskPath, replace: bool) -> Io<'_, ()> {
        ask!(self, Rename, self.inner.rename(from, to, replace))
    }
    fn hard_link(&self, from: &DiskPath, to: &DiskPath) -> Io<'_, ()> {
        ask!(self, HardLink, self.inner.hard_link(from, to))
    }
    fn symlink(&self, target: &str, link: &DiskPath) -> Io<'_, ()> {
        ask!(self, Symlink, self.inner.symlink(target, link))
    }
    fn read_link(&self, path: &DiskPath) -> Io<'_, Vec<u8>> {
        ask!(self, ReadLink, self.inner.read_link(path))
    }
    fn volume(&self) -> Io<'_, VolumeInfo> {
        ask!(self, Volume, self.inner.volume())
    }
    fn lane(&self) -> &Lane {
        self.inner.lane()
    }
}

impl Names for FailingNames {
    fn next(&mut self, most: usize) -> Io<'_, Vec<Name>> {
        ask!(self, NextNames, self.inner.next(most))
    }
}

impl BackendFile for FailingFile {
    fn stat(&self) -> Io<'_, Stat> {
        ask!(self, StatFile, self.inner.stat())
    }
    fn names(&self) -> Io<'_, Box<dyn Names>> {
        let wrap = |names| self.faults.listing(names);
        ask!(self, Names, self.inner.names().map(wrap))
    }
    fn stat_children<'a>(&'a self, names: &'a [Name]) -> Io<'a, Vec<Option<Stat>>> {
        ask!(self, StatChildren, self.inner.stat_children(names))
    }
    fn read_into<'a>(&'a self, offset: u64, length: usize, out: &'a mut Vec<u8>) -> Io<'a, usize> {
        ask!(self, Read, self.inner.read_into(offset, length, out))
    }
    fn write_at<'a>(&'a self, offset: u64, data: &'a [u8]) -> Io<'a, ()> {
        ask!(self, Write, self.inner.write_at(offset, data))
    }
    fn set_size(&self, size: u64) -> Io<'_, ()> {
        ask!(self, SetSize, self.inner.set_size(size))
    }
    fn reserve(&self, size: u64) -> Io<'_, ()> {
        ask!(self, Reserve, self.inner.reserve(size))
    }
    fn allocated_ranges(&self, range: Range<u64>, most: usize) -> Io<'_, Vec<Range<u64>>> {
        ask!(self, AllocatedRanges, self.inner.allocated_ranges(range, most))
    }
    fn punch(&self, range: Range<u64>) -> Io<'_, bool> {
        ask!(self, Punch, self.inner.punch(range))
    }
    fn copy_from<'a>(&'a self, source: &'a dyn BackendFile, from: u64, to: u64, length: u64) -> Io<'a, bool> {
        match source.as_any().downcast_ref::<Self>() {
            Some(source) => {
                let source = source.inner.as_ref();
                ask!(self, Copy, self.inner.copy_from(source, from, to, length))
            }
            None => Io::now(Ok(false)),
        }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn sync(&self) -> Io<'_, ()> {
        ask!(self, Sync, self.inner.sync())
    }
    fn finish(&self) -> Io<'_, ()> {
        ask!(self, Finish, self.inner.finish())
    }
    fn set_times(&self, times: Times) -> Io<'_, ()> {
        ask!(self, SetTimes, self.inner.set_times(times))
    }
    fn set_mode(&self, mode: u32) -> Io<'_, ()> {
        ask!(self, SetMode, self.inner.set_mode(mode))
    }
    fn set_attributes(&self, attributes: u32) -> Io<'_, ()> {
        ask!(self, SetAttributes, self.inner.set_attributes(attributes))
    }
    fn watch(&self, key: FileKey) -> io::Result<Option<Arc<dyn Watch>>> {
        self.faults.ask(Call::Watch)?;
        self.inner.watch(key)
    }
}
