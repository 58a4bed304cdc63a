//! One SFTP channel: requests in, replies out, in order.

mod extensions;
mod files;
mod folders;
mod long_name;

use std::collections::HashMap;
use std::sync::Arc;

use russh_sftp::protocol::StatusCode;

use self::extensions::EXTENSIONS;
use self::folders::root_attributes;
use super::namespace::{Namespace, Place};
use super::status::Refusal;
use super::wire::{Attributes, Reader, Replies, packet};
use crate::identity::ShareSettings;
use crate::security::AccessMask;
use crate::vfs::{
    CreateOptions, DirectoryScan, FileInfo, FileKind, FileTime, Open, OpenRequest, SetTimes, SharePath,
};

/// The longest packet taken and sent, and what of it can be file content.
pub(super) const MAX_PACKET: usize = 256 * 1024;
const MAX_DATA: u32 = 255 * 1024;
const MAX_HANDLES: usize = 4096;

/// What a handle stands for.
enum Handle {
    File(Arc<Open>),
    Directory(Listing),
}

enum Listing {
    Shares(Vec<ShareSettings>),
    Folder {
        open: Arc<Open>,
        scan: DirectoryScan,
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
            packet::READ => self.read(id, reader).await,
            packet::WRITE => self.write(id, reader).await,
            packet::OPEN => self.open(id, reader).await,
            packet::CLOSE => self.close(id, reader.string()?).await,
            packet::LSTAT => self.stat(id, reader.string()?, false).await,
            packet::STAT => self.stat(id, reader.string()?, true).await,
            packet::FSTAT => {
                let open = match self.handle(reader.string()?)? {
                    Handle::File(open) | Handle::Directory(Listing::Folder { open, .. }) => {
                        Some(Arc::clone(open))
                    }
                    Handle::Directory(Listing::Shares(_)) => None,
                };
                let attributes = match open {
                    Some(open) => self.attributes(&open.info().await?),
                    None => root_attributes(),
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
                self.apply(&open, reader.attributes()?).await?;
                self.done(id)
            }
            packet::OPENDIR => self.open_directory(id, reader.string()?).await,
            packet::READDIR => self.read_directory(id, reader.string()?).await,
            packet::REMOVE => {
                let (view, path) = self.namespace.inside(reader.string()?).await?;
                view.remove_file(&path).await?;
                self.done(id)
            }
            packet::MKDIR => {
                let (view, path) = self.namespace.inside(reader.string()?).await?;
                let mode = reader.attributes()?.permissions.map(|mode| mode & 0o777);
                view.create_directory(&path, mode).await?;
                self.done(id)
            }
            packet::RMDIR => {
                let (view, path) = self.namespace.inside(reader.string()?).await?;
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
                let (view, path) = self.namespace.inside(reader.string()?).await?;
                let target = view.read_link(&path).await?;
                self.replies.name(id, target.as_bytes());
                Ok(())
            }
            packet::SYMLINK => {
                // OpenSSH's order, which everyone follows: the target, then the link.
                let target = reader.string()?;
                let link = reader.string()?;
                let (view, path) = self.namespace.inside(link).await?;
                let target = self.namespace.link_target(&view, link, target)?;
                view.symlink(&path, &String::from_utf8_lossy(&target)).await?;
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

    async fn rename(&mut self, id: u32, from: &[u8], to: &[u8], replace: bool) -> Answer {
        let (view, from) = self.namespace.inside(from).await?;
        let (other, to) = self.namespace.inside(to).await?;
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

    async fn stat(&mut self, id: u32, path: &[u8], follow: bool) -> Answer {
        let attributes = match self.namespace.place(path).await? {
            Place::Root => root_attributes(),
            Place::Inside(view, path) => self.attributes(&view.stat(&path, follow, true).await?),
        };
        self.replies.attrs(id, &attributes);
        Ok(())
    }

    async fn set_stat(&mut self, path: &[u8], attributes: Attributes, follow: bool) -> Answer {
        let (view, path) = self.namespace.inside(path).await?;
        if !follow && view.stat(&path, false, true).await?.kind == FileKind::Symlink {
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
        self.apply(&opened.open, attributes).await?;
        Ok(opened.open.close().await?)
    }

    async fn apply(&self, open: &Open, attributes: Attributes) -> Answer {
        if let Some((uid, gid)) = attributes.owner
            && (uid, gid) != self.owner()
        {
            return Err(Refusal::new(
                StatusCode::PermissionDenied,
                "files here have no other owner",
            ));
        }
        if let Some(size) = attributes.size {
            open.set_end_of_file(size).await?;
        }
        if let Some(mode) = attributes.permissions {
            open.set_mode(mode).await?;
        }
        if let Some((accessed, modified)) = attributes.times {
            let time = |seconds: u32| Some(FileTime::from_unix(seconds.into(), 0));
            open.set_times(SetTimes {
                accessed: time(accessed),
                modified: time(modified),
                ..SetTimes::default()
            })
            .await?;
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

fn request(path: &SharePath, access: AccessMask, options: CreateOptions) -> OpenRequest<'_> {
    OpenRequest {
        options,
        case_sensitive: true,
        ..OpenRequest::new(path, access)
    }
}
