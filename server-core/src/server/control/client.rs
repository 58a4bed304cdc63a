//! The client's end of the control socket; blocking, for the command line.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use interprocess::local_socket::traits::{Stream as _, StreamCommon as _};
use interprocess::local_socket::{GenericFilePath, Stream, ToFsName};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

use super::protocol::{Greeting, LONGEST_REPLY, Reply, Request, VERSION};
use crate::account;
use crate::admin::{AdminError, Call, ErrorCode};
use crate::live::ActivityRecord;
use crate::server::platform;

/// A connection to a running server.
#[derive(Debug)]
pub struct ControlClient {
    stream: BufReader<Stream>,
}

impl ControlClient {
    /// Connects to the server of a data folder; `None` when none runs there.
    ///
    /// # Errors
    /// It speaks another version of the protocol, or does not answer.
    pub fn connect(data_dir: &Path) -> Result<Option<Self>, AdminError> {
        let connect = || {
            let socket = platform::control_socket(data_dir)?;
            Stream::connect(socket.as_path().to_fs_name::<GenericFilePath>()?)
        };
        let stream = match connect() {
            Ok(stream) => stream,
            Err(error) if is_absence(&error) => return Ok(None),
            Err(error) => return Err(lost(&error)),
        };
        // Before it is told anything: whoever takes the socket's name while no server runs would be told passwords.
        let peer = stream
            .peer_creds()
            .and_then(|peer| account::may_serve(&peer, data_dir));
        if !peer.map_err(|error| lost(&error))? {
            let message = "Another account's program answers in place of the server of this data folder.";
            return Err(AdminError::new(ErrorCode::ConnectionFailed, message)
                .hint("Nothing was told to it. Find out what it is before you go on."));
        }
        let mut client = Self {
            stream: BufReader::new(stream),
        };
        let greeting: Greeting = match client.read() {
            Ok(greeting) => greeting,
            // It shut down between accepting and greeting.
            Err(error) if is_absence(&error) => return Ok(None),
            Err(error) => return Err(lost(&error)),
        };
        if greeting.landfall != VERSION {
            let message = format!("The running server is of another version, {}.", greeting.version);
            return Err(AdminError::new(ErrorCode::ConnectionFailed, message)
                .hint("Restart it, or use the `landfall` that belongs to it."));
        }
        Ok(Some(client))
    }

    /// Does a call on the server.
    ///
    /// # Errors
    /// Those of the operation; the connection fails.
    pub fn call(&mut self, call: Call) -> Result<Value, AdminError> {
        self.write(&Request::Do(call)).map_err(|error| lost(&error))?;
        match self.read().map_err(|error| lost(&error))? {
            Reply::Done(value) => Ok(value),
            Reply::Refused(error) => Err(error),
            Reply::Following | Reply::Happened(_) => Err(unexpected()),
        }
    }

    /// Asks for every activity record from now on; then [`ControlClient::next_activity`] gives them.
    ///
    /// # Errors
    /// The connection fails.
    pub fn follow_activity(&mut self) -> Result<(), AdminError> {
        let asked = self.write(&Request::FollowActivity).and_then(|()| self.read());
        match asked.map_err(|error| lost(&error))? {
            Reply::Following => Ok(()),
            Reply::Refused(error) => Err(error),
            Reply::Done(_) | Reply::Happened(_) => Err(unexpected()),
        }
    }

    /// The next record, waiting for it; `None` when the server ended.
    ///
    /// # Errors
    /// The connection fails.
    pub fn next_activity(&mut self) -> Result<Option<ActivityRecord>, AdminError> {
        match self.read() {
            Ok(Reply::Happened(record)) => Ok(Some(record)),
            Ok(_) => Err(unexpected()),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(lost(&error)),
        }
    }

    fn write(&mut self, request: &impl Serialize) -> io::Result<()> {
        // Wiped: it may hold a password.
        let mut line = Zeroizing::new(serde_json::to_vec(request)?);
        line.push(b'\n');
        self.stream.get_mut().write_all(&line)?;
        self.stream.get_mut().flush()
    }

    fn read<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut line = Vec::new();
        let limit = u64::try_from(LONGEST_REPLY).unwrap_or(u64::MAX);
        (&mut self.stream).take(limit).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_slice(&line)?)
    }
}

/// Nobody listens there, or no longer.
fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset, NotFound, UnexpectedEof};
    [
        NotFound,
        ConnectionRefused,
        ConnectionReset,
        BrokenPipe,
        UnexpectedEof,
    ]
    .contains(&error.kind())
        || platform::closed_while_waiting(error)
}

fn lost(error: &io::Error) -> AdminError {
    let message = format!("The running server can't be reached: {error}.");
    AdminError::new(ErrorCode::ConnectionFailed, message)
        .hint("Only the account that started it may reach it.")
}

fn unexpected() -> AdminError {
    AdminError::new(
        ErrorCode::ConnectionFailed,
        "The running server gave an unexpected answer.",
    )
}
