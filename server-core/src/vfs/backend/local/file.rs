//! An open file or folder of this computer.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::super::{BackendFile, Io, Name, Names, Stat, Times, Watch};
use super::disk::{Disk, Reading};
use super::entries::{Entries, Position};
use super::platform;
use super::watching::Watcher;
use crate::vfs::backend::DiskName;
use crate::vfs::info::FileKey;

/// An open file or folder of this computer.
#[derive(Debug)]
pub(super) struct LocalFile {
    file: Arc<File>,
    /// Of the share's folder.
    disk: Disk,
    /// Of the volume that the file is on, if that is another one.
    mounted: OnceLock<Disk>,
    watcher: Watcher,
    /// Of a folder that was listed.
    position: OnceLock<Position>,
    /// It is open as what has its name: only what that is can be asked.
    is_name: bool,
}

/// A folder's entries.
pub(super) struct LocalNames {
    /// Away while a thread of the pool reads on.
    entries: Option<Entries>,
    disk: Disk,
}

impl LocalNames {
    pub(super) fn new(entries: Entries, disk: Disk) -> Self {
        Self {
            entries: Some(entries),
            disk,
        }
    }
}

impl Names for LocalNames {
    fn next(&mut self, most: usize) -> Io<'_, Vec<Name>> {
        let Some(mut entries) = self.entries.take() else {
            // Whoever asked last went away before it was answered.
            return Io::now(Err(io::ErrorKind::Interrupted.into()));
        };
        if self.disk.writes_here() {
            let names = self.disk.here(|| entries.next(most));
            self.entries = Some(entries);
            return Io::now(names);
        }
        let reading = self.disk.in_pool(move || {
            let names = entries.next(most)?;
            Ok((entries, names))
        });
        Io::later(async move {
            let (entries, names) = reading.await?;
            self.entries = Some(entries);
            Ok(names)
        })
    }
}

/// Reads until `length` bytes are there or the file ends.
fn read_all(file: &File, offset: u64, length: usize, out: &mut Vec<u8>) -> io::Result<usize> {
    out.reserve(length);
    let mut done = 0;
    while done < length {
        match platform::read_some(file, offset + done as u64, length - done, out) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

fn write_all(file: &File, mut offset: u64, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        match platform::write_some(file, offset, data) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                offset += count as u64;
                data = &data[count..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl LocalFile {
    pub(super) fn new(file: File, disk: Disk, watcher: Watcher) -> Self {
        Self {
            file: Arc::new(file),
            disk,
            mounted: OnceLock::new(),
            watcher,
            position: OnceLock::new(),
            is_name: false,
        }
    }

    /// What has a name, whatever it is.
    pub(super) fn of_name(file: File, disk: Disk, watcher: Watcher) -> Self {
        Self {
            is_name: true,
            ..Self::new(file, disk, watcher)
        }
    }

    /// Runs a call that wants more than the name.
    fn change(&self, work: impl FnOnce(&File) -> io::Result<()> + Send + 'static) -> Io<'_, ()> {
        if self.is_name {
            return Io::now(Err(io::ErrorKind::Unsupported.into()));
        }
        self.disk().run(&self.file, &(), move |file, ()| work(file))
    }

    fn disk(&self) -> &Disk {
        self.mounted.get().unwrap_or(&self.disk)
    }

    /// Something is known of the file, and with it which volume it is on.
    fn is_on(&self, volume: u64) {
        if let Some(disk) = self.disk.other(volume, || platform::medium(&self.file)) {
            let _ = self.mounted.set(disk);
        }
    }

    /// Reads what is in memory; true when the rest has to be waited for.
    #[cfg(target_os = "linux")]
    fn read_cached(
        &self,
        offset: u64,
        length: usize,
        out: &mut Vec<u8>,
        done: &mut usize,
    ) -> io::Result<bool> {
        use super::nowait::{Cached, read_cached};
        while *done < length {
            match read_cached(&self.file, offset + *done as u64, length - *done, out)? {
                Cached::Read(0) => return Ok(false),
                Cached::Read(count) => *done += count,
                Cached::NotHere => return Ok(true),
                Cached::Unknown => {
                    self.disk().does_not_tell();
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    #[cfg(not(target_os = "linux"))]
    fn read_cached(&self, _: u64, _: usize, _: &mut Vec<u8>, _: &mut usize) -> io::Result<bool> {
        Ok(true)
    }
}

impl BackendFile for LocalFile {
    fn stat(&self) -> Io<'_, Stat> {
        let look = |file: &File, (): &()| platform::stat_file(file);
        match self.disk().run(&self.file, &(), look) {
            Io::Ready(answer) => {
                if let Some(Ok(stat)) = &answer {
                    self.is_on(stat.key.volume);
                }
                Io::Ready(answer)
            }
            Io::Pending(answer) => Io::later(async move {
                let stat = answer.await?;
                self.is_on(stat.key.volume);
                Ok(stat)
            }),
        }
    }

    fn names(&self) -> Io<'_, Box<dyn Names>> {
        let position = self.position.get_or_init(Position::default).clone();
        let entries = Entries::of(Arc::clone(&self.file), position);
        let names = entries.map(|entries| LocalNames::new(entries, self.disk().clone()));
        Io::now(names.map(|names| Box::new(names) as Box<dyn Names>))
    }

    fn stat_children<'a>(&'a self, names: &'a [Name]) -> Io<'a, Vec<Option<Stat>>> {
        let look = |file: &File, names: &mut dyn Iterator<Item = &DiskName>| {
            names.map(|name| platform::stat_child(file, name).ok()).collect()
        };
        if self.disk().writes_here() {
            let mut names = names.iter().map(|name| &name.disk);
            return Io::now(Ok(self.disk().here(|| look(&self.file, &mut names))));
        }
        let names: Vec<DiskName> = names.iter().map(|name| name.disk.clone()).collect();
        let file = Arc::clone(&self.file);
        self.disk().in_pool(move || Ok(look(&file, &mut names.iter())))
    }

    fn read_into<'a>(&'a self, offset: u64, length: usize, out: &'a mut Vec<u8>) -> Io<'a, usize> {
        let mut done = 0;
        match self.disk().reading() {
            Reading::Here => {
                return Io::now(self.disk().here(|| read_all(&self.file, offset, length, out)));
            }
            Reading::Cached => match self.read_cached(offset, length, out, &mut done) {
                Ok(true) => {}
                Ok(false) => return Io::now(Ok(done)),
                Err(error) => return Io::now(Err(error)),
            },
            Reading::InPool => {}
        }
        let file = Arc::clone(&self.file);
        let (rest, left) = (offset + done as u64, length - done);
        let reading = self.disk().in_pool(move || {
            let mut read = Vec::new();
            read_all(&file, rest, left, &mut read)?;
            Ok(read)
        });
        Io::later(async move {
            let read = reading.await?;
            out.extend_from_slice(&read);
            Ok(done + read.len())
        })
    }

    fn write_at<'a>(&'a self, offset: u64, data: &'a [u8]) -> Io<'a, ()> {
        if self.disk().writes_here() {
            return Io::now(self.disk().here(|| write_all(&self.file, offset, data)));
        }
        let (file, data) = (Arc::clone(&self.file), data.to_vec());
        self.disk().in_pool(move || write_all(&file, offset, &data))
    }

    fn set_size(&self, size: u64) -> Io<'_, ()> {
        self.disk()
            .run(&self.file, &(), move |file, ()| file.set_len(size))
    }

    fn reserve(&self, size: u64) -> Io<'_, ()> {
        self.disk()
            .run(&self.file, &(), move |file, ()| platform::reserve(file, size))
    }

    fn allocated_ranges(&self, range: Range<u64>, most: usize) -> Io<'_, Vec<Range<u64>>> {
        self.disk().run(&self.file, &(), move |file, ()| {
            platform::allocated_ranges(file, range, most)
        })
    }

    fn punch(&self, range: Range<u64>) -> Io<'_, bool> {
        self.disk()
            .run(&self.file, &(), move |file, ()| platform::punch(file, range))
    }

    fn copy_from<'a>(&'a self, source: &'a dyn BackendFile, from: u64, to: u64, length: u64) -> Io<'a, bool> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else {
            return Io::now(Ok(false));
        };
        self.disk()
            .run(&self.file, &Arc::clone(&source.file), move |file, source| {
                platform::copy_range(source, from, file, to, length)
            })
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn sync(&self) -> Io<'_, ()> {
        self.disk().run_slow(&self.file, File::sync_all)
    }

    /// What was written is in its place already.
    fn finish(&self) -> Io<'_, ()> {
        Io::now(Ok(()))
    }

    fn set_times(&self, times: Times) -> Io<'_, ()> {
        self.change(move |file| platform::set_times(file, times))
    }

    fn set_mode(&self, mode: u32) -> Io<'_, ()> {
        self.change(move |file| platform::set_mode(file, mode))
    }

    fn set_attributes(&self, attributes: u32) -> Io<'_, ()> {
        self.change(move |file| platform::set_attributes(file, attributes))
    }

    fn watch(&self, key: FileKey) -> io::Result<Option<Arc<dyn Watch>>> {
        if self.disk().is_remote() {
            // What happens on the other side is not heard of here.
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.watcher.watch(key, &self.file).map(Some)
    }
}
