//! A client over any stream of tokio's, in memory too.

use std::io;
use std::ops::{Deref, DerefMut};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::smb::wire::dialect::Dialect;
use crate::smb::wire::ids::MessageId;

use super::core::{Core, Incoming};
use super::error::ClientError;
use super::login::{Credentials, Offer};
use super::request::Outgoing;

/// The client.
#[derive(Debug)]
pub struct AsyncClient<S> {
    stream: S,
    core: Core,
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncClient<S> {
    /// A client over a stream that is connected.
    pub fn over(stream: S) -> Self {
        Self {
            stream,
            core: Core::new(),
        }
    }

    /// NEGOTIATE; gives the dialect.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn negotiate(&mut self, offer: &Offer) -> Result<Dialect, ClientError> {
        let request = self.core.negotiate(offer);
        let answer = self.call(&request).await?;
        self.core.negotiated(&answer)
    }

    /// A log-in, or its renewal.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn log_in(&mut self, who: &Credentials<'_>) -> Result<(), ClientError> {
        let request = self.core.begin_log_in(who);
        let answer = self.call(&request).await?;
        let (request, attempt) = self.core.go_on_with_log_in(&answer, who)?;
        let answer = self.call(&request).await?;
        self.core.logged_in(&answer, &attempt)
    }

    /// A request, and the answer to it, however long the server says that it takes.
    ///
    /// # Errors
    /// No answer, or one that is not understood; a refusal is none.
    pub async fn call(&mut self, request: &Outgoing) -> Result<Incoming, ClientError> {
        self.send(std::slice::from_ref(request)).await?;
        loop {
            let answer = self.receive().await?.pop();
            let answer = answer.ok_or(ClientError::Malformed)?;
            if !answer.header.is_interim() {
                return Ok(answer);
            }
        }
    }

    /// Sends a chain; gives the message id of its first request.
    ///
    /// # Errors
    /// The server has hung up.
    pub async fn send(&mut self, chain: &[Outgoing]) -> io::Result<MessageId> {
        let first = self.core.message_id;
        let frame = self.core.frame(chain);
        self.send_bytes(&frame).await?;
        Ok(first)
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The server has hung up.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The responses and notifications in the next frame.
    ///
    /// # Errors
    /// The server has hung up, or is not understood.
    pub async fn receive(&mut self) -> Result<Vec<Incoming>, ClientError> {
        let frame = self.receive_frame().await?;
        self.core.read_frame(frame)
    }

    /// The next frame, without its prefix.
    ///
    /// # Errors
    /// The server has hung up.
    pub async fn receive_frame(&mut self) -> io::Result<Vec<u8>> {
        let mut prefix = [0; 4];
        self.receive_bytes(&mut prefix).await?;
        let mut frame = vec![0; Core::length_of_frame(prefix)];
        self.receive_bytes(&mut frame).await?;
        Ok(frame)
    }

    /// The next bytes, as they are.
    ///
    /// # Errors
    /// The server has hung up.
    pub async fn receive_bytes(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.stream.read_exact(into).await.map(|_| ())
    }

    /// Gives the stream back.
    pub fn into_stream(self) -> S {
        self.stream
    }
}

impl<S> Deref for AsyncClient<S> {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

impl<S> DerefMut for AsyncClient<S> {
    fn deref_mut(&mut self) -> &mut Core {
        &mut self.core
    }
}
