//! Windows. DOS attributes, creation times and change times are the disk's own here, so the store keeps none.
//! What only the operating system's handle calls can say or do is in [`native`].

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::windows::fs::FileExt;
use std::path::{Path, PathBuf};

use cap_fs_ext::MetadataExt as _;
use cap_std::fs::{Dir, Metadata, MetadataExt as _, OpenOptions, OpenOptionsExt};
use windows_sys::Win32::Storage::FileSystem as fs;

use super::super::{DiskName, DiskPath, Stat, Times};
use super::disk::Medium;
use super::parent;
use crate::vfs::info::{FileKey, FileKind, FileTime, VolumeInfo};
use crate::vfs::namespace;

/// Of what is looked at by its name, not all is known: not the volume.
pub(super) const TELLS_BY_NAME: bool = false;
/// What a file takes on disk is told by its open handle alone; by path it is rounded up to this.
const CLUSTER: u64 = 4096;

/// A path as the operating system takes it. Names are UTF-8 here: those that are no Unicode are never shown.
pub(super) fn path(path: &DiskPath) -> Cow<'_, Path> {
    let text = String::from_utf8_lossy(path.as_bytes());
    Cow::Owned(PathBuf::from(text.replace('/', "\\")))
}

/// A path of the operating system as ours; the way back.
pub(super) fn to_path(path: &Path) -> DiskPath {
    DiskPath::of_bytes(to_bytes(path))
}

/// A path's text, parts separated by slashes.
pub(super) fn to_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

/// A name with half a surrogate pair can't be sent: what stands in its place here is no name of the disk, so it is
/// neither shown nor found.
pub(super) fn to_name(name: &OsStr) -> DiskName {
    DiskName::new(name.as_encoded_bytes())
}

pub(super) fn disk_name(wire: &str) -> Option<DiskName> {
    let legal = !namespace::is_reserved_on_windows(wire) && !wire.ends_with([' ', '.']);
    legal.then(|| DiskName::new(wire.as_bytes()))
}

pub(super) fn wire_name(disk: &DiskName) -> Option<String> {
    std::str::from_utf8(disk.as_bytes()).ok().map(str::to_owned)
}

/// A network drive shows itself by being slow.
pub(super) fn medium<T>(_root: &T) -> Medium {
    Medium::Disk
}

/// What keeps a file from being deleted is its read-only attribute, which is looked at above.
pub(super) fn check_removal(_root: &Dir, _folder: &Path, _name: &OsStr) -> io::Result<()> {
    Ok(())
}

/// Permissions come from the folder's access control list here.
pub(super) fn creation_mode(_options: &mut OpenOptions, _mode: u32) {}

pub(super) fn directory_mode(_builder: &mut cap_std::fs::DirBuilder, _mode: u32) {}

/// Folders too, with the right to set times and attributes where the list of access allows it, and without
/// keeping programs on this computer from renaming or deleting.
pub(super) fn open(
    root: &Dir,
    path: &Path,
    options: &mut OpenOptions,
    write: bool,
) -> io::Result<cap_std::fs::File> {
    let access = fs::FILE_GENERIC_READ | if write { fs::FILE_GENERIC_WRITE } else { 0 };
    options.custom_flags(fs::FILE_FLAG_BACKUP_SEMANTICS);
    match root.open_with(
        path,
        options.clone().access_mode(access | fs::FILE_WRITE_ATTRIBUTES),
    ) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && !write => {
            root.open_with(path, options.access_mode(access))
        }
        outcome => outcome,
    }
}

/// Whatever has the name, a link itself, without touching it.
pub(super) fn open_itself(root: &Dir, path: &Path) -> io::Result<cap_std::fs::File> {
    let mut options = OpenOptions::new();
    options
        .access_mode(fs::FILE_READ_ATTRIBUTES)
        .custom_flags(fs::FILE_FLAG_BACKUP_SEMANTICS | fs::FILE_FLAG_OPEN_REPARSE_POINT);
    root.open_with(path, &options)
}

/// The read-only attribute would refuse it; whether it should was decided above.
pub(super) fn remove_file(folder: &Dir, name: &OsStr) -> io::Result<()> {
    match folder.remove_file(name) {
        // A link to a folder is a folder to Windows.
        Err(_)
            if folder
                .symlink_metadata(name)
                .is_ok_and(|found| found.is_symlink()) =>
        {
            folder.remove_dir(name)
        }
        outcome => outcome,
    }
}

/// What a folder is in, from the inside out; nothing for a whole disk.
pub(super) fn ancestors(_dir: &Dir, folder: &Path) -> io::Result<Vec<FileKey>> {
    let folder = folder.canonicalize()?;
    let above = folder.ancestors().skip(1);
    let keys = above.map(|above| {
        let dir = Dir::open_ambient_dir(above, cap_std::ambient_authority())?;
        Ok(stat(&dir.dir_metadata()?).key)
    });
    keys.collect()
}

pub(super) fn stat(metadata: &Metadata) -> Stat {
    let attributes = metadata.file_attributes();
    let kind = if metadata.is_symlink() {
        FileKind::Symlink
    } else if metadata.is_dir() {
        FileKind::Directory
    } else {
        FileKind::File
    };
    let size = if kind == FileKind::Directory {
        0
    } else {
        metadata.len()
    };
    let modified = FileTime(metadata.last_write_time());
    Stat {
        key: FileKey {
            volume: metadata.dev(),
            file: metadata.ino(),
        },
        birth: metadata.creation_time().cast_signed(),
        kind,
        size,
        allocated: size.div_ceil(CLUSTER).saturating_mul(CLUSTER),
        created: FileTime(metadata.creation_time()),
        accessed: FileTime(metadata.last_access_time()),
        modified,
        changed: modified,
        links: u32::try_from(metadata.nlink()).unwrap_or(u32::MAX),
        mode: mode(kind, attributes & fs::FILE_ATTRIBUTE_READONLY != 0),
        uid: 0,
        gid: 0,
        native_attributes: Some(attributes),
        fixed: false,
        mounted: false,
        names_token: Some(modified),
    }
}

/// An open file tells its change time and what it takes on disk besides.
pub(super) fn stat_file(file: &File) -> io::Result<Stat> {
    let mut stat = stat(&Metadata::from_file(file)?);
    if let Ok(basic) = native::basic_info(file) {
        stat.changed = FileTime(basic.ChangeTime.cast_unsigned());
    }
    if stat.kind != FileKind::Directory
        && let Ok(standard) = native::standard_info(file)
    {
        stat.allocated = standard.AllocationSize.cast_unsigned();
    }
    Ok(stat)
}

/// `name` is one component from a listing of `folder`.
pub(super) fn stat_child(folder: &File, name: &DiskName) -> io::Result<Stat> {
    let name = wire_name(name).ok_or(io::ErrorKind::NotFound)?;
    Ok(stat(
        &Dir::from_std_file(folder.try_clone()?).symlink_metadata(name)?,
    ))
}

/// Windows has no rename that fails when something is in the way and works on handles of the sandbox: a name
/// that another program creates between the look and the rename is replaced.
pub(super) fn rename_new(root: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    let (folder, name) = parent(root, to)?;
    match folder.symlink_metadata(name) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => root.rename(from, root, to),
        Err(error) => Err(error),
    }
}

/// Reads at most `length` bytes to the end of the vector.
pub(super) fn read_some(file: &File, offset: u64, length: usize, out: &mut Vec<u8>) -> io::Result<usize> {
    let before = out.len();
    out.resize(before + length, 0);
    let outcome = file.seek_read(&mut out[before..], offset);
    out.truncate(before + outcome.as_ref().copied().unwrap_or(0));
    outcome
}

pub(super) fn write_some(file: &File, offset: u64, data: &[u8]) -> io::Result<usize> {
    file.seek_write(data, offset)
}

pub(super) fn reserve(file: &File, size: u64) -> io::Result<()> {
    native::set_allocation(file, size)
}

/// std can't ask for holes: all of it may be data.
pub(super) fn allocated_ranges(_: &File, range: Range<u64>, _: usize) -> io::Result<Vec<Range<u64>>> {
    Ok(vec![range])
}

pub(super) fn punch(_: &File, _: Range<u64>) -> io::Result<bool> {
    Ok(false)
}

/// Only whole files can be copied by the kernel there.
pub(super) fn copy_range(_: &File, _: u64, _: &File, _: u64, _: u64) -> io::Result<bool> {
    Ok(false)
}

pub(super) fn set_times(file: &File, times: Times) -> io::Result<()> {
    let mut basic = native::unchanged();
    basic.CreationTime = times.created.map_or(0, |time| time.0.cast_signed());
    basic.LastAccessTime = times.accessed.map_or(0, |time| time.0.cast_signed());
    basic.LastWriteTime = times.modified.map_or(0, |time| time.0.cast_signed());
    native::set_basic_info(file, basic)
}

/// Only the owner's write bit has a counterpart: the read-only attribute.
pub(super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    let now = native::basic_info(file)?.FileAttributes;
    let read_only = mode & 0o200 == 0;
    let wanted = if read_only {
        now | fs::FILE_ATTRIBUTE_READONLY
    } else {
        now & !fs::FILE_ATTRIBUTE_READONLY
    };
    set_attributes(file, wanted)
}

/// Zero would mean "leave them": NORMAL says "none".
pub(super) fn set_attributes(file: &File, attributes: u32) -> io::Result<()> {
    let mut basic = native::unchanged();
    basic.FileAttributes = if attributes == 0 {
        fs::FILE_ATTRIBUTE_NORMAL
    } else {
        attributes
    };
    native::set_basic_info(file, basic)
}

pub(super) fn symlink(root: &Dir, target: &str, link: &Path) -> io::Result<()> {
    let target = OsString::from(target.replace('/', "\\"));
    let leads_to = link.parent().unwrap_or(Path::new("")).join(&target);
    if root.is_dir(&leads_to) {
        root.symlink_dir(&target, link)
    } else {
        root.symlink_file(&target, link)
    }
}

pub(super) fn volume(root: &Dir, folder: &Path) -> io::Result<VolumeInfo> {
    let space = native::free_space(folder)?;
    let root = stat(&root.dir_metadata()?);
    Ok(VolumeInfo {
        total: space.total,
        free: space.free,
        available: space.available,
        allocation_unit: u32::try_from(CLUSTER).unwrap_or(u32::MAX),
        serial: (root.key.volume ^ root.key.file ^ (root.key.file >> 32)) as u32,
        created: root.created,
        files: (0, 0),
        max_component: 255,
    })
}

/// The mode that SFTP clients are shown.
fn mode(kind: FileKind, read_only: bool) -> u32 {
    match (kind, read_only) {
        (FileKind::Directory, _) => 0o040_755,
        (FileKind::Symlink, _) => 0o120_777,
        (_, true) => 0o100_444,
        (_, false) => 0o100_644,
    }
}

/// Calls on handles that the standard library has no safe name for. Each passes a pointer to a local structure
/// of exactly the type and size that the information class asks for, with a handle that the borrowed `File`
/// keeps open during the call.
#[allow(unsafe_code)]
mod native {
    use std::fs::File;
    use std::io;
    use std::mem::size_of;
    use std::os::windows::ffi::OsStrExt;
    use std::os::windows::io::AsRawHandle;
    use std::path::Path;

    use windows_sys::Win32::Storage::FileSystem as fs;

    /// Bytes of a volume.
    pub(super) struct Space {
        pub(super) total: u64,
        pub(super) free: u64,
        pub(super) available: u64,
    }

    /// A change of nothing: zero leaves a time or the attributes as they are.
    pub(super) fn unchanged() -> fs::FILE_BASIC_INFO {
        fs::FILE_BASIC_INFO {
            CreationTime: 0,
            LastAccessTime: 0,
            LastWriteTime: 0,
            ChangeTime: 0,
            FileAttributes: 0,
        }
    }

    pub(super) fn basic_info(file: &File) -> io::Result<fs::FILE_BASIC_INFO> {
        let mut info = unchanged();
        query(file, fs::FileBasicInfo, &mut info)?;
        Ok(info)
    }

    pub(super) fn standard_info(file: &File) -> io::Result<fs::FILE_STANDARD_INFO> {
        // SAFETY: integers and booleans, for all of which zero is a value.
        let mut info: fs::FILE_STANDARD_INFO = unsafe { std::mem::zeroed() };
        query(file, fs::FileStandardInfo, &mut info)?;
        Ok(info)
    }

    pub(super) fn set_basic_info(file: &File, info: fs::FILE_BASIC_INFO) -> io::Result<()> {
        set(file, fs::FileBasicInfo, &info)
    }

    pub(super) fn set_allocation(file: &File, size: u64) -> io::Result<()> {
        let info = fs::FILE_ALLOCATION_INFO {
            AllocationSize: i64::try_from(size).unwrap_or(i64::MAX),
        };
        set(file, fs::FileAllocationInfo, &info)
    }

    pub(super) fn free_space(folder: &Path) -> io::Result<Space> {
        let folder: Vec<u16> = folder.as_os_str().encode_wide().chain([0]).collect();
        let mut space = Space {
            total: 0,
            free: 0,
            available: 0,
        };
        // SAFETY: the path ends in NUL and the three counters outlive the call.
        let done = unsafe {
            fs::GetDiskFreeSpaceExW(
                folder.as_ptr(),
                &mut space.available,
                &mut space.total,
                &mut space.free,
            )
        };
        if done == 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(space)
        }
    }

    /// `T` must be the structure that `class` asks for.
    fn query<T>(file: &File, class: fs::FILE_INFO_BY_HANDLE_CLASS, info: &mut T) -> io::Result<()> {
        // SAFETY: see the module; the callers above pair class and structure.
        let done = unsafe {
            fs::GetFileInformationByHandleEx(
                file.as_raw_handle(),
                class,
                std::ptr::from_mut(info).cast(),
                size_of::<T>() as u32,
            )
        };
        if done == 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }

    /// `T` must be the structure that `class` asks for.
    fn set<T>(file: &File, class: fs::FILE_INFO_BY_HANDLE_CLASS, info: &T) -> io::Result<()> {
        // SAFETY: see the module; the callers above pair class and structure.
        let done = unsafe {
            fs::SetFileInformationByHandle(
                file.as_raw_handle(),
                class,
                std::ptr::from_ref(info).cast(),
                size_of::<T>() as u32,
            )
        };
        if done == 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }
}
