//! A folder of this computer, on `cap-std`: resolution never leaves the folder, whatever links it holds and
//! however they change meanwhile (`openat2` with `RESOLVE_BENEATH` on Linux).

#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;

use std::ffi::OsStr;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata, OpenOptions};

use super::{Backend, BackendFile, CreateMode, Name, OpenHow, Stat, Times};
use crate::vfs::info::{FileKey, FileKind, VolumeInfo};

/// One shared folder.
#[derive(Debug)]
pub(crate) struct LocalBackend {
    root: Dir,
    /// Where the folder was found; only to see whether it is still there.
    folder: PathBuf,
}

impl LocalBackend {
    /// Opens the folder.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            root: Dir::open_ambient_dir(folder, ambient_authority())?,
            folder: folder.to_owned(),
        })
    }

    fn key(root: &Dir) -> io::Result<FileKey> {
        Ok(platform::stat(&root.dir_metadata()?).key)
    }
}

/// The folder of a path, opened inside the sandbox, and the last component.
fn parent<'p>(root: &Dir, path: &'p Path) -> io::Result<(Dir, &'p OsStr)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => root.open_dir(folder)?,
        _ => root.try_clone()?,
    };
    Ok((folder, name))
}

fn names(entries: cap_std::fs::ReadDir) -> Box<dyn Iterator<Item = io::Result<Name>> + Send> {
    Box::new(entries.filter_map(|entry| match entry {
        Ok(entry) => {
            let disk = entry.file_name();
            platform::wire_name(&disk).map(|wire| {
                Ok(Name {
                    wire,
                    disk: disk.into(),
                })
            })
        }
        Err(error) => Some(Err(error)),
    }))
}

/// cap-std has no name for the root of a `Dir`; "." is it.
fn or_root(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
}

impl Backend for LocalBackend {
    fn disk_name(&self, wire: &str) -> Option<PathBuf> {
        platform::disk_name(wire)
    }

    fn wire_name(&self, disk: &OsStr) -> Option<String> {
        platform::wire_name(disk)
    }

    fn is_current(&self) -> bool {
        let now = Dir::open_ambient_dir(&self.folder, ambient_authority()).and_then(|root| Self::key(&root));
        matches!((now, Self::key(&self.root)), (Ok(now), Ok(then)) if now == then)
    }

    fn open(&self, path: &Path, how: OpenHow) -> io::Result<Box<dyn BackendFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(how.write);
        if let Some(CreateMode(mode)) = how.create {
            options.write(true).create_new(true);
            platform::creation_mode(&mut options, mode);
        }
        let file = platform::open(
            &self.root,
            or_root(path),
            &mut options,
            how.write || how.create.is_some(),
        )?
        .into_std();
        Ok(Box::new(LocalFile { file }))
    }

    fn stat(&self, path: &Path, follow: bool) -> io::Result<Stat> {
        let path = or_root(path);
        let metadata = if follow {
            self.root.metadata(path)?
        } else {
            self.root.symlink_metadata(path)?
        };
        Ok(platform::stat(&metadata))
    }

    fn names(&self, folder: &Path) -> io::Result<Box<dyn Iterator<Item = io::Result<Name>> + Send>> {
        Ok(names(self.root.read_dir(or_root(folder))?))
    }

    fn create_directory(&self, path: &Path, mode: CreateMode) -> io::Result<()> {
        let mut builder = cap_std::fs::DirBuilder::new();
        platform::directory_mode(&mut builder, mode.0);
        self.root.create_dir_with(path, &builder)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = parent(&self.root, path)?;
        platform::remove_file(&folder, name)
    }

    fn remove_if(&self, path: &Path, key: FileKey, directory: bool) -> io::Result<bool> {
        let (folder, name) = parent(&self.root, path)?;
        let mut named = platform::stat(&folder.symlink_metadata(name)?);
        let link = named.kind == FileKind::Symlink;
        if link {
            named = platform::stat(&self.root.metadata(path)?);
        }
        if named.key != key {
            return Ok(false);
        }
        if directory && !link {
            folder.remove_dir(name)?;
        } else {
            platform::remove_file(&folder, name)?;
        }
        Ok(true)
    }

    fn rename(&self, from: &Path, to: &Path, replace: bool) -> io::Result<()> {
        if replace {
            self.root.rename(from, &self.root, to)
        } else {
            platform::rename_new(&self.root, from, to)
        }
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.root.hard_link(from, &self.root, to)
    }

    fn symlink(&self, target: &str, link: &Path) -> io::Result<()> {
        platform::symlink(&self.root, target, link)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.root.read_link_contents(path)
    }

    fn volume(&self) -> io::Result<VolumeInfo> {
        platform::volume(&self.root, &self.folder)
    }

    fn minds_case(&self) -> bool {
        cfg!(not(any(windows, target_vendor = "apple")))
    }

    fn keeps_attributes(&self) -> bool {
        cfg!(windows)
    }
}

/// Whether the operating system gives no more handles.
pub(crate) fn is_out_of_handles(error: &io::Error) -> bool {
    platform::is_out_of_handles(error)
}

/// An open file or folder of this computer.
#[derive(Debug)]
pub(crate) struct LocalFile {
    file: std::fs::File,
}

impl BackendFile for LocalFile {
    fn stat(&self) -> io::Result<Stat> {
        Ok(platform::stat_file(&self.file, &Metadata::from_file(&self.file)?))
    }

    fn names(&self) -> io::Result<Box<dyn Iterator<Item = io::Result<Name>> + Send>> {
        Ok(names(Dir::from_std_file(self.file.try_clone()?).entries()?))
    }

    fn stat_child(&self, name: &Path) -> io::Result<Stat> {
        platform::stat_child(&self.file, name)
    }

    fn read_into(&self, offset: u64, length: usize, out: &mut Vec<u8>) -> io::Result<usize> {
        out.reserve(length);
        let mut done = 0;
        while done < length {
            match platform::read_some(&self.file, offset + done as u64, length - done, out) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, mut offset: u64, mut data: &[u8]) -> io::Result<()> {
        while !data.is_empty() {
            match platform::write_some(&self.file, offset, data) {
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

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.file.set_len(size)
    }

    fn reserve(&self, size: u64) -> io::Result<()> {
        platform::reserve(&self.file, size)
    }

    fn allocated_ranges(&self, range: Range<u64>, most: usize) -> io::Result<Vec<Range<u64>>> {
        platform::allocated_ranges(&self.file, range, most)
    }

    fn punch(&self, range: Range<u64>) -> io::Result<bool> {
        platform::punch(&self.file, range)
    }

    fn copy_from(&self, source: &dyn BackendFile, from: u64, to: u64, length: u64) -> io::Result<bool> {
        match source.as_local() {
            Some(source) => platform::copy_range(source, from, &self.file, to, length),
            None => Ok(false),
        }
    }

    fn as_local(&self) -> Option<&std::fs::File> {
        Some(&self.file)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn set_times(&self, times: Times) -> io::Result<()> {
        platform::set_times(&self.file, times)
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        platform::set_mode(&self.file, mode)
    }

    fn set_attributes(&self, attributes: u32) -> io::Result<()> {
        platform::set_attributes(&self.file, attributes)
    }
}
