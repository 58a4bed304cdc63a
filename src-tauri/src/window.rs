//! The one window: made when it is first wanted, hidden instead of closed, and where the user left it.
//!
//! A start into the tray makes none: the web view would be most of what the app takes of the computer's memory.

use std::time::Instant;

use parking_lot::Mutex;
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

/// How far the window is.
#[derive(Debug)]
enum Stage {
    /// Nobody wanted it yet.
    Absent,
    /// It was wanted, and its page doesn't hear yet; what it will be told then.
    Loading(Option<ShellEvent>),
    /// Its page hears what it is told.
    Listening,
}

/// The window's state beside the window itself.
#[derive(Debug)]
pub(crate) struct Page {
    stage: Mutex<Stage>,
    wanted: Mutex<Instant>,
}

impl Page {
    /// No window yet, in an app that started at a time.
    pub(crate) fn new(started: Instant) -> Self {
        Self {
            stage: Mutex::new(Stage::Absent),
            wanted: Mutex::new(started),
        }
    }

    /// When the window was wanted, or the app started with it.
    pub(crate) fn wanted(&self) -> Instant {
        *self.wanted.lock()
    }

    /// Takes it upon the caller to make the window, if nobody did.
    fn begin(&self) -> bool {
        let mut stage = self.stage.lock();
        let absent = matches!(*stage, Stage::Absent);
        if absent {
            *stage = Stage::Loading(None);
        }
        absent
    }

    /// What may be told at once; what can't is kept, and only the latest of it.
    fn tell(&self, event: ShellEvent) -> Option<ShellEvent> {
        match &mut *self.stage.lock() {
            Stage::Listening => Some(event),
            Stage::Loading(waiting) => {
                *waiting = Some(event);
                None
            }
            Stage::Absent => None,
        }
    }

    /// The page hears from now on; what it was to be told before.
    fn listening(&self) -> Option<ShellEvent> {
        match std::mem::replace(&mut *self.stage.lock(), Stage::Listening) {
            Stage::Loading(waiting) => waiting,
            Stage::Absent | Stage::Listening => None,
        }
    }
}

/// Remembers size and place, but not whether it was shown.
pub(crate) fn state_plugin() -> TauriPlugin<Wry> {
    let flags = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(flags)
        .build()
}

/// Makes the window.
fn create(app: &AppHandle) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.first().cloned() else {
        return Ok(());
    };
    let theme = app.state::<PreferenceStore>().current().theme;
    let window = WebviewWindowBuilder::from_config(app, &config)?
        .theme(window_theme(theme))
        .background_color(background(theme))
        .build()?;
    if let (Theme::System, Ok(WindowTheme::Dark)) = (theme, window.theme()) {
        window.set_background_color(Some(background(Theme::Dark)))?;
    }
    let closing = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            hide(closing.app_handle());
        }
    });
    window.show()
}

/// Makes the window at the start of the app, in its main thread.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    app.state::<Page>().begin();
    create(app)
}

/// Shows the window in front, and makes it when it was never wanted before.
pub(crate) fn show(app: &AppHandle) {
    let page = app.state::<Page>();
    if page.begin() {
        *page.wanted.lock() = Instant::now();
        let app = app.clone();
        // Not here: on Windows a window can't be made from within an event.
        tauri::async_runtime::spawn_blocking(move || {
            if let Err(error) = create(&app) {
                tracing::error!(%error, "the window could not be made");
                *app.state::<Page>().stage.lock() = Stage::Absent;
            }
        });
        return;
    }
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

/// Hides the window, if there is one.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(Err(error)) = app.get_webview_window(MAIN).map(|window| window.hide()) {
        tracing::warn!(%error, "the window could not be hidden");
    }
}

/// The page hears from now on: tells it what has waited.
pub(crate) fn listening(app: &AppHandle) {
    if let Some(event) = app.state::<Page>().listening() {
        emit(app, event);
    }
}

/// Tells the window something, as soon as it hears.
pub(crate) fn tell(app: &AppHandle, event: ShellEvent) {
    if let Some(event) = app.state::<Page>().tell(event) {
        emit(app, event);
    }
}

fn emit(app: &AppHandle, event: ShellEvent) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_before_the_page_hears_waits_and_only_the_latest_does() {
        let page = Page::new(Instant::now());
        assert!(page.tell(ShellEvent::QuitAsked { sessions: 1 }).is_none());
        assert!(page.begin());
        assert!(!page.begin());
        for sessions in [2, 3] {
            assert!(page.tell(ShellEvent::QuitAsked { sessions }).is_none());
        }
        assert!(matches!(
            page.listening(),
            Some(ShellEvent::QuitAsked { sessions: 3 })
        ));
        assert!(page.listening().is_none());
        assert!(page.tell(ShellEvent::QuitAsked { sessions: 4 }).is_some());
    }
}
