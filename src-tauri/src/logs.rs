//! The log: one file a day in the data folder, the last week's kept.

use std::path::{Path, PathBuf};

use server_core::server::LOG_FILTER;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

const DAYS: usize = 7;

/// Where the log is.
pub(crate) fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("logs")
}

/// Starts logging; without a folder to write to, to standard error.
pub(crate) fn start(data_dir: &Path) -> Option<WorkerGuard> {
    let filter = EnvFilter::try_from_env("LANDFALL_LOG")
        .unwrap_or_else(|_| EnvFilter::new(format!("{LOG_FILTER},landfall_app=info")));
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("landfall")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(folder(data_dir));
    let guard = match file {
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
