//! `landfall-bind`, which the package gives the right to ports below 1024.
#![cfg(unix)]

use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use socket2::{Domain, Socket, Type};

/// Has it bind a socket; its exit code, and the socket.
fn bind(address: &str) -> (Option<i32>, Socket) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    let given = OwnedFd::from(socket.try_clone().unwrap());
    let ended = Command::new(env!("CARGO_BIN_EXE_landfall-bind"))
        .arg(address)
        .stdin(Stdio::from(given))
        .status()
        .unwrap();
    (ended.code(), socket)
}

#[test]
fn smbs_ports_are_bound_and_no_others() {
    for address in ["127.88.0.1:445", "127.88.0.1:139"] {
        let (code, socket) = bind(address);
        // Whoever may not, is told so.
        if code == Some(13) {
            continue;
        }
        assert_eq!(code, Some(0), "{address}");
        socket.listen(1).unwrap();
        TcpStream::connect(address.parse::<SocketAddr>().unwrap()).unwrap();
    }
    for (address, refused) in [
        ("127.88.0.1:22", 13),
        ("127.88.0.1:53", 13),
        ("127.88.0.1:0", 13),
        ("127.88.0.1", 22),
        ("", 22),
    ] {
        let (code, socket) = bind(address);
        assert_eq!(code, Some(refused), "{address}");
        assert_eq!(socket.local_addr().unwrap().as_socket().unwrap().port(), 0);
    }
}

#[test]
fn what_is_no_socket_is_refused() {
    let ended = Command::new(env!("CARGO_BIN_EXE_landfall-bind"))
        .arg("127.88.0.1:445")
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(!ended.success());
}
