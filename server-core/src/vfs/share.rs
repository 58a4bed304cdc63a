//! Shares as callers see them: opening, looking, moving, removing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::access::{self, Subject};
use super::backend::{Backend, BackendFile, CreateMode, OpenHow, Stat, Times};
use super::engine::{Inner, MountedShare};
use super::error::{Denial, VfsError};
use super::info::{DosAttributes, FileInfo, FileKey, FileKind, VolumeInfo};
use super::lookup::{self, Found};
use super::metadata;
use super::open::{CreateAction, CreateOptions, Disposition, Open, OpenRequest, Opened};
use super::open_table::{Admission, Place};
use super::path::SharePath;
use crate::identity::{LiveGrant, Principal, ShareSettings};
use crate::live::{ActivityKind, ActivityRecord, Event, LiveSession};
use crate::security::AccessMask;
use crate::store::FileMetadataKey;

/// Permission bits of what clients create without saying.
const FILE_MODE: u32 = 0o666;
const FOLDER_MODE: u32 = 0o777;
/// A name that others create and remove meanwhile is tried this often.
const RACES: usize = 8;

/// Who is calling: a principal on a live session.
#[derive(Debug)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The session it came by; opens and bytes are counted there.
    pub session: Arc<LiveSession>,
}

/// A share entered by a caller (an SMB tree connect, an SFTP session's view of a share). Cloning is cheap.
#[derive(Debug, Clone)]
pub struct ShareView {
    engine: Arc<Inner>,
    mounted: Arc<MountedShare>,
    caller: Arc<Caller>,
    grant: Arc<LiveGrant>,
}

/// A file found on the disk and opened there, before the open table was asked.
struct Taken {
    file: Box<dyn BackendFile>,
    stat: Stat,
    action: CreateAction,
}

impl ShareView {
    pub(super) fn new(
        engine: Arc<Inner>,
        mounted: Arc<MountedShare>,
        caller: Arc<Caller>,
        grant: Arc<LiveGrant>,
    ) -> Self {
        Self { engine, mounted, caller, grant }
    }

    /// The share's settings as they were when it was entered.
    pub fn settings(&self) -> &ShareSettings {
        &self.mounted.settings
    }

    /// The caller's live permission.
    pub fn grant(&self) -> &Arc<LiveGrant> {
        &self.grant
    }

    /// Who is calling.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// False once the share was removed or its folder changed: the protocol then ends the tree.
    pub fn is_live(&self) -> bool {
        self.mounted.live.load(Ordering::Acquire)
    }

    /// The most a caller could be granted now on the root.
    pub fn maximal_access(&self) -> AccessMask {
        self.allowed(Subject::Folder)
    }

    /// The most a caller could be granted now on an open file (MxAc): permission, share and the file's attributes.
    pub fn maximal_access_for(&self, info: &FileInfo) -> AccessMask {
        let directory = info.is_directory();
        let rights = self.allowed(if directory { Subject::Folder } else { Subject::File });
        access::with_attributes(rights, info.attributes, directory)
    }

    /// Opens or creates. May wait for other clients; dropping the future gives up and leaves nothing behind.
    ///
    /// # Errors
    /// See [`VfsError`].
    pub async fn open(&self, request: OpenRequest<'_>) -> Result<Opened, VfsError> {
        let outcome = self.open_now(&request);
        if let Err(VfsError::AccessDenied(denial)) = &outcome {
            self.report(ActivityKind::AccessRefused, request.path, &format!("refused: {denial}"));
        }
        outcome
    }

    /// Looks at a path without opening it; `follow` resolves a final symlink inside the share.
    ///
    /// # Errors
    /// NotFound, PathNotFound, AccessDenied.
    pub fn stat(&self, path: &SharePath, follow: bool, case_sensitive: bool) -> Result<FileInfo, VfsError> {
        self.alive()?;
        let rights = self.allowed(Subject::File);
        access::check(AccessMask::READ_ATTRIBUTES, rights, false)?;
        match lookup::find(self.backend(), &self.engine.names, path, case_sensitive, follow)? {
            Found::Existing { stat, .. } => metadata::look(&self.engine.store, &stat, path.name(), false),
            Found::Missing { .. } => Err(VfsError::NotFound),
        }
    }

    /// Reads a symlink's target.
    ///
    /// # Errors
    /// InvalidParameter when it is no link.
    pub fn read_link(&self, path: &SharePath) -> Result<String, VfsError> {
        self.alive()?;
        access::check(AccessMask::READ_DATA, self.allowed(Subject::File), false)?;
        let (disk, _) = self.existing(path, false)?;
        Ok(self.backend().read_link(&disk)?.to_string_lossy().into_owned())
    }

    /// Makes a symlink. A target that would lead out of the share is refused.
    ///
    /// # Errors
    /// AccessDenied, AlreadyExists, NotSupported.
    pub fn symlink(&self, path: &SharePath, target: &str) -> Result<(), VfsError> {
        self.alive()?;
        access::check(AccessMask::WRITE_DATA | AccessMask::DELETE, self.allowed(Subject::File), self.settings().read_only)?;
        if target.is_empty() || !stays_inside(path, target) {
            return Err(VfsError::AccessDenied(Denial::OutsideShare));
        }
        match lookup::find(self.backend(), &self.engine.names, path, true, false)? {
            Found::Existing { .. } => Err(VfsError::AlreadyExists),
            Found::Missing { disk } => Ok(self.backend().symlink(target, &disk)?),
        }
    }

    /// Removes a symbolic link itself; false when the path is none.
    pub(super) fn remove_link(&self, path: &SharePath) -> Result<bool, VfsError> {
        self.alive()?;
        let (disk, stat) = self.existing(path, false)?;
        if stat.kind != FileKind::Symlink {
            return Ok(false);
        }
        access::check(AccessMask::DELETE, self.allowed(Subject::File), self.settings().read_only)?;
        self.backend().remove_file(&disk)?;
        self.report(ActivityKind::Removed, path, "link removed");
        Ok(true)
    }

    /// The disk below.
    ///
    /// # Errors
    /// ShareUnavailable.
    pub fn volume(&self) -> Result<VolumeInfo, VfsError> {
        self.alive()?;
        self.backend().volume().map_err(|_| VfsError::ShareUnavailable)
    }

    fn open_now(&self, request: &OpenRequest<'_>) -> Result<Opened, VfsError> {
        self.alive()?;
        for _ in 0..RACES {
            let follow = !request.options.contains(CreateOptions::OPEN_REPARSE_POINT);
            let found =
                lookup::find(self.backend(), &self.engine.names, request.path, request.case_sensitive, follow)?;
            match found {
                Found::Existing { disk, stat } => match self.open_existing(request, &disk, &stat) {
                    // Removed between the look and the open: look again.
                    Err(VfsError::NotFound) => {}
                    outcome => return outcome,
                },
                Found::Missing { disk } => match self.create(request, &disk) {
                    // Created by someone else between the look and the creation: look again.
                    Err(VfsError::AlreadyExists) if request.disposition != Disposition::Create => {}
                    outcome => return outcome,
                },
            }
        }
        Err(VfsError::SharingViolation)
    }

    fn open_existing(&self, request: &OpenRequest<'_>, disk: &Path, stat: &Stat) -> Result<Opened, VfsError> {
        let directory = match stat.kind {
            FileKind::File => false,
            FileKind::Directory => true,
            FileKind::Symlink | FileKind::Other => return Err(VfsError::AccessDenied(Denial::OperatingSystem)),
        };
        let replaces = matches!(
            request.disposition,
            Disposition::Supersede | Disposition::Overwrite | Disposition::OverwriteIf
        );
        if request.disposition == Disposition::Create {
            return Err(VfsError::AlreadyExists);
        }
        if directory && (request.options.contains(CreateOptions::NON_DIRECTORY_FILE) || replaces) {
            return Err(VfsError::IsADirectory);
        }
        if !directory && request.options.contains(CreateOptions::DIRECTORY_FILE) {
            return Err(VfsError::NotADirectory);
        }
        let info = metadata::look(&self.engine.store, stat, request.path.name(), false)?;
        let delete_on_close = request.options.contains(CreateOptions::DELETE_ON_CLOSE);
        if delete_on_close && info.attributes.contains(DosAttributes::READONLY) {
            return Err(VfsError::CannotDelete);
        }
        if delete_on_close && request.path.is_root() {
            return Err(VfsError::CannotDelete);
        }
        let subject = if directory { Subject::Folder } else { Subject::File };
        let granted = self.grant_access(request.access, subject, Some(&info))?;
        let needed = if replaces { granted | AccessMask::WRITE_DATA } else { granted };
        access::check(needed, self.allowed(subject), self.settings().read_only)?;
        if replaces {
            self.check_replaceable_attributes(request, &info)?;
        }
        let write = !directory && needed.intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA);
        let file = self.open_on_disk(disk, write, request.access.contains(AccessMask::MAXIMUM_ALLOWED))?;
        let stat = file.stat()?;
        if (stat.kind == FileKind::Directory) != directory || stat.kind == FileKind::Other {
            return Err(VfsError::NotFound);
        }
        let action = match request.disposition {
            Disposition::Supersede => CreateAction::Superseded,
            Disposition::Overwrite | Disposition::OverwriteIf => CreateAction::Overwritten,
            Disposition::Open | Disposition::OpenIf | Disposition::Create => CreateAction::Opened,
        };
        self.admit(request, disk, Taken { file, stat, action }, granted, needed)
    }

    fn create(&self, request: &OpenRequest<'_>, disk: &Path) -> Result<Opened, VfsError> {
        if matches!(request.disposition, Disposition::Open | Disposition::Overwrite) {
            return Err(VfsError::NotFound);
        }
        let directory = request.options.contains(CreateOptions::DIRECTORY_FILE);
        let adds = if directory { AccessMask::APPEND_DATA } else { AccessMask::WRITE_DATA };
        access::check(adds, self.allowed(Subject::Folder), self.settings().read_only)?;
        let granted = self.grant_access(request.access, Subject::Own, None)?;
        access::check(granted, self.allowed(Subject::Own), self.settings().read_only)?;
        let delete_on_close = request.options.contains(CreateOptions::DELETE_ON_CLOSE);
        if delete_on_close && !directory && request.attributes.contains(DosAttributes::READONLY) {
            return Err(VfsError::CannotDelete);
        }
        let folder = self.folder_before(disk);
        let file: Box<dyn BackendFile> = if directory {
            self.backend().create_directory(disk, CreateMode(request.mode.unwrap_or(FOLDER_MODE)))?;
            self.backend().open(disk, OpenHow { write: false, create: None })?
        } else {
            let mode = CreateMode(request.mode.unwrap_or(FILE_MODE));
            self.backend().open(disk, OpenHow { write: true, create: Some(mode) })?
        };
        self.follow_change(folder, disk, request.path.name().map(|name| (name, disk)), None);
        let stat = file.stat()?;
        let opened = self.admit(request, disk, Taken { file, stat, action: CreateAction::Created }, granted, granted)?;
        if directory {
            self.report(ActivityKind::FolderCreated, request.path, "folder created");
        }
        Ok(opened)
    }

    /// Asks the open table, then does what changes the file: truncation, attributes, allocation.
    fn admit(
        &self,
        request: &OpenRequest<'_>,
        disk: &Path,
        taken: Taken,
        granted: AccessMask,
        sharing: AccessMask,
    ) -> Result<Opened, VfsError> {
        let Taken { file, stat, action } = taken;
        self.count_open()?;
        let place = Place { share: self.settings().id, path: request.path.clone(), disk: disk.to_owned() };
        let admission = Admission { key: stat.key, place, access: sharing, share_mode: request.share_mode };
        let (id, shared) = self.engine.opens.admit(admission).inspect_err(|_| self.uncount_open())?;
        self.caller.session.file_opened();
        let directory = stat.kind == FileKind::Directory;
        let open = Arc::new(Open {
            id,
            view: self.clone(),
            shared,
            file,
            key: stat.key,
            metadata_key: stat.metadata_key(),
            directory,
            granted,
            created: action == CreateAction::Created,
            append: request.append,
            write_through: request.options.contains(CreateOptions::WRITE_THROUGH),
            delete_on_close: request.options.contains(CreateOptions::DELETE_ON_CLOSE),
            written: AtomicBool::new(action != CreateAction::Opened),
            sticky: Mutex::new(Times::default()),
            closed: AtomicBool::new(false),
        });
        if matches!(action, CreateAction::Superseded | CreateAction::Overwritten) {
            open.file.set_size(0)?;
        }
        if action != CreateAction::Opened {
            self.settle_new(request, &open, action)?;
        }
        let info = open.info()?;
        Ok(Opened { open, action, info })
    }

    /// A new or replaced file gets the attributes asked for, ready to be archived, and its allocation.
    fn settle_new(&self, request: &OpenRequest<'_>, open: &Open, action: CreateAction) -> Result<(), VfsError> {
        let mut attributes = request.attributes & DosAttributes::SETTABLE;
        if !open.directory {
            attributes |= DosAttributes::ARCHIVE;
        }
        let plain = attributes - DosAttributes::ARCHIVE;
        // A new file has these already; an old one may have others.
        let kept = action != CreateAction::Created && request.mode.is_none();
        if !plain.is_empty() || kept {
            let hidden = request.path.name().is_some_and(|name| name.starts_with('.'));
            let attributes = if hidden { attributes | DosAttributes::HIDDEN } else { attributes };
            metadata::set_attributes(&self.engine.store, self.backend(), open.file.as_ref(), request.path.name(), attributes)?;
        }
        if request.allocation_size > 0 && !open.directory {
            open.file.reserve(request.allocation_size)?;
        }
        Ok(())
    }

    /// Hidden and system files are not replaced by someone who doesn't know that they are ([MS-FSA] 2.1.5.1.2.1).
    fn check_replaceable_attributes(&self, request: &OpenRequest<'_>, info: &FileInfo) -> Result<(), VfsError> {
        let dotfile = request.path.name().is_some_and(|name| name.starts_with('.'));
        for flag in [DosAttributes::HIDDEN, DosAttributes::SYSTEM] {
            let by_name = dotfile && flag == DosAttributes::HIDDEN;
            let unaware = info.attributes.contains(flag) && !request.attributes.contains(flag);
            if unaware && !by_name && request.mode.is_none() {
                return Err(VfsError::AccessDenied(Denial::Permission));
            }
        }
        if info.attributes.contains(DosAttributes::READONLY) {
            return Err(VfsError::AccessDenied(Denial::ReadOnlyFile));
        }
        Ok(())
    }

    /// Generic rights mapped, MAXIMUM_ALLOWED resolved, the read-only attribute respected.
    fn grant_access(
        &self,
        access: AccessMask,
        subject: Subject,
        info: Option<&FileInfo>,
    ) -> Result<AccessMask, VfsError> {
        let mut wanted = access.map_generic();
        let maximal = match info {
            Some(info) => access::with_attributes(self.allowed(subject), info.attributes, info.is_directory()),
            None => self.allowed(subject),
        };
        if wanted.contains(AccessMask::MAXIMUM_ALLOWED) {
            wanted = (wanted - AccessMask::MAXIMUM_ALLOWED) | maximal;
        }
        let missing = wanted - maximal;
        let read_only_file = info.is_some_and(|info| info.attributes.contains(DosAttributes::READONLY));
        if read_only_file && (wanted - self.allowed(subject)).is_empty() && !missing.is_empty() {
            return Err(VfsError::AccessDenied(Denial::ReadOnlyFile));
        }
        access::check(wanted, maximal, self.settings().read_only)?;
        Ok(wanted)
    }

    fn open_on_disk(&self, disk: &Path, write: bool, maximal: bool) -> Result<Box<dyn BackendFile>, VfsError> {
        let outcome = self.backend().open(disk, OpenHow { write, create: None });
        match outcome {
            Err(error) if write && maximal && error.kind() == std::io::ErrorKind::PermissionDenied => {
                Ok(self.backend().open(disk, OpenHow { write: false, create: None })?)
            }
            outcome => Ok(outcome?),
        }
    }

    /// Moves what an open refers to.
    pub(super) fn move_open(&self, open: &Open, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        let from = open.shared.place.lock().clone();
        if from.path.is_root() || to.is_root() {
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        let adds = if open.directory { AccessMask::APPEND_DATA } else { AccessMask::WRITE_DATA };
        access::check(adds, self.allowed(Subject::Folder), self.settings().read_only)?;
        if open.directory && to != &from.path && to.is_within(&from.path) && to.components().len() > from.path.components().len() {
            return Err(VfsError::InvalidParameter);
        }
        if open.directory && self.engine.opens.has_opens_below(from.share, &from.path) {
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        let (disk, replaced) = match lookup::find(self.backend(), &self.engine.names, to, false, false)? {
            Found::Existing { stat, .. } if stat.key == open.key => {
                // Another case of the same name, or the same name.
                (self.renamed_disk(&from.disk, to)?, None)
            }
            Found::Existing { disk, stat } => {
                self.check_target(&stat, to, replace)?;
                (disk, Some(stat))
            }
            Found::Missing { disk } => (disk, None),
        };
        if disk != from.disk {
            let (before, after) = (self.folder_before(&from.disk), self.folder_before(&disk));
            let over = replaced.is_some() || replaced.is_none() && same_name(&from.path, to);
            self.backend().rename(&from.disk, &disk, over)?;
            self.follow_change(before, &from.disk, None, from.path.name());
            self.follow_change(after, &disk, to.name().map(|name| (name, disk.as_path())), None);
        }
        if let Some(stat) = replaced {
            metadata::forget(&self.engine.store, stat.metadata_key());
        }
        let mut place = open.shared.place.lock();
        place.path = to.clone();
        place.disk = disk;
        drop(place);
        self.report(ActivityKind::Renamed, to, &format!("renamed from {}", from.path));
        Ok(())
    }

    /// Adds a name to what an open refers to.
    pub(super) fn link_open(&self, open: &Open, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        access::check(AccessMask::WRITE_DATA, self.allowed(Subject::Folder), self.settings().read_only)?;
        let from = open.shared.place.lock().disk.clone();
        let disk = match lookup::find(self.backend(), &self.engine.names, to, false, false)? {
            Found::Existing { stat, .. } if stat.key == open.key => return Ok(()),
            Found::Existing { disk, stat } => {
                self.check_target(&stat, to, replace)?;
                self.backend().remove_file(&disk)?;
                metadata::forget(&self.engine.store, stat.metadata_key());
                disk
            }
            Found::Missing { disk } => disk,
        };
        Ok(self.backend().hard_link(&from, &disk)?)
    }

    /// Whether a rename or link may take the place of a file that is there.
    fn check_target(&self, stat: &Stat, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        if !replace {
            return Err(VfsError::AlreadyExists);
        }
        access::check(AccessMask::DELETE, self.allowed(Subject::File), self.settings().read_only)?;
        if stat.kind == FileKind::Directory {
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        let info = metadata::look(&self.engine.store, stat, to.name(), false)?;
        if info.attributes.contains(DosAttributes::READONLY) {
            return Err(VfsError::AccessDenied(Denial::ReadOnlyFile));
        }
        self.engine.opens.may_be_replaced(stat.key)
    }

    /// The spelling on disk of another case of a name in the same or another folder.
    fn renamed_disk(&self, from: &Path, to: &SharePath) -> Result<std::path::PathBuf, VfsError> {
        let name = to.name().and_then(|name| self.backend().disk_name(name)).ok_or(VfsError::InvalidName)?;
        Ok(from.parent().unwrap_or(Path::new("")).join(name))
    }

    /// Removes a file whose last open went, if its name still refers to it.
    pub(super) fn remove_closed(
        &self,
        place: &Place,
        key: FileKey,
        row: FileMetadataKey,
        directory: bool,
    ) -> Result<(), VfsError> {
        let named = match self.backend().stat(&place.disk, false) {
            Ok(stat) if stat.kind == FileKind::Symlink => self.backend().stat(&place.disk, true),
            found => found,
        };
        match named {
            Ok(stat) if stat.key == key => {}
            // Someone on this computer moved or removed it already.
            _ => return Ok(()),
        }
        let folder = self.folder_before(&place.disk);
        if directory {
            self.backend().remove_directory(&place.disk)?;
        } else {
            self.backend().remove_file(&place.disk)?;
        }
        self.follow_change(folder, &place.disk, None, place.path.name());
        metadata::forget(&self.engine.store, row);
        Ok(())
    }

    /// The folder of a path as it is now, if the name cache knows it.
    fn folder_before(&self, disk: &Path) -> Option<Stat> {
        let stat = self.backend().stat(disk.parent().unwrap_or(Path::new("")), true).ok()?;
        self.engine.names.knows(stat.key).then_some(stat)
    }

    fn follow_change(
        &self,
        before: Option<Stat>,
        disk: &Path,
        added: Option<(&str, &Path)>,
        removed: Option<&str>,
    ) {
        let Some(before) = before else { return };
        let Ok(after) = self.backend().stat(disk.parent().unwrap_or(Path::new("")), true) else { return };
        let added = added.and_then(|(name, disk)| Some((name, Path::new(disk.file_name()?))));
        self.engine.names.follow(&before, &after, added, removed);
    }

    pub(super) fn existing(&self, path: &SharePath, follow: bool) -> Result<(std::path::PathBuf, Stat), VfsError> {
        match lookup::find(self.backend(), &self.engine.names, path, true, follow)? {
            Found::Existing { disk, stat } => Ok((disk, stat)),
            Found::Missing { .. } => Err(VfsError::NotFound),
        }
    }

    pub(super) fn alive(&self) -> Result<(), VfsError> {
        if self.is_live() { Ok(()) } else { Err(VfsError::Closed) }
    }

    pub(super) fn engine(&self) -> &Inner {
        &self.engine
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        self.mounted.backend.as_ref()
    }

    /// What the caller may do now.
    pub(super) fn allowed(&self, subject: Subject) -> AccessMask {
        access::allowed(self.grant.permission(), self.settings().read_only, subject)
    }

    pub(super) fn open_closed(&self) {
        self.caller.session.file_closed();
        self.uncount_open();
    }

    fn count_open(&self) -> Result<(), VfsError> {
        let mut counts = self.engine.opens_by_session.lock();
        let count = counts.entry(self.caller.session.id()).or_default();
        let full = *count >= self.engine.limits.opens_per_session || self.engine.opens.count() >= self.engine.limits.opens;
        if full {
            return Err(VfsError::TooManyOpens);
        }
        *count += 1;
        Ok(())
    }

    fn uncount_open(&self) {
        let mut counts = self.engine.opens_by_session.lock();
        if let Some(count) = counts.get_mut(&self.caller.session.id()) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.caller.session.id());
            }
        }
    }

    /// Tells who listens what happened to a path.
    pub(super) fn report(&self, kind: ActivityKind, path: &SharePath, message: &str) {
        self.engine.events.send(Event::Activity(ActivityRecord {
            protocol: Some(self.caller.session.protocol()),
            user: Some(self.caller.principal.name.clone()),
            address: Some(self.caller.session.address().ip()),
            share: Some(self.settings().name.clone()),
            path: Some(path.to_string()),
            ..ActivityRecord::new(kind, message)
        }));
    }
}

fn same_name(a: &SharePath, b: &SharePath) -> bool {
    a.is_within(b) && b.is_within(a)
}

/// Whether a link's target, resolved from the link's folder, stays inside the share.
fn stays_inside(link: &SharePath, target: &str) -> bool {
    if target.starts_with('/') || target.contains('\0') {
        return false;
    }
    let mut depth = link.components().len().saturating_sub(1);
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return false,
            },
            _ => depth += 1,
        }
    }
    true
}
