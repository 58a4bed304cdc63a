//! Which cipher and MAC a client and we settle on. The library keeps that to itself, but the client's proposal
//! (KEXINIT, RFC 4253 section 7.1) travels in the clear: it is read along on its way in.

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

/// What client and server protect the connection with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Protection {
    pub(super) cipher: String,
    pub(super) mac: String,
    /// The client's program, as its version line has it.
    pub(super) client: Option<String>,
}

/// The server's side of the choice.
#[derive(Debug)]
pub(super) struct Offered {
    ciphers: Vec<String>,
    macs: Vec<String>,
}

impl Offered {
    pub(super) fn new(preferred: &Preferred) -> Self {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        Self {
            ciphers: names(&preferred.cipher.iter().map(AsRef::as_ref).collect::<Vec<&str>>()),
            macs: names(&preferred.mac.iter().map(AsRef::as_ref).collect::<Vec<&str>>()),
        }
    }

    /// The first of the client's that we have too (RFC 4253 section 7.1).
    fn choose(&self, ciphers: &str, macs: &str) -> Option<Protection> {
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
        Some(Protection {
            cipher,
            mac,
            client: None,
        })
    }
}

/// A stream that is read along until the client's proposal has come by.
pub(super) struct Overheard<S> {
    stream: S,
    offered: Offered,
    heard: Option<Vec<u8>>,
    protection: Arc<OnceLock<Protection>>,
}

impl<S> Overheard<S> {
    /// Wraps a stream; what is settled on will be in the second part.
    pub(super) fn new(stream: S, offered: Offered) -> (Self, Arc<OnceLock<Protection>>) {
        let protection = Arc::default();
        let overheard = Self {
            stream,
            offered,
            heard: Some(Vec::new()),
            protection: Arc::clone(&protection),
        };
        (overheard, protection)
    }

    fn hear(&mut self, bytes: &[u8]) {
        let Some(heard) = &mut self.heard else { return };
        heard.extend_from_slice(bytes);
        match proposal(heard) {
            Proposal::Unfinished if heard.len() <= LONGEST => {}
            Proposal::Made { ciphers, macs } => {
                if let Some(protection) = self.offered.choose(ciphers, macs) {
                    let client = program(heard);
                    let _ = self.protection.set(Protection { client, ..protection });
                }
                self.heard = None;
            }
            _ => self.heard = None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Proposal<'a> {
    Unfinished,
    Made { ciphers: &'a str, macs: &'a str },
    Nonsense,
}

/// The program in the version line (RFC 4253 section 4.2): `SSH-2.0-OpenSSH_9.2 comment`.
fn program(bytes: &[u8]) -> Option<String> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let version = std::str::from_utf8(line).ok()?.strip_prefix("SSH-2.0-")?;
    client_name(version.split_whitespace().next()?)
}

/// Finds the proposal behind the client's version line.
fn proposal(bytes: &[u8]) -> Proposal<'_> {
    let Some(line) = bytes.iter().position(|byte| *byte == b'\n') else {
        return Proposal::Unfinished;
    };
    let packet = &bytes[line + 1..];
    let Some(length) = packet.first_chunk().map(|length| u32::from_be_bytes(*length)) else {
        return Proposal::Unfinished;
    };
    let length = length as usize;
    if length > LONGEST {
        return Proposal::Nonsense;
    }
    let Some(payload) = packet.get(5..4 + length) else {
        return Proposal::Unfinished;
    };
    parse(payload).unwrap_or(Proposal::Nonsense)
}

/// Ciphers and MACs, client to server: the third and the fifth list.
fn parse(payload: &[u8]) -> Option<Proposal<'_>> {
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
    Some(Proposal::Made {
        ciphers: lists[2],
        macs: lists[4],
    })
}

impl<S: AsyncRead + Unpin> AsyncRead for Overheard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.heard.is_some() && matches!(outcome, Poll::Ready(Ok(()))) {
            self.hear(&buffer.filled()[before..]);
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Overheard<S> {
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

    fn offered() -> Offered {
        Offered {
            ciphers: vec!["aes128-gcm@openssh.com".into(), "aes256-ctr".into()],
            macs: vec!["hmac-sha2-256".into()],
        }
    }

    #[test]
    fn the_clients_first_choice_that_we_have_is_taken() {
        let chosen = offered().choose("x,aes256-ctr,aes128-gcm@openssh.com", "y,hmac-sha2-256");
        let expected = Protection {
            cipher: "aes256-ctr".into(),
            mac: "hmac-sha2-256".into(),
            client: None,
        };
        assert_eq!(chosen, Some(expected));
        let chosen = offered().choose("aes128-gcm@openssh.com", "none").unwrap();
        assert_eq!(chosen.mac, "aes128-gcm@openssh.com");
    }

    #[test]
    fn the_client_s_program_is_known_by_its_version_line() {
        assert_eq!(program(&hello("a", "m")).as_deref(), Some("OpenSSH_9.2"));
        assert_eq!(
            program(b"SSH-2.0-WinSCP_release_6.3 x\r\n").as_deref(),
            Some("WinSCP_release_6.3")
        );
        assert_eq!(program(b"SSH-2.0-\r\n"), None);
        assert_eq!(program(b"\xff\n"), None);
    }

    #[test]
    fn a_proposal_is_found_however_it_arrives() {
        let bytes = hello("a,b", "m");
        for cut in 0..bytes.len() - 8 {
            assert_eq!(proposal(&bytes[..cut]), Proposal::Unfinished, "{cut}");
        }
        let made = Proposal::Made {
            ciphers: "a,b",
            macs: "m",
        };
        assert_eq!(proposal(&bytes), made);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = proposal(&bytes);
            let mut after_version = b"SSH-2.0-x\n".to_vec();
            after_version.extend(bytes);
            let _ = proposal(&after_version);
        }
    }
}
