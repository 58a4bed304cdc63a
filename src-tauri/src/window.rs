//! The one window: made at the start, hidden instead of closed, and where the user left it.

use serde::Serialize;
use tauri::plugin::TauriPlugin;
use tauri::{
    AppHandle, Emitter, Manager, Theme as WindowTheme, WebviewWindow, WebviewWindowBuilder, WindowEvent, Wry,
};
use tauri_plugin_window_state::StateFlags;

use crate::preferences::{PreferenceStore, Theme};

pub(crate) const MAIN: &str = "main";
/// What the app itself tells the window.
pub(crate) const EVENTS: &str = "shell";

/// Something the window should do.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum ShellEvent {
    /// Show a screen.
    Show {
        /// Which.
        screen: Screen,
    },
    /// Ask whether to quit although people are connected.
    QuitAsked {
        /// How many sessions would end.
        sessions: u64,
    },
}

/// The screens that tray and notifications lead to.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Screen {
    /// Who is connected.
    Sessions,
    /// What needs attention.
    Home,
}

/// Remembers size and place, but not whether it was shown.
pub(crate) fn state_plugin() -> TauriPlugin<Wry> {
    let flags = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(flags)
        .build()
}

/// Makes the window; its page loads even when it is not shown, so that it is there at once later.
pub(crate) fn create(app: &AppHandle, shown: bool) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.first().cloned() else {
        return Ok(());
    };
    let theme = app.state::<PreferenceStore>().current().theme;
    let window = WebviewWindowBuilder::from_config(app, &config)?
        .theme(window_theme(theme))
        .background_color(background(theme))
        .build()?;
    let closing = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            if let Err(error) = closing.hide() {
                tracing::warn!(%error, "the window could not be hidden");
            }
        }
    });
    if shown {
        window.show()?;
    }
    Ok(())
}

/// Shows the window in front.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let shown = window
        .show()
        .and_then(|()| window.unminimize())
        .and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window could not be shown");
    }
}

/// Tells the window something.
pub(crate) fn tell(app: &AppHandle, event: ShellEvent) {
    if let Err(error) = app.emit_to(MAIN, EVENTS, event) {
        tracing::warn!(%error, "the window could not be told");
    }
}

/// Frame and page in another theme.
pub(crate) fn set_theme(app: &AppHandle, theme: Theme) {
    let apply = |window: WebviewWindow| window.set_theme(window_theme(theme));
    if let Some(Err(error)) = app.get_webview_window(MAIN).map(apply) {
        tracing::warn!(%error, "the window's theme could not be changed");
    }
}

fn window_theme(theme: Theme) -> Option<WindowTheme> {
    match theme {
        Theme::System => None,
        Theme::Light => Some(WindowTheme::Light),
        Theme::Dark => Some(WindowTheme::Dark),
    }
}

/// What is seen before the page is painted.
fn background(theme: Theme) -> tauri::window::Color {
    match theme {
        Theme::Dark => tauri::window::Color(22, 25, 29, 255),
        Theme::System | Theme::Light => tauri::window::Color(246, 247, 249, 255),
    }
}
