//! Where a command acts: on the server that runs with the data folder, else on the store itself.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use directories::ProjectDirs;
use serde::de::DeserializeOwned;
use server_core::admin::{Admin, AdminError, Call, ErrorCode};
use server_core::server::control::ControlClient;
use server_core::server::{FolderLock, ServerConfig, open_offline};

/// How long a server gets to finish starting or stopping.
const PATIENCE: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(50);

/// The admin API, near or far.
#[derive(Debug)]
pub(crate) enum Backend {
    /// A running server's.
    Live(ControlClient),
    /// The store's; the lock keeps servers away meanwhile.
    Store(Admin, #[expect(dead_code, reason = "held, not used")] FolderLock),
}

impl Backend {
    /// Finds out which it is.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, AdminError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(client) = ControlClient::connect(data_dir)? {
                return Ok(Self::Live(client));
            }
            match open_offline(&ServerConfig::new(data_dir.to_path_buf())) {
                Ok((lock, admin)) => return Ok(Self::Store(admin, lock)),
                // A server that has the folder but no socket is starting or stopping.
                Err(error) if error.code == ErrorCode::AlreadyRunning => {
                    if Instant::now() > deadline {
                        return Err(AdminError {
                            message: error.message.replace("folder", "folder, but does not answer"),
                            ..error
                        });
                    }
                    std::thread::sleep(RETRY);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Does a call and gives its result.
    pub(crate) fn call<T: DeserializeOwned>(&mut self, call: Call) -> Result<T, AdminError> {
        let value = match self {
            Self::Live(client) => client.call(call)?,
            Self::Store(admin, _) => admin.call(&call)?,
        };
        serde_json::from_value(value).map_err(|error| {
            let message = format!("The running server's answer was not understood: {error}.");
            AdminError::new(ErrorCode::ConnectionFailed, message)
                .hint("It may be of another version: restart it.")
        })
    }

    /// Does a call that gives nothing.
    pub(crate) fn act(&mut self, call: Call) -> Result<(), AdminError> {
        self.call::<serde_json::Value>(call).map(drop)
    }
}

/// The data folder to use: as given, else this account's.
pub(crate) fn data_dir(given: Option<PathBuf>) -> Result<PathBuf, AdminError> {
    let folder = match given {
        Some(folder) => Some(std::path::absolute(&folder).unwrap_or(folder)),
        None => ProjectDirs::from("", "", "Landfall").map(|folders| folders.data_dir().to_path_buf()),
    };
    folder.ok_or_else(|| {
        AdminError::new(ErrorCode::StoreFailed, "This account has no home folder.")
            .hint("Name a folder with --data-dir.")
    })
}
