//! The server in this process: started beside the window, so that the window need not wait for it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use server_core::admin::{Admin, AdminError, Call, ErrorCode};
use server_core::live::Event;
use server_core::server::{Server, ServerConfig, open_offline};
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, watch};

use crate::tray;

/// The engine's events, as the window gets them.
pub(crate) const EVENTS: &str = "engine";
/// Told when events were lost: whoever shows anything must fetch it again.
pub(crate) const LOST: &str = "engine-lost";

/// The server, or why there is none.
#[derive(Debug)]
pub(crate) struct Engine {
    data_dir: PathBuf,
    state: watch::Sender<State>,
    starts: AtomicU64,
    /// Held while starting or stopping.
    server: Mutex<Option<Server>>,
}

#[derive(Debug, Clone)]
enum State {
    Starting,
    /// With a number that no other start has.
    Running(Admin, u64),
    Failed(AdminError),
    /// The app quits; what is under way is finished.
    Ending,
}

impl Engine {
    /// Not started yet.
    pub(crate) fn new(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            state: watch::Sender::new(State::Starting),
            starts: AtomicU64::new(0),
            server: Mutex::default(),
        }
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The admin API, once the server has started.
    ///
    /// # Errors
    /// Why it could not start.
    pub(crate) async fn admin(&self) -> Result<Admin, AdminError> {
        let mut state = self.state.subscribe();
        let settled = state.wait_for(|state| !matches!(state, State::Starting)).await;
        match settled.as_deref() {
            Ok(State::Running(admin, _)) => Ok(admin.clone()),
            Ok(State::Failed(error)) => Err(error.clone()),
            Ok(State::Starting | State::Ending) | Err(_) => Err(ending()),
        }
    }

    /// The admin API of a server that runs, however often it was started, and what tells this start from others;
    /// nothing when the app quits.
    pub(crate) async fn started(&self) -> Option<(Admin, u64)> {
        let mut state = self.state.subscribe();
        let settled = state
            .wait_for(|state| matches!(state, State::Running(..) | State::Ending))
            .await;
        match settled.as_deref() {
            Ok(State::Running(admin, start)) => Some((admin.clone(), *start)),
            _ => None,
        }
    }

    /// Whether the app quits.
    pub(crate) fn is_ending(&self) -> bool {
        matches!(*self.state.borrow(), State::Ending)
    }

    /// Until the server of a start is gone. Whoever follows its events must then let its admin API go.
    pub(crate) async fn gone(&self, start: u64) {
        let mut state = self.state.subscribe();
        let runs = |state: &State| matches!(state, State::Running(_, now) if *now == start);
        let _ = state.wait_for(|state| !runs(state)).await;
    }

    /// The admin API if the server runs now.
    pub(crate) fn running(&self) -> Option<Admin> {
        match &*self.state.borrow() {
            State::Running(admin, _) => Some(admin.clone()),
            State::Starting | State::Failed(_) | State::Ending => None,
        }
    }

    /// Starts again after a failure; a running server is left alone.
    pub(crate) fn retry(&self, app: &AppHandle) {
        let again = self.state.send_if_modified(|state| {
            let failed = matches!(state, State::Failed(_));
            if failed {
                *state = State::Starting;
            }
            failed
        });
        if again {
            start(app);
        }
    }

    /// Drains and stops, does something that no server may be running for, and starts again.
    ///
    /// # Errors
    /// What `work` says; the data folder can't be used.
    pub(crate) async fn without_server<T: Send + 'static>(
        &self,
        app: &AppHandle,
        work: impl FnOnce(&Admin) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let mut server = self.server.lock().await;
        if self.is_ending() {
            return Err(ending());
        }
        let shared = self.running().and_then(|admin| admin.status().ok());
        let shared = shared.is_none_or(|status| status.sharing);
        // Whoever asks for something meanwhile waits.
        self.state.send_replace(State::Starting);
        if let Some(server) = server.take() {
            server.shutdown().await;
        }
        let config = ServerConfig::new(self.data_dir.clone());
        let done = tauri::async_runtime::spawn_blocking(move || {
            let (_lock, admin) = open_offline(&config)?;
            work(&admin)
        });
        let done = done.await;
        self.run(&mut server, app, shared).await;
        done.unwrap_or_else(|error| {
            let message = format!("The operation failed: {error}.");
            Err(AdminError::new(ErrorCode::StoreFailed, message))
        })
    }

    /// Drains and stops, for good.
    pub(crate) async fn shutdown(&self) {
        let mut server = self.server.lock().await;
        self.state.send_replace(State::Ending);
        if let Some(server) = server.take() {
            server.shutdown().await;
        }
    }

    async fn run(&self, server: &mut Option<Server>, app: &AppHandle, share: bool) {
        if server.is_some() || self.is_ending() {
            return;
        }
        // Listening comes second: where it fails, people, shares and settings can still be put right.
        let config = ServerConfig {
            sharing: false,
            ..ServerConfig::new(self.data_dir.clone())
        };
        match Server::start(config).await {
            Ok(started) => {
                let admin = started.admin().clone();
                let events = admin.events().subscribe();
                tauri::async_runtime::spawn(forward(app.clone(), events));
                *server = Some(started);
                let sharing = admin.clone();
                let shared = tauri::async_runtime::spawn_blocking(move || match share {
                    true => sharing.call(&Call::StartSharing).map(drop),
                    false => Ok(()),
                });
                if let Ok(Err(error)) = shared.await {
                    tracing::error!(%error, "sharing could not be started");
                    crate::notifications::not_sharing(app);
                }
                let start = self.starts.fetch_add(1, Ordering::Relaxed);
                self.state.send_replace(State::Running(admin, start));
            }
            Err(error) => {
                tracing::error!(%error, "the server could not start");
                crate::notifications::not_started(app);
                self.state.send_replace(State::Failed(error));
            }
        }
        tray::refresh(app);
    }
}

/// Starts the managed engine in the background.
pub(crate) fn start(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let engine = app.state::<Engine>();
        let mut server = engine.server.lock().await;
        engine.run(&mut server, &app, true).await;
    });
}

/// Has the window fetch everything anew.
pub(crate) fn look_anew(app: &AppHandle) {
    if let Err(error) = app.emit(LOST, ()) {
        tracing::warn!(%error, "the window could not be told to look anew");
    }
}

/// Passes what happens on to the window and the tray.
async fn forward(app: AppHandle, mut events: Receiver<Event>) {
    loop {
        let sent = match events.recv().await {
            Ok(event) => {
                if !matches!(
                    event,
                    Event::Activity(_) | Event::Traffic(_) | Event::SessionsActive | Event::RefusalsCounted
                ) {
                    tray::refresh(&app);
                }
                app.emit(EVENTS, event)
            }
            Err(RecvError::Lagged(_)) => {
                tray::refresh(&app);
                app.emit(LOST, ())
            }
            Err(RecvError::Closed) => return,
        };
        if let Err(error) = sent {
            tracing::warn!(%error, "the window could not be told of an event");
        }
    }
}

/// What to say where the server is needed and does not run.
pub(crate) fn not_running() -> AdminError {
    AdminError::new(ErrorCode::NotRunning, "The server does not run.")
}

fn ending() -> AdminError {
    AdminError::new(ErrorCode::NotRunning, "The app is quitting.")
}
