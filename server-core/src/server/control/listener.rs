//! The server's end of the control socket.

use std::io;
use std::path::Path;
use std::sync::Arc;

use interprocess::local_socket::tokio::{Listener, Stream};
use interprocess::local_socket::traits::StreamCommon as _;
use interprocess::local_socket::traits::tokio::Listener as _;
use interprocess::local_socket::{GenericFilePath, ListenerOptions, ToFsName};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::Semaphore;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::protocol::{Greeting, LONGEST_REQUEST, Reply, Request, VERSION};
use crate::account;
use crate::admin::{Admin, AdminError, ErrorCode};
use crate::live::{ActivityKind, ActivityRecord, Event};
use crate::server::platform;

/// Clients at a time.
const CLIENTS: usize = 64;

/// Lets clients in until stopped.
pub(in crate::server) fn listen(
    data_dir: &Path,
    admin: Admin,
    stop: CancellationToken,
) -> io::Result<JoinHandle<()>> {
    platform::prepare_control_socket(data_dir)?;
    let socket = platform::control_socket(data_dir)?;
    let name = socket.as_path().to_fs_name::<GenericFilePath>()?;
    // A killed server leaves its socket behind; the folder's lock says that nobody uses it.
    let options = account::for_own(ListenerOptions::new().name(name).try_overwrite(true))?;
    let listener = platform::only_this_account(options, &socket, ListenerOptions::create_tokio)?;
    Ok(tokio::spawn(accept(listener, admin, stop)))
}

async fn accept(listener: Listener, admin: Admin, stop: CancellationToken) {
    let free = Arc::new(Semaphore::new(CLIENTS));
    let mut clients = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&free).acquire_owned().await;
            (listener.accept().await, place)
        };
        while clients.try_join_next().is_some() {}
        tokio::select! {
            () = stop.cancelled() => break,
            (accepted, place) = next => match accepted {
                Ok(stream) if !stream.peer_creds().and_then(|peer| account::is_own(&peer)).unwrap_or(false) => {
                    tracing::warn!("a client of another account was refused at the control socket");
                }
                Ok(stream) => {
                    let client = Client { admin: admin.clone(), stop: stop.clone() };
                    clients.spawn(async move {
                        if let Err(error) = client.serve(stream).await {
                            tracing::debug!(%error, "control client left");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "control socket");
                    // Out of file descriptors, most likely: don't spin.
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
        }
    }
    // Calls under way are answered.
    while clients.join_next().await.is_some() {}
}

struct Client {
    admin: Admin,
    stop: CancellationToken,
}

impl Client {
    async fn serve(&self, stream: Stream) -> io::Result<()> {
        let mut send = &stream;
        let mut receive = BufReader::new(&stream);
        let greeting = Greeting {
            landfall: VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
        };
        write_line(&mut send, &greeting).await?;
        loop {
            let request = tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                request = read_request(&mut receive) => request?,
            };
            match request {
                None => return Ok(()),
                Some(Ok(Request::Do(call))) => {
                    let admin = self.admin.clone();
                    let done = tokio::task::spawn_blocking(move || admin.call(&call)).await;
                    let reply = match done {
                        Ok(Ok(value)) => Reply::Done(value),
                        Ok(Err(error)) => Reply::Refused(error),
                        Err(error) => Reply::Refused(AdminError::new(
                            ErrorCode::StoreFailed,
                            format!("The operation failed: {error}."),
                        )),
                    };
                    write_line(&mut send, &reply).await?;
                }
                Some(Ok(Request::FollowActivity)) => return self.follow(receive, send).await,
                Some(Err(error)) => write_line(&mut send, &Reply::Refused(error)).await?,
            }
        }
    }

    async fn follow(&self, mut receive: BufReader<&Stream>, mut send: &Stream) -> io::Result<()> {
        let mut events = self.admin.events().subscribe();
        write_line(&mut send, &Reply::Following).await?;
        let mut left = [0];
        loop {
            let record = tokio::select! {
                // In this order: what happened before the end is told.
                biased;
                event = events.recv() => match event {
                    Ok(Event::Activity(record)) => record,
                    Ok(_) => continue,
                    Err(RecvError::Lagged(lost)) => ActivityRecord::new(
                        ActivityKind::Server,
                        format!("too much happened at once: {lost} events are not shown here"),
                    ),
                    Err(RecvError::Closed) => return Ok(()),
                },
                // The client only ever leaves.
                _ = receive.read(&mut left) => return Ok(()),
                () = self.stop.cancelled() => return Ok(()),
            };
            write_line(&mut send, &Reply::Happened(record)).await?;
        }
    }
}

/// The next request; `None` when the client left. Wiped after reading: it may hold a password.
async fn read_request(receive: &mut BufReader<&Stream>) -> io::Result<Option<Result<Request, AdminError>>> {
    let mut line = Zeroizing::new(Vec::new());
    let limit = u64::try_from(LONGEST_REQUEST).unwrap_or(u64::MAX);
    let read = receive.take(limit).read_until(b'\n', &mut line).await?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "request too long or cut off",
        ));
    }
    Ok(Some(serde_json::from_slice(&line).map_err(|error| {
        AdminError::new(
            ErrorCode::BadRequest,
            format!("The request was not understood: {error}."),
        )
        .hint("The server may be of another version: restart it.")
    })))
}

async fn write_line(send: &mut &Stream, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    send.write_all(&line).await?;
    send.flush().await
}
