//! What this computer's user chose for the app itself: a small file beside the engine's database.

use std::io::Write;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use server_core::admin::{AdminError, ErrorCode};

use crate::private_file;

const FILE: &str = "app.json";

/// The choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of a settings page, independent of each other"
)]
pub(crate) struct Preferences {
    /// The language of window, tray and notifications.
    pub(crate) language: Language,
    /// Light or dark.
    pub(crate) theme: Theme,
    /// Say when uploads are complete.
    pub(crate) notify_uploads: bool,
    /// Say when a person comes from a device for the first time.
    pub(crate) notify_visitors: bool,
    /// Say when someone is locked out, a disk is nearly full or sharing stops by an error.
    pub(crate) notify_problems: bool,
    /// Say when this version has become old.
    pub(crate) notify_age: bool,
    /// Start when the user logs in to this computer.
    pub(crate) autostart: bool,
    /// Start in the tray, without a window.
    pub(crate) start_minimized: bool,
    /// The welcome was completed or left.
    pub(crate) welcomed: bool,
}

/// A language of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// As the system has it, English where that is none of these.
    #[default]
    System,
    /// English.
    En,
    /// German.
    De,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: Language::System,
            theme: Theme::System,
            notify_uploads: true,
            notify_visitors: false,
            notify_problems: true,
            notify_age: true,
            autostart: false,
            start_minimized: false,
            welcomed: false,
        }
    }
}

/// The choices with their file.
#[derive(Debug)]
pub(crate) struct PreferenceStore {
    file: PathBuf,
    current: Mutex<Preferences>,
}

impl PreferenceStore {
    /// Reads the file; what is missing or can't be read is as it is at first.
    pub(crate) fn open(data_dir: &Path) -> Self {
        let file = data_dir.join(FILE);
        let current = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).unwrap_or_else(|error| {
                tracing::warn!(%error, "the app's preferences can't be read; starting afresh");
                Preferences::default()
            }),
            Err(_) => Preferences::default(),
        };
        if file.exists()
            && let Err(error) = private_file::keep_from_others(&file)
        {
            tracing::warn!(%error, "others may read the app's preferences");
        }
        Self {
            file,
            current: Mutex::new(current),
        }
    }

    pub(crate) fn current(&self) -> Preferences {
        *self.current.lock()
    }

    /// Keeps other choices.
    ///
    /// # Errors
    /// The file can't be written.
    pub(crate) fn keep(&self, preferences: Preferences) -> Result<(), AdminError> {
        let failed = |error: std::io::Error| {
            let message = format!("{} can't be written: {error}.", self.file.display());
            AdminError::new(ErrorCode::StoreFailed, message)
        };
        let text = serde_json::to_vec_pretty(&preferences).map_err(|error| failed(error.into()))?;
        let mut current = self.current.lock();
        // Written beside and renamed, so that a crash leaves the old choices.
        let beside = self.file.with_extension("json.new");
        // One that a crash left may be readable by others.
        let _ = std::fs::remove_file(&beside);
        let file = private_file::options().write(true).create_new(true).open(&beside);
        file.and_then(|mut file| file.write_all(&text)).map_err(failed)?;
        std::fs::rename(&beside, &self.file).map_err(failed)?;
        *current = preferences;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_kept_and_unknown_or_damaged_ones_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let store = PreferenceStore::open(folder.path());
        assert_eq!(store.current(), Preferences::default());
        let chosen = Preferences {
            language: Language::De,
            welcomed: true,
            ..store.current()
        };
        store.keep(chosen).unwrap();
        assert_eq!(PreferenceStore::open(folder.path()).current(), chosen);
        let file = folder.path().join(FILE);
        std::fs::write(&file, r#"{"theme":"dark","new":1}"#).unwrap();
        assert_eq!(PreferenceStore::open(folder.path()).current().theme, Theme::Dark);
        std::fs::write(&file, "{").unwrap();
        assert_eq!(
            PreferenceStore::open(folder.path()).current(),
            Preferences::default()
        );
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_choices() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        for (path, text) in [(&file, "{}"), (&file.with_extension("json.new"), "left")] {
            std::fs::write(path, text).unwrap();
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o644)).unwrap();
        }
        let store = PreferenceStore::open(folder.path());
        assert_eq!(private_file::mode(&file), 0o600);
        store.keep(store.current()).unwrap();
        assert_eq!(private_file::mode(&file), 0o600);
    }
}
