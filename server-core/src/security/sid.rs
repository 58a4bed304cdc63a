//! Security identifiers ([MS-DTYP] 2.4.2).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The most sub-authorities a SID can hold.
const MAX_SUB_AUTHORITIES: usize = 15;

/// A security identifier: revision 1, a 48-bit authority and up to 15 sub-authorities.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sid {
    authority: u64,
    sub_authorities: Vec<u32>,
}

/// A text that is no SID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a security identifier of the form S-1-5-…")]
pub struct ParseSidError;

impl Sid {
    /// A SID from its parts.
    ///
    /// # Errors
    /// More than 15 sub-authorities, or an authority over 48 bits.
    pub fn new(authority: u64, sub_authorities: &[u32]) -> Result<Self, ParseSidError> {
        if sub_authorities.len() > MAX_SUB_AUTHORITIES || authority >= 1 << 48 {
            return Err(ParseSidError);
        }
        Ok(Self {
            authority,
            sub_authorities: sub_authorities.to_vec(),
        })
    }

    /// `S-1-1-0`.
    pub fn everyone() -> Self {
        Self {
            authority: 1,
            sub_authorities: vec![0],
        }
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-1-{}", self.authority)?;
        self.sub_authorities
            .iter()
            .try_for_each(|sub| write!(f, "-{sub}"))
    }
}

impl FromStr for Sid {
    type Err = ParseSidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.strip_prefix("S-1-").ok_or(ParseSidError)?.split('-');
        let authority = parts
            .next()
            .and_then(|part| part.parse().ok())
            .ok_or(ParseSidError)?;
        let subs: Vec<u32> = parts
            .map(|part| part.parse().map_err(|_| ParseSidError))
            .collect::<Result<_, _>>()?;
        Self::new(authority, &subs)
    }
}
