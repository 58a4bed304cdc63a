//! Accepting clients until told to stop. Who is kept out, and who is one too many, is decided here for both protocols.

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::limits::Connections;
use super::{ConnectionLimits, Listener, thread};
use crate::live::Blocks;

/// How long nobody is accepted after that failed: what is short then, as descriptors, is not there again at once.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// Accepts connections until `stop`, and serves each by `serve` on a thread of its own; returns when the last
/// of them has ended. `serve` must end soon after `stop` by itself.
pub(crate) async fn accept_clients<L, S, F>(
    protocol: &'static str,
    listener: L,
    blocks: Blocks,
    limits: impl Fn() -> ConnectionLimits,
    stop: CancellationToken,
    serve: S,
) where
    L: Listener,
    S: Fn(L::Connection, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = ()>,
{
    let tracker = TaskTracker::new();
    let connections = Connections::default();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (arrival, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, or a client that left at once: neither may end the service.
                tracing::warn!(protocol, %error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                continue;
            }
        };
        if !blocks.admit(address.ip(), Instant::now()) {
            tracing::debug!(protocol, %address, "refused: the address is blocked");
            continue;
        }
        let Some(counted) = connections.count(address.ip(), limits()) else {
            tracing::warn!(protocol, %address, "refused: too many connections");
            continue;
        };
        let (serve, stop) = (serve.clone(), stop.clone());
        let held = (tracker.token(), counted);
        let spawned = thread::spawn(format!("{protocol} {address}"), move || async move {
            let _held = held;
            let connection = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                connection = L::establish(arrival) => connection?,
            };
            serve(connection, address).await;
            Ok(())
        });
        if let Err(error) = spawned {
            tracing::warn!(protocol, %address, %error, "no thread for a connection");
        }
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::{Mutex, mpsc};

    use super::*;

    #[tokio::test]
    async fn connections_over_the_limit_or_from_blocked_addresses_are_closed_and_the_rest_served() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let limits = ConnectionLimits {
            total: 8,
            per_address: 1,
        };
        let ended = stop.clone();
        let blocks = Blocks::default();
        let serving = tokio::spawn(accept_clients(
            "test",
            listener,
            blocks.clone(),
            move || limits,
            stop.clone(),
            move |mut stream: TcpStream, _| {
                let ended = ended.clone();
                async move {
                    stream.write_all(b"x").await.unwrap();
                    ended.cancelled().await;
                }
            },
        ));
        let mut first = TcpStream::connect(address).await.unwrap();
        assert_eq!(first.read_u8().await.unwrap(), b'x');
        let mut second = TcpStream::connect(address).await.unwrap();
        assert!(second.read_u8().await.is_err());
        drop(first);
        blocks.add(address.ip(), None);
        let mut blocked = TcpStream::connect(address).await.unwrap();
        assert!(blocked.read_u8().await.is_err());
        stop.cancel();
        serving.await.unwrap();
    }

    /// Clients without a network, as another transport's would be.
    struct Pipes(Mutex<mpsc::Receiver<DuplexStream>>);

    impl Listener for Pipes {
        type Arrival = DuplexStream;
        type Connection = DuplexStream;

        async fn accept(&self) -> std::io::Result<(DuplexStream, SocketAddr)> {
            match self.0.lock().await.recv().await {
                Some(pipe) => Ok((pipe, SocketAddr::from(([10, 0, 0, 1], 1)))),
                None => std::future::pending().await,
            }
        }

        async fn establish(mut pipe: DuplexStream) -> std::io::Result<DuplexStream> {
            match pipe.read_u8().await? {
                b'h' => Ok(pipe),
                _ => Err(std::io::ErrorKind::InvalidData.into()),
            }
        }
    }

    #[tokio::test]
    async fn a_handshake_that_fails_or_never_ends_holds_up_nobody() {
        let (come_in, arrivals) = mpsc::channel(3);
        let stop = CancellationToken::new();
        let serving = tokio::spawn(accept_clients(
            "test",
            Pipes(Mutex::new(arrivals)),
            Blocks::default(),
            ConnectionLimits::default,
            stop.clone(),
            |mut pipe: DuplexStream, _| async move { pipe.write_all(b"x").await.unwrap() },
        ));
        let [(silent, first), (mut wrong, second), (mut right, third)] =
            std::array::from_fn(|_| tokio::io::duplex(16));
        for pipe in [first, second, third] {
            come_in.send(pipe).await.unwrap();
        }
        wrong.write_all(b"?").await.unwrap();
        assert!(wrong.read_u8().await.is_err());
        right.write_all(b"h").await.unwrap();
        assert_eq!(right.read_u8().await.unwrap(), b'x');
        stop.cancel();
        serving.await.unwrap();
        drop(silent);
    }
}
