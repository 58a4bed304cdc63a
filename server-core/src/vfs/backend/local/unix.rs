//! Linux and macOS.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cap_std::fs::{Dir, Metadata, OpenOptions, OpenOptionsExt};
use rustix::fs::{OFlags, Timespec, Timestamps, UTIME_OMIT};

use super::super::{DiskName, DiskPath, Stat, Times};
use super::disk::Medium;
use super::parent;
use crate::vfs::info::{FileKey, FileKind, FileTime, VolumeInfo};
use crate::vfs::namespace;

/// What is looked at by its name is known as well as what is open.
pub(super) const TELLS_BY_NAME: bool = true;
const TYPE_MASK: u32 = 0o170_000;

/// A path as the operating system takes it.
pub(super) fn path(path: &DiskPath) -> Cow<'_, Path> {
    Cow::Borrowed(Path::new(OsStr::from_bytes(path.as_bytes())))
}

/// A path of the operating system as ours; the way back.
pub(super) fn to_path(path: &Path) -> DiskPath {
    DiskPath::of_bytes(path.as_os_str().as_bytes())
}

/// A path's bytes, parts separated by slashes.
pub(super) fn to_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

pub(super) fn to_name(name: &OsStr) -> DiskName {
    DiskName::new(name.as_bytes())
}

pub(super) fn disk_name(wire: &str) -> Option<DiskName> {
    namespace::wire_to_disk(wire).map(DiskName::new)
}

pub(super) fn wire_name(disk: &DiskName) -> Option<String> {
    namespace::disk_bytes_to_wire(disk.as_bytes())
}

/// What the folder is on, by its file system's magic number (`linux/magic.h`).
#[cfg(target_os = "linux")]
pub(super) fn medium(root: impl std::os::fd::AsFd) -> Medium {
    const MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58F6];
    // FUSE, NFS, SMB2, CIFS, SMB, 9P, Ceph, AFS, Coda, and what virtual machines share.
    const REMOTE: [u64; 10] = [
        0x6573_5546,
        0x6969,
        0xFE53_4D42,
        0xFF53_4D42,
        0x517B,
        0x0102_1997,
        0x00C3_6400,
        0x5346_414F,
        0x7375_7245,
        0x786F_4256,
    ];
    // The type is signed on some machines: its 32 bits are what counts.
    match rustix::fs::fstatfs(root).map(|found| found.f_type as u64 & 0xFFFF_FFFF) {
        Ok(kind) if MEMORY.contains(&kind) => Medium::Memory,
        Ok(kind) if REMOTE.contains(&kind) => Medium::Remote,
        _ => Medium::Disk,
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn medium(_root: impl std::os::fd::AsFd) -> Medium {
    Medium::Disk
}

/// What a folder is in, from the inside out; nothing for the root of everything. Asked of the disk, so that it holds
/// whatever the folder is called now.
pub(super) fn ancestors(dir: &Dir, _folder: &Path) -> io::Result<Vec<FileKey>> {
    use rustix::fs::{Mode, openat};
    // Nothing is read there: on Linux a folder that may only be passed through will do.
    #[cfg(target_os = "linux")]
    const HOW: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    #[cfg(not(target_os = "linux"))]
    const HOW: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    let key = |of: &File| -> io::Result<FileKey> { Ok(stat(&Metadata::from_file(of)?).key) };
    let mut found = Vec::new();
    let mut here = File::from(openat(dir, ".", HOW, Mode::empty())?);
    let mut inner = key(&here)?;
    loop {
        here = openat(&here, "..", HOW, Mode::empty())?.into();
        let outer = key(&here)?;
        if inner == outer {
            return Ok(found);
        }
        found.push(outer);
        inner = outer;
    }
}

pub(super) fn creation_mode(options: &mut OpenOptions, mode: u32) {
    options.mode(mode & 0o777);
}

pub(super) fn directory_mode(builder: &mut cap_std::fs::DirBuilder, mode: u32) {
    use cap_std::fs::DirBuilderExt;
    builder.mode(mode & 0o777);
}

/// Without O_NONBLOCK, opening a FIFO that someone put into the folder would hang the client.
pub(super) fn open(
    root: &Dir,
    path: &Path,
    options: &mut OpenOptions,
    _write: bool,
) -> io::Result<cap_std::fs::File> {
    options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    root.open_with(path, options)
}

/// Whatever has the name, without touching it. Of a link, FIFO, socket or device nothing else can be had without harm.
#[cfg(target_os = "linux")]
pub(super) fn open_itself(root: &Dir, path: &Path) -> io::Result<cap_std::fs::File> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .custom_flags((OFlags::PATH | OFlags::NOFOLLOW).bits().cast_signed());
    root.open_with(path, &options)
}

/// There is no such way to open things there: links and FIFOs can be opened for reading, sockets and devices can't.
#[cfg(not(target_os = "linux"))]
pub(super) fn open_itself(root: &Dir, path: &Path) -> io::Result<cap_std::fs::File> {
    #[cfg(target_vendor = "apple")]
    let itself = OFlags::SYMLINK;
    #[cfg(not(target_vendor = "apple"))]
    let itself = OFlags::NOFOLLOW;
    let mut options = OpenOptions::new();
    options
        .read(true)
        .custom_flags((OFlags::NONBLOCK | itself).bits().cast_signed());
    root.open_with(path, &options)
}

pub(super) fn remove_file(folder: &Dir, name: &OsStr) -> io::Result<()> {
    folder.remove_file(name)
}

pub(super) fn stat(metadata: &Metadata) -> Stat {
    use cap_std::fs::MetadataExt;
    let created = metadata.created().ok().map(cap_std::time::SystemTime::into_std);
    Stat {
        key: FileKey {
            volume: metadata.dev(),
            file: metadata.ino(),
        },
        kind: kind(metadata.mode()),
        size: size(metadata.mode(), metadata.len()),
        allocated: size(metadata.mode(), metadata.blocks() * 512),
        modified: time(metadata.mtime(), metadata.mtime_nsec()),
        accessed: time(metadata.atime(), metadata.atime_nsec()),
        changed: time(metadata.ctime(), metadata.ctime_nsec()),
        created: created.map_or_else(
            || oldest(metadata.mtime(), metadata.mtime_nsec(), metadata.ctime()),
            Into::into,
        ),
        birth: created.map_or(0, birth),
        links: u32::try_from(metadata.nlink()).unwrap_or(u32::MAX),
        mode: metadata.mode(),
        uid: metadata.uid(),
        gid: metadata.gid(),
        native_attributes: None,
        fixed: false,
        mounted: false,
        names_token: Some(time(metadata.mtime(), metadata.mtime_nsec())),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn stat_file(file: &File) -> io::Result<Stat> {
    #[cfg_attr(not(target_vendor = "apple"), allow(unused_mut))]
    let mut found = stat(&Metadata::from_file(file)?);
    // UF_IMMUTABLE, UF_APPEND, SF_IMMUTABLE, SF_APPEND (sys/stat.h).
    #[cfg(target_vendor = "apple")]
    {
        found.fixed = rustix::fs::fstat(file)?.st_flags & 0x0006_0006 != 0;
    }
    Ok(found)
}

#[cfg(target_os = "linux")]
pub(super) fn stat_file(file: &File) -> io::Result<Stat> {
    use rustix::fs::AtFlags;
    Ok(stat_of(&statx(file, Path::new(""), AtFlags::EMPTY_PATH)?))
}

/// `name` is one component from a listing of `folder`, so nothing can be resolved out of it.
#[cfg(target_os = "linux")]
pub(super) fn stat_child(folder: &File, name: &DiskName) -> io::Result<Stat> {
    use rustix::fs::AtFlags;
    let name = OsStr::from_bytes(name.as_bytes());
    Ok(stat_of(&statx(
        folder,
        Path::new(name),
        AtFlags::SYMLINK_NOFOLLOW,
    )?))
}

#[cfg(target_os = "linux")]
fn statx(
    at: impl std::os::fd::AsFd,
    name: &Path,
    flags: rustix::fs::AtFlags,
) -> io::Result<rustix::fs::Statx> {
    use rustix::fs::StatxFlags;
    Ok(rustix::fs::statx(
        at,
        name,
        flags,
        StatxFlags::BASIC_STATS | StatxFlags::BTIME,
    )?)
}

#[cfg(target_os = "linux")]
fn stat_of(found: &rustix::fs::Statx) -> Stat {
    use rustix::fs::StatxAttributes;
    let mode = u32::from(found.stx_mode);
    let stamp = |time: rustix::fs::StatxTimestamp| FileTime::from_unix(time.tv_sec, time.tv_nsec);
    let has_birth = found.stx_mask & rustix::fs::StatxFlags::BTIME.bits() != 0;
    let modified = stamp(found.stx_mtime);
    let attributes = found.stx_attributes;
    Stat {
        key: FileKey {
            volume: rustix::fs::makedev(found.stx_dev_major, found.stx_dev_minor),
            file: found.stx_ino,
        },
        kind: kind(mode),
        size: size(mode, found.stx_size),
        allocated: size(mode, found.stx_blocks * 512),
        modified,
        accessed: stamp(found.stx_atime),
        changed: stamp(found.stx_ctime),
        created: if has_birth {
            stamp(found.stx_btime)
        } else {
            oldest(
                found.stx_mtime.tv_sec,
                found.stx_mtime.tv_nsec.into(),
                found.stx_ctime.tv_sec,
            )
        },
        birth: if has_birth {
            found
                .stx_btime
                .tv_sec
                .saturating_mul(1_000_000_000)
                .saturating_add(found.stx_btime.tv_nsec.into())
        } else {
            0
        },
        links: found.stx_nlink,
        mode,
        uid: found.stx_uid,
        gid: found.stx_gid,
        native_attributes: None,
        fixed: attributes.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND),
        mounted: attributes.contains(StatxAttributes::MOUNT_ROOT),
        names_token: Some(modified),
    }
}

/// What unlink(2) and rmdir(2) would refuse because of the folder, as far as it can be seen. `folder` may be reached
/// by a link that leads out of the share: nothing is told of what is there but whether it may be written.
pub(super) fn check_removal(root: &Dir, folder: &Path, name: &OsStr) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, accessat, statat};
    // Says too when the folder is immutable, or the file system read-only.
    accessat(root, folder, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?;
    static ACCOUNT: OnceLock<rustix::process::Uid> = OnceLock::new();
    let account = *ACCOUNT.get_or_init(rustix::process::geteuid);
    if account.is_root() {
        return Ok(());
    }
    let of_folder = statat(root, folder, AtFlags::empty())?;
    let is_sticky = of_folder.st_mode & 0o1000 != 0;
    if is_sticky && of_folder.st_uid != account.as_raw() {
        let of_name = statat(root, folder.join(name), AtFlags::SYMLINK_NOFOLLOW)?;
        if of_name.st_uid != account.as_raw() {
            return Err(rustix::io::Errno::PERM.into());
        }
    }
    Ok(())
}

/// `name` is one component from a listing of `folder`.
#[cfg(not(target_os = "linux"))]
pub(super) fn stat_child(folder: &File, name: &DiskName) -> io::Result<Stat> {
    let name = OsStr::from_bytes(name.as_bytes());
    Ok(stat(
        &Dir::from_std_file(folder.try_clone()?).symlink_metadata(name)?,
    ))
}

/// Renames only where nothing is in the way, in one step.
pub(super) fn rename_new(root: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, RenameFlags};
    let (from_folder, from_name) = parent(root, from)?;
    let (to_folder, to_name) = parent(root, to)?;
    let (from_folder, to_folder): (&Dir, &Dir) = (&from_folder, &to_folder);
    match rustix::fs::renameat_with(from_folder, from_name, to_folder, to_name, RenameFlags::NOREPLACE) {
        // A file system that can't: look, then rename.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            match rustix::fs::statat(to_folder, to_name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                Err(rustix::io::Errno::NOENT) => {
                    Ok(rustix::fs::renameat(from_folder, from_name, to_folder, to_name)?)
                }
                Err(error) => Err(error.into()),
            }
        }
        outcome => Ok(outcome?),
    }
}

fn kind(mode: u32) -> FileKind {
    match mode & TYPE_MASK {
        0o100_000 => FileKind::File,
        0o040_000 => FileKind::Directory,
        0o120_000 => FileKind::Symlink,
        _ => FileKind::Other,
    }
}

/// Folders have no content of their own for a client.
fn size(mode: u32, bytes: u64) -> u64 {
    if mode & TYPE_MASK == 0o040_000 { 0 } else { bytes }
}

fn time(seconds: i64, nanoseconds: i64) -> FileTime {
    FileTime::from_unix(seconds, u32::try_from(nanoseconds).unwrap_or(0))
}

/// A file system without birth times: the older of the other two, as Samba answers.
fn oldest(modified: i64, nanoseconds: i64, changed: i64) -> FileTime {
    if modified <= changed {
        time(modified, nanoseconds)
    } else {
        time(changed, 0)
    }
}

fn birth(time: std::time::SystemTime) -> i64 {
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Reads at most `length` bytes into the vector's spare room, which is not cleared first.
#[allow(unsafe_code)]
pub(super) fn read_some(file: &File, offset: u64, length: usize, out: &mut Vec<u8>) -> io::Result<usize> {
    let room = out.spare_capacity_mut();
    let length = length.min(room.len());
    let (filled, _) = rustix::io::pread(file, &mut room[..length], offset)?;
    let count = filled.len();
    // SAFETY: `pread` initialised the first `count` bytes of the spare room, and `count` is at most its length.
    unsafe { out.set_len(out.len() + count) };
    Ok(count)
}

pub(super) fn write_some(file: &File, offset: u64, data: &[u8]) -> io::Result<usize> {
    file.write_at(data, offset)
}

/// What fallocate(2) reserves stays with the file for good, and macOS has no call that keeps the size: space is taken as
/// it is written.
pub(super) fn reserve(_file: &File, _size: u64) -> io::Result<()> {
    Ok(())
}

/// Data and holes take turns; a disk that knows no holes has one piece of data.
pub(super) fn allocated_ranges(file: &File, range: Range<u64>, most: usize) -> io::Result<Vec<Range<u64>>> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end && found.len() < most {
        let start = match seek(file, SeekFrom::Data(at)) {
            // Nothing but a hole up to the end.
            Err(Errno::NXIO) => break,
            // The disk can't tell.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) if found.is_empty() => {
                return Ok(vec![range]);
            }
            outcome => outcome?,
        };
        if start >= range.end {
            break;
        }
        let end = seek(file, SeekFrom::Hole(start))?.min(range.end);
        found.push(start..end);
        at = end;
    }
    Ok(found)
}

#[cfg(target_os = "linux")]
pub(super) fn punch(file: &File, range: Range<u64>) -> io::Result<bool> {
    use rustix::fs::FallocateFlags;
    let how = FallocateFlags::KEEP_SIZE | FallocateFlags::PUNCH_HOLE;
    match rustix::fs::fallocate(file, how, range.start, range.end - range.start) {
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => Ok(false),
        outcome => outcome.map(|()| true).map_err(Into::into),
    }
}

/// macOS wants whole blocks and a call that std and rustix don't have.
#[cfg(not(target_os = "linux"))]
pub(super) fn punch(_file: &File, _range: Range<u64>) -> io::Result<bool> {
    Ok(false)
}

/// The kernel copies, and disks that can share blocks do.
#[cfg(target_os = "linux")]
pub(super) fn copy_range(source: &File, from: u64, target: &File, to: u64, length: u64) -> io::Result<bool> {
    use rustix::io::Errno;
    let (mut from, mut to, mut left) = (from, to, length);
    while left > 0 {
        let piece = usize::try_from(left).unwrap_or(usize::MAX);
        match rustix::fs::copy_file_range(source, Some(&mut from), target, Some(&mut to), piece) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => left -= count as u64,
            Err(Errno::INTR) => {}
            Err(Errno::XDEV | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) if left == length => {
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Only whole files can be copied by the kernel there.
#[cfg(not(target_os = "linux"))]
pub(super) fn copy_range(_: &File, _: u64, _: &File, _: u64, _: u64) -> io::Result<bool> {
    Ok(false)
}

pub(super) fn set_times(file: &File, times: Times) -> io::Result<()> {
    let spec = |time: Option<FileTime>| match time {
        Some(time) => {
            let (seconds, nanoseconds) = time.to_unix();
            Timespec {
                tv_sec: seconds,
                tv_nsec: nanoseconds.into(),
            }
        }
        None => Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
    };
    let stamps = Timestamps {
        last_access: spec(times.accessed),
        last_modification: spec(times.modified),
    };
    Ok(rustix::fs::futimens(file, &stamps)?)
}

pub(super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(std::fs::Permissions::from_mode(mode & 0o7777))
}

/// The store keeps DOS attributes here; nothing to do on disk.
pub(super) fn set_attributes(_file: &File, _attributes: u32) -> io::Result<()> {
    Ok(())
}

pub(super) fn symlink(root: &Dir, target: &str, link: &Path) -> io::Result<()> {
    let target = namespace::wire_to_disk_path(target).ok_or(io::ErrorKind::InvalidInput)?;
    root.symlink(PathBuf::from(OsString::from_vec(target)), link)
}

pub(super) fn volume(root: &Dir, _folder: &Path) -> io::Result<VolumeInfo> {
    let space = rustix::fs::fstatvfs(root)?;
    let unit = if space.f_frsize == 0 {
        space.f_bsize
    } else {
        space.f_frsize
    };
    let root = stat(&root.dir_metadata()?);
    Ok(VolumeInfo {
        total: space.f_blocks * unit,
        free: space.f_bfree * unit,
        available: space.f_bavail * unit,
        allocation_unit: u32::try_from(unit).unwrap_or(4096),
        serial: (root.key.volume ^ root.key.file ^ (root.key.file >> 32)) as u32,
        created: root.created,
        files: (space.f_files, space.f_ffree),
        max_component: 255,
    })
}
