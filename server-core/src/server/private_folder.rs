//! A data folder that nobody else can look into: mended where it is plainly ours, refused otherwise.

use std::io;
use std::path::Path;

use crate::account::{self, Privacy};
use crate::admin::{AdminError, ErrorCode};

/// What only a data folder has.
const SIGNS: [&str; 3] = ["landfall.db", "landfall.lock", "landfall.pid"];
/// What the desktop app puts there before its server has it.
const BEFORE: [&str; 2] = ["logs", "app.json"];

/// Makes sure that nobody else comes into a data folder.
///
/// # Errors
/// Others do, and it can't or must not be changed.
pub(super) fn ensure(data_dir: &Path) -> Result<(), AdminError> {
    let unusable = |error: io::Error| {
        let message = format!("The data folder {} can't be used: {error}.", data_dir.display());
        AdminError::new(ErrorCode::StoreFailed, message)
    };
    match account::privacy(data_dir).map_err(unusable)? {
        Privacy::Private => Ok(()),
        Privacy::Foreign => Err(refused(data_dir, "it belongs to another account")
            .hint("Choose a folder of this account with --data-dir.")),
        Privacy::Open if is_ours(data_dir).map_err(unusable)? => {
            account::make_private(data_dir).map_err(|error| {
                refused(data_dir, "others can read it").hint(format!(
                    "Keep them out: its permissions can't be changed ({error})."
                ))
            })?;
            tracing::info!(folder = %data_dir.display(), "others are kept out of the data folder");
            Ok(())
        }
        // Somebody's home, say: who else comes in there is not for us to say.
        Privacy::Open => Err(refused(data_dir, "others can read it")
            .hint("Choose an empty folder with --data-dir, or keep others out of this one.")),
    }
}

fn refused(data_dir: &Path, why: &str) -> AdminError {
    let message = format!("{} can't be the data folder: {why}.", data_dir.display());
    AdminError::new(ErrorCode::StoreFailed, message)
}

/// Whether nobody else can mind what becomes of the folder.
fn is_ours(data_dir: &Path) -> io::Result<bool> {
    if SIGNS.iter().any(|sign| data_dir.join(sign).exists()) {
        return Ok(true);
    }
    for entry in data_dir.read_dir()? {
        let name = entry?.file_name();
        if !BEFORE.iter().any(|before| name == *before) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder(mode: u32, files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let file = folder.path().join(file);
            std::fs::write(&file, "").unwrap();
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        folder
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_data_folder_that_others_can_read_is_shut() {
        for files in [&["landfall.db", "app.json"][..], &["app.json"], &[]] {
            let folder = folder(0o755, files);
            ensure(folder.path()).unwrap();
            assert_eq!(mode(folder.path()), 0o700);
            for file in files {
                assert_eq!(mode(&folder.path().join(file)), 0o600, "{file}");
            }
        }
    }

    #[test]
    fn somebodys_folder_is_neither_used_nor_changed() {
        let folder = folder(0o755, &["letter.txt"]);
        let error = ensure(folder.path()).unwrap_err();
        assert!(
            error
                .message
                .ends_with("can't be the data folder: others can read it."),
            "{error}"
        );
        assert_eq!(mode(folder.path()), 0o755);
        // One that nobody else can read will do.
        let folder = self::folder(0o700, &["letter.txt"]);
        ensure(folder.path()).unwrap();
        assert_eq!(mode(&folder.path().join("letter.txt")), 0o644);
    }
}
