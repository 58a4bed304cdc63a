//! A storage that takes its time: each call waits on a thread of its lane, as one on a real disk does, and comes to its
//! end there even if whoever asked has gone.

use std::any::Any;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::{
    Backend, BackendFile, Capabilities, CreateMode, DiskName, DiskPath, Io, Lane, Name, Names, OpenHow,
    Removed, Stat, Times, Watch, wait,
};
use crate::vfs::info::{FileKey, VolumeInfo};

/// How long calls take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Each call but those that put things where a power cut leaves them.
    pub(crate) call: Duration,
    /// [`sync`](BackendFile::sync) and [`finish`](BackendFile::finish).
    pub(crate) sync: Duration,
}

impl Pace {
    /// Every call takes as long.
    pub(crate) fn of(call: Duration) -> Self {
        Self { call, sync: call }
    }
}

/// A storage around another.
#[derive(Debug)]
pub(crate) struct Slow<B> {
    inner: Arc<B>,
    waiting: Waiting,
}

#[derive(Debug, Clone)]
struct Waiting {
    pace: Pace,
    lane: Lane,
}

impl Waiting {
    /// Lets time pass, then does the work, both on a thread of the lane.
    fn then<T: Send + 'static>(
        &self,
        time: Duration,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Io<'static, T> {
        Io::Pending(self.lane.run(move || {
            std::thread::sleep(time);
            work()
        }))
    }

    fn file(&self, inner: Box<dyn BackendFile>) -> Box<dyn BackendFile> {
        Box::new(SlowFile {
            inner: Arc::from(inner),
            waiting: self.clone(),
        })
    }

    fn listing(&self, inner: Box<dyn Names>) -> Box<dyn Names> {
        Box::new(SlowNames {
            inner: Some(inner),
            waiting: self.clone(),
        })
    }
}

impl<B: Backend + 'static> Slow<B> {
    /// `lane` must not be that of the storage inside, which may wait there while this one's threads wait for it.
    pub(crate) fn new(inner: B, pace: Pace, lane: Lane) -> Self {
        Self {
            inner: Arc::new(inner),
            waiting: Waiting { pace, lane },
        }
    }

    fn then<T: Send + 'static>(
        &self,
        work: impl FnOnce(&B) -> io::Result<T> + Send + 'static,
    ) -> Io<'static, T> {
        let inner = Arc::clone(&self.inner);
        self.waiting.then(self.waiting.pace.call, move || work(&inner))
    }
}

#[derive(Debug)]
struct SlowFile {
    inner: Arc<dyn BackendFile>,
    waiting: Waiting,
}

impl SlowFile {
    fn then<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn BackendFile) -> io::Result<T> + Send + 'static,
    ) -> Io<'static, T> {
        let inner = Arc::clone(&self.inner);
        self.waiting
            .then(self.waiting.pace.call, move || work(inner.as_ref()))
    }

    fn then_sync<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn BackendFile) -> io::Result<T> + Send + 'static,
    ) -> Io<'static, T> {
        let inner = Arc::clone(&self.inner);
        self.waiting
            .then(self.waiting.pace.sync, move || work(inner.as_ref()))
    }
}

struct SlowNames {
    /// Away while a thread of the lane reads on.
    inner: Option<Box<dyn Names>>,
    waiting: Waiting,
}

impl Names for SlowNames {
    fn next(&mut self, most: usize) -> Io<'_, Vec<Name>> {
        let Some(mut inner) = self.inner.take() else {
            return Io::now(Err(io::ErrorKind::Interrupted.into()));
        };
        let reading = self.waiting.then(self.waiting.pace.call, move || {
            let names = wait(inner.next(most));
            Ok((inner, names))
        });
        Io::later(async move {
            let (inner, names) = reading.await?;
            self.inner = Some(inner);
            names
        })
    }
}

impl<B: Backend + 'static> Backend for Slow<B> {
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
        self.then(|inner| wait(inner.is_current()))
    }
    fn open(&self, path: &DiskPath, how: OpenHow) -> Io<'_, Box<dyn BackendFile>> {
        let (path, waiting) = (path.clone(), self.waiting.clone());
        self.then(move |inner| wait(inner.open(&path, how)).map(|file| waiting.file(file)))
    }
    fn stat(&self, path: &DiskPath, follow: bool) -> Io<'_, Stat> {
        let path = path.clone();
        self.then(move |inner| wait(inner.stat(&path, follow)))
    }
    fn names(&self, folder: &DiskPath) -> Io<'_, Box<dyn Names>> {
        let (folder, waiting) = (folder.clone(), self.waiting.clone());
        self.then(move |inner| wait(inner.names(&folder)).map(|names| waiting.listing(names)))
    }
    fn create_directory(&self, path: &DiskPath, mode: CreateMode) -> Io<'_, ()> {
        let path = path.clone();
        self.then(move |inner| wait(inner.create_directory(&path, mode)))
    }
    fn remove_file(&self, path: &DiskPath) -> Io<'_, ()> {
        let path = path.clone();
        self.then(move |inner| wait(inner.remove_file(&path)))
    }
    fn check_removal(&self, path: &DiskPath) -> Io<'_, ()> {
        let path = path.clone();
        self.then(move |inner| wait(inner.check_removal(&path)))
    }
    fn remove_if(&self, path: &DiskPath, key: FileKey, directory: bool) -> Io<'_, Option<Removed>> {
        let path = path.clone();
        self.then(move |inner| wait(inner.remove_if(&path, key, directory)))
    }
    fn rename(&self, from: &DiskPath, to: &DiskPath, replace: bool) -> Io<'_, ()> {
        let (from, to) = (from.clone(), to.clone());
        self.then(move |inner| wait(inner.rename(&from, &to, replace)))
    }
    fn hard_link(&self, from: &DiskPath, to: &DiskPath) -> Io<'_, ()> {
        let (from, to) = (from.clone(), to.clone());
        self.then(move |inner| wait(inner.hard_link(&from, &to)))
    }
    fn symlink(&self, target: &str, link: &DiskPath) -> Io<'_, ()> {
        let (target, link) = (target.to_owned(), link.clone());
        self.then(move |inner| wait(inner.symlink(&target, &link)))
    }
    fn read_link(&self, path: &DiskPath) -> Io<'_, Vec<u8>> {
        let path = path.clone();
        self.then(move |inner| wait(inner.read_link(&path)))
    }
    fn volume(&self) -> Io<'_, VolumeInfo> {
        self.then(|inner| wait(inner.volume()))
    }
    fn lane(&self) -> &Lane {
        &self.waiting.lane
    }
}

impl BackendFile for SlowFile {
    fn stat(&self) -> Io<'_, Stat> {
        self.then(|inner| wait(inner.stat()))
    }
    fn names(&self) -> Io<'_, Box<dyn Names>> {
        let waiting = self.waiting.clone();
        self.then(move |inner| wait(inner.names()).map(|names| waiting.listing(names)))
    }
    fn stat_children<'a>(&'a self, names: &'a [Name]) -> Io<'a, Vec<Option<Stat>>> {
        let names = names.to_vec();
        self.then(move |inner| wait(inner.stat_children(&names)))
    }
    fn read_into<'a>(&'a self, offset: u64, length: usize, out: &'a mut Vec<u8>) -> Io<'a, usize> {
        let reading = self.then(move |inner| {
            let mut read = Vec::new();
            wait(inner.read_into(offset, length, &mut read))?;
            Ok(read)
        });
        reading.map(|read| {
            out.extend_from_slice(&read);
            read.len()
        })
    }
    fn write_at<'a>(&'a self, offset: u64, data: &'a [u8]) -> Io<'a, ()> {
        let data = data.to_vec();
        self.then(move |inner| wait(inner.write_at(offset, &data)))
    }
    fn set_size(&self, size: u64) -> Io<'_, ()> {
        self.then(move |inner| wait(inner.set_size(size)))
    }
    fn reserve(&self, size: u64) -> Io<'_, ()> {
        self.then(move |inner| wait(inner.reserve(size)))
    }
    fn allocated_ranges(&self, range: Range<u64>, most: usize) -> Io<'_, Vec<Range<u64>>> {
        self.then(move |inner| wait(inner.allocated_ranges(range, most)))
    }
    fn punch(&self, range: Range<u64>) -> Io<'_, bool> {
        self.then(move |inner| wait(inner.punch(range)))
    }
    fn copy_from<'a>(&'a self, source: &'a dyn BackendFile, from: u64, to: u64, length: u64) -> Io<'a, bool> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else {
            return Io::now(Ok(false));
        };
        let source = Arc::clone(&source.inner);
        self.then(move |inner| wait(inner.copy_from(source.as_ref(), from, to, length)))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn sync(&self) -> Io<'_, ()> {
        self.then_sync(|inner| wait(inner.sync()))
    }
    fn finish(&self) -> Io<'_, ()> {
        self.then_sync(|inner| wait(inner.finish()))
    }
    fn set_times(&self, times: Times) -> Io<'_, ()> {
        self.then(move |inner| wait(inner.set_times(times)))
    }
    fn set_mode(&self, mode: u32) -> Io<'_, ()> {
        self.then(move |inner| wait(inner.set_mode(mode)))
    }
    fn set_attributes(&self, attributes: u32) -> Io<'_, ()> {
        self.then(move |inner| wait(inner.set_attributes(attributes)))
    }
    fn watch(&self, key: FileKey) -> io::Result<Option<Arc<dyn Watch>>> {
        self.inner.watch(key)
    }
}
