//! `landfall-bind`: binds the socket that it is given as standard input to SMB's port, or to that of its old framing, and
//! does nothing else. On Linux the package gives this program the right to ports below 1024, so that nothing that is large,
//! draws windows or speaks to clients needs it. Ends with the system's error number, 0 for none.

use std::net::SocketAddr;
use std::process::ExitCode;

#[cfg(unix)]
use socket2::SockRef;

/// SMB, and SMB in NetBIOS framing. No other port is anybody's here.
const PORTS: [u16; 2] = [445, 139];
/// EACCES and EINVAL, the same on every Unix.
const REFUSED: u8 = 13;
const INVALID: u8 = 22;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(address) = arguments
        .next()
        .and_then(|address| address.parse::<SocketAddr>().ok())
    else {
        return INVALID.into();
    };
    if !PORTS.contains(&address.port()) {
        return REFUSED.into();
    }
    bind(address)
}

#[cfg(unix)]
fn bind(address: SocketAddr) -> ExitCode {
    let given = std::io::stdin();
    match SockRef::from(&given).bind(&address.into()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let number = error.raw_os_error().and_then(|number| u8::try_from(number).ok());
            number.filter(|number| *number != 0).unwrap_or(INVALID).into()
        }
    }
}

/// Ports need no rights there.
#[cfg(not(unix))]
fn bind(_address: SocketAddr) -> ExitCode {
    REFUSED.into()
}
