//! What a connection negotiated ([MS-SMB2] 3.3.1.7).

use std::sync::Arc;

use super::client::Client;
use crate::smb::crypto::{Cipher, SigningAlgorithm};
use crate::smb::settings::Dialect;
use crate::smb::wire::ids::ClientGuid;

/// What both sides agreed on in NEGOTIATE, and what was said there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Negotiated {
    /// `None` before NEGOTIATE.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) max_io: u32,
    pub(crate) multi_credit: bool,
    /// Who the client is, from 2.1 on.
    pub(crate) client: Option<Arc<Client>>,
    /// As sent by the client in NEGOTIATE, for FSCTL_VALIDATE_NEGOTIATE_INFO.
    pub(crate) client_guid: ClientGuid,
    pub(crate) client_capabilities: u32,
    pub(crate) client_security_mode: u16,
    pub(crate) client_dialects: Vec<u16>,
    /// As answered.
    pub(crate) server_capabilities: u32,
    pub(crate) server_security_mode: u16,
    /// The cipher chosen.
    pub(crate) cipher: Option<Cipher>,
    /// The signing algorithm chosen.
    pub(crate) signing: SigningAlgorithm,
}

/// SMB2_GLOBAL_CAP_MULTI_CHANNEL.
pub(crate) const CAP_MULTI_CHANNEL: u32 = 0x08;

impl Negotiated {
    /// Whether the client may bind its sessions to other connections.
    pub(crate) fn has_channels(&self) -> bool {
        self.server_capabilities & CAP_MULTI_CHANNEL != 0
    }
}
