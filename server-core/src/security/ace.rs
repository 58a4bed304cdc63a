//! Access control entries ([MS-DTYP] 2.4.4).

use bitflags::bitflags;

use super::{AccessMask, MalformedSecurity, Sid};

bitflags! {
    /// How an entry is inherited ([MS-DTYP] 2.4.4.1).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct AceFlags: u8 {
        /// OBJECT_INHERIT_ACE: files in the folder inherit it.
        const OBJECT_INHERIT = 0x01;
        /// CONTAINER_INHERIT_ACE: folders in the folder inherit it.
        const CONTAINER_INHERIT = 0x02;
        /// NO_PROPAGATE_INHERIT_ACE: but not those below them.
        const NO_PROPAGATE_INHERIT = 0x04;
        /// INHERIT_ONLY_ACE: it says nothing of the folder itself.
        const INHERIT_ONLY = 0x08;
        /// INHERITED_ACE: it came from above.
        const INHERITED = 0x10;
        /// SUCCESSFUL_ACCESS_ACE_FLAG.
        const SUCCESSFUL_ACCESS = 0x40;
        /// FAILED_ACCESS_ACE_FLAG.
        const FAILED_ACCESS = 0x80;
    }
}

/// What an entry of the plain form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AceKind {
    /// ACCESS_ALLOWED_ACE_TYPE.
    Allow,
    /// ACCESS_DENIED_ACE_TYPE.
    Deny,
    /// SYSTEM_AUDIT_ACE_TYPE.
    Audit,
    /// SYSTEM_MANDATORY_LABEL_ACE_TYPE.
    Label,
}

impl AceKind {
    const ALL: [Self; 4] = [Self::Allow, Self::Deny, Self::Audit, Self::Label];

    fn wire(self) -> u8 {
        match self {
            Self::Allow => 0x00,
            Self::Deny => 0x01,
            Self::Audit => 0x02,
            Self::Label => 0x11,
        }
    }
}

/// An entry of an ACL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ace {
    /// A mask for a SID.
    Plain {
        /// Allow, deny, or audit.
        kind: AceKind,
        /// Inheritance.
        flags: AceFlags,
        /// The rights it is about.
        mask: AccessMask,
        /// Whom it is about.
        sid: Sid,
    },
    /// An entry of a type that is kept but not looked into (object, callback, claims).
    Other(OtherAce),
}

/// An entry that is kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OtherAce {
    ace_type: u8,
    flags: u8,
    // Never longer than an ACE can be: it was parsed from one.
    body: Vec<u8>,
}

const HEADER_LEN: usize = 4;

impl Ace {
    /// Allows rights to a SID.
    pub fn allow(sid: Sid, mask: AccessMask, flags: AceFlags) -> Self {
        let kind = AceKind::Allow;
        Self::Plain {
            kind,
            flags,
            mask,
            sid,
        }
    }

    /// Denies rights to a SID.
    pub fn deny(sid: Sid, mask: AccessMask, flags: AceFlags) -> Self {
        let kind = AceKind::Deny;
        Self::Plain {
            kind,
            flags,
            mask,
            sid,
        }
    }

    /// Parses the entry at the beginning of `bytes`; also gives what follows it.
    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, &[u8]), MalformedSecurity> {
        let (header, _) = bytes
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(MalformedSecurity::Truncated)?;
        let [ace_type, flags, size @ ..] = *header;
        let size = usize::from(u16::from_le_bytes(size));
        let (ace, rest) = bytes.split_at_checked(size).ok_or(MalformedSecurity::Truncated)?;
        let body = ace.get(HEADER_LEN..).ok_or(MalformedSecurity::Length)?;
        let kind = AceKind::ALL.into_iter().find(|kind| kind.wire() == ace_type);
        let Some(kind) = kind else {
            let body = body.to_vec();
            return Ok((
                Self::Other(OtherAce {
                    ace_type,
                    flags,
                    body,
                }),
                rest,
            ));
        };
        let (mask, sid) = body.split_first_chunk().ok_or(MalformedSecurity::Length)?;
        // What follows the SID in an entry of these types means nothing and is dropped.
        let (sid, _) = Sid::parse(sid).map_err(|error| match error {
            MalformedSecurity::Truncated => MalformedSecurity::Length,
            other => other,
        })?;
        let plain = Self::Plain {
            kind,
            flags: AceFlags::from_bits_retain(flags),
            mask: AccessMask::from_bits_retain(u32::from_le_bytes(*mask)),
            sid,
        };
        Ok((plain, rest))
    }

    /// Appends the wire form.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        // No entry is longer than a u16 says: SIDs are short, and others were parsed from one that fits.
        let size = u16::try_from(self.encoded_len()).unwrap_or(0).to_le_bytes();
        match self {
            Self::Plain {
                kind,
                flags,
                mask,
                sid,
            } => {
                out.extend_from_slice(&[kind.wire(), flags.bits(), size[0], size[1]]);
                out.extend_from_slice(&mask.bits().to_le_bytes());
                sid.encode(out);
            }
            Self::Other(other) => {
                out.extend_from_slice(&[other.ace_type, other.flags, size[0], size[1]]);
                out.extend_from_slice(&other.body);
            }
        }
    }

    pub(super) fn encoded_len(&self) -> usize {
        HEADER_LEN
            + match self {
                Self::Plain { sid, .. } => 4 + sid.encoded_len(),
                Self::Other(other) => other.body.len(),
            }
    }

    /// Whether an ACL that holds this entry must have the later revision ([MS-DTYP] 2.4.5).
    pub(super) fn needs_revision_4(&self) -> bool {
        const OBJECT_TYPES: [u8; 4] = [0x05, 0x06, 0x07, 0x08];
        match self {
            Self::Plain { .. } => false,
            Self::Other(other) => OBJECT_TYPES.contains(&other.ace_type),
        }
    }
}
