//! The protocol front ends with what they need, built once for the life of the server.

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Opened, platform};
use crate::admin::{AdminError, ErrorCode, HostKey, Settings};
use crate::live::Sessions;
use crate::net::{ConnectionLimits, Places};
use crate::sftp::{self, Profile, SftpContext, SftpSettings};
use crate::smb::{self, Framing, SmbContext, SmbSettings};

/// The setting that holds this server's GUID, made once.
const SERVER_GUID_SETTING: &str = "internal.server-guid";
/// The longest NetBIOS name.
const LONGEST_NAME: usize = 15;

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
    sftp: Arc<SftpContext>,
    places: Places,
}

impl FrontEnds {
    pub(super) fn new(opened: &Opened, data_dir: &Path, sessions: Sessions) -> Result<Arc<Self>, AdminError> {
        let host_keys = sftp::host_keys::load_or_create(data_dir)
            .map_err(|error| AdminError::new(ErrorCode::StoreFailed, format!("{error}.")))?;
        let sftp = SftpContext::new(
            opened.engine.clone(),
            opened.identity.clone(),
            sessions.clone(),
            opened.events.clone(),
            host_keys,
        );
        let limits = ConnectionLimits::for_process(platform::open_file_limit());
        sftp.settings.set(sftp_settings(&opened.settings));
        let places = Places::new(limits, sessions.limits().clone());
        let settings = &opened.settings;
        let fresh = random_guid();
        let guid = opened.store.setting_or_insert(SERVER_GUID_SETTING, || fresh)?;
        let smb = SmbContext::new(
            opened.engine.clone(),
            opened.identity.clone(),
            sessions,
            opened.events.clone(),
            smb_settings(settings),
            u128::from_str_radix(&guid, 16).unwrap_or_default().to_le_bytes(),
        );
        Ok(Arc::new(Self { smb, sftp, places }))
    }

    /// The keys by which SSH clients know this server.
    pub(super) fn host_keys(&self) -> Vec<HostKey> {
        let keys = sftp::host_keys::public_keys(&self.sftp.host_keys).into_iter();
        let keys = keys.map(|key| HostKey {
            algorithm: key.algorithm,
            fingerprint: key.fingerprint,
            public_key: key.public_key,
        });
        keys.collect()
    }

    /// Puts settings into force; sessions that they forbid, or that came by a way that is closed now, end at once.
    pub(super) fn apply(&self, settings: &Settings) {
        self.smb.apply(smb_settings(settings));
        let before = self.sftp.settings.set(sftp_settings(settings));
        if before.password_allowed && !settings.sftp_passwords {
            self.sftp.end_sessions_by_password();
        }
    }

    /// The name that clients are told.
    #[cfg(test)]
    pub(super) fn computer_name(&self) -> String {
        self.smb.settings.get().computer_name.clone()
    }

    /// Sharing begins.
    pub(super) fn begin(&self) {
        self.smb.begin();
    }

    /// Lets go of what is kept for clients that may come back: sharing has stopped.
    pub(super) fn let_go(&self) {
        self.smb.let_go();
    }

    /// Serves a listener's clients until cancelled, and returns when the last of them is gone.
    pub(super) async fn serve(
        self: Arc<Self>,
        front_end: FrontEnd,
        listener: TcpListener,
        cancel: CancellationToken,
    ) {
        let (smb, places) = (Arc::clone(&self.smb), self.places.clone());
        match front_end {
            FrontEnd::SmbDirect => smb::serve(listener, Framing::DirectTcp, smb, places, cancel).await,
            FrontEnd::SmbNetBios => smb::serve(listener, Framing::NetBios, smb, places, cancel).await,
            FrontEnd::Sftp => {
                sftp::serve(listener, Profile::CURRENT, Arc::clone(&self.sftp), places, cancel).await;
            }
        }
    }
}

fn smb_settings(settings: &Settings) -> SmbSettings {
    SmbSettings {
        computer_name: name(&settings.server_name),
        host_name: platform::computer_name(),
        minimum_dialect: settings.smb_min_dialect,
        maximum_dialect: settings.smb_max_dialect,
        require_signing: settings.smb_require_signing,
        encryption: settings.smb_encryption,
        credits: settings.smb_credits,
        session_lifetime: settings.smb_session_lifetime,
        idle_timeout: settings.smb_idle_timeout,
        ..SmbSettings::default()
    }
}

fn sftp_settings(settings: &Settings) -> SftpSettings {
    SftpSettings {
        idle_timeout: settings.sftp_idle_timeout,
        password_allowed: settings.sftp_passwords,
        banner: (!settings.sftp_banner.is_empty()).then(|| format!("{}\r\n", settings.sftp_banner)),
        ..SftpSettings::default()
    }
}

/// The name that SMB clients are told: as set, else the computer's, in the form of NetBIOS names.
fn name(set: &str) -> String {
    let computer = platform::computer_name();
    let wanted = if set.is_empty() { &computer } else { set };
    let legal = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '-'
        }
    };
    let name: String = wanted.chars().take(LONGEST_NAME).map(legal).collect();
    if name.is_empty() {
        "LANDFALL".to_owned()
    } else {
        name
    }
}

fn random_guid() -> String {
    let mut bytes = [0; 16];
    // Without randomness the server is merely not told apart from others.
    let _ = getrandom::fill(&mut bytes);
    format!("{:032x}", u128::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_set_is_what_the_engines_take_for_usual() {
        let settings = Settings::default();
        let smb = smb_settings(&settings);
        let usual = SmbSettings {
            computer_name: smb.computer_name.clone(),
            host_name: smb.host_name.clone(),
            ..SmbSettings::default()
        };
        assert_eq!(smb, usual);
        assert_eq!(sftp_settings(&settings), SftpSettings::default());
    }

    #[test]
    fn the_name_fits_into_a_netbios_name_whatever_the_computer_is_called() {
        assert_eq!(name("My_Büro-PC with a long name"), "MY-B-RO-PC-WITH");
        assert!((1..=LONGEST_NAME).contains(&name("").len()));
    }
}
