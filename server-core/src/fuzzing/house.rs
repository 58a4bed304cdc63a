//! A server with one share in memory that admits guests, kept from one input to the next: only its tree is a new one
//! for each.

use std::future::Future;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::identity::{Permission, ShareSettings};
use crate::live::{Protocol, SessionSecurity, Sessions};
use crate::sftp::SftpContext;
use crate::smb::{SmbContext, SmbSettings};
use crate::testing::{self, Foundation};
use crate::vfs::{Caller, Engine, EngineLimits};

/// The share.
pub(crate) const SHARE: &str = "files";

pub(crate) struct House {
    pub(crate) smb: Arc<SmbContext>,
    pub(crate) sftp: Arc<SftpContext>,
    sessions: Sessions,
    runtime: Runtime,
    engine: Engine,
    share: ShareSettings,
    /// Where the store is.
    _data: TempDir,
}

impl House {
    /// Runs `visit` in this thread's house.
    ///
    /// # Panics
    /// The house can't be built; a visitor left something behind.
    pub(crate) fn visit(visit: impl FnOnce(&Self)) {
        thread_local! {
            static HOUSE: House = House::new();
        }
        HOUSE.with(|house| {
            visit(house);
            assert!(
                house.sessions.list().is_empty(),
                "a session outlived its connection"
            );
            house.engine.mount_in_memory(&house.share);
        });
    }

    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let foundation = Foundation::open(&folder.path().join("data"));
        let engine = foundation.engine(EngineLimits::default());
        let Foundation { identity, events, .. } = foundation;
        let sessions = Sessions::new(events.clone());
        let share = ShareSettings {
            default_permission: Permission::ReadWrite,
            guest: true,
            ..testing::share(SHARE, folder.path().join(SHARE))
        };
        std::fs::create_dir(&share.folder).expect("the shared folder");
        let share = identity.add_share(&share).expect("a fresh share");
        engine.mount_in_memory(&share);
        let smb = SmbContext::new(
            engine.clone(),
            identity.clone(),
            sessions.clone(),
            events.clone(),
            SmbSettings::default(),
            [7; 16],
        );
        let sftp = SftpContext::new(engine.clone(), identity, sessions.clone(), events, Vec::new());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        Self {
            smb,
            sftp,
            sessions,
            runtime,
            engine,
            share,
            _data: folder,
        }
    }

    /// Runs a future as a connection's thread does.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A guest who has logged in.
    pub(crate) fn guest(&self) -> Arc<Caller> {
        let principal = self.sftp.identity.guest().expect("the share admits guests");
        let security = SessionSecurity {
            dialect: String::new(),
            signing: None,
            cipher: None,
            authentication: String::new(),
            client: None,
            key: None,
        };
        let address = ([127, 0, 0, 1], 1).into();
        let session = self
            .sessions
            .register(Protocol::Sftp, &principal.name, None, address, security);
        Arc::new(Caller { principal, session })
    }
}
