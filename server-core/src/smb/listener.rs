//! Accepting clients on Direct TCP and on the NetBIOS session service.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::connection;
use super::framing::Framing;
use super::settings::SmbContext;
use crate::net::accept_clients;

/// Serves clients until `stop`; returns when the last connection has ended.
pub async fn serve(
    listener: TcpListener,
    framing: Framing,
    context: Arc<SmbContext>,
    stop: CancellationToken,
) {
    let limits = Arc::clone(&context);
    let stopped = stop.clone();
    let blocks = context.sessions.blocks().clone();
    accept_clients(
        "smb",
        listener,
        blocks,
        move || limits.settings.load().connections,
        stop,
        move |stream, peer| {
            let local = stream.local_addr().ok().map(|local| local.ip().to_canonical());
            connection::serve(
                stream,
                peer,
                local,
                framing,
                Arc::clone(&context),
                stopped.clone(),
            )
        },
    )
    .await;
}
