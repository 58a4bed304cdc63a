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

    /// The RID of a computer's guest account.
    pub const GUEST_RID: u32 = 501;

    /// This SID with one more sub-authority: a person or group of a computer.
    ///
    /// # Errors
    /// It has 15 sub-authorities already.
    pub fn child(&self, rid: u32) -> Result<Self, ParseSidError> {
        let sub_authorities = [&self.sub_authorities[..], &[rid]].concat();
        Self::new(self.authority, &sub_authorities)
    }

    /// The last sub-authority.
    pub fn rid(&self) -> Option<u32> {
        self.sub_authorities.last().copied()
    }

    /// The 48-bit authority.
    pub fn authority(&self) -> u64 {
        self.authority
    }

    /// The sub-authorities.
    pub fn sub_authorities(&self) -> &[u32] {
        &self.sub_authorities
    }

    /// `S-1-0-0`: nobody.
    pub fn null() -> Self {
        Self::well_known(0, &[0])
    }

    /// `S-1-1-0`.
    pub fn everyone() -> Self {
        Self::well_known(1, &[0])
    }

    /// `S-1-3-0`: stands in inherited entries for who creates a file.
    pub fn creator_owner() -> Self {
        Self::well_known(3, &[0])
    }

    /// `S-1-3-1`: likewise for their primary group.
    pub fn creator_group() -> Self {
        Self::well_known(3, &[1])
    }

    /// `S-1-5-7`.
    pub fn anonymous() -> Self {
        Self::well_known(5, &[7])
    }

    /// `S-1-5-11`.
    pub fn authenticated_users() -> Self {
        Self::well_known(5, &[11])
    }

    /// `S-1-5-18`.
    pub fn local_system() -> Self {
        Self::well_known(5, &[18])
    }

    /// `S-1-5-32-544`.
    pub fn builtin_administrators() -> Self {
        Self::well_known(5, &[32, 544])
    }

    /// `S-1-5-32-545`.
    pub fn builtin_users() -> Self {
        Self::well_known(5, &[32, 545])
    }

    /// `S-1-5-32-546`.
    pub fn builtin_guests() -> Self {
        Self::well_known(5, &[32, 546])
    }

    /// `S-1-22-1-uid`: a Unix user who is nobody here, as Samba writes it.
    pub fn unix_user(uid: u32) -> Self {
        Self::well_known(22, &[1, uid])
    }

    /// `S-1-22-2-gid`: a Unix group that is none here.
    pub fn unix_group(gid: u32) -> Self {
        Self::well_known(22, &[2, gid])
    }

    fn well_known(authority: u64, sub_authorities: &[u32]) -> Self {
        Self {
            authority,
            sub_authorities: sub_authorities.to_vec(),
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
