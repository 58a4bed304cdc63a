//! Clients that come in by TCP.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};

use super::Listener;

impl Listener for TcpListener {
    type Arrival = TcpStream;
    type Connection = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        TcpListener::accept(self).await
    }

    async fn establish(stream: TcpStream) -> io::Result<TcpStream> {
        // A socket that can't be asked for this is served without.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&keep_alive());
        // While something is on its way to them nobody asks, and the system would send it for a quarter of an hour.
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(PATIENCE));
        // From the runtime that accepted it to this one.
        TcpStream::from_std(stream.into_std()?)
    }
}

/// A computer that says nothing for so long is asked whether it is there, so often, and so many times.
const SILENCE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(10);
const TIMES: u32 = 3;
/// One that does not say for so long that it has received what was sent is gone.
#[cfg(target_os = "linux")]
const PATIENCE: Duration = Duration::from_secs(90);

/// A computer that went to sleep or lost its network never says so: whether it is there is asked, so that what it
/// held open comes free again.
fn keep_alive() -> TcpKeepalive {
    TcpKeepalive::new()
        .with_time(SILENCE)
        .with_interval(INTERVAL)
        .with_retries(TIMES)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::live::{Blocks, Limits};
    use crate::net::{ConnectionLimits, Door, Places, accept_clients};

    #[tokio::test]
    async fn clients_are_asked_from_time_to_time_whether_they_are_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(accept_clients(
            "test",
            listener,
            Door {
                blocks: Blocks::default(),
                places: Places::new(ConnectionLimits::default(), Limits::default()),
                is_paced: false,
            },
            stop.clone(),
            |mut stream: TcpStream, _, _| async move {
                let asked = SockRef::from(&stream).keepalive().unwrap();
                stream.write_all(&[u8::from(asked)]).await.unwrap();
            },
        ));
        let mut client = TcpStream::connect(address).await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), 1);
        stop.cancel();
        serving.await.unwrap();
    }
}
