//! The engine on real folders, story by story.

mod copying;
mod deleting;
mod escaping;
mod extents;
mod listing;
#[cfg(target_os = "linux")]
mod local_changes;
mod locking;
mod mounting;
#[cfg(target_os = "linux")]
mod naming;
mod own_data;
mod permitting;
mod reading_writing;
mod renaming;
mod sharing;
mod storage;
#[cfg(target_os = "linux")]
mod strangers;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::identity::{LiveGrant, Permission, Principal, ShareId, ShareSettings, UserId};
use crate::live::{ActivityKind, Event, Events, Protocol, SessionSecurity, Sessions};
use crate::security::{AccessMask, Sid};
use crate::testing::{self, Foundation};

/// An engine with one share on a temporary folder.
pub(super) struct Fixture {
    pub(super) engine: Engine,
    pub(super) view: ShareView,
    pub(super) grant: Arc<LiveGrant>,
    pub(super) settings: ShareSettings,
    pub(super) folder: PathBuf,
    pub(super) data: PathBuf,
    events: tokio::sync::broadcast::Receiver<Event>,
    sessions: Sessions,
    _temporary: tempfile::TempDir,
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self::with(Permission::ReadWrite, |_| {})
    }

    pub(super) fn with(permission: Permission, change: impl FnOnce(&mut ShareSettings)) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let (data, folder) = (temporary.path().join("data"), temporary.path().join("shared"));
        std::fs::create_dir(&folder).unwrap();
        let events = Events::new();
        let receiver = events.subscribe();
        let mut settings = ShareSettings {
            id: ShareId(1),
            ..testing::share("docs", folder.clone())
        };
        change(&mut settings);
        let engine = engine(&data, events.clone());
        let sessions = Sessions::new(events);
        limits().declare(sessions.limits());
        let grant = Arc::new(LiveGrant::new(permission));
        let view = now(engine.enter_with(&settings, caller(&sessions), Arc::clone(&grant))).unwrap();
        Self {
            engine,
            view,
            grant,
            settings,
            folder,
            data,
            events: receiver,
            sessions,
            _temporary: temporary,
        }
    }

    /// Someone else's view of the same share.
    pub(super) fn other(&self, permission: Permission) -> ShareView {
        let grant = Arc::new(LiveGrant::new(permission));
        now(self
            .engine
            .enter_with(&self.settings, caller(&self.sessions), grant))
        .unwrap()
    }

    /// A guest's view of the same share.
    pub(super) fn guest(&self, address: std::net::SocketAddr, permission: Permission) -> ShareView {
        let security = SessionSecurity::default();
        let session = self
            .sessions
            .register(Protocol::Smb, "guest", None, address, security);
        let principal = Principal {
            user: None,
            name: "guest".to_owned(),
            ..caller(&self.sessions).principal.clone()
        };
        let caller = Arc::new(Caller { principal, session });
        let grant = Arc::new(LiveGrant::new(permission));
        now(self.engine.enter_with(&self.settings, caller, grant)).unwrap()
    }

    /// A file's place on the disk.
    pub(super) fn disk(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What happened since the last call, of these kinds.
    pub(super) fn activity(&mut self) -> Vec<(ActivityKind, String)> {
        let mut seen = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let Event::Activity(record) = event {
                seen.push((record.kind, record.path.unwrap_or_default()));
            }
        }
        seen
    }
}

fn limits() -> EngineLimits {
    EngineLimits {
        opens_each: 64,
        ..EngineLimits::default()
    }
}

pub(super) fn engine(data: &Path, events: Events) -> Engine {
    Foundation::open_with(data, events).engine(limits())
}

pub(super) fn caller(sessions: &Sessions) -> Arc<Caller> {
    let address = "127.0.0.1:5000".parse().unwrap();
    let session = sessions.register(
        Protocol::Smb,
        "alice",
        Some(7),
        address,
        SessionSecurity::default(),
    );
    let principal = Principal {
        user: Some(UserId(7)),
        name: "alice".to_owned(),
        display_name: "Alice".to_owned(),
        sid: Sid::everyone(),
        group_sids: Vec::new(),
        uid: 1000,
        gid: 1000,
    };
    Arc::new(Caller { principal, session })
}

pub(super) fn path(text: &str) -> SharePath {
    SharePath::from_smb(&text.encode_utf16().collect::<Vec<_>>()).unwrap()
}

/// An SMB client's request for everything, sharing everything.
pub(super) fn request(path: &SharePath, disposition: Disposition) -> OpenRequest<'_> {
    OpenRequest {
        disposition,
        ..OpenRequest::new(
            path,
            AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE | AccessMask::DELETE,
        )
    }
}

/// Opens or fails: nobody in these tests makes an open wait but the disk.
pub(super) fn open(view: &ShareView, request: OpenRequest<'_>) -> Result<Opened, VfsError> {
    now(view.open(request))
}

pub(super) fn open_path(view: &ShareView, text: &str, disposition: Disposition) -> Result<Opened, VfsError> {
    open(view, request(&path(text), disposition))
}

/// Creates a file with this content and closes it.
pub(super) fn put(view: &ShareView, text: &str, content: &[u8]) {
    let opened = open_path(view, text, Disposition::OverwriteIf).unwrap();
    now(opened.open.write_at(0, content, false)).unwrap();
    now(opened.open.close()).unwrap();
}

pub(super) fn make_folder(view: &ShareView, text: &str) {
    let path = path(text);
    let request = OpenRequest {
        options: CreateOptions::DIRECTORY_FILE,
        ..request(&path, Disposition::Create)
    };
    now(open(view, request).unwrap().open.close()).unwrap();
}

/// A symbolic link that a program on this computer makes. Windows wants to be told when it leads to a folder.
pub(super) fn symlink(target: impl AsRef<Path>, link: impl AsRef<Path>) {
    let (target, link) = (target.as_ref(), link.as_ref());
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, link).unwrap();
    #[cfg(windows)]
    {
        use std::os::windows::fs::{symlink_dir, symlink_file};
        let target: PathBuf = target.components().collect();
        let leads_to_folder = link.parent().unwrap().join(&target).is_dir();
        let made = if leads_to_folder {
            symlink_dir(&target, link)
        } else {
            symlink_file(&target, link)
        };
        made.expect("administrators may make links, and everyone in developer mode");
    }
}

/// Every entry of a listing.
pub(super) fn entries(mut scan: DirectoryScan) -> impl Iterator<Item = Result<DirectoryEntry, VfsError>> {
    std::iter::from_fn(move || now(scan.next()))
}

/// Runs an operation that waits for nobody but the disk.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    backend::wait(future)
}
