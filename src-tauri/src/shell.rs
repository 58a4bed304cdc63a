//! What the window asks of the app itself rather than of the engine: pickers, folders, preferences, quitting.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use server_core::admin::{ActivitySearch, AdminError, BackupFile, ErrorCode, Restored, Share, Unavailable};
use tauri::{AppHandle, Manager};
use tauri_plugin_clipboard_manager::ClipboardExt;

use crate::apply_preferences::set_preferences;
use crate::backup::Passphrase;
use crate::engine::{Engine, not_running};
use crate::file_manager::{FromClient, OwnFolder};
use crate::preferences::{PreferenceStore, Preferences};
use crate::texts::Texts;
use crate::{backup, explorer_policy, export, logs, picker, quit, window};

/// Declares the actions: for each its input, what it gives, and what does it.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident $(($input:ident: $Input:ty))? -> $Output:ty = |$app:ident| $done:expr;)*) => {
        /// An action and its input.
        #[derive(Debug, Clone, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS))]
        #[serde(tag = "action", rename_all = "kebab-case")]
        pub(crate) enum Action {
            $($(#[$doc])* $name $(($Input))?,)*
        }

        /// What each action gives.
        #[cfg(test)]
        #[derive(ts_rs::TS)]
        #[ts(tag = "action", content = "gives", rename_all = "kebab-case")]
        #[expect(dead_code, reason = "a declaration for the window")]
        pub(crate) enum Given {
            $($(#[$doc])* $name($Output),)*
        }

        impl Action {
            /// Does it. Blocks.
            ///
            /// # Errors
            /// Those of the action.
            pub(crate) fn take(self, app: &AppHandle) -> Result<Value, AdminError> {
                match self {
                    $(Self::$name $(($input))? => {
                        let $app = app;
                        let done: Result<$Output, AdminError> = $done;
                        serde_json::to_value(done?).map_err(|error| failed(&error))
                    })*
                }
            }
        }
    };
}

actions! {
    /// What the app is and where it keeps things.
    About -> About = |app| Ok(about(app));
    /// The choices.
    Preferences -> Preferences = |app| Ok(app.state::<PreferenceStore>().current());
    /// Changes the choices and acts on them at once.
    SetPreferences(preferences: Preferences) -> () = |app| set_preferences(app, preferences);
    /// Lets the user pick a folder; nothing when they don't.
    PickFolder -> Option<PathBuf> = |app| Ok(pick_folder(app));
    /// Lets the user pick a text file, and reads it; nothing when they don't.
    ReadTextFile -> Option<String> = |app| read_text_file(app);
    /// Shows the folder of a share in the system's file manager.
    ShowShare(of: FolderOf) -> () = |app| OwnFolder::of_share(&share(app, &of.share)?).show();
    /// Shows where a file of a share lies, in the system's file manager.
    ShowFile(of: FileOf) -> () = |app| FromClient::new(&share(app, &of.share)?, &of.path).show();
    /// Shows the logs in the system's file manager.
    ShowLogs -> () = |app| OwnFolder::of_landfall(&logs::folder(app.state::<Engine>().data_dir())).show();
    /// Shows the data folder in the system's file manager.
    ShowDataFolder -> () = |app| OwnFolder::of_landfall(app.state::<Engine>().data_dir()).show();
    /// Puts a text on the clipboard.
    Copy(text: Text) -> () = |app| app.clipboard().write_text(text.text).map_err(|error| failed(&error));
    /// Writes the activity that matches a search to a file of comma-separated values; its path, or nothing
    /// when the user chose none.
    ExportActivity(search: ActivitySearch) -> Option<PathBuf> = |app| export::activity(app, &search);
    /// Writes a file that tells another computer's Explorer on which port SMB is here; its path, or nothing when the
    /// user chose none.
    SaveExplorerPolicy -> Option<PathBuf> = |app| save_explorer_policy(app);
    /// Writes a backup of everything to where the user says; its path, or nothing when the user chose none.
    SaveBackup(passphrase: Passphrase) -> Option<PathBuf> = |app| backup::save(app, &passphrase);
    /// Lets the user pick a backup; nothing when they don't.
    PickBackup -> Option<PathBuf> = |app| Ok(backup::pick(app));
    /// Puts a backup in place of everything; the server is stopped meanwhile.
    RestoreBackup(from: BackupFile) -> Restored = |app| backup::restore(app, from);
    /// Prints the page.
    Print -> () = |app| print(app);
    /// The page is painted with its content for the first time: notes how long that took.
    Painted -> () = |app| { painted(app); Ok(()) };
    /// The page hears what the app tells it from now on.
    Listening -> () = |app| { window::listening(app); Ok(()) };
    /// Tries again to start the server.
    RetryStart -> () = |app| { app.state::<Engine>().retry(app); Ok(()) };
    /// Quits, or has the window ask first when someone is connected.
    Quit -> () = |app| { quit::ask(app); Ok(()) };
    /// Quits whoever is connected.
    QuitNow -> () = |app| { quit::now(app); Ok(()) };
}

/// What the app is and where it keeps things.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct About {
    /// The version.
    version: String,
    /// When it was built, as RFC 3339 has it.
    built: String,
    /// "linux", "macos", "windows".
    system: String,
    /// The system's language, as "de-DE".
    locale: Option<String>,
    /// Landfall's own data.
    data_dir: PathBuf,
    /// A folder to offer for sharing.
    home: Option<PathBuf>,
    /// The name of the computer's user, to offer as the first person's.
    user: String,
}

/// A share whose folder is meant.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FolderOf {
    /// The share.
    share: String,
}

/// A file in a share.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FileOf {
    /// The share.
    share: String,
    /// Its path there, with forward slashes.
    path: String,
}

/// A text.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Text {
    /// The text.
    text: String,
}

fn about(app: &AppHandle) -> About {
    let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME"));
    About {
        version: app.package_info().version.to_string(),
        built: built().to_string(),
        system: std::env::consts::OS.to_owned(),
        locale: sys_locale::get_locale(),
        data_dir: app.state::<Engine>().data_dir().to_path_buf(),
        home: app.path().home_dir().ok(),
        user: user.unwrap_or_default(),
    }
}

/// When this program was built; the build script says so.
fn built() -> Timestamp {
    let seconds = env!("LANDFALL_BUILT").parse().ok();
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or_default()
}

fn pick_folder(app: &AppHandle) -> Option<PathBuf> {
    picker::over_window(app).blocking_pick_folder()?.into_path().ok()
}

/// Public keys are small; what is larger is none.
const LARGEST_TEXT: u64 = 64 * 1024;

fn read_text_file(app: &AppHandle) -> Result<Option<String>, AdminError> {
    let picked = picker::over_window(app).blocking_pick_file();
    let Some(file) = picked.and_then(|file| file.into_path().ok()) else {
        return Ok(None);
    };
    let refuse = |why: &str| {
        let message = format!("{} can't be read: {why}.", file.display());
        AdminError::new(ErrorCode::InvalidValue, message)
    };
    let size = std::fs::metadata(&file)
        .map_err(|error| refuse(&error.to_string()))?
        .len();
    if size > LARGEST_TEXT {
        return Err(refuse("it is too large"));
    }
    std::fs::read_to_string(&file)
        .map(Some)
        .map_err(|error| refuse(&error.to_string()))
}

/// A share whose folder is there.
fn share(app: &AppHandle, name: &str) -> Result<Share, AdminError> {
    let admin = app.state::<Engine>().running().ok_or_else(not_running)?;
    let share = admin.share(name)?;
    let folder = share.folder.display();
    let message = match share.unavailable {
        Some(Unavailable::Missing) => format!("The folder {folder} is not there."),
        Some(Unavailable::Silent) => format!("The disk of {folder} does not answer."),
        _ => return Ok(share),
    };
    Err(AdminError::new(ErrorCode::InvalidFolder, message))
}

fn painted(app: &AppHandle) {
    let milliseconds = app.state::<window::Page>().wanted().elapsed().as_millis();
    tracing::info!(milliseconds, "the window is painted");
}

/// Host and port are those that the engine says: the window has no part in what the file holds.
fn save_explorer_policy(app: &AppHandle) -> Result<Option<PathBuf>, AdminError> {
    let admin = app.state::<Engine>().running().ok_or_else(not_running)?;
    let listening = admin.status()?.listening;
    let smb = listening.iter().find(|address| address.protocol == "smb");
    let (host, port) = smb
        .and_then(|address| explorer_policy::place(&address.url))
        .ok_or_else(|| {
            let message = "Explorer needs no such file: SMB is off, or on its own port.";
            AdminError::new(ErrorCode::InvalidValue, message)
        })?;
    let name = admin.typed_settings()?.server_name;
    let names = [host.as_str(), name.as_str()];
    let names = if name.is_empty() { &names[..1] } else { &names[..] };
    let texts = Texts::of(app.state::<PreferenceStore>().current().language);
    let comment = texts.explorer_policy();
    let comment = [comment, &[explorer_policy::UNDO]].concat();
    let dialog = picker::over_window(app).add_filter("Windows Registry", &["reg"]);
    let picked = dialog.set_file_name("landfall-explorer.reg").blocking_save_file();
    let Some(file) = picked.and_then(|file| file.into_path().ok()) else {
        return Ok(None);
    };
    std::fs::write(&file, explorer_policy::file(names, port, &comment)).map_err(|error| {
        let message = format!("{} can't be written: {error}.", file.display());
        AdminError::new(ErrorCode::StoreFailed, message)
    })?;
    Ok(Some(file))
}

fn print(app: &AppHandle) -> Result<(), AdminError> {
    let Some(window) = app.get_webview_window(window::MAIN) else {
        return Ok(());
    };
    window.print().map_err(|error| failed(&error))
}

fn failed(error: &dyn std::error::Error) -> AdminError {
    AdminError::new(ErrorCode::StoreFailed, format!("{error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_knows_when_it_was_built() {
        assert!(built().to_string().starts_with("20"), "{}", built());
        assert!(built() <= Timestamp::now());
    }
}
