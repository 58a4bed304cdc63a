//! Accepting SSH clients.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::connection;
use super::settings::SftpContext;
use crate::net::{Door, Places, accept_clients};

/// Serves clients until `stop`; returns when the last connection has ended.
pub async fn serve(
    listener: TcpListener,
    context: Arc<SftpContext>,
    places: Places,
    stop: CancellationToken,
) {
    let stopped = stop.clone();
    let door = Door {
        blocks: context.sessions.blocks().clone(),
        places,
    };
    accept_clients("sftp", listener, door, stop, move |stream, peer, place| {
        connection::serve(stream, peer, place, Arc::clone(&context), stopped.clone())
    })
    .await;
}
