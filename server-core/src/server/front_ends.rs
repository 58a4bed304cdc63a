//! The protocol front ends with what they need, built once for the life of the server.

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Opened, platform};
use crate::admin::{AdminError, Settings};
use crate::live::Sessions;
use crate::smb::{self, Framing, SmbContext, SmbSettings};

/// The setting that holds this server's GUID, made once.
const SERVER_GUID_SETTING: &str = "internal.server-guid";

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
pub(super) struct FrontEnds {
    smb: Arc<SmbContext>,
}

impl FrontEnds {
    pub(super) fn new(opened: &Opened, data_dir: &Path, sessions: Sessions) -> Result<Arc<Self>, AdminError> {
        let _ = data_dir;
        let settings = &opened.settings;
        let fresh = random_guid();
        let guid = opened.store.setting_or_insert(SERVER_GUID_SETTING, || fresh)?;
        let name = match settings.server_name.as_str() {
            "" => platform::computer_name(),
            name => name.to_owned(),
        };
        let smb = SmbContext::new(
            opened.engine.clone(),
            opened.identity.clone(),
            sessions,
            opened.events.clone(),
            smb_settings(settings),
            u128::from_str_radix(&guid, 16).unwrap_or_default().to_le_bytes(),
            name,
        );
        Ok(Arc::new(Self { smb }))
    }

    /// Puts settings into force for new connections.
    pub(super) fn apply(&self, settings: &Settings) {
        self.smb.settings.store(Arc::new(smb_settings(settings)));
    }

    /// Serves a listener's clients until cancelled, and returns when the last of them is gone.
    pub(super) async fn serve(
        self: Arc<Self>,
        front_end: FrontEnd,
        listener: TcpListener,
        cancel: CancellationToken,
    ) {
        let smb = Arc::clone(&self.smb);
        match front_end {
            FrontEnd::SmbDirect => smb::serve(listener, Framing::DirectTcp, smb, cancel).await,
            FrontEnd::SmbNetBios => smb::serve(listener, Framing::NetBios, smb, cancel).await,
            FrontEnd::Sftp => {
                cancel.cancelled().await;
                drop(listener);
            }
        }
    }
}

fn smb_settings(settings: &Settings) -> SmbSettings {
    SmbSettings {
        minimum_dialect: settings.smb_min_dialect,
        maximum_dialect: settings.smb_max_dialect,
        require_signing: settings.smb_require_signing,
        encryption: settings.smb_encryption,
        credits: settings.smb_credits,
        ..SmbSettings::default()
    }
}

fn random_guid() -> String {
    let mut bytes = [0; 16];
    // Without randomness the server is merely not told apart from others.
    let _ = getrandom::fill(&mut bytes);
    format!("{:032x}", u128::from_le_bytes(bytes))
}
