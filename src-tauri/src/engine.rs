//! The server in this process: started beside the window, so that the window need not wait for it.

use std::path::{Path, PathBuf};

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
    /// Held while starting or stopping.
    server: Mutex<Option<Server>>,
}

#[derive(Debug, Clone)]
enum State {
    Starting,
    Running(Admin),
    Failed(AdminError),
}

impl Engine {
    /// Not started yet.
    pub(crate) fn new(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            state: watch::Sender::new(State::Starting),
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
            Ok(State::Running(admin)) => Ok(admin.clone()),
            Ok(State::Failed(error)) => Err(error.clone()),
            Ok(State::Starting) | Err(_) => Err(ending()),
        }
    }

    /// The admin API if the server runs now.
    pub(crate) fn running(&self) -> Option<Admin> {
        match &*self.state.borrow() {
            State::Running(admin) => Some(admin.clone()),
            State::Starting | State::Failed(_) => None,
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
        drop(server);
        self.run(app).await;
        if let Err(error) = app.emit(LOST, ()) {
            tracing::warn!(%error, "the window could not be told to look anew");
        }
        done.unwrap_or_else(|error| {
            let message = format!("The operation failed: {error}.");
            Err(AdminError::new(ErrorCode::StoreFailed, message))
        })
    }

    /// Drains and stops.
    pub(crate) async fn shutdown(&self) {
        if let Some(server) = self.server.lock().await.take() {
            self.state.send_replace(State::Failed(ending()));
            server.shutdown().await;
        }
    }

    async fn run(&self, app: &AppHandle) {
        let mut server = self.server.lock().await;
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
                let shared = tauri::async_runtime::spawn_blocking(move || sharing.call(&Call::StartSharing));
                if let Ok(Err(error)) = shared.await {
                    tracing::error!(%error, "sharing could not be started");
                    crate::notifications::not_sharing(app);
                }
                self.state.send_replace(State::Running(admin));
            }
            Err(error) => {
                tracing::error!(%error, "the server could not start");
                self.state.send_replace(State::Failed(error));
            }
        }
        tray::refresh(app);
    }
}

/// Starts the managed engine in the background.
pub(crate) fn start(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move { app.state::<Engine>().run(&app).await });
}

/// Passes what happens on to the window and the tray.
async fn forward(app: AppHandle, mut events: Receiver<Event>) {
    loop {
        let sent = match events.recv().await {
            Ok(event) => {
                if !matches!(event, Event::Activity(_) | Event::Traffic(_)) {
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

fn ending() -> AdminError {
    AdminError::new(ErrorCode::NotRunning, "The app is quitting.")
}
