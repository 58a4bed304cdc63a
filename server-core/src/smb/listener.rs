//! Accepting clients on Direct TCP and on the NetBIOS session service.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::connection;
use super::framing::Framing;
use super::settings::SmbContext;
use crate::net::{Door, Places, Way, accept_clients};

/// Serves clients until `stop`; returns when the last connection has ended.
pub async fn serve(
    listener: TcpListener,
    framing: Framing,
    context: Arc<SmbContext>,
    places: Places,
    stop: CancellationToken,
) {
    let stopped = stop.clone();
    let door = Door {
        blocks: context.sessions.blocks().clone(),
        places,
        is_paced: false,
    };
    let bound = listener.local_addr().ok();
    accept_clients("smb", listener, door, stop, move |stream, peer, place| {
        context.engine.confine_thread();
        let way = stream.local_addr().ok().zip(bound);
        let way = way.map(|(local, bound)| Way {
            listener: bound.ip(),
            local: local.ip().to_canonical(),
            peer: peer.ip().to_canonical(),
        });
        connection::serve(
            stream,
            peer,
            way,
            place,
            framing,
            Arc::clone(&context),
            stopped.clone(),
        )
    })
    .await;
}
