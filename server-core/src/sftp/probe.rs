//! A client's first steps, for the doctor: a log-in by password, and the start of SFTP. It blocks.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::ChannelMsg;
use russh::client::{self, AuthResult, Handler};
use russh::keys::PublicKeyOrCertificate;
use thiserror::Error;

/// SSH_FXP_INIT for version 3 (draft-ietf-secsh-filexfer-02, section 4).
const INIT: &[u8] = &[0, 0, 0, 5, 1, 0, 0, 0, 3];
/// SSH_FXP_VERSION.
const VERSION: u8 = 2;

/// Why a log-in failed.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// Nobody answers there, or too late.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// SSH went wrong.
    #[error(transparent)]
    Ssh(#[from] russh::Error),
    /// The password was refused.
    #[error("the log-in was refused")]
    Refused,
    /// SSH works, SFTP doesn't.
    #[error("SFTP was refused")]
    NoSftp,
}

/// Logs in, and starts SFTP.
///
/// # Errors
/// See [`ProbeError`].
pub fn log_in(address: SocketAddr, name: &str, password: &str, patience: Duration) -> Result<(), ProbeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let steps = tokio::time::timeout(patience, steps(address, name, password));
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        steps.await.map_err(late)?
    })
}

async fn steps(address: SocketAddr, name: &str, password: &str) -> Result<(), ProbeError> {
    let mut connection = client::connect(Arc::default(), address, Anyone).await?;
    let AuthResult::Success = connection.authenticate_password(name, password).await? else {
        return Err(ProbeError::Refused);
    };
    let mut channel = connection.channel_open_session().await?;
    channel.request_subsystem(true, "sftp").await?;
    channel.data(INIT).await?;
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } if data.get(4) == Some(&VERSION) => return Ok(()),
            ChannelMsg::Failure | ChannelMsg::Close | ChannelMsg::Eof => break,
            _ => {}
        }
    }
    Err(ProbeError::NoSftp)
}

/// Takes any key: whether it is ours is not the question, and nothing secret is sent that lives longer than this.
struct Anyone;

impl Handler for Anyone {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}
