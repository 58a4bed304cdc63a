//! Keeping what the user chose, and acting on it at once.

use server_core::admin::{AdminError, ErrorCode};
use tauri::{AppHandle, Manager};
use tauri_plugin_autostart::ManagerExt;

use crate::preferences::{PreferenceStore, Preferences};
use crate::{tray, window};

/// Keeps other choices, and acts on them.
pub(crate) fn set_preferences(app: &AppHandle, preferences: Preferences) -> Result<(), AdminError> {
    let store = app.state::<PreferenceStore>();
    let before = store.current();
    if before.autostart != preferences.autostart {
        let autostart = app.autolaunch();
        let set = if preferences.autostart {
            autostart.enable()
        } else {
            autostart.disable()
        };
        set.map_err(|error| {
            let message = format!("The start at log-in could not be changed: {error}.");
            AdminError::new(ErrorCode::StoreFailed, message)
        })?;
    }
    store.keep(preferences)?;
    if before.theme != preferences.theme {
        window::set_theme(app, preferences.theme);
    }
    if before.language != preferences.language {
        tray::refresh(app);
    }
    Ok(())
}
