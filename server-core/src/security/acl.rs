//! Access control lists ([MS-DTYP] 2.4.5).

use thiserror::Error;

use super::{Ace, MalformedSecurity};

const HEADER_LEN: usize = 8;
const REVISION: u8 = 2;
/// With object entries.
const REVISION_DS: u8 = 4;

/// A list of entries, short enough for the wire.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Acl {
    aces: Vec<Ace>,
}

/// More entries than an ACL's 64 KiB hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an access control list holds at most 65,535 bytes of entries")]
pub struct AclTooLong;

impl Acl {
    /// A list of these entries, in this order.
    ///
    /// # Errors
    /// They don't fit.
    pub fn new(aces: Vec<Ace>) -> Result<Self, AclTooLong> {
        let acl = Self { aces };
        match u16::try_from(acl.encoded_len()) {
            Ok(_) => Ok(acl),
            Err(_) => Err(AclTooLong),
        }
    }

    /// Its entries.
    pub fn aces(&self) -> &[Ace] {
        &self.aces
    }

    /// Parses the list at the beginning of `bytes`.
    ///
    /// # Errors
    /// The bytes end too soon or contradict themselves.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedSecurity> {
        let (header, _) = bytes
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(MalformedSecurity::Truncated)?;
        let [revision, _, size_low, size_high, count_low, count_high, _, _] = *header;
        if revision != REVISION && revision != REVISION_DS {
            return Err(MalformedSecurity::Revision(revision));
        }
        let size = usize::from(u16::from_le_bytes([size_low, size_high]));
        let acl = bytes.get(..size).ok_or(MalformedSecurity::Truncated)?;
        let mut rest = acl.get(HEADER_LEN..).ok_or(MalformedSecurity::Length)?;
        let count = usize::from(u16::from_le_bytes([count_low, count_high]));
        let mut aces = Vec::new();
        for _ in 0..count {
            let (ace, after) = Ace::parse(rest).map_err(|error| match error {
                MalformedSecurity::Truncated => MalformedSecurity::Length,
                other => other,
            })?;
            aces.push(ace);
            rest = after;
        }
        Ok(Self { aces })
    }

    /// Appends the wire form.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let revision = match self.aces.iter().any(Ace::needs_revision_4) {
            true => REVISION_DS,
            false => REVISION,
        };
        // Both fit: `new` checked it, and a parsed list is never longer than it was.
        let size = u16::try_from(self.encoded_len()).unwrap_or(0);
        let count = u16::try_from(self.aces.len()).unwrap_or(0);
        out.extend_from_slice(&[revision, 0]);
        out.extend_from_slice(&size.to_le_bytes());
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(&[0, 0]);
        for ace in &self.aces {
            ace.encode(out);
        }
    }

    fn encoded_len(&self) -> usize {
        HEADER_LEN + self.aces.iter().map(Ace::encoded_len).sum::<usize>()
    }
}
