//! Security identifiers ([MS-DTYP] 2.4.2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::MalformedSecurity;

/// The most sub-authorities a SID can hold.
const MAX_SUB_AUTHORITIES: usize = 15;
const REVISION: u8 = 1;

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
        if text.contains('+') {
            // Rust's number parser would let it pass.
            return Err(ParseSidError);
        }
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

impl Sid {
    /// Parses the SID at the beginning of `bytes`; also gives what follows it.
    ///
    /// # Errors
    /// The bytes end too soon, another revision, or more than 15 sub-authorities.
    pub fn parse(bytes: &[u8]) -> Result<(Self, &[u8]), MalformedSecurity> {
        let (header, rest) = bytes.split_first_chunk().ok_or(MalformedSecurity::Truncated)?;
        let [revision, count, authority @ ..]: [u8; 8] = *header;
        if revision != REVISION {
            return Err(MalformedSecurity::Revision(revision));
        }
        let count = usize::from(count);
        if count > MAX_SUB_AUTHORITIES {
            return Err(MalformedSecurity::Length);
        }
        let (subs, rest) = rest
            .split_at_checked(count * 4)
            .ok_or(MalformedSecurity::Truncated)?;
        let (subs, _) = subs.as_chunks::<4>();
        let sid = Self {
            // Big-endian, unlike everything else.
            authority: authority
                .iter()
                .fold(0, |value, byte| value << 8 | u64::from(*byte)),
            sub_authorities: subs.iter().map(|sub| u32::from_le_bytes(*sub)).collect(),
        };
        Ok((sid, rest))
    }

    /// Appends the wire form.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let count = u8::try_from(self.sub_authorities.len()).unwrap_or(0);
        out.extend_from_slice(&[REVISION, count]);
        out.extend_from_slice(&self.authority.to_be_bytes()[2..]);
        for sub in &self.sub_authorities {
            out.extend_from_slice(&sub.to_le_bytes());
        }
    }

    /// How many bytes the wire form has.
    pub fn encoded_len(&self) -> usize {
        8 + 4 * self.sub_authorities.len()
    }
}

impl Serialize for Sid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        pub(in crate::security) fn any_sid()(
            authority in 0_u64..1 << 48,
            subs in prop::collection::vec(any::<u32>(), 0..=MAX_SUB_AUTHORITIES),
        ) -> Sid {
            Sid::new(authority, &subs).unwrap()
        }
    }

    #[test]
    fn the_wire_form_is_that_of_the_specification() {
        let mut bytes = Vec::new();
        Sid::builtin_administrators().encode(&mut bytes);
        let expected = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
        assert_eq!(bytes, expected);
        assert_eq!(Sid::builtin_administrators().to_string(), "S-1-5-32-544");
    }

    #[test]
    fn what_is_no_sid_is_refused() {
        for text in [
            "",
            "S-1",
            "S-1-",
            "S-2-5-7",
            "S-1-5-",
            "S-1-5-x",
            "S-1-5--7",
            "S-1-281474976710656",
            "S-1-5-4294967296",
        ] {
            assert!(text.parse::<Sid>().is_err(), "{text}");
        }
        let too_many = format!("S-1-5{}", "-1".repeat(16));
        assert!(too_many.parse::<Sid>().is_err());
        assert_eq!(
            Sid::parse(&[2, 0, 0, 0, 0, 0, 0, 5]),
            Err(MalformedSecurity::Revision(2))
        );
        assert_eq!(
            Sid::parse(&[1, 16, 0, 0, 0, 0, 0, 5]),
            Err(MalformedSecurity::Length)
        );
        assert_eq!(
            Sid::parse(&[1, 1, 0, 0, 0, 0, 0, 5, 0]),
            Err(MalformedSecurity::Truncated)
        );
    }

    #[test]
    fn a_full_sid_has_no_child() {
        let full = Sid::new(5, &[1; MAX_SUB_AUTHORITIES]).unwrap();
        assert!(full.child(1).is_err());
        let machine: Sid = "S-1-5-21-1-2-3".parse().unwrap();
        assert_eq!(machine.child(1000).unwrap().to_string(), "S-1-5-21-1-2-3-1000");
    }

    proptest! {
        #[test]
        fn text_and_wire_forms_come_back(sid in any_sid(), tail in prop::collection::vec(any::<u8>(), 0..9)) {
            prop_assert_eq!(sid.to_string().parse::<Sid>().unwrap(), sid.clone());
            let mut bytes = Vec::new();
            sid.encode(&mut bytes);
            prop_assert_eq!(bytes.len(), sid.encoded_len());
            bytes.extend_from_slice(&tail);
            prop_assert_eq!(Sid::parse(&bytes).unwrap(), (sid, tail.as_slice()));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = Sid::parse(&bytes);
        }
    }
}
