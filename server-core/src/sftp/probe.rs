//! A client's first steps, for the doctor: a log-in by password, or by key where passwords are not taken, and the start
//! of SFTP. It blocks.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::client::{self, AuthResult, Handle, Handler};
use russh::keys::{Algorithm, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{ChannelMsg, MethodKind};
use thiserror::Error;

use crate::store::Hidden;

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
    /// No key could be made.
    #[error("a key could not be made: {0}")]
    Key(russh::keys::ssh_key::Error),
    /// SSH works, SFTP doesn't.
    #[error("SFTP was refused")]
    NoSftp,
}

/// With what the log-in is tried.
#[derive(Debug)]
pub struct Proof {
    /// A password.
    pub password: Hidden<String>,
    key: PrivateKey,
}

impl Proof {
    /// With a fresh key beside a password.
    ///
    /// # Errors
    /// See [`ProbeError`].
    pub fn new(password: &str) -> Result<Self, ProbeError> {
        Ok(Self {
            password: Hidden(password.to_owned()),
            key: PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519)
                .map_err(ProbeError::Key)?,
        })
    }

    /// The key's public line.
    ///
    /// # Errors
    /// See [`ProbeError`].
    pub fn public_key(&self) -> Result<String, ProbeError> {
        self.key.public_key().to_openssh().map_err(ProbeError::Key)
    }
}

/// Logs in, and starts SFTP.
///
/// # Errors
/// See [`ProbeError`].
pub fn log_in(address: SocketAddr, name: &str, proof: &Proof, patience: Duration) -> Result<(), ProbeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let steps = tokio::time::timeout(patience, steps(address, name, proof));
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        steps.await.map_err(late)?
    })
}

async fn steps(address: SocketAddr, name: &str, proof: &Proof) -> Result<(), ProbeError> {
    let mut connection = client::connect(Arc::default(), address, Anyone).await?;
    authenticate(&mut connection, name, proof).await?;
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

async fn authenticate(connection: &mut Handle<Anyone>, name: &str, proof: &Proof) -> Result<(), ProbeError> {
    // Asked first, as clients do: a password is not even sent where none is taken.
    let taken = match connection.authenticate_none(name).await? {
        AuthResult::Success => return Ok(()),
        AuthResult::Failure {
            remaining_methods, ..
        } => remaining_methods,
    };
    let outcome = if taken.contains(&MethodKind::Password) {
        let password = proof.password.0.as_str();
        connection.authenticate_password(name, password).await?
    } else {
        let key = PrivateKeyWithHashAlg::new(Arc::new(proof.key.clone()), None);
        connection.authenticate_publickey(name, key).await?
    };
    match outcome {
        AuthResult::Success => Ok(()),
        AuthResult::Failure { .. } => Err(ProbeError::Refused),
    }
}

/// Takes any key: whether it is ours is not the question, and nothing secret is sent that lives longer than this.
struct Anyone;

impl Handler for Anyone {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}
