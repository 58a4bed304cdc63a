//! One thread for each client connection, with a single-threaded runtime in it: a slow disk stalls the client that
//! asked and nobody else, and no request is handed from thread to thread.

use std::future::Future;
use std::io;

/// Runs what a connection does on a thread of its own. `serve` is called there, so what it makes need not be `Send`.
/// `failed` hears that the system gives no thread, that there is no runtime on it, or that serving failed.
pub(super) fn spawn<S, F>(name: String, serve: S, failed: impl FnOnce(io::Error) + Clone + Send + 'static)
where
    S: FnOnce() -> F + Send + 'static,
    F: Future<Output = io::Result<()>>,
{
    let not_started = failed.clone();
    let started = std::thread::Builder::new().name(name).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Err(error) = runtime.and_then(|runtime| runtime.block_on(serve())) {
            failed(error);
        }
    });
    if let Err(error) = started {
        not_started(error);
    }
}
