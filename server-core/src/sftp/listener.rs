//! Accepting SSH clients.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::connection;
use super::settings::SftpContext;
use crate::net::accept_clients;

/// Serves clients until `stop`; returns when the last connection has ended.
pub async fn serve(listener: TcpListener, context: Arc<SftpContext>, stop: CancellationToken) {
    let limits = Arc::clone(&context);
    let stopped = stop.clone();
    let blocks = context.sessions.blocks().clone();
    accept_clients(
        "sftp",
        listener,
        blocks,
        move || limits.settings.load().connections,
        stop,
        move |stream, peer| {
            context.engine.confine_thread();
            connection::serve(stream, peer, Arc::clone(&context), stopped.clone())
        },
    )
    .await;
}
