//! Backup and restoration by way of the system's file pickers. Restoring needs the data folder without a server, so
//! that the engine is stopped meanwhile.

use std::path::PathBuf;

use serde::Deserialize;
use server_core::admin::{AdminError, BackUp, BackupFile, ErrorCode, Restored, Secret};
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::FileDialogBuilder;

use crate::apply_preferences::set_preferences;
use crate::engine::{self, Engine};
use crate::picker;
use crate::preferences::{PreferenceStore, Preferences};

const ENDING: &str = "landfall-backup";

/// What encrypts a backup.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Passphrase {
    /// At least eight characters.
    passphrase: Secret,
}

/// Asks where to, and writes a backup with the app's own choices in it.
pub(crate) fn save(app: &AppHandle, passphrase: &Passphrase) -> Result<Option<PathBuf>, AdminError> {
    let admin = app.state::<Engine>().running().ok_or_else(engine::not_running)?;
    let picked = picker(app)
        .set_file_name(format!("Landfall.{ENDING}"))
        .blocking_save_file();
    let Some(mut file) = picked.and_then(|file| file.into_path().ok()) else {
        return Ok(None);
    };
    // Some pickers don't add it; what they asked about is then another file.
    if file.extension().is_none_or(|ending| ending != ENDING) {
        file.as_mut_os_string().push(format!(".{ENDING}"));
        if file.exists() {
            let message = format!("{} can't be written: it is there already.", file.display());
            return Err(AdminError::new(ErrorCode::AlreadyExists, message));
        }
    }
    let preferences = app.state::<PreferenceStore>().current();
    admin.back_up(&BackUp {
        file: file.clone(),
        passphrase: passphrase.passphrase.clone(),
        app: serde_json::to_string(&preferences).ok(),
    })?;
    Ok(Some(file))
}

/// Lets the user pick a backup.
pub(crate) fn pick(app: &AppHandle) -> Option<PathBuf> {
    picker(app).blocking_pick_file()?.into_path().ok()
}

/// Puts a backup in place of everything that is set up, the app's own choices too.
pub(crate) fn restore(app: &AppHandle, from: BackupFile) -> Result<Restored, AdminError> {
    let engine = app.state::<Engine>();
    let work = engine.without_server(app, move |admin| admin.restore_backup(&from));
    let restored = tauri::async_runtime::block_on(work);
    let kept = restored
        .as_ref()
        .ok()
        .and_then(|restored| restored.app.as_deref());
    match kept.map(serde_json::from_str::<Preferences>) {
        // Everything else is restored: that a choice can't be kept here must not look as if nothing were.
        Some(Ok(preferences)) => {
            if let Err(error) = set_preferences(app, preferences) {
                tracing::warn!(%error, "the restored choices could not be kept");
            }
        }
        Some(Err(error)) => tracing::warn!(%error, "the backup holds no choices that this app understands"),
        None => {}
    }
    engine::look_anew(app);
    restored
}

fn picker(app: &AppHandle) -> FileDialogBuilder<tauri::Wry> {
    picker::over_window(app).add_filter("Landfall", &[ENDING])
}
