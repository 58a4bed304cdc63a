//! The log: files in the data folder, the last week's.

use std::path::{Path, PathBuf};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::log_files::{Kept, LogFiles};

/// At most 84 MiB; an ordinary day is a few lines.
const KEPT: Kept = Kept {
    days: 7,
    files: 3,
    bytes: 4 * 1024 * 1024,
};

/// Where the log is.
pub(crate) fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("logs")
}

/// Starts logging; without a folder to write to, to standard error.
pub(crate) fn start(data_dir: &Path) -> Option<WorkerGuard> {
    let filter = EnvFilter::try_from_env("LANDFALL_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,landfall_app=info,russh=off"));
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    let guard = match LogFiles::open(folder(data_dir), KEPT) {
        Ok(file) => {
            let (writer, guard) = tracing_appender::non_blocking(file);
            log.with_ansi(false).with_writer(writer).init();
            Some(guard)
        }
        Err(error) => {
            log.with_writer(std::io::stderr).init();
            tracing::warn!(%error, "no log file");
            None
        }
    };
    note_panics();
    guard
}

/// Where there is no terminal, a fault would leave no trace otherwise.
fn note_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        usual(panic);
    }));
}
