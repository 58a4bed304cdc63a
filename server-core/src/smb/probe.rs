//! A client's first steps, for the doctor: NEGOTIATE and a log-in by NTLM over a connection of its own. It blocks.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::client::{BlockingClient, ClientError, Credentials, Offer, Patience};
use super::wire::dialect::Dialect;
use super::wire::header::Command;
use super::wire::ids::{ClientGuid, SessionId};
use crate::identity::NtHash;

/// No answer of these steps is larger.
const LARGEST_ANSWER: usize = 64 * 1024;

/// Why a log-in failed.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// Nobody answers there, or too late.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What answers is no SMB server.
    #[error("another server answers")]
    NotSmb,
    /// The server refused.
    #[error("{step} was refused with status {status:#010x}")]
    Refused {
        /// NEGOTIATE or SESSION_SETUP.
        step: &'static str,
        /// The NTSTATUS.
        status: u32,
    },
}

impl From<ClientError> for ProbeError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Io(error) if error.kind() == io::ErrorKind::InvalidData => Self::NotSmb,
            ClientError::Io(error) => Self::Io(error),
            ClientError::Malformed => Self::NotSmb,
            ClientError::Refused { command, status } => Self::Refused {
                step: match command {
                    Command::Negotiate => "NEGOTIATE",
                    _ => "SESSION_SETUP",
                },
                status,
            },
        }
    }
}

/// Logs in; gives the dialect that was agreed on.
///
/// # Errors
/// See [`ProbeError`].
pub fn log_in(
    address: SocketAddr,
    name: &str,
    password: &str,
    patience: Duration,
) -> Result<Dialect, ProbeError> {
    let mut client = BlockingClient::connect(address, Patience::Until(Instant::now() + patience))?;
    client.largest_answer = LARGEST_ANSWER;
    // The client's GUID: any will do.
    let mut client_guid = [0; 16];
    getrandom::fill(&mut client_guid).map_err(|error| io::Error::other(error.to_string()))?;
    let dialect = client.negotiate(&Offer {
        contexts: true,
        client_guid: ClientGuid(client_guid),
        ..Offer::of(&Dialect::ALL.map(Dialect::code))
    })?;
    client.log_in(&Credentials {
        name,
        nt_hash: &NtHash::of(password),
        previous_session_id: SessionId::NONE,
    })?;
    Ok(dialect)
}
