//! One thread for each client connection, with a single-threaded runtime in it: a slow disk stalls the client that
//! asked and nobody else, and no request is handed from thread to thread.

use std::future::Future;
use std::io;

/// Runs what a connection does on a thread of its own. `serve` is called there, so what it makes need not be `Send`.
///
/// # Errors
/// The system gives no thread. That there is no runtime on it, or that serving failed, is written to the log.
pub(super) fn spawn<S, F>(name: String, serve: S) -> io::Result<()>
where
    S: FnOnce() -> F + Send + 'static,
    F: Future<Output = io::Result<()>>,
{
    let thread = std::thread::Builder::new().name(name.clone());
    let started = thread.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Err(error) = runtime.and_then(|runtime| runtime.block_on(serve())) {
            tracing::warn!(connection = name, %error, "a connection could not be served");
        }
    });
    started.map(drop)
}
