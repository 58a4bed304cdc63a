//! One thread for each client connection, with a single-threaded runtime in it: a slow disk stalls the client
//! that asked and nobody else, and no request is handed from thread to thread. Limits on connections are
//! kept here, for both protocols alike.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use parking_lot::Mutex;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::live::Blocks;

/// How many connections are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// In all.
    pub total: usize,
    /// From one address.
    pub per_address: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            total: 1024,
            per_address: 128,
        }
    }
}

impl ConnectionLimits {
    /// The defaults, or less where the process may not open so many descriptors: each connection takes four, its
    /// socket and what its thread waits with. A quarter of them all is what one listener's clients may take.
    pub fn for_process(descriptors: Option<u64>) -> Self {
        let default = Self::default();
        let Some(descriptors) = descriptors.and_then(|count| usize::try_from(count).ok()) else {
            return default;
        };
        let total = descriptors / 16;
        Self {
            total: default.total.min(total),
            per_address: default.per_address.min((total / 8).max(4)),
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Keeps a connection counted while it lasts.
#[derive(Debug)]
struct Counted {
    counts: Arc<Mutex<Counts>>,
    address: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        counts.total -= 1;
        if let Some(count) = counts.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

fn count(counts: &Arc<Mutex<Counts>>, address: IpAddr, limits: ConnectionLimits) -> Option<Counted> {
    let mut held = counts.lock();
    let here = held.by_address.get(&address).copied().unwrap_or_default();
    if held.total >= limits.total || here >= limits.per_address {
        return None;
    }
    held.total += 1;
    *held.by_address.entry(address).or_default() += 1;
    Some(Counted {
        counts: Arc::clone(counts),
        address,
    })
}

/// A computer that went to sleep or lost its network never says so: whether it is there is asked, so that what it
/// held open comes free again.
fn keep_alive() -> TcpKeepalive {
    TcpKeepalive::new()
        .with_time(Duration::from_secs(120))
        .with_interval(Duration::from_secs(15))
}

/// Accepts connections until `stop`, and serves each by `serve` on a thread of its own; returns when the last
/// of them has ended. `serve` must end soon after `stop` by itself.
pub(crate) async fn accept_clients<S, F>(
    protocol: &'static str,
    listener: TcpListener,
    blocks: Blocks,
    limits: impl Fn() -> ConnectionLimits,
    stop: CancellationToken,
    serve: S,
) where
    S: Fn(TcpStream, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + 'static,
{
    let tracker = TaskTracker::new();
    let counts = Arc::new(Mutex::new(Counts::default()));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, or a client that left at once: neither may end the service.
                tracing::warn!(protocol, %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if !blocks.admit(address.ip(), SystemTime::now()) {
            tracing::debug!(protocol, %address, "refused: the address is blocked");
            continue;
        }
        let Some(counted) = count(&counts, address.ip().to_canonical(), limits()) else {
            tracing::warn!(protocol, %address, "refused: too many connections");
            continue;
        };
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&keep_alive());
        let Ok(stream) = stream.into_std() else { continue };
        let serve = serve.clone();
        let token = tracker.token();
        let thread = std::thread::Builder::new()
            .name(format!("{protocol} {address}"))
            .spawn(move || {
                let _held = (token, counted);
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let served = runtime.and_then(|runtime| {
                    runtime.block_on(async {
                        let stream = TcpStream::from_std(stream)?;
                        serve(stream, address).await;
                        Ok(())
                    })
                });
                if let Err(error) = served {
                    tracing::warn!(protocol, %address, %error, "a connection could not be served");
                }
            });
        if let Err(error) = thread {
            tracing::warn!(protocol, %address, %error, "no thread for a connection");
        }
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn the_connections_of_a_listener_fit_into_a_quarter_of_what_may_be_open() {
        for descriptors in [256, 1024, 4096, 1 << 20] {
            let limits = ConnectionLimits::for_process(Some(descriptors));
            assert!(limits.total as u64 * 4 <= descriptors / 4, "{limits:?}");
            assert!(limits.per_address < limits.total, "{limits:?}");
        }
        assert_eq!(ConnectionLimits::for_process(None), ConnectionLimits::default());
    }

    #[tokio::test]
    async fn clients_are_asked_from_time_to_time_whether_they_are_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(accept_clients(
            "test",
            listener,
            Blocks::default(),
            ConnectionLimits::default,
            stop.clone(),
            |mut stream: TcpStream, _| async move {
                let asked = SockRef::from(&stream).keepalive().unwrap();
                stream.write_all(&[u8::from(asked)]).await.unwrap();
            },
        ));
        let mut client = TcpStream::connect(address).await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), 1);
        stop.cancel();
        serving.await.unwrap();
    }

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
            move |mut stream, _| {
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
}
