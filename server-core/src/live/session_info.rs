//! What is told about a live session: values without behaviour, for events and for the admin API.

use std::net::SocketAddr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// Names a live session to an administrator; never reused while the process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LiveSessionId(pub u64);

/// The protocol a session speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// SMB2/3.
    Smb,
    /// SFTP.
    Sftp,
}

/// With what and how protected a client came, in words a person can compare with the client's own display.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SessionSecurity {
    /// "3.1.1", "2.0.2", "SFTP 3".
    pub dialect: String,
    /// Signing or MAC algorithm, `None` when unsigned.
    pub signing: Option<String>,
    /// Cipher, `None` when nothing is encrypted.
    pub cipher: Option<String>,
    /// How the person proved who they are: "NTLMv2", "password", "public key", "guest".
    pub authentication: String,
    /// What the client calls itself: its computer's name by SMB, its program by SFTP.
    #[serde(default)]
    pub client: Option<String>,
    /// The fingerprint of the public key that proved who the person is.
    #[serde(default)]
    pub key: Option<String>,
}

/// What a client calls itself, fit to be shown.
pub(crate) fn client_name(given: &str) -> Option<String> {
    const LONGEST: usize = 64;
    let printable = given.chars().filter(|letter| !letter.is_control());
    let name: String = printable.take(LONGEST).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// A session as listed by the admin API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SessionInfo {
    /// Its id for `close`.
    pub id: LiveSessionId,
    /// The person's name; "guest" for guests.
    pub user: String,
    /// The person's row, `None` for guests.
    pub user_id: Option<i64>,
    /// The client's address and port.
    pub address: SocketAddr,
    /// Protocol.
    pub protocol: Protocol,
    /// Dialect, signing, cipher, authentication.
    #[serde(flatten)]
    pub security: SessionSecurity,
    /// Shares entered.
    pub shares: Vec<String>,
    /// Files and folders open now.
    pub open_files: u64,
    /// Bytes received from the client as file content.
    pub bytes_in: u64,
    /// Bytes sent to the client as file content.
    pub bytes_out: u64,
    /// When the session authenticated.
    #[serde(with = "super::timestamp")]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub since: SystemTime,
    /// Seconds since the last request.
    pub idle_seconds: u64,
}
