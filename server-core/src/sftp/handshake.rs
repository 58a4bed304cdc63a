//! Which cipher and MAC a client and we settle on. The library keeps that to itself, but the client's KEXINIT
//! (RFC 4253 section 7.1) travels in the clear: it is read along on its way in.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use russh::Preferred;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::live::client_name;

/// RFC 4253 section 6.1: no packet need be longer.
const LONGEST: usize = 35_000 + 256;
const KEXINIT: u8 = 20;
const COOKIE: usize = 16;

/// The algorithms that client and server settled on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Negotiated {
    pub(super) cipher: String,
    pub(super) mac: String,
    /// The client's program, as its version line has it.
    pub(super) client: Option<String>,
}

impl Negotiated {
    /// The most that a packet of channel data takes besides the data: its length and that of the padding, the padding,
    /// the message's number, channel and length, the MAC.
    pub(super) fn envelope(&self) -> usize {
        const HEADERS: usize = 4 + 1 + 9;
        const PADDING: usize = 4 + 15;
        let mac = match self.mac.as_str() {
            mac if mac.contains("sha2-512") => 64,
            mac if mac.contains("sha2-256") => 32,
            _ => 16,
        };
        HEADERS + PADDING + mac
    }
}

/// What the server's KEXINIT lists.
#[derive(Debug)]
pub(super) struct ServerAlgorithms {
    ciphers: Vec<String>,
    macs: Vec<String>,
}

impl ServerAlgorithms {
    pub(super) fn new(preferred: &Preferred) -> Self {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        Self {
            ciphers: names(&preferred.cipher.iter().map(AsRef::as_ref).collect::<Vec<&str>>()),
            macs: names(&preferred.mac.iter().map(AsRef::as_ref).collect::<Vec<&str>>()),
        }
    }

    /// The first of the client's that we have too (RFC 4253 section 7.1).
    fn choose(&self, ciphers: &str, macs: &str) -> Option<Negotiated> {
        let common = |theirs: &str, ours: &[String]| {
            let mut theirs = theirs.split(',');
            theirs
                .find(|name| ours.iter().any(|our| our == name))
                .map(str::to_owned)
        };
        let cipher = common(ciphers, &self.ciphers)?;
        let authenticates_itself = cipher.contains("gcm") || cipher.contains("poly1305");
        let mac = if authenticates_itself {
            cipher.clone()
        } else {
            common(macs, &self.macs)?
        };
        Some(Negotiated {
            cipher,
            mac,
            client: None,
        })
    }
}

/// A stream that is read along until the client's KEXINIT has come by.
pub(super) struct KexInitTap<S> {
    stream: S,
    server: ServerAlgorithms,
    seen: Option<Vec<u8>>,
    negotiated: Arc<OnceLock<Negotiated>>,
}

impl<S> KexInitTap<S> {
    /// Wraps a stream; what is settled on will be in the second part.
    pub(super) fn new(stream: S, server: ServerAlgorithms) -> (Self, Arc<OnceLock<Negotiated>>) {
        let negotiated = Arc::default();
        let tap = Self {
            stream,
            server,
            seen: Some(Vec::new()),
            negotiated: Arc::clone(&negotiated),
        };
        (tap, negotiated)
    }

    fn observe(&mut self, bytes: &[u8]) {
        let Some(seen) = &mut self.seen else { return };
        seen.extend_from_slice(bytes);
        match kexinit(seen) {
            KexInit::Unfinished if seen.len() <= LONGEST => {}
            KexInit::Complete { ciphers, macs } => {
                if let Some(negotiated) = self.server.choose(ciphers, macs) {
                    let client = software_version(seen);
                    let _ = self.negotiated.set(Negotiated { client, ..negotiated });
                }
                self.seen = None;
            }
            _ => self.seen = None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum KexInit<'a> {
    Unfinished,
    Complete { ciphers: &'a str, macs: &'a str },
    Malformed,
}

/// The software version in the version line (RFC 4253 section 4.2): `SSH-2.0-OpenSSH_9.2 comment`.
fn software_version(bytes: &[u8]) -> Option<String> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let version = std::str::from_utf8(line).ok()?.strip_prefix("SSH-2.0-")?;
    client_name(version.split_whitespace().next()?)
}

/// Finds the KEXINIT behind the client's version line.
fn kexinit(bytes: &[u8]) -> KexInit<'_> {
    let Some(line) = bytes.iter().position(|byte| *byte == b'\n') else {
        return KexInit::Unfinished;
    };
    let packet = &bytes[line + 1..];
    let Some(length) = packet.first_chunk().map(|length| u32::from_be_bytes(*length)) else {
        return KexInit::Unfinished;
    };
    let length = length as usize;
    if length > LONGEST {
        return KexInit::Malformed;
    }
    let Some(payload) = packet.get(5..4 + length) else {
        return KexInit::Unfinished;
    };
    parse(payload).unwrap_or(KexInit::Malformed)
}

/// Ciphers and MACs, client to server: the third and the fifth list.
fn parse(payload: &[u8]) -> Option<KexInit<'_>> {
    if *payload.first()? != KEXINIT {
        return None;
    }
    let mut rest = payload.get(1 + COOKIE..)?;
    let mut lists = [""; 5];
    for list in &mut lists {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        *list = std::str::from_utf8(rest.get(4..4 + length)?).ok()?;
        rest = &rest[4 + length..];
    }
    Some(KexInit::Complete {
        ciphers: lists[2],
        macs: lists[4],
    })
}

impl<S: AsyncRead + Unpin> AsyncRead for KexInitTap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.seen.is_some() && matches!(outcome, Poll::Ready(Ok(()))) {
            self.observe(&buffer.filled()[before..]);
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for KexInitTap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hello(ciphers: &str, macs: &str) -> Vec<u8> {
        let mut payload = vec![KEXINIT];
        payload.extend([7; COOKIE]);
        for list in ["kex", "key", ciphers, "s2c", macs, "s2c"] {
            payload.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
            payload.extend(list.as_bytes());
        }
        let mut bytes = b"SSH-2.0-OpenSSH_9.2\r\n".to_vec();
        bytes.extend(u32::try_from(payload.len() + 1).unwrap().to_be_bytes());
        bytes.push(0);
        bytes.extend(payload);
        bytes
    }

    fn server() -> ServerAlgorithms {
        ServerAlgorithms {
            ciphers: vec!["aes128-gcm@openssh.com".into(), "aes256-ctr".into()],
            macs: vec!["hmac-sha2-256".into()],
        }
    }

    #[test]
    fn the_clients_first_choice_that_we_have_is_taken() {
        let chosen = server().choose("x,aes256-ctr,aes128-gcm@openssh.com", "y,hmac-sha2-256");
        let expected = Negotiated {
            cipher: "aes256-ctr".into(),
            mac: "hmac-sha2-256".into(),
            client: None,
        };
        assert_eq!(chosen, Some(expected));
        let chosen = server().choose("aes128-gcm@openssh.com", "none").unwrap();
        assert_eq!(chosen.mac, "aes128-gcm@openssh.com");
    }

    #[test]
    fn the_client_s_program_is_known_by_its_version_line() {
        assert_eq!(software_version(&hello("a", "m")).as_deref(), Some("OpenSSH_9.2"));
        assert_eq!(
            software_version(b"SSH-2.0-WinSCP_release_6.3 x\r\n").as_deref(),
            Some("WinSCP_release_6.3")
        );
        assert_eq!(software_version(b"SSH-2.0-\r\n"), None);
        assert_eq!(software_version(b"\xff\n"), None);
    }

    #[test]
    fn the_kexinit_is_found_however_it_arrives() {
        let bytes = hello("a,b", "m");
        for cut in 0..bytes.len() - 8 {
            assert_eq!(kexinit(&bytes[..cut]), KexInit::Unfinished, "{cut}");
        }
        let complete = KexInit::Complete {
            ciphers: "a,b",
            macs: "m",
        };
        assert_eq!(kexinit(&bytes), complete);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = kexinit(&bytes);
            let mut after_version = b"SSH-2.0-x\n".to_vec();
            after_version.extend(bytes);
            let _ = kexinit(&after_version);
        }
    }
}
