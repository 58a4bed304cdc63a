//! A folder of this computer, on `cap-std`: resolution never leaves the folder, whatever links it holds and
//! however they change meanwhile (`openat2` with `RESOLVE_BENEATH` on Linux).

#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;

use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use super::{Backend, BackendFile, CreateMode, Name, OpenHow, Stat, Times};
use crate::vfs::info::VolumeInfo;

/// One shared folder.
#[derive(Debug)]
pub(crate) struct LocalBackend {
    root: Dir,
}

impl LocalBackend {
    /// Opens the folder.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self { root: Dir::open_ambient_dir(folder, ambient_authority())? })
    }
}

fn names(entries: cap_std::fs::ReadDir) -> Box<dyn Iterator<Item = io::Result<Name>> + Send> {
    Box::new(entries.filter_map(|entry| match entry {
        Ok(entry) => {
            let disk = entry.file_name();
            platform::wire_name(&disk).map(|wire| Ok(Name { wire, disk: disk.into() }))
        }
        Err(error) => Some(Err(error)),
    }))
}

/// cap-std has no name for the root of a `Dir`; "." is it.
fn or_root(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

impl Backend for LocalBackend {
    fn disk_name(&self, wire: &str) -> Option<PathBuf> {
        platform::disk_name(wire)
    }

    fn open(&self, path: &Path, how: OpenHow) -> io::Result<Box<dyn BackendFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(how.write);
        if let Some(CreateMode(mode)) = how.create {
            options.write(true).create_new(true);
            platform::creation_mode(&mut options, mode);
        }
        platform::open_any_kind(&mut options);
        let file = self.root.open_with(or_root(path), &options)?.into_std();
        Ok(Box::new(LocalFile { file }))
    }

    fn stat(&self, path: &Path, follow: bool) -> io::Result<Stat> {
        let path = or_root(path);
        let metadata = if follow { self.root.metadata(path)? } else { self.root.symlink_metadata(path)? };
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
        self.root.remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.root.remove_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path, replace: bool) -> io::Result<()> {
        if replace { self.root.rename(from, &self.root, to) } else { platform::rename_new(&self.root, from, to) }
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.root.hard_link(from, &self.root, to)
    }

    fn symlink(&self, target: &str, link: &Path) -> io::Result<()> {
        platform::symlink(&self.root, target, link)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.root.read_link(path)
    }

    fn volume(&self) -> io::Result<VolumeInfo> {
        platform::volume(&self.root)
    }

    fn keeps_attributes(&self) -> bool {
        cfg!(windows)
    }
}

/// An open file or folder of this computer.
#[derive(Debug)]
pub(crate) struct LocalFile {
    file: std::fs::File,
}

impl BackendFile for LocalFile {
    fn stat(&self) -> io::Result<Stat> {
        platform::stat_file(&self.file)
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
