//! Who may use a data folder: one server alone, or any number of short-lived administrators.
//!
//! The operating system's lock on `landfall.lock` decides and goes with its process; `landfall.pid`
//! says who the server is. (Two files, because on Windows a locked file can't be read by others.)

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::private_folder;
use crate::admin::{AdminError, ErrorCode};
use crate::store::private_file;

const LOCK_FILE: &str = "landfall.lock";
const PID_FILE: &str = "landfall.pid";
/// How long a server waits for administrators to finish, and they for it to start or stop.
const PATIENCE: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(20);

/// The right to use a data folder; given back when dropped.
#[derive(Debug)]
pub struct FolderLock {
    pid_file: Option<PathBuf>,
    // Closing it releases the lock.
    _file: File,
}

impl FolderLock {
    /// For a server: nobody else, until dropped.
    ///
    /// # Errors
    /// Another server has it; the folder can't be used.
    pub fn for_server(data_dir: &Path) -> Result<Self, AdminError> {
        let file = open(data_dir)?;
        let deadline = Instant::now() + PATIENCE;
        let pid_file = data_dir.join(PID_FILE);
        loop {
            match file.try_lock() {
                Ok(()) => break,
                // An administrator removes what a killed server left here, so a pid means a server.
                Err(TryLockError::WouldBlock) if pid_file.exists() || Instant::now() > deadline => {
                    return Err(already_running(data_dir));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(RETRY),
                Err(TryLockError::Error(error)) => return Err(unusable(data_dir, &error)),
            }
        }
        let written = private_file::open_file(&pid_file)
            .and_then(|_| std::fs::write(&pid_file, std::process::id().to_string()));
        written.map_err(|error| unusable(data_dir, &error))?;
        Ok(Self {
            pid_file: Some(pid_file),
            _file: file,
        })
    }

    /// For an administrator: no server, until dropped. Waits a little for one that is starting or stopping.
    ///
    /// # Errors
    /// A server has it; the folder can't be used.
    pub fn for_administration(data_dir: &Path) -> Result<Self, AdminError> {
        let file = open(data_dir)?;
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(already_running(data_dir)),
            Err(TryLockError::Error(error)) => return Err(unusable(data_dir, &error)),
        }
        // Left by a server that was killed.
        let _ = std::fs::remove_file(data_dir.join(PID_FILE));
        Ok(Self {
            pid_file: None,
            _file: file,
        })
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        if let Some(pid_file) = &self.pid_file {
            let _ = std::fs::remove_file(pid_file);
        }
    }
}

fn open(data_dir: &Path) -> Result<File, AdminError> {
    private_file::create_folder(data_dir).map_err(|error| unusable(data_dir, &error))?;
    private_folder::ensure(data_dir)?;
    private_file::open_file(&data_dir.join(LOCK_FILE)).map_err(|error| unusable(data_dir, &error))
}

fn unusable(data_dir: &Path, error: &std::io::Error) -> AdminError {
    let message = format!("The data folder {} can't be used: {error}.", data_dir.display());
    AdminError::new(ErrorCode::StoreFailed, message)
        .hint("Choose another folder with --data-dir, or change its permissions.")
}

fn already_running(data_dir: &Path) -> AdminError {
    let pid = std::fs::read_to_string(data_dir.join(PID_FILE)).unwrap_or_default();
    let by = match pid.trim().parse::<u32>() {
        Ok(pid) => format!(" (pid {pid})"),
        Err(_) => String::new(),
    };
    let message = format!("Landfall is already running with this data folder{by}.");
    AdminError::new(ErrorCode::AlreadyRunning, message)
        .hint("Stop it first, or use another folder with --data-dir.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_refused_and_told_who_runs() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::for_server(folder.path()).unwrap();
        let error = FolderLock::for_server(folder.path()).unwrap_err();
        assert_eq!(error.code, ErrorCode::AlreadyRunning);
        assert!(error.message.contains(&format!("(pid {})", std::process::id())));
        drop(lock);
        FolderLock::for_server(folder.path()).unwrap();
    }

    #[test]
    fn administrators_share_the_folder_and_keep_servers_out_while_they_work() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::for_administration(folder.path()).unwrap();
        let second = FolderLock::for_administration(folder.path()).unwrap();
        let path = folder.path().to_path_buf();
        let server = std::thread::spawn(move || FolderLock::for_server(&path).map(drop));
        drop((first, second));
        server.join().unwrap().unwrap();
    }

    #[test]
    fn what_a_killed_server_left_behind_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(PID_FILE), "1").unwrap();
        drop(FolderLock::for_administration(folder.path()).unwrap());
        assert!(!folder.path().join(PID_FILE).exists());
    }
}
