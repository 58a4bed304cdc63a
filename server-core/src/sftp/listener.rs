//! Accepting SSH clients.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::algorithms::Profile;
use super::connection;
use super::settings::SftpContext;
use crate::net::{Door, Places, accept_clients};

/// Serves clients with what a profile offers until `stop`; returns when the last connection has ended.
pub async fn serve(
    listener: TcpListener,
    profile: Profile,
    context: Arc<SftpContext>,
    places: Places,
    stop: CancellationToken,
) {
    let stopped = stop.clone();
    let door = Door {
        blocks: context.sessions.blocks().clone(),
        places,
        is_paced: true,
    };
    accept_clients("sftp", listener, door, stop, move |stream, peer, place| {
        context.engine.confine_thread();
        connection::serve(
            stream,
            peer,
            place,
            profile,
            Arc::clone(&context),
            stopped.clone(),
        )
    })
    .await;
}
