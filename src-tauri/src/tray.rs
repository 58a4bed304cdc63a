//! The tray icon: state at a glance, and the few things that are wanted without a window. On Linux only the
//! menu works; everything in it is in the window too.

use std::sync::Arc;
use std::time::Duration;

use server_core::admin::{Admin, AdminError, Status};
use server_core::live::{Protocol, SessionInfo};
use tauri::image::Image;
use tauri::menu::{Menu, MenuBuilder, MenuItem, MenuItemBuilder, SubmenuBuilder};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tokio::sync::Notify;

use crate::engine::Engine;
use crate::preferences::PreferenceStore;
use crate::texts::Texts;
use crate::window::{self, Screen, ShellEvent};
use crate::{notifications, quit};

const TRAY: &str = "landfall";
const OPEN: &str = "open";
const QUIT: &str = "quit";
const START: &str = "start";
const STOP: &str = "stop";
const ATTENTION: &str = "attention";
const SESSIONS: &str = "sessions";
const COPY: &str = "copy:";
/// Changes come in bursts; the menu is made anew once for each.
const GATHER: Duration = Duration::from_millis(150);

const SHARING_ICON: Image<'_> = tauri::include_image!("../icons/tray-sharing.png");
const STOPPED_ICON: Image<'_> = tauri::include_image!("../icons/tray-stopped.png");
const ATTENTION_ICON: Image<'_> = tauri::include_image!("../icons/tray-attention.png");

/// Told when the menu is out of date.
#[derive(Debug, Default, Clone)]
struct Outdated(Arc<Notify>);

/// Puts the icon into the tray.
pub(crate) fn install(app: &AppHandle) -> tauri::Result<()> {
    let texts = texts(app);
    TrayIconBuilder::with_id(TRAY)
        .icon(STOPPED_ICON)
        .tooltip("Landfall")
        .menu(&View::Starting.menu(app, texts)?)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()))
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                window::show(tray.app_handle());
            }
        })
        .build(app)?;
    let outdated = Outdated::default();
    app.manage(outdated.clone());
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            outdated.0.notified().await;
            tokio::time::sleep(GATHER).await;
            if let Err(error) = update(&app).await {
                tracing::warn!(%error, "the tray could not be updated");
            }
        }
    });
    Ok(())
}

/// Shows the present state soon.
pub(crate) fn refresh(app: &AppHandle) {
    if let Some(outdated) = app.try_state::<Outdated>() {
        outdated.0.notify_one();
    }
}

async fn update(app: &AppHandle) -> tauri::Result<()> {
    let view = match app.state::<Engine>().admin().await {
        Ok(admin) => {
            let looked = tauri::async_runtime::spawn_blocking(move || View::of(&admin)).await;
            looked.unwrap_or(View::Failed)
        }
        Err(_) if app.state::<Engine>().is_ending() => View::Ending,
        Err(_) => View::Failed,
    };
    let texts = texts(app);
    if let Some(tray) = app.tray_by_id(TRAY) {
        tray.set_menu(Some(view.menu(app, texts)?))?;
        tray.set_icon(Some(view.icon()))?;
        tray.set_tooltip(Some(format!("Landfall: {}", view.headline(texts))))?;
    }
    Ok(())
}

/// What the tray shows.
enum View {
    Starting,
    Failed,
    Ending,
    Ready {
        status: Box<Status>,
        sessions: Vec<SessionInfo>,
    },
}

impl View {
    fn of(admin: &Admin) -> Self {
        match admin.status() {
            Ok(status) => Self::Ready {
                status: Box::new(status),
                sessions: admin.sessions(),
            },
            Err(_) => Self::Failed,
        }
    }

    fn icon(&self) -> Image<'static> {
        match self {
            Self::Starting | Self::Ending => STOPPED_ICON,
            Self::Failed => ATTENTION_ICON,
            Self::Ready { status, .. } if status.failed => ATTENTION_ICON,
            // Stopped on purpose: that is seen first.
            Self::Ready { status, .. } if !status.sharing => STOPPED_ICON,
            Self::Ready { status, .. } if status.warnings.is_empty() => SHARING_ICON,
            Self::Ready { .. } => ATTENTION_ICON,
        }
    }

    fn headline(&self, texts: Texts) -> &'static str {
        match self {
            Self::Starting => texts.starting(),
            Self::Failed => texts.failed(),
            Self::Ending => texts.ending(),
            Self::Ready { status, .. } if status.failed => texts.not_sharing(),
            Self::Ready { status, .. } if status.sharing => texts.sharing(),
            Self::Ready { .. } => texts.stopped(),
        }
    }

    fn menu(&self, app: &AppHandle, texts: Texts) -> tauri::Result<Menu<Wry>> {
        let mut menu = MenuBuilder::new(app).item(&said(app, self.headline(texts))?);
        if let Self::Ready { status, sessions } = self {
            if !status.warnings.is_empty() {
                menu = menu.text(ATTENTION, texts.attention());
            }
            menu = match status.sharing {
                true => menu.text(STOP, texts.stop_sharing()),
                false => menu.text(START, texts.start_sharing()),
            };
            menu = menu.separator();
            if !status.listening.is_empty() {
                let mut addresses = SubmenuBuilder::new(app, texts.copy_address());
                for address in &status.listening {
                    addresses = addresses.text(format!("{COPY}{}", address.url), &address.url);
                }
                menu = menu.item(&addresses.build()?);
            }
            if sessions.is_empty() {
                menu = menu.item(&said(app, texts.nobody())?);
            } else {
                let mut connected = SubmenuBuilder::new(app, texts.connected(sessions.len()));
                for session in sessions {
                    connected = connected.text(SESSIONS, line(session));
                }
                menu = menu.item(&connected.build()?);
            }
        }
        if let Self::Ending = self {
            return menu.build();
        }
        menu.separator()
            .text(OPEN, texts.open())
            .text(QUIT, texts.quit())
            .build()
    }
}

fn said(app: &AppHandle, text: &str) -> tauri::Result<MenuItem<Wry>> {
    MenuItemBuilder::new(text).enabled(false).build(app)
}

/// "alice, 192.168.1.7, SMB"
fn line(session: &SessionInfo) -> String {
    let protocol = match session.protocol {
        Protocol::Smb => "SMB",
        Protocol::Sftp => "SFTP",
    };
    format!(
        "{}, {}, {protocol}",
        session.user,
        session.address.ip().to_canonical()
    )
}

fn chosen(app: &AppHandle, id: &str) {
    match id {
        OPEN => window::show(app),
        QUIT => quit::ask(app),
        START => set_sharing(app, Admin::start_sharing),
        STOP => set_sharing(app, Admin::stop_sharing),
        ATTENTION => lead_to(app, Screen::Home),
        SESSIONS => lead_to(app, Screen::Sessions),
        _ => {
            if let Some(url) = id.strip_prefix(COPY)
                && let Err(error) = app.clipboard().write_text(url)
            {
                tracing::warn!(%error, "nothing could be copied");
            }
        }
    }
}

fn lead_to(app: &AppHandle, screen: Screen) {
    window::show(app);
    window::tell(app, ShellEvent::Show { screen });
}

fn set_sharing(app: &AppHandle, set: fn(&Admin) -> Result<(), AdminError>) {
    let Some(admin) = app.state::<Engine>().running() else {
        return;
    };
    let app = app.clone();
    // Stopping waits for requests under way.
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = set(&admin) {
            tracing::error!(%error, "sharing could not be switched");
            notifications::not_sharing(&app);
        }
    });
}

fn texts(app: &AppHandle) -> Texts {
    Texts::of(app.state::<PreferenceStore>().current().language)
}
