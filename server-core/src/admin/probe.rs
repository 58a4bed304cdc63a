//! Asks an address whether a file server answers there, as a client would begin.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::Address;

const PATIENCE: Duration = Duration::from_secs(3);
/// An SMB2 header ([MS-SMB2] 2.2.1) and the fixed part of a NEGOTIATE response (2.2.4).
const SMB_HEADER: usize = 64;
const SMB_RESPONSE: usize = SMB_HEADER + 64;

/// The address that people are shown, as one to connect to.
pub(super) fn shown_address(address: &Address) -> Option<SocketAddr> {
    let rest = address.url.split_once("://")?.1;
    let host = rest.split('/').next()?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => host.split(':').next()?,
    };
    Some(SocketAddr::new(host.parse().ok()?, address.address.port()))
}

/// Begins to talk; gives what the server says of itself.
pub(super) fn answers(protocol: &str, address: SocketAddr) -> io::Result<String> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match protocol {
        "sftp" => ssh_banner(stream),
        "smb" => smb_dialect(stream),
        _ => Ok(String::new()),
    }
}

/// The identification line (RFC 4253, 4.2).
fn ssh_banner(mut stream: TcpStream) -> io::Result<String> {
    let mut banner = [0; 255];
    let read = stream.read(&mut banner)?;
    let line = String::from_utf8_lossy(&banner[..read]);
    let line = line.lines().next().unwrap_or_default();
    if line.starts_with("SSH-2.0-") {
        Ok(line.to_owned())
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "another server answers",
        ))
    }
}

/// The dialect that the server picks of 2.0.2 and 2.1.
fn smb_dialect(mut stream: TcpStream) -> io::Result<String> {
    stream.write_all(&negotiate_request())?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut response = [0; SMB_RESPONSE];
    stream.read_exact(&mut response)?;
    let dialect = u16::from_le_bytes([response[SMB_HEADER + 4], response[SMB_HEADER + 5]]);
    match (response.starts_with(b"\xfeSMB"), dialect) {
        (true, 0x0202) => Ok("SMB 2.0.2".to_owned()),
        (true, 0x0210) => Ok("SMB 2.1".to_owned()),
        // A server that speaks only newer dialects refuses these two, but it is one.
        (true, _) => Ok("SMB 3".to_owned()),
        (false, _) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "another server answers",
        )),
    }
}

/// NEGOTIATE ([MS-SMB2] 2.2.3) for 2.0.2 and 2.1 in Direct TCP framing.
fn negotiate_request() -> Vec<u8> {
    let mut message = Vec::with_capacity(108);
    message.extend(b"\xfeSMB");
    message.extend(64u16.to_le_bytes());
    message.extend([0; 8]); // credit charge, status, command NEGOTIATE
    message.extend(1u16.to_le_bytes()); // credits asked for
    message.extend([0; 48]); // the rest of the header: first message, no session
    message.extend(36u16.to_le_bytes());
    message.extend(2u16.to_le_bytes()); // dialects
    message.extend(1u16.to_le_bytes()); // signing enabled
    message.extend([0; 30]); // no capabilities, no client GUID
    message.extend(0x0202u16.to_le_bytes());
    message.extend(0x0210u16.to_le_bytes());
    let length = u32::try_from(message.len()).unwrap_or_default();
    [length.to_be_bytes().as_slice(), &message].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn address(url: &str) -> Address {
        Address {
            protocol: "smb".to_owned(),
            address: "0.0.0.0:4450".parse().unwrap(),
            url: url.to_owned(),
        }
    }

    #[test]
    fn the_shown_address_is_taken_from_its_url() {
        let shown = |url| shown_address(&address(url)).map(|shown| shown.to_string());
        assert_eq!(shown("smb://10.0.0.5:4450/").as_deref(), Some("10.0.0.5:4450"));
        assert_eq!(shown("sftp://[fe80::1]/").as_deref(), Some("[fe80::1]:4450"));
        assert_eq!(shown("smb://name/"), None);
    }

    #[test]
    fn a_request_has_the_sizes_that_the_specification_demands() {
        assert_eq!(negotiate_request().len(), 4 + 64 + 36 + 4);
    }

    #[test]
    fn a_web_server_is_not_taken_for_a_file_server() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().unwrap();
                stream.write_all(&[b'x'; 400]).unwrap();
            }
        });
        assert!(answers("sftp", at).is_err());
        assert!(answers("smb", at).is_err());
    }
}
