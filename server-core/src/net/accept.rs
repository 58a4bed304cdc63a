//! Accepting clients until told to stop. Who is kept out, and who is one too many, is decided here for both protocols.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::complaint::Complaint;
use super::places::{Place, Places};
use super::{Listener, thread};
use crate::live::Blocks;

/// How long nobody is accepted after that failed: what is short then, as descriptors, is not there again at once.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// Who is let in.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    /// Nobody from these addresses.
    pub(crate) blocks: Blocks,
    /// As many as there are places.
    pub(crate) places: Places,
    /// Those of one address no faster than so many in a second: where a stranger costs something.
    pub(crate) is_paced: bool,
}

/// What strangers can have written down as often as they like.
#[derive(Debug, Default)]
struct Complaints {
    not_served: Complaint,
    turned_away: Complaint,
}

impl Complaints {
    /// Something that each connection takes is short: descriptors, threads.
    fn not_served(&self, protocol: &'static str, error: &io::Error) {
        if let Some(count) = self.not_served.count(Instant::now()) {
            tracing::warn!(protocol, %error, count, "connections could not be served");
        }
    }
}

/// Accepts connections until `stop`, and serves each by `serve` on a thread of its own; returns when the last
/// of them has ended. `serve` must end soon after `stop` by itself; it is dropped when the connection's place is
/// given to another, which happens only before its first log-in.
pub(crate) async fn accept_clients<L, S, F>(
    protocol: &'static str,
    listener: L,
    door: Door,
    stop: CancellationToken,
    serve: S,
) where
    L: Listener,
    S: Fn(L::Connection, SocketAddr, Place) -> F + Clone + Send + 'static,
    F: Future<Output = ()>,
{
    let tracker = TaskTracker::new();
    let complaints = Arc::<Complaints>::default();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = async {
                door.places.settled().await;
                listener.accept().await
            } => accepted,
        };
        let (arrival, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, or a client that left at once: neither may end the service.
                complaints.not_served(protocol, &error);
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                continue;
            }
        };
        if !door.blocks.admit(address.ip(), Instant::now()) {
            tracing::debug!(protocol, %address, "refused: the address is blocked");
            continue;
        }
        let place = match door.places.take(address.ip(), Instant::now()) {
            Ok(place) => place,
            Err(reason) => {
                if let Some(count) = complaints.turned_away.count(Instant::now()) {
                    tracing::warn!(protocol, %address, %reason, count, "connections were turned away");
                }
                continue;
            }
        };
        let wait = match door.is_paced {
            true => place.hold(Instant::now()),
            false => Duration::ZERO,
        };
        let newcomer = Newcomer {
            protocol,
            arrival,
            address,
            place,
            counted: tracker.token(),
            stop: stop.clone(),
            complaints: Arc::clone(&complaints),
        };
        let serve = serve.clone();
        if wait.is_zero() {
            newcomer.start::<L, _, _>(serve);
        } else {
            tokio::spawn(async move {
                tokio::select! {
                    () = newcomer.stop.cancelled() => {}
                    () = newcomer.place.pushed_out() => {}
                    () = tokio::time::sleep(wait) => {
                        newcomer.place.served();
                        newcomer.start::<L, _, _>(serve);
                    }
                }
            });
        }
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
}

/// A client that was let in.
struct Newcomer<A> {
    protocol: &'static str,
    arrival: A,
    address: SocketAddr,
    place: Place,
    counted: TaskTrackerToken,
    stop: CancellationToken,
    complaints: Arc<Complaints>,
}

impl<A: Send + 'static> Newcomer<A> {
    /// Serves it on a thread of its own.
    fn start<L, S, F>(self, serve: S)
    where
        L: Listener<Arrival = A>,
        S: Fn(L::Connection, SocketAddr, Place) -> F + Send + 'static,
        F: Future<Output = ()>,
    {
        let Self {
            protocol,
            arrival,
            address,
            place,
            counted,
            stop,
            complaints,
        } = self;
        let serve = move || async move {
            let _counted = counted;
            // Where it is: handed on by value, it would be in the connection's memory twice.
            let serving = pin!(async {
                let connection = tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    connection = L::establish(arrival) => connection?,
                };
                serve(connection, address, place.clone()).await;
                Ok(())
            });
            match place.serve(serving).await {
                Some(served) => served,
                None => {
                    tracing::debug!(protocol, %address, "gave up its place to a newcomer before it logged in");
                    Ok(())
                }
            }
        };
        thread::spawn(format!("{protocol} {address}"), serve, move |error| {
            complaints.not_served(protocol, &error);
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::{Mutex, mpsc};

    use super::*;
    use crate::live::Limits;
    use crate::net::ConnectionLimits;

    fn door() -> Door {
        Door {
            blocks: Blocks::default(),
            places: Places::new(ConnectionLimits::default(), Limits::default()),
            is_paced: true,
        }
    }

    #[tokio::test]
    async fn connections_from_blocked_addresses_are_closed_and_a_newcomer_is_served_in_place_of_the_oldest() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let limits = ConnectionLimits {
            strangers_per_address: 1,
            ..ConnectionLimits::default()
        };
        let ended = stop.clone();
        let (blocks, places) = (Blocks::default(), Places::new(limits, Limits::default()));
        let serving = tokio::spawn(accept_clients(
            "test",
            listener,
            Door {
                blocks: blocks.clone(),
                places: places.clone(),
                is_paced: false,
            },
            stop.clone(),
            move |mut stream: TcpStream, _, _| {
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
        assert_eq!(second.read_u8().await.unwrap(), b'x');
        assert!(first.read_u8().await.is_err());
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
            door(),
            stop.clone(),
            |mut pipe: DuplexStream, _, _| async move { pipe.write_all(b"x").await.unwrap() },
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
