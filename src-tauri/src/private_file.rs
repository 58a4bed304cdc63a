//! Files that only this computer's user may read, as all that is in the data folder. On Windows the folder's own access
//! list says so, which new files inherit.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder, and takes from others what they were let do in one that is there.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    keep_from_others(folder)
}

/// How to open a file that is made this way when it is not there.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes from others what they were let do with a file or folder.
#[cfg(unix)]
pub(crate) fn keep_from_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mode = path.metadata()?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode & 0o700))
}

/// Takes from others what they were let do with a file or folder.
#[cfg(not(unix))]
pub(crate) fn keep_from_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The permission bits.
#[cfg(all(test, unix))]
pub(crate) fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_others_were_let_do_is_taken_back() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("data/logs");
        create_folder(&logs).unwrap();
        assert_eq!(mode(&logs), 0o700);
        std::fs::set_permissions(&logs, PermissionsExt::from_mode(0o755)).unwrap();
        create_folder(&logs).unwrap();
        assert_eq!(mode(&logs), 0o700);
    }
}
