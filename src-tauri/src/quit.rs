//! Quitting: asked about when someone is connected, and never before what is under way is finished.

use tauri::{AppHandle, Manager};

use std::time::Duration;

use crate::engine::Engine;
use crate::tray;
use crate::window::{self, ShellEvent};

/// How long quitting may take before the tray tells of it.
const AT_ONCE: Duration = Duration::from_millis(500);

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
    window::hide(app);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let engine = app.state::<Engine>();
        let ended = engine.shutdown();
        tokio::pin!(ended);
        tokio::select! {
            () = &mut ended => {}
            // Longer than anyone expects: the tray says what is waited for.
            () = tokio::time::sleep(AT_ONCE) => {
                tray::refresh(&app);
                ended.await;
            }
        }
        app.exit(0);
    });
}

/// Ends the server when the app ends in another way than by [`now`]: macOS ends what it is told to end at once.
pub(crate) fn at_last(app: &AppHandle) {
    tauri::async_runtime::block_on(app.state::<Engine>().shutdown());
}

/// Quits without a question when the system asks, as it does when it is shut down.
#[cfg(unix)]
pub(crate) fn follow_signals(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};

    for kind in [
        SignalKind::terminate(),
        SignalKind::interrupt(),
        SignalKind::hangup(),
    ] {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            match signal(kind) {
                Ok(mut signals) => {
                    signals.recv().await;
                    now(&app);
                }
                Err(error) => tracing::warn!(%error, "the system's signals are not heard"),
            }
        });
    }
}
