//! Binding the listeners, and saying in plain words why an address can't be had.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use listeners::Protocol;

use super::platform;
use crate::admin::{AdminError, ErrorCode, Listen, SMB_FALLBACK_PORT, SMB_PORT};
use crate::sandbox::Binder;

/// Ports below it belong to those with privileges.
const FIRST_FREE_PORT: u16 = 1024;

/// A bound listener, and a note when it is not where one would look first.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) listener: TcpListener,
    pub(super) note: Option<String>,
}

/// Binds SMB; `None` when it is off.
pub(super) fn smb(listen: Listen, binder: Option<&Binder>) -> Result<Option<Bound>, AdminError> {
    match listen {
        Listen::Off => Ok(None),
        Listen::At(address) => at("SMB", address, binder).map(Some),
        Listen::Auto => match bind(everywhere(SMB_PORT), binder) {
            Ok(listener) => Ok(Some(Bound { listener, note: None })),
            Err(why) => {
                let mut bound = at("SMB", everywhere(SMB_FALLBACK_PORT), binder)?;
                bound.note = Some(format!(
                    "SMB is on port {SMB_FALLBACK_PORT}, because port {SMB_PORT} can't be had: {}.",
                    reason(&why, SMB_PORT)
                ));
                Ok(Some(bound))
            }
        },
    }
}

/// Binds SFTP, or SMB in NetBIOS framing; `None` when it is off.
pub(super) fn other(
    what: &str,
    listen: Listen,
    usual_port: u16,
    binder: Option<&Binder>,
) -> Result<Option<Bound>, AdminError> {
    match listen {
        Listen::Off => Ok(None),
        Listen::Auto => at(what, everywhere(usual_port), binder).map(Some),
        Listen::At(address) => at(what, address, binder).map(Some),
    }
}

fn at(what: &str, address: SocketAddr, binder: Option<&Binder>) -> Result<Bound, AdminError> {
    match bind(address, binder) {
        Ok(listener) => Ok(Bound { listener, note: None }),
        Err(error) => {
            let why = reason(&error, address.port());
            let message = format!("{what} can't listen on {address}: {why}.");
            Err(AdminError::new(ErrorCode::CannotListen, message).hint(hint(&error)))
        }
    }
}

fn everywhere(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)
}

fn bind(address: SocketAddr, binder: Option<&Binder>) -> io::Result<TcpListener> {
    let listener = match binder.and_then(|binder| binder.again(address)) {
        Some(again) => again?,
        None => {
            let listener = match TcpListener::bind(address) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    platform::bind_with_help(address).ok_or(error)??
                }
                bound => bound?,
            };
            // Without the privileges of the start it could not be had again.
            if let Some(binder) = binder.filter(|_| address.port() < FIRST_FREE_PORT) {
                binder.keep(&listener)?;
            }
            listener
        }
    };
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn reason(error: &io::Error, port: u16) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => holder(port),
        // Windows says so of ports that another program has for itself alone.
        io::ErrorKind::PermissionDenied if cfg!(windows) => holder(port),
        io::ErrorKind::PermissionDenied => "this account may not use ports below 1024".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this computer does not have that address".to_owned(),
        _ => error.to_string(),
    }
}

/// Who has a port. Programs of other accounts may not be named without privileges.
fn holder(port: u16) -> String {
    match listeners::get_process_by_port(port, Protocol::TCP) {
        Ok(process) if process.pid == std::process::id() => "Landfall itself has it".to_owned(),
        Ok(process) => format!("{} (process {}) has it", process.name, process.pid),
        Err(error) => {
            tracing::debug!(%error, port, "whoever has the port can't be named");
            "another program has it".to_owned()
        }
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied if !cfg!(windows) => "Choose a port above 1023.",
        io::ErrorKind::AddrNotAvailable => "0.0.0.0 stands for every address of this computer.",
        _ => "Choose another port, or stop that program.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_in_plain_words() {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = holder.local_addr().unwrap();
        let error = other("SFTP", Listen::At(address), 2022, None).unwrap_err();
        assert_eq!(error.code, ErrorCode::CannotListen);
        let expected = format!("SFTP can't listen on {address}: ");
        assert!(error.message.starts_with(&expected), "{error}");
        assert!(error.message.ends_with(" has it."), "{error}");
        // Wine does not say whose a socket is.
        if !cfg!(wine) {
            assert!(error.message.contains("Landfall itself"), "{error}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_program_that_has_a_port_is_named() {
        use std::io::Read;
        use std::process::{Command, Stdio};
        let script = "import socket,sys;s=socket.create_server(('127.0.0.1',0));print(s.getsockname()[1],flush=True);sys.stdin.read()";
        let mut other = Command::new("python3")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut port, mut letter) = (String::new(), [0]);
        let stdout = other.stdout.as_mut().unwrap();
        while stdout.read(&mut letter).unwrap() == 1 && letter != *b"\n" {
            port.push(char::from(letter[0]));
        }
        let address = format!("127.0.0.1:{port}").parse().unwrap();
        let error = other_protocol(address);
        let named = format!("(process {}) has it.", other.id());
        drop(other.stdin.take());
        other.wait().unwrap();
        assert!(error.message.contains("python3"), "{error}");
        assert!(error.message.ends_with(&named), "{error}");
    }

    #[cfg(target_os = "linux")]
    fn other_protocol(address: SocketAddr) -> AdminError {
        other("SFTP", Listen::At(address), 2022, None).unwrap_err()
    }

    #[test]
    fn off_binds_nothing() {
        assert!(smb(Listen::Off, None).unwrap().is_none());
        assert!(other("NetBIOS", Listen::Off, 139, None).unwrap().is_none());
    }
}
