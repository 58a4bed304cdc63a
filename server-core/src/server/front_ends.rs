//! The protocol front ends with what they need, built once for the life of the server.

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Opened;
use crate::admin::{AdminError, Settings};
use crate::live::Sessions;

/// Which front end gets a listener's clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrontEnd {
    /// SMB over Direct TCP.
    SmbDirect,
    /// SMB in NetBIOS session service framing.
    SmbNetBios,
    /// SFTP.
    Sftp,
}

/// Every front end.
#[derive(Debug)]
pub(super) struct FrontEnds {}

impl FrontEnds {
    pub(super) fn new(opened: &Opened, data_dir: &Path, sessions: Sessions) -> Result<Arc<Self>, AdminError> {
        let _ = (opened, data_dir, sessions);
        Ok(Arc::new(Self {}))
    }

    /// Puts settings into force for new connections.
    pub(super) fn apply(&self, settings: &Settings) {
        let _ = settings;
    }

    /// Serves a listener's clients until cancelled, and returns when the last of them is gone.
    pub(super) async fn serve(
        self: Arc<Self>,
        front_end: FrontEnd,
        listener: TcpListener,
        cancel: CancellationToken,
    ) {
        let _ = front_end;
        cancel.cancelled().await;
        drop(listener);
    }
}
