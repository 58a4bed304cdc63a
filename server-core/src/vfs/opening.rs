//! Opening and creating ([MS-FSA] 2.1.5.1): find the name, judge the request, ask the open table, then change
//! the file where the disposition says so.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::access::{self, Subject};
use super::backend::{BackendFile, DiskPath, OpenHow, SizeAfter, Stat};
use super::completing::Completing;
use super::creating::{New, Untold};
use super::error::{Denial, VfsError};
use super::handle::{Handle, Unwritten};
use super::info::{DosAttributes, FileInfo, FileKind};
use super::lookup::Found;
use super::metadata;
use super::open::Open;
use super::open_table::{Admission, Admitted, BreakWait, CloseUnasked, Entry, Place, StreamName};
use super::request::{CreateAction, CreateOptions, Disposition, OpenRequest, Opened};
use super::share::ShareView;
use crate::live::{Consumer, LimitKind, Taken};
use crate::security::AccessMask;

/// A name that others create and remove meanwhile is tried this often.
const RACES: usize = 8;

/// A file found on the disk and opened there, before the open table was asked.
struct OnDisk {
    file: Box<dyn BackendFile>,
    stat: Stat,
    action: CreateAction,
    granted: AccessMask,
    /// The rights that count in sharing: an overwrite writes, whether or not it asks for the right.
    sharing: AccessMask,
    /// That it counts as one of the person's opens.
    counted: Taken,
}

/// What an attempt to open comes to.
enum Attempt {
    Opened(Box<Opened>),
    /// Others have to give up first what they cache.
    Waits(BreakWait),
}

impl Disposition {
    fn creates(self) -> bool {
        !matches!(self, Self::Open | Self::Overwrite)
    }

    fn replaces(self) -> bool {
        matches!(self, Self::Supersede | Self::Overwrite | Self::OverwriteIf)
    }

    /// What it comes to when the file exists.
    fn action(self) -> CreateAction {
        match self {
            Self::Supersede => CreateAction::Superseded,
            Self::Overwrite | Self::OverwriteIf => CreateAction::Overwritten,
            Self::Open | Self::OpenIf | Self::Create => CreateAction::Opened,
        }
    }
}

impl ShareView {
    /// Opens or creates. May wait for other clients; dropping the future gives up and leaves nothing behind.
    ///
    /// # Errors
    /// See [`VfsError`].
    pub async fn open(&self, request: OpenRequest<'_>) -> Result<Opened, VfsError> {
        loop {
            let outcome = self.open_now(&request).await;
            if let Err(error @ VfsError::PathNotFound) = &outcome
                && request.disposition.creates()
            {
                // Whoever typed a folder's name wrong on a device's panel reads here what the device doesn't show.
                self.report_refusal(request.path, error);
            }
            match self.noting_refusal(request.path, outcome)? {
                Attempt::Opened(opened) => return Ok(*opened),
                Attempt::Waits(wait) => wait.over(&self.engine.opens).await,
            }
        }
    }

    async fn open_now(&self, request: &OpenRequest<'_>) -> Result<Attempt, VfsError> {
        self.alive()?;
        let mut races = 0;
        while races < RACES {
            // Links inside the share look like what they lead to; one that leads out is refused here.
            match self.find(request.path, request.case_sensitive, true).await? {
                Found::Existing { disk, stat } => {
                    if let Some(wait) = self.engine.opens.is_reserved(self.settings().id, request.path) {
                        // Whoever made it was not let in yet: it is theirs until then.
                        wait.over().await;
                        continue;
                    }
                    match self.open_existing(request, &disk, &stat).await {
                        // Removed between the look and the open: look again.
                        Err(VfsError::NotFound) => {}
                        outcome => return outcome,
                    }
                }
                Found::Unfollowed { disk, stat, why } => {
                    if request.disposition.creates() && matches!(why, VfsError::NotFound) {
                        return Err(VfsError::AlreadyExists);
                    }
                    let access = request.access.map_generic();
                    let wants_target = wants_content(access) || access.contains(AccessMask::MAXIMUM_ALLOWED);
                    if wants_target || request.disposition != Disposition::Open {
                        return Err(why);
                    }
                    match self.open_existing(request, &disk, &stat).await {
                        Err(VfsError::NotFound) => {}
                        outcome => return outcome,
                    }
                }
                Found::Missing { disk, folder } => match self.create(request, &disk, &folder).await {
                    // Created by someone else between the look and the creation: look again.
                    Err(VfsError::AlreadyExists) if request.disposition != Disposition::Create => {}
                    outcome => return outcome,
                },
            }
            races += 1;
        }
        // A name that is taken and yet can't be opened: a link that leads nowhere.
        Err(VfsError::AlreadyExists)
    }

    async fn open_existing(
        &self,
        request: &OpenRequest<'_>,
        disk: &DiskPath,
        stat: &Stat,
    ) -> Result<Attempt, VfsError> {
        let directory = stat.kind == FileKind::Directory;
        // A link that can't be followed, a FIFO, a socket, a device: there is nothing to read or to write, but a name that
        // can be looked at, changed and removed.
        let is_name = matches!(stat.kind, FileKind::Symlink | FileKind::Other);
        let replaces = request.disposition.replaces();
        if request.disposition == Disposition::Create {
            return Err(VfsError::AlreadyExists);
        }
        if is_name && (replaces || wants_content(request.access.map_generic())) {
            return Err(VfsError::AccessDenied(Denial::OperatingSystem));
        }
        if directory && (request.options.contains(CreateOptions::NON_DIRECTORY_FILE) || replaces) {
            return Err(VfsError::IsADirectory);
        }
        if !directory && request.options.contains(CreateOptions::DIRECTORY_FILE) {
            return Err(VfsError::NotADirectory);
        }
        let info = metadata::look(&self.engine.store, stat, request.path.name(), false)?;
        let subject = self.subject_of(stat);
        let mut granted = self.grant_access(request.access, subject, Some(&info))?;
        if is_name {
            granted -= CONTENT;
        }
        if request.options.contains(CreateOptions::DELETE_ON_CLOSE) {
            check_delete_on_close(granted)?;
            if request.path.is_root() || info.attributes.contains(DosAttributes::READONLY) {
                return Err(VfsError::CannotDelete);
            }
        }
        let mut sharing = granted;
        if replaces {
            sharing |= AccessMask::WRITE_DATA;
            self.check(sharing, subject)?;
            check_replaceable(request, &info)?;
        }
        let write = !directory && sharing.intersects(access::CONTENT);
        let counted = self.count_opens(1)?;
        let how = if is_name {
            OpenHow::ITSELF
        } else {
            OpenHow {
                write,
                ..OpenHow::READ
            }
        };
        let file = match self.backend().open(disk, how).await {
            // The most that is allowed may be less for this computer's account.
            Err(error)
                if write
                    && !replaces
                    && request.access.contains(AccessMask::MAXIMUM_ALLOWED)
                    && error.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                granted -= access::CONTENT;
                sharing = granted;
                self.backend().open(disk, OpenHow::READ).await?
            }
            outcome => outcome?,
        };
        let kind = stat.kind;
        let stat = file.stat().await?;
        if stat.kind != kind {
            return Err(VfsError::NotFound);
        }
        if request.options.contains(CreateOptions::DELETE_ON_CLOSE) {
            self.check_removal(disk).await?;
        }
        let on_disk = OnDisk {
            file,
            stat,
            action: request.disposition.action(),
            granted,
            sharing,
            counted,
        };
        self.admit(request, disk, on_disk).await
    }

    async fn create(
        &self,
        request: &OpenRequest<'_>,
        disk: &DiskPath,
        folder: &Stat,
    ) -> Result<Attempt, VfsError> {
        if matches!(request.disposition, Disposition::Open | Disposition::Overwrite) {
            return Err(VfsError::NotFound);
        }
        let directory = request.options.contains(CreateOptions::DIRECTORY_FILE);
        let adds = if directory {
            AccessMask::APPEND_DATA
        } else {
            AccessMask::WRITE_DATA
        };
        self.check(adds, Subject::Folder)?;
        let granted = self.grant_access(request.access, Subject::Own, None)?;
        if request.options.contains(CreateOptions::DELETE_ON_CLOSE) {
            check_delete_on_close(granted)?;
            if !directory && request.attributes.contains(DosAttributes::READONLY) {
                return Err(VfsError::CannotDelete);
            }
        }
        let counted = self.count_opens(1)?;
        // Until we are let in, whoever finds the new file waits: it is ours.
        let _reserved = match self.engine.opens.reserve(self.settings().id, request.path) {
            Ok(reserved) => reserved,
            Err(wait) => {
                wait.over().await;
                return Err(VfsError::AlreadyExists);
            }
        };
        let new = New {
            path: request.path.clone(),
            disk: disk.clone(),
            folder: folder.clone(),
            directory,
            mode: request.mode,
            by: request
                .caching
                .as_ref()
                .and_then(|caching| caching.lease?.parent()),
        };
        let view = self.clone();
        let making = Completing::new(self.backend().lane(), new.make(view));
        let (file, stat) = making.await?.keep().ok_or(VfsError::NotFound)?;
        let on_disk = OnDisk {
            file,
            stat,
            action: CreateAction::Created,
            granted,
            sharing: granted,
            counted,
        };
        self.admit(request, disk, on_disk).await
    }

    /// Asks the open table, then does what changes the file: truncation, attributes, allocation.
    async fn admit(
        &self,
        request: &OpenRequest<'_>,
        disk: &DiskPath,
        on_disk: OnDisk,
    ) -> Result<Attempt, VfsError> {
        let OnDisk {
            file,
            stat,
            action,
            granted,
            sharing,
            counted,
        } = on_disk;
        let directory = stat.kind == FileKind::Directory;
        let lease = request.caching.as_ref().and_then(|caching| caching.lease);
        let parent = lease.and_then(|lease| lease.parent());
        let caching = request.caching.clone();
        let (caching, watch) = match directory {
            true => self.watched_folder(caching, disk).await,
            false => self.watched(caching, file.as_ref(), stat.key),
        };
        let admission = Admission {
            key: stat.key,
            stream: StreamName::default(),
            place: Place {
                share: self.settings().id,
                path: request.path.clone(),
                disk: disk.clone(),
            },
            only_name: directory || stat.links <= 1,
            directory,
            owner: self.caller.session.id(),
            client: Consumer::of_stranger(self.caller.session.address().ip()),
            granted,
            access: sharing,
            share_mode: request.share_mode,
            replaces: request.disposition.replaces() && action != CreateAction::Created,
            caching,
        };
        let entry = self.engine.opens.admit(admission, watch.as_ref())?;
        drop(watch);
        let Admitted {
            id,
            shared,
            link,
            caching,
        } = match entry {
            Entry::Admitted(admitted) => admitted,
            Entry::Waits(wait) => return Ok(Attempt::Waits(wait)),
        };
        let lease = caching.lease();
        self.caller.session.file_opened();
        if action == CreateAction::Created && !directory && self.is_drop_box() {
            let uploader = self.caller.session.usage().consumer();
            self.engine.uploads.note(uploader, stat.metadata_key());
        }
        let handle = Handle {
            id,
            shared,
            cached: caching.cached,
            parent,
            link,
            file,
            key: stat.key,
            metadata_key: stat.metadata_key(),
            directory,
            granted,
            created: action == CreateAction::Created,
            append: request.append,
            case_sensitive: request.case_sensitive,
            write_through: request.options.contains(CreateOptions::WRITE_THROUGH),
            delete_on_close: request.options.contains(CreateOptions::DELETE_ON_CLOSE),
            marked: AtomicBool::new(false),
            not_deleted: AtomicBool::new(false),
            written: AtomicBool::new(action != CreateAction::Opened),
            untold: AtomicBool::new(false),
            unwritten: Unwritten::default(),
            sticky: Mutex::default(),
            closed: AtomicBool::new(false),
            durable: AtomicBool::new(false),
            away_since: Mutex::default(),
            _counted: counted,
        };
        let open = Arc::new(Open {
            handle: Arc::new(handle),
            view: self.clone(),
            left: AtomicBool::new(false),
        });
        let unasked: Weak<Open> = Arc::downgrade(&open);
        let unasked: Weak<dyn CloseUnasked> = unasked;
        self.engine.opens.attach(id, unasked);
        let untold = Untold::new(&open);
        self.settle(request, &open, action).await?;
        let (info, named) = open.look().await?;
        if !named {
            // Whoever had it open before removed it while we came in.
            return Err(VfsError::NotFound);
        }
        untold.told();
        Ok(Attempt::Opened(Box::new(Opened {
            open,
            action,
            info,
            caching: caching.state,
            lease,
        })))
    }

    /// A new or replaced file gets its size, the attributes asked for, ready to be archived, and its allocation.
    async fn settle(
        &self,
        request: &OpenRequest<'_>,
        open: &Open,
        action: CreateAction,
    ) -> Result<(), VfsError> {
        if action == CreateAction::Opened {
            return Ok(());
        }
        if action != CreateAction::Created {
            let mut own = open.handle.own_change();
            open.file().set_size(0).await?;
            own.done(SizeAfter::Exactly(0));
            drop(own);
            open.handle.shared.reserve(0);
            self.replaced_content(request.path, open.handle.parent);
        }
        let mut attributes = request.attributes & DosAttributes::SETTABLE;
        if !open.is_directory() {
            attributes |= DosAttributes::ARCHIVE;
        }
        let plain = attributes - DosAttributes::ARCHIVE;
        // A new file has these already; an old one may have others.
        let may_differ = action != CreateAction::Created && request.mode.is_none();
        if !plain.is_empty() || may_differ {
            let name = request.path.name();
            attributes.set(
                DosAttributes::HIDDEN,
                plain.contains(DosAttributes::HIDDEN) || metadata::is_dot_name(name),
            );
            metadata::set_attributes(&self.engine.store, self.backend(), open.file(), name, attributes)
                .await?;
        }
        if request.allocation_size > 0 && !open.is_directory() {
            open.reserve(request.allocation_size).await?;
        }
        Ok(())
    }

    /// One more open of the person's, before the disk is asked for it; or what is like so many.
    pub(super) fn count_opens(&self, count: u64) -> Result<Taken, VfsError> {
        let usage = self.caller.session.usage();
        usage
            .take(LimitKind::Opens, count)
            .map_err(|_| VfsError::TooManyOpens)
    }

    /// Generic rights mapped, MAXIMUM_ALLOWED resolved, the read-only attribute respected.
    fn grant_access(
        &self,
        access: AccessMask,
        subject: Subject,
        info: Option<&FileInfo>,
    ) -> Result<AccessMask, VfsError> {
        let mut wanted = access.map_generic();
        let allowed = self.allowed(subject);
        let maximal = match info {
            Some(info) => access::with_attributes(allowed, info.attributes, info.is_directory()),
            None => allowed,
        };
        if wanted.contains(AccessMask::MAXIMUM_ALLOWED) {
            wanted = (wanted - AccessMask::MAXIMUM_ALLOWED) | maximal;
        }
        if allowed.contains(wanted) && !maximal.contains(wanted) {
            return Err(VfsError::AccessDenied(Denial::ReadOnlyFile));
        }
        access::check(wanted, maximal, self.is_read_only())?;
        Ok(wanted)
    }
}

/// What is done with a file's content, and can't be with what has none.
const CONTENT: AccessMask = access::CONTENT
    .union(AccessMask::READ_DATA)
    .union(AccessMask::EXECUTE);

fn wants_content(access: AccessMask) -> bool {
    access.intersects(CONTENT)
}

/// Delete-on-close is a deletion: without the right to it the request makes no sense ([MS-FSA] 2.1.5.1).
fn check_delete_on_close(granted: AccessMask) -> Result<(), VfsError> {
    if granted.contains(AccessMask::DELETE) {
        Ok(())
    } else {
        Err(VfsError::InvalidParameter)
    }
}

/// Hidden and system files are not replaced by someone who doesn't know that they are ([MS-FSA] 2.1.5.1.2.1).
fn check_replaceable(request: &OpenRequest<'_>, info: &FileInfo) -> Result<(), VfsError> {
    for flag in [DosAttributes::HIDDEN, DosAttributes::SYSTEM] {
        let by_name = metadata::is_dot_name(request.path.name()) && flag == DosAttributes::HIDDEN;
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
