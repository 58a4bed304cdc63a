//! One SFTP channel: requests in, replies out, in order.

use std::collections::HashMap;
use std::sync::Arc;

use russh_sftp::protocol::{OpenFlags, StatusCode};

use super::namespace::{Namespace, Place};
use super::status::Refusal;
use super::wire::{Attributes, Reader, Replies, packet};
use crate::identity::ShareSettings;
use crate::security::AccessMask;
use crate::vfs::{
    CreateOptions, DirectoryEntry, DirectoryScan, Disposition, FileInfo, FileKind, FileTime, Open,
    OpenRequest, Pattern, SetTimes, SharePath, ShareView, VfsError, VolumeInfo,
};

/// The longest packet taken and sent, and what of it can be file content.
pub(super) const MAX_PACKET: usize = 256 * 1024;
const MAX_DATA: u32 = 255 * 1024;
const MAX_HANDLES: usize = 4096;
/// Entries in one READDIR reply, and bytes after which no more are added to it.
const DIRECTORY_BATCH: usize = 256;
const DIRECTORY_BYTES: usize = MAX_PACKET / 2;
/// What an entry takes besides its name, which is there twice: attributes, and the line that `ls -l` shows.
const ENTRY_BYTES: usize = 160;
/// Bytes moved at a time by copy-data.
const COPY_CHUNK: usize = 1 << 20;

const S_IFDIR: u32 = 0o040_000;

/// What a handle stands for.
enum Handle {
    File(Arc<Open>),
    Directory(Listing),
}

enum Listing {
    Shares(Vec<ShareSettings>),
    Folder {
        open: Arc<Open>,
        scan: Option<DirectoryScan>,
        started: bool,
    },
}

/// The session's state.
pub(super) struct Session {
    namespace: Namespace,
    handles: HashMap<u32, Handle>,
    next_handle: u32,
    /// A failed request leaves what it has written; it is taken back to here.
    pub(super) replies: Replies,
}

/// A request answered already, or refused.
type Answer = Result<(), Refusal>;

/// Extensions that are announced, with their versions.
const EXTENSIONS: [(&str, &str); 10] = [
    ("posix-rename@openssh.com", "1"),
    ("statvfs@openssh.com", "2"),
    ("fstatvfs@openssh.com", "2"),
    ("hardlink@openssh.com", "1"),
    ("fsync@openssh.com", "1"),
    ("lsetstat@openssh.com", "1"),
    ("limits@openssh.com", "1"),
    ("expand-path@openssh.com", "1"),
    ("copy-data", "1"),
    ("home-directory", "1"),
];

impl Session {
    pub(super) fn new(namespace: Namespace) -> Self {
        Self {
            namespace,
            handles: HashMap::new(),
            next_handle: 1,
            replies: Replies::default(),
        }
    }

    /// Answers one packet (without its length); false when the client broke the protocol.
    pub(super) async fn answer(&mut self, bytes: &[u8]) -> bool {
        self.namespace.caller().session.touch();
        let mut reader = Reader::new(bytes);
        let Ok(kind) = reader.u8() else { return false };
        if kind == packet::INIT {
            self.version();
            return true;
        }
        let Ok(id) = reader.u32() else { return false };
        let before = self.replies.bytes.len();
        if let Err(refusal) = self.request(kind, id, reader).await {
            self.replies.bytes.truncate(before);
            self.replies.status(id, refusal.code, &refusal.message);
        }
        true
    }

    fn version(&mut self) {
        self.replies.begin(packet::VERSION);
        self.replies.u32(3);
        for (name, version) in EXTENSIONS {
            self.replies.string(name.as_bytes());
            self.replies.string(version.as_bytes());
        }
        self.replies.end();
    }

    async fn request(&mut self, kind: u8, id: u32, mut reader: Reader<'_>) -> Answer {
        match kind {
            packet::READ => self.read(id, reader),
            packet::WRITE => self.write(id, reader),
            packet::OPEN => self.open(id, reader).await,
            packet::CLOSE => self.close(id, reader.string()?),
            packet::LSTAT => self.stat(id, reader.string()?, false),
            packet::STAT => self.stat(id, reader.string()?, true),
            packet::FSTAT => {
                let attributes = match self.handle(reader.string()?)? {
                    Handle::File(open) | Handle::Directory(Listing::Folder { open, .. }) => {
                        self.attributes(&open.info()?)
                    }
                    Handle::Directory(Listing::Shares(_)) => root_attributes(),
                };
                self.replies.attrs(id, &attributes);
                Ok(())
            }
            packet::SETSTAT => {
                let path = reader.string()?;
                self.set_stat(path, reader.attributes()?, true).await?;
                self.done(id)
            }
            packet::FSETSTAT => {
                let open = self.file(reader.string()?)?;
                self.apply(&open, reader.attributes()?)?;
                self.done(id)
            }
            packet::OPENDIR => self.open_directory(id, reader.string()?).await,
            packet::READDIR => self.read_directory(id, reader.string()?),
            packet::REMOVE => {
                let (view, path) = self.namespace.inside(reader.string()?)?;
                view.remove_file(&path).await?;
                self.done(id)
            }
            packet::MKDIR => {
                let (view, path) = self.namespace.inside(reader.string()?)?;
                let mode = reader.attributes()?.permissions.map(|mode| mode & 0o777);
                view.create_directory(&path, mode).await?;
                self.done(id)
            }
            packet::RMDIR => {
                let (view, path) = self.namespace.inside(reader.string()?)?;
                view.remove_directory(&path).await?;
                self.done(id)
            }
            packet::REALPATH => {
                let path = Namespace::canonical(reader.string()?)?;
                self.replies.name(id, &path);
                Ok(())
            }
            packet::RENAME => {
                let (from, to) = (reader.string()?, reader.string()?);
                self.rename(id, from, to, false).await
            }
            packet::READLINK => {
                let (view, path) = self.namespace.inside(reader.string()?)?;
                let target = view.read_link(&path)?;
                self.replies.name(id, target.as_bytes());
                Ok(())
            }
            packet::SYMLINK => {
                // OpenSSH's order, which everyone follows: the target, then the link.
                let target = String::from_utf8_lossy(reader.string()?).into_owned();
                let (view, path) = self.namespace.inside(reader.string()?)?;
                view.symlink(&path, &target)?;
                self.done(id)
            }
            packet::EXTENDED => {
                let name = reader.string()?;
                self.extended(id, name, reader).await
            }
            _ => Err(Refusal::new(
                StatusCode::OpUnsupported,
                "this request is not known",
            )),
        }
    }

    fn done(&mut self, id: u32) -> Answer {
        self.replies.status(id, StatusCode::Ok, "");
        Ok(())
    }

    // --- files -----------------------------------------------------------------------------------

    async fn open(&mut self, id: u32, mut reader: Reader<'_>) -> Answer {
        let path = reader.string()?;
        let flags = OpenFlags::from_bits_truncate(reader.u32()?);
        let attributes = reader.attributes()?;
        let inside = self.namespace.inside(path);
        if let Err(refusal) = &inside
            && flags.contains(OpenFlags::CREATE)
        {
            self.namespace.report(refusal);
        }
        let (view, path) = inside?;
        let mut access = AccessMask::READ_ATTRIBUTES;
        if flags.contains(OpenFlags::READ) {
            access |= AccessMask::READ_DATA;
        }
        if flags.intersects(OpenFlags::WRITE | OpenFlags::APPEND) {
            access |= AccessMask::WRITE_DATA | AccessMask::APPEND_DATA | AccessMask::WRITE_ATTRIBUTES;
        }
        let disposition = match (flags.contains(OpenFlags::CREATE), flags) {
            (true, flags) if flags.contains(OpenFlags::EXCLUDE) => Disposition::Create,
            (true, flags) if flags.contains(OpenFlags::TRUNCATE) => Disposition::OverwriteIf,
            (true, _) => Disposition::OpenIf,
            (false, flags) if flags.contains(OpenFlags::TRUNCATE) => Disposition::Overwrite,
            (false, _) => Disposition::Open,
        };
        let opened = view
            .open(OpenRequest {
                disposition,
                mode: Some(attributes.permissions.map_or(0o666, |mode| mode & 0o777)),
                append: flags.contains(OpenFlags::APPEND),
                ..request(&path, access, CreateOptions::NON_DIRECTORY_FILE)
            })
            .await?;
        self.add_handle(id, Handle::File(opened.open))
    }

    fn read(&mut self, id: u32, mut reader: Reader<'_>) -> Answer {
        let open = self.file(reader.string()?)?;
        let (offset, length) = (reader.u64()?, reader.u32()?.min(MAX_DATA));
        self.replies.begin(packet::DATA);
        self.replies.u32(id);
        self.replies.u32(0);
        let at = self.replies.bytes.len();
        let count = open.read_into(offset, length as usize, &mut self.replies.bytes)?;
        if count == 0 && length > 0 {
            self.replies.take_back();
            return Err(Refusal::end_of_file());
        }
        let count = u32::try_from(count).unwrap_or(0);
        self.replies.bytes[at - 4..at].copy_from_slice(&count.to_be_bytes());
        self.replies.end();
        Ok(())
    }

    fn write(&mut self, id: u32, mut reader: Reader<'_>) -> Answer {
        let open = self.file(reader.string()?)?;
        let offset = place_to_write(reader.u64()?)?;
        open.write_at(offset, reader.string()?, false)?;
        self.done(id)
    }

    fn close(&mut self, id: u32, handle: &[u8]) -> Answer {
        let number = handle
            .try_into()
            .map(u32::from_be_bytes)
            .map_err(|_| Refusal::bad_handle())?;
        match self.handles.remove(&number).ok_or_else(Refusal::bad_handle)? {
            Handle::File(open) | Handle::Directory(Listing::Folder { open, .. }) => open.close()?,
            Handle::Directory(Listing::Shares(_)) => {}
        }
        self.done(id)
    }

    async fn rename(&mut self, id: u32, from: &[u8], to: &[u8], replace: bool) -> Answer {
        let (view, from) = self.namespace.inside(from)?;
        let (other, to) = self.namespace.inside(to)?;
        if view.settings().id != other.settings().id {
            return Err(Refusal::new(
                StatusCode::Failure,
                "the two are in different shares; copy, then delete",
            ));
        }
        view.rename(&from, &to, replace).await?;
        self.done(id)
    }

    // --- attributes ------------------------------------------------------------------------------

    fn stat(&mut self, id: u32, path: &[u8], follow: bool) -> Answer {
        let attributes = match self.namespace.place(path)? {
            Place::Root => root_attributes(),
            Place::Inside(view, path) => self.attributes(&view.stat(&path, follow, true)?),
        };
        self.replies.attrs(id, &attributes);
        Ok(())
    }

    async fn set_stat(&mut self, path: &[u8], attributes: Attributes, follow: bool) -> Answer {
        let (view, path) = self.namespace.inside(path)?;
        if !follow && view.stat(&path, false, true)?.kind == FileKind::Symlink {
            return Err(Refusal::new(
                StatusCode::OpUnsupported,
                "a link has no attributes of its own here",
            ));
        }
        let mut access = AccessMask::WRITE_ATTRIBUTES;
        if attributes.size.is_some() {
            access |= AccessMask::WRITE_DATA;
        }
        let opened = view.open(request(&path, access, CreateOptions::empty())).await?;
        self.apply(&opened.open, attributes)?;
        Ok(opened.open.close()?)
    }

    fn apply(&self, open: &Open, attributes: Attributes) -> Answer {
        if let Some((uid, gid)) = attributes.owner
            && (uid, gid) != self.owner()
        {
            return Err(Refusal::new(
                StatusCode::PermissionDenied,
                "files here have no other owner",
            ));
        }
        if let Some(size) = attributes.size {
            open.set_end_of_file(size)?;
        }
        if let Some(mode) = attributes.permissions {
            open.set_mode(mode)?;
        }
        if let Some((accessed, modified)) = attributes.times {
            let time = |seconds: u32| Some(FileTime::from_unix(seconds.into(), 0));
            open.set_times(SetTimes {
                accessed: time(accessed),
                modified: time(modified),
                ..SetTimes::default()
            })?;
        }
        Ok(())
    }

    fn owner(&self) -> (u32, u32) {
        let principal = &self.namespace.caller().principal;
        (principal.uid, principal.gid)
    }

    fn attributes(&self, info: &FileInfo) -> Attributes {
        let seconds = |time: FileTime| u32::try_from(time.to_unix().0.max(0)).unwrap_or(u32::MAX);
        Attributes {
            size: Some(info.size),
            owner: Some(self.owner()),
            permissions: Some(info.mode),
            times: Some((seconds(info.accessed), seconds(info.modified))),
        }
    }

    // --- folders ---------------------------------------------------------------------------------

    async fn open_directory(&mut self, id: u32, path: &[u8]) -> Answer {
        let listing = match self.namespace.place(path)? {
            Place::Root => Listing::Shares(self.namespace.shares()),
            Place::Inside(view, path) => {
                let access = AccessMask::READ_DATA | AccessMask::READ_ATTRIBUTES;
                let opened = view
                    .open(request(&path, access, CreateOptions::DIRECTORY_FILE))
                    .await?;
                let scan = opened.open.scan(&Pattern::all())?.showing_links();
                Listing::Folder {
                    open: opened.open,
                    scan: Some(scan),
                    started: false,
                }
            }
        };
        self.add_handle(id, Handle::Directory(listing))
    }

    fn read_directory(&mut self, id: u32, handle: &[u8]) -> Answer {
        let number = handle
            .try_into()
            .map(u32::from_be_bytes)
            .map_err(|_| Refusal::bad_handle())?;
        let Some(Handle::Directory(listing)) = self.handles.get_mut(&number) else {
            return Err(Refusal::bad_handle());
        };
        let entries: Vec<(Vec<u8>, Option<FileInfo>)> = match listing {
            Listing::Shares(shares) => std::mem::take(shares)
                .into_iter()
                .map(|share| (share.name.into_bytes(), None))
                .collect(),
            Listing::Folder { open, scan, started } => {
                let mut entries = Vec::new();
                if !std::mem::replace(started, true) {
                    let info = open.info()?;
                    entries.push((b".".to_vec(), Some(info.clone())));
                    entries.push((b"..".to_vec(), Some(info)));
                }
                let mut bytes = 0;
                for entry in scan.iter_mut().flatten().take(DIRECTORY_BATCH) {
                    let DirectoryEntry { name, info } = entry?;
                    let name = crate::vfs::wire_to_sftp(&name);
                    bytes += ENTRY_BYTES + 2 * name.len();
                    entries.push((name, Some(info)));
                    if bytes > DIRECTORY_BYTES {
                        break;
                    }
                }
                entries
            }
        };
        if entries.is_empty() {
            return Err(Refusal::end_of_file());
        }
        self.replies.begin(packet::NAME);
        self.replies.u32(id);
        self.replies.u32(u32::try_from(entries.len()).unwrap_or(0));
        for (name, info) in entries {
            let attributes = info
                .as_ref()
                .map_or_else(root_attributes, |info| self.attributes(info));
            self.replies.string(&name);
            let links = info.map_or(1, |info| info.links);
            let long = long_name(&self.namespace.caller().principal.name, &name, &attributes, links);
            self.replies.string(&long);
            self.replies.attributes(&attributes);
        }
        self.replies.end();
        Ok(())
    }

    // --- extensions ------------------------------------------------------------------------------

    async fn extended(&mut self, id: u32, name: &[u8], mut reader: Reader<'_>) -> Answer {
        match name {
            b"posix-rename@openssh.com" => {
                let (from, to) = (reader.string()?, reader.string()?);
                self.rename(id, from, to, true).await
            }
            b"hardlink@openssh.com" => {
                let (view, from) = self.namespace.inside(reader.string()?)?;
                let (other, to) = self.namespace.inside(reader.string()?)?;
                if view.settings().id != other.settings().id {
                    return Err(Refusal::new(
                        StatusCode::Failure,
                        "the two are in different shares",
                    ));
                }
                view.hard_link(&from, &to).await?;
                self.done(id)
            }
            b"fsync@openssh.com" => {
                self.file(reader.string()?)?.flush()?;
                self.done(id)
            }
            b"lsetstat@openssh.com" => {
                let path = reader.string()?;
                self.set_stat(path, reader.attributes()?, false).await?;
                self.done(id)
            }
            b"statvfs@openssh.com" => match self.namespace.place(reader.string()?)? {
                Place::Inside(view, _) => self.volume(id, &view),
                Place::Root => {
                    let share = self.namespace.shares().into_iter().next();
                    let name = share
                        .map(|share| share.name)
                        .ok_or_else(Refusal::only_shares_here)?;
                    match self.namespace.place(name.as_bytes())? {
                        Place::Inside(view, _) => self.volume(id, &view),
                        Place::Root => Err(Refusal::only_shares_here()),
                    }
                }
            },
            b"fstatvfs@openssh.com" => {
                let view = self.file(reader.string()?)?.view().clone();
                self.volume(id, &view)
            }
            b"limits@openssh.com" => {
                self.replies.begin(packet::EXTENDED_REPLY);
                self.replies.u32(id);
                self.replies.u64(MAX_PACKET as u64);
                self.replies.u64(MAX_DATA.into());
                self.replies.u64(MAX_DATA.into());
                self.replies.u64(MAX_HANDLES as u64);
                self.replies.end();
                Ok(())
            }
            b"expand-path@openssh.com" => {
                let path = reader.string()?;
                let path = path.strip_prefix(b"~").unwrap_or(path);
                self.replies.name(id, &Namespace::canonical(path)?);
                Ok(())
            }
            b"home-directory" => {
                self.replies.name(id, b"/");
                Ok(())
            }
            b"copy-data" => self.copy_data(id, reader).await,
            _ => Err(Refusal::new(
                StatusCode::OpUnsupported,
                "this extension is not known",
            )),
        }
    }

    async fn copy_data(&mut self, id: u32, mut reader: Reader<'_>) -> Answer {
        let from = self.file(reader.string()?)?;
        let (mut offset, length) = (reader.u64()?, reader.u64()?);
        let to = self.file(reader.string()?)?;
        let mut target = place_to_write(reader.u64()?)?;
        if from.key() == to.key() {
            // What is appended would be copied in its turn, until the disk is full; OpenSSH refuses it too.
            return Err(Refusal::new(
                StatusCode::Failure,
                "a file can't be copied onto itself",
            ));
        }
        // 0 means "to the end".
        let mut left = if length == 0 { u64::MAX } else { length };
        let mut buffer = Vec::new();
        while left > 0 {
            buffer.clear();
            let chunk = usize::try_from(left).unwrap_or(COPY_CHUNK).min(COPY_CHUNK);
            let count = from.read_into(offset, chunk, &mut buffer)?;
            if count == 0 {
                break;
            }
            to.write_at(target, &buffer, false)?;
            offset += count as u64;
            target += count as u64;
            left -= count as u64;
            // A sparse file may be as long as numbers go: the connection must be able to end meanwhile.
            tokio::task::yield_now().await;
        }
        self.done(id)
    }

    fn volume(&mut self, id: u32, view: &ShareView) -> Answer {
        let VolumeInfo {
            total,
            free,
            available,
            allocation_unit,
            serial,
            files,
            max_component,
            ..
        } = view.volume()?;
        let unit = u64::from(allocation_unit.max(1));
        let read_only = u64::from(view.settings().read_only);
        self.replies.begin(packet::EXTENDED_REPLY);
        self.replies.u32(id);
        for value in [
            unit,
            unit,
            total / unit,
            free / unit,
            available / unit,
            files.0,
            files.1,
            files.1,
            serial.into(),
            read_only,
            max_component.into(),
        ] {
            self.replies.u64(value);
        }
        self.replies.end();
        Ok(())
    }

    // --- handles ---------------------------------------------------------------------------------

    fn add_handle(&mut self, id: u32, handle: Handle) -> Answer {
        if self.handles.len() >= MAX_HANDLES {
            return Err(Refusal::new(
                StatusCode::Failure,
                "too many files are open in this session",
            ));
        }
        let number = self.next_handle;
        self.next_handle = self.next_handle.wrapping_add(1);
        self.handles.insert(number, handle);
        self.replies.handle(id, number);
        Ok(())
    }

    fn handle(&self, handle: &[u8]) -> Result<&Handle, Refusal> {
        let number = handle
            .try_into()
            .map(u32::from_be_bytes)
            .map_err(|_| Refusal::bad_handle())?;
        self.handles.get(&number).ok_or_else(Refusal::bad_handle)
    }

    fn file(&self, handle: &[u8]) -> Result<Arc<Open>, Refusal> {
        match self.handle(handle)? {
            Handle::File(open) => Ok(Arc::clone(open)),
            Handle::Directory(_) => Err(Refusal::bad_handle()),
        }
    }
}

/// An offset that a file can have; the largest number of all would mean "at the end" to the engine.
fn place_to_write(offset: u64) -> Result<u64, Refusal> {
    if offset > i64::MAX as u64 {
        Err(VfsError::InvalidParameter.into())
    } else {
        Ok(offset)
    }
}

fn request(path: &SharePath, access: AccessMask, options: CreateOptions) -> OpenRequest<'_> {
    OpenRequest {
        options,
        case_sensitive: true,
        ..OpenRequest::new(path, access)
    }
}

/// `/` and the shares in it: folders that nobody changes through SFTP.
fn root_attributes() -> Attributes {
    Attributes {
        size: Some(0),
        owner: Some((0, 0)),
        permissions: Some(S_IFDIR | 0o755),
        times: Some((0, 0)),
    }
}

/// The line that `ls -l` shows.
fn long_name(user: &str, name: &[u8], attributes: &Attributes, links: u32) -> Vec<u8> {
    let mode = attributes.permissions.unwrap_or(0);
    let kind = match mode & 0o170_000 {
        0o040_000 => 'd',
        0o120_000 => 'l',
        _ => '-',
    };
    let bits: String = (0..9)
        .map(|bit| {
            if mode & (0o400 >> bit) != 0 {
                ['r', 'w', 'x'][bit % 3]
            } else {
                '-'
            }
        })
        .collect();
    let size = attributes.size.unwrap_or(0);
    let seconds = attributes.times.map_or(0, |(_, modified)| modified);
    let mut line = format!(
        "{kind}{bits} {links:>4} {user:<8} {user:<8} {size:>12} {} ",
        date(seconds)
    )
    .into_bytes();
    line.extend_from_slice(name);
    line
}

/// "Nov 21  2026": the day is what a listing needs, and a year is never wrong.
fn date(seconds: u32) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = u64::from(seconds / 86_400) + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = usize::try_from((march_month + 2) % 12).unwrap_or(0);
    let year = year_of_era + era * 400 + u64::from(march_month >= 10);
    format!("{} {day:>2}  {year}", MONTHS[month])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_reads_like_ls() {
        let attributes = Attributes {
            size: Some(5),
            owner: None,
            permissions: Some(0o100_644),
            times: Some((0, 951_782_400)),
        };
        let line = String::from_utf8(long_name("alice", b"a.txt", &attributes, 1)).unwrap();
        assert_eq!(
            line,
            "-rw-r--r--    1 alice    alice               5 Feb 29  2000 a.txt"
        );
    }
}
