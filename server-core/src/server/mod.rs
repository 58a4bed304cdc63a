//! The whole server: one data folder opened, its shares mounted, its listeners running, until it is
//! shut down. `sharing` owns the listeners, `control` lets the command line in, `activity_log` writes
//! down what happens.

mod activity_log;
mod addresses;
mod binding;
pub mod control;
mod folder_lock;
mod front_ends;
mod platform;
mod private_folder;
mod sharing;
#[cfg(test)]
mod tests;
mod traffic;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::activity_log::ActivityLog;
use self::front_ends::FrontEnds;
use self::sharing::Sharing;
use self::traffic::Traffic;
use crate::admin::{
    Admin, AdminError, DOCTOR_ACCOUNT, ErrorCode, Hardening, HostKey, Listen, Listening, RunningServer,
    Settings, Unavailable,
};
use crate::allocator;
use crate::identity::{Identity, IdentityOptions};
use crate::live::{ActivityKind, ActivityRecord, Event, Events, Sessions, TrafficSample};
use crate::sandbox::{Binder, FileSystemGuard, Needs, Privileges, Sandbox};
use crate::store::Store;
use crate::store::vault::{KeyringUse, Vault};
use crate::vfs::{Engine, EngineLimits, OwnFolder, VfsError};

pub use self::folder_lock::FolderLock;

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The folder with Landfall's own data; made when it is not there.
    pub data_dir: PathBuf,
    /// Where SMB listens, in place of the setting.
    pub smb: Option<Listen>,
    /// Where SFTP listens, in place of the setting.
    pub sftp: Option<Listen>,
    /// Where SMB in NetBIOS framing listens, in place of the setting.
    pub netbios: Option<Listen>,
    /// The thread that binds ports with the privileges that the process was started with, where it gave them up.
    pub binder: Option<Binder>,
    /// Whether clients are let in at once; else when sharing is started.
    pub sharing: bool,
    /// Whether the system's keyring is asked for the master key.
    pub keyring: KeyringUse,
    /// What tests may choose of the identity service.
    pub identity: IdentityOptions,
}

impl ServerConfig {
    /// For a data folder, everything else as the settings have it.
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            smb: None,
            sftp: None,
            netbios: None,
            binder: None,
            sharing: true,
            keyring: KeyringUse::from_environment(),
            identity: IdentityOptions::default(),
        }
    }
}

/// A running server. Dropping it without [`Server::shutdown`] ends it without a drain.
#[derive(Debug)]
pub struct Server {
    running: Arc<Running>,
    admin: Admin,
    stop: CancellationToken,
    control: JoinHandle<()>,
    activity: JoinHandle<()>,
    sampling: JoinHandle<()>,
    // Last, so that the folder is free only when everything above is gone.
    _lock: FolderLock,
}

/// What the admin API sees of the server.
#[derive(Debug)]
struct Running {
    started: Instant,
    sharing: Sharing,
    front_ends: Arc<FrontEnds>,
    engine: Engine,
    activity: Arc<ActivityLog>,
    traffic: Arc<Traffic>,
    events: Events,
    sandbox: (Sandbox, FileSystemGuard),
    binder: Option<Binder>,
}

impl Server {
    /// Opens the data folder, mounts the shares and starts listening.
    ///
    /// # Errors
    /// Another server has the folder; the folder or its database can't be used; an address given in
    /// `config` can't be listened on.
    pub async fn start(config: ServerConfig) -> Result<Self, AdminError> {
        allocator::keep_little();
        let events = Events::new();
        let opening = (config.clone(), events.clone());
        let opened = tokio::task::spawn_blocking(move || Opened::open(&opening.0, opening.1));
        let opened = opened.await.map_err(|error| failed(&error))??;

        let sessions = Sessions::new(events.clone());
        opened.engine.limits().declare(sessions.limits());
        opened.engine.keep_free(opened.settings.keep_free);
        for (address, until) in opened.store.blocks()? {
            sessions.blocks().add(address, until);
        }
        let front_ends = FrontEnds::new(&opened, &config.data_dir, sessions.clone())?;
        let activity = Arc::new(ActivityLog::new(opened.store.clone(), &events, &opened.settings));
        let stop = CancellationToken::new();
        let running = Arc::new(Running {
            started: Instant::now(),
            sharing: Sharing::spawn(
                opened.store.clone(),
                config.clone(),
                Arc::clone(&front_ends),
                sessions.clone(),
                events.clone(),
            ),
            front_ends,
            engine: opened.engine.clone(),
            activity,
            traffic: Arc::default(),
            events: events.clone(),
            sandbox: opened.sandbox.clone(),
            binder: config.binder.clone(),
        });
        let sampling = traffic::spawn(
            Arc::clone(&running.traffic),
            sessions.clone(),
            events.clone(),
            stop.clone(),
        );
        let admin = Admin::of_server(
            opened.store,
            opened.identity,
            events,
            opened.engine,
            sessions,
            Arc::clone(&running) as Arc<dyn RunningServer>,
        );
        let control = control::listen(&config.data_dir, admin.clone(), stop.clone()).map_err(|error| {
            let message = format!("The control socket can't be opened: {error}.");
            AdminError::new(ErrorCode::StoreFailed, message)
        })?;
        let activity = activity_log::spawn(Arc::clone(&running.activity), &running.events, stop.clone());
        let server = Self {
            running,
            admin,
            stop,
            control,
            activity,
            sampling,
            _lock: opened.lock,
        };
        if !config.sharing {
            return Ok(server);
        }
        match server.running.sharing.start().await {
            Ok(_) => Ok(server),
            Err(error) => {
                server.shutdown().await;
                Err(error)
            }
        }
    }

    /// The admin API of this server.
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// What it listens on.
    pub fn listening(&self) -> Listening {
        self.running.listening()
    }

    /// Stops listening, lets requests under way finish, ends every session, and writes down what happened.
    pub async fn shutdown(self) {
        self.running.sharing.end().await;
        self.stop.cancel();
        for task in [self.control, self.activity, self.sampling] {
            if let Err(error) = task.await
                && error.is_panic()
            {
                tracing::error!(%error, "a task failed during shutdown");
            }
        }
        let activity = Arc::clone(&self.running.activity);
        let _ = tokio::task::spawn_blocking(move || activity.flush()).await;
    }
}

impl RunningServer for Running {
    fn listening(&self) -> Listening {
        self.sharing.listening()
    }

    fn hardening(&self) -> Hardening {
        let (sandbox, guard) = &self.sandbox;
        Hardening {
            file_system: match guard {
                FileSystemGuard::Landlock { .. } if !sandbox.holds() => FileSystemGuard::Failed,
                guard => *guard,
            },
            privileges: match &self.binder {
                Some(binder) => binder.privileges(),
                None => Privileges::NotHandled,
            },
        }
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    fn traffic(&self) -> Vec<TrafficSample> {
        self.traffic.samples()
    }

    fn host_keys(&self) -> Vec<HostKey> {
        self.front_ends.host_keys()
    }

    fn apply(&self, settings: &Settings) {
        self.front_ends.apply(settings);
        self.activity.keep(settings.activity_keep);
        self.engine.keep_free(settings.keep_free);
    }

    fn flush_activity(&self) {
        self.activity.flush();
    }

    fn set_sharing(&self, on: bool) -> Result<bool, AdminError> {
        self.sharing.set_blocking(on)
    }
}

/// What opening a data folder gives.
struct Opened {
    lock: FolderLock,
    store: Store,
    identity: Identity,
    engine: Engine,
    events: Events,
    settings: Settings,
    sandbox: (Sandbox, FileSystemGuard),
}

impl Opened {
    fn open(config: &ServerConfig, events: Events) -> Result<Self, AdminError> {
        let lock = FolderLock::for_server(&config.data_dir)?;
        let store = Store::open(&config.data_dir)?;
        let vault = Vault::open(&store, config.keyring)?;
        let settings = Settings::from_stored(&store.settings()?.into_iter().collect());
        let options = IdentityOptions {
            lockout: settings.lockout_rules(),
            ..config.identity
        };
        let identity = Identity::open(store.clone(), vault, events.clone(), options)?;
        // Left behind where the computer failed in the middle of an examination.
        let _ = identity.remove_user(DOCTOR_ACCOUNT);
        let limits = EngineLimits::for_process(platform::open_file_limit());
        // The database is open: its files are there.
        let sandbox = Sandbox::start(Needs {
            files: store.files(),
            readable: ["/etc/localtime", "/usr/share/zoneinfo"]
                .map(PathBuf::from)
                .to_vec(),
        });
        let engine = Engine::confined(
            store.clone(),
            identity.clone(),
            events.clone(),
            limits,
            sandbox.0.clone(),
        );
        let own = OwnFolder::open(&config.data_dir).ok();
        for share in identity.shares().iter() {
            if let Err(error) = engine.mount(share) {
                let why = match error {
                    VfsError::TimedOut => Unavailable::Silent,
                    _ => Unavailable::of(&share.folder, own.as_ref()).unwrap_or(Unavailable::Missing),
                };
                let message = why.told_of(&share.name, &share.folder);
                let record = ActivityRecord::new(ActivityKind::Server, message);
                events.send(Event::Activity(ActivityRecord {
                    share: Some(share.name.clone()),
                    ..record
                }));
            }
        }
        Ok(Self {
            lock,
            store,
            identity,
            engine,
            events,
            settings,
            sandbox,
        })
    }
}

/// The admin API of a data folder without a server; the lock keeps servers away meanwhile.
///
/// # Errors
/// A server has the folder; the folder or its database can't be used.
pub fn open_offline(config: &ServerConfig) -> Result<(FolderLock, Admin), AdminError> {
    let lock = FolderLock::for_administration(&config.data_dir)?;
    let events = Events::new();
    let store = Store::open(&config.data_dir)?;
    let vault = Vault::open(&store, config.keyring)?;
    let identity = Identity::open(store.clone(), vault, events.clone(), config.identity)?;
    Ok((lock, Admin::of_store(store, identity, events)))
}

fn failed(error: &tokio::task::JoinError) -> AdminError {
    AdminError::new(ErrorCode::StoreFailed, format!("Starting failed: {error}."))
}
