//! Quitting: asked about when someone is connected, and never before what is under way is finished.

use tauri::{AppHandle, Manager};

use crate::engine::Engine;
use crate::window::{self, ShellEvent};

/// Quits, or has the window ask first.
pub(crate) fn ask(app: &AppHandle) {
    let sessions = app
        .state::<Engine>()
        .running()
        .map_or(0, |admin| admin.sessions().len());
    if sessions == 0 {
        return now(app);
    }
    window::show(app);
    let sessions = u64::try_from(sessions).unwrap_or(u64::MAX);
    window::tell(app, ShellEvent::QuitAsked { sessions });
}

/// Drains and quits.
pub(crate) fn now(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        app.state::<Engine>().shutdown().await;
        app.exit(0);
    });
}
