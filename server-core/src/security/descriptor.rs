//! Security descriptors in self-relative form ([MS-DTYP] 2.4.6).

use bitflags::bitflags;

use super::{AccessMask, Ace, AceFlags, Acl, AclTooLong, MalformedSecurity, Sid};

bitflags! {
    /// SECURITY_DESCRIPTOR_CONTROL, without the bits that say what is there: those follow from it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Control: u16 {
        /// OD: the owner came by default.
        const OWNER_DEFAULTED = 0x0001;
        /// GD: the group came by default.
        const GROUP_DEFAULTED = 0x0002;
        /// DD: the DACL came by default.
        const DACL_DEFAULTED = 0x0008;
        /// SD: the SACL came by default.
        const SACL_DEFAULTED = 0x0020;
        /// DT: the DACL is trusted.
        const DACL_TRUSTED = 0x0040;
        /// SS: the server makes the DACL.
        const SERVER_SECURITY = 0x0080;
        /// DC: the DACL is to be inherited by what is below.
        const DACL_INHERIT_REQUIRED = 0x0100;
        /// SC: likewise the SACL.
        const SACL_INHERIT_REQUIRED = 0x0200;
        /// DI: the DACL came by inheritance.
        const DACL_AUTO_INHERITED = 0x0400;
        /// SI: likewise the SACL.
        const SACL_AUTO_INHERITED = 0x0800;
        /// PD: the DACL does not inherit from above.
        const DACL_PROTECTED = 0x1000;
        /// PS: likewise the SACL.
        const SACL_PROTECTED = 0x2000;
        /// RM: the byte after the revision means something to a resource manager.
        const RESOURCE_MANAGER = 0x4000;
    }

    /// SECURITY_INFORMATION ([MS-DTYP] 2.4.7): which parts a request is about.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct SecurityInformation: u32 {
        /// OWNER_SECURITY_INFORMATION.
        const OWNER = 0x0000_0001;
        /// GROUP_SECURITY_INFORMATION.
        const GROUP = 0x0000_0002;
        /// DACL_SECURITY_INFORMATION.
        const DACL = 0x0000_0004;
        /// SACL_SECURITY_INFORMATION.
        const SACL = 0x0000_0008;
        /// LABEL_SECURITY_INFORMATION.
        const LABEL = 0x0000_0010;
        /// ATTRIBUTE_SECURITY_INFORMATION.
        const ATTRIBUTE = 0x0000_0020;
        /// SCOPE_SECURITY_INFORMATION.
        const SCOPE = 0x0000_0040;
        /// BACKUP_SECURITY_INFORMATION.
        const BACKUP = 0x0001_0000;
        /// UNPROTECTED_SACL_SECURITY_INFORMATION.
        const UNPROTECTED_SACL = 0x1000_0000;
        /// UNPROTECTED_DACL_SECURITY_INFORMATION.
        const UNPROTECTED_DACL = 0x2000_0000;
        /// PROTECTED_SACL_SECURITY_INFORMATION.
        const PROTECTED_SACL = 0x4000_0000;
        /// PROTECTED_DACL_SECURITY_INFORMATION.
        const PROTECTED_DACL = 0x8000_0000;
    }
}

const REVISION: u8 = 1;
const HEADER_LEN: usize = 20;
const DACL_PRESENT: u16 = 0x0004;
const SACL_PRESENT: u16 = 0x0010;
const SELF_RELATIVE: u16 = 0x8000;
const OWNER_BITS: Control = Control::OWNER_DEFAULTED;
const GROUP_BITS: Control = Control::GROUP_DEFAULTED;
const DACL_BITS: Control = Control::DACL_DEFAULTED
    .union(Control::DACL_TRUSTED)
    .union(Control::SERVER_SECURITY)
    .union(Control::DACL_INHERIT_REQUIRED)
    .union(Control::DACL_AUTO_INHERITED)
    .union(Control::DACL_PROTECTED);
const SACL_BITS: Control = Control::SACL_DEFAULTED
    .union(Control::SACL_INHERIT_REQUIRED)
    .union(Control::SACL_AUTO_INHERITED)
    .union(Control::SACL_PROTECTED);

/// An ACL of a descriptor. The two ways of having none differ: without a DACL nothing is said, a null
/// DACL allows everything to everyone, and an empty one nothing to anyone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum AclSlot {
    /// Nothing is said.
    #[default]
    Absent,
    /// Present, and null.
    Null,
    /// A list.
    List(Acl),
}

/// A security descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SecurityDescriptor {
    /// Flags beside those that say what is there.
    pub control: Control,
    /// The owner.
    pub owner: Option<Sid>,
    /// The primary group.
    pub group: Option<Sid>,
    /// Who may do what.
    pub dacl: AclSlot,
    /// What is audited, and labels.
    pub sacl: AclSlot,
}

impl SecurityDescriptor {
    /// A descriptor that allows each SID its rights. `folder` makes what is below inherit them.
    ///
    /// # Errors
    /// More entries than fit.
    pub fn allowing(
        owner: Sid,
        group: Sid,
        rights: impl IntoIterator<Item = (Sid, AccessMask)>,
        folder: bool,
    ) -> Result<Self, AclTooLong> {
        let flags = match folder {
            true => AceFlags::OBJECT_INHERIT | AceFlags::CONTAINER_INHERIT,
            false => AceFlags::empty(),
        };
        let entries = rights.into_iter().map(|(sid, mask)| Ace::allow(sid, mask, flags));
        Ok(Self {
            owner: Some(owner),
            group: Some(group),
            dacl: AclSlot::List(Acl::new(entries.collect())?),
            ..Self::default()
        })
    }

    /// The wire form of the parts that `wanted` names; the others look as if they were not there.
    pub fn to_bytes(&self, wanted: SecurityInformation) -> Vec<u8> {
        let mut control = Control::empty();
        let mut present = SELF_RELATIVE;
        let mut body = Vec::new();
        let mut offsets = [0_u32; 4];
        let [owner_at, group_at, sacl_at, dacl_at] = &mut offsets;

        if wanted.contains(SecurityInformation::OWNER) {
            control |= self.control & OWNER_BITS;
            if let Some(owner) = &self.owner {
                *owner_at = offset(&body);
                owner.encode(&mut body);
            }
        }
        if wanted.contains(SecurityInformation::GROUP) {
            control |= self.control & GROUP_BITS;
            if let Some(group) = &self.group {
                *group_at = offset(&body);
                group.encode(&mut body);
            }
        }
        let sacl_parts = SecurityInformation::SACL
            | SecurityInformation::LABEL
            | SecurityInformation::ATTRIBUTE
            | SecurityInformation::SCOPE;
        if wanted.intersects(sacl_parts) && self.sacl != AclSlot::Absent {
            control |= self.control & SACL_BITS;
            present |= SACL_PRESENT;
            if let AclSlot::List(sacl) = &self.sacl {
                *sacl_at = offset(&body);
                sacl.encode(&mut body);
            }
        }
        if wanted.contains(SecurityInformation::DACL) && self.dacl != AclSlot::Absent {
            control |= self.control & DACL_BITS;
            present |= DACL_PRESENT;
            if let AclSlot::List(dacl) = &self.dacl {
                *dacl_at = offset(&body);
                dacl.encode(&mut body);
            }
        }
        let mut bytes = Vec::with_capacity(HEADER_LEN + body.len());
        bytes.extend_from_slice(&[REVISION, 0]);
        bytes.extend_from_slice(&(control.bits() | present).to_le_bytes());
        for offset in offsets {
            bytes.extend_from_slice(&offset.to_le_bytes());
        }
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Parses a descriptor in self-relative form.
    ///
    /// # Errors
    /// It ends too soon, contradicts itself, or is not self-relative.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedSecurity> {
        let (header, _) = bytes
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(MalformedSecurity::Truncated)?;
        let [revision, _, control_low, control_high, offsets @ ..] = *header;
        if revision != REVISION {
            return Err(MalformedSecurity::Revision(revision));
        }
        let control = u16::from_le_bytes([control_low, control_high]);
        if control & SELF_RELATIVE == 0 {
            return Err(MalformedSecurity::Length);
        }
        let (offsets, _) = offsets.as_chunks::<4>();
        let mut parts = offsets
            .iter()
            .map(|offset| part(bytes, u32::from_le_bytes(*offset)));
        let mut next_part = || parts.next().unwrap_or(Ok(None));
        let owner = next_part()?.map(Sid::parse).transpose()?;
        let group = next_part()?.map(Sid::parse).transpose()?;
        let (sacl, dacl) = (next_part()?, next_part()?);
        Ok(Self {
            control: Control::from_bits_truncate(control),
            owner: owner.map(|(sid, _)| sid),
            group: group.map(|(sid, _)| sid),
            sacl: slot(control & SACL_PRESENT != 0, sacl)?,
            dacl: slot(control & DACL_PRESENT != 0, dacl)?,
        })
    }
}

/// Where the next part begins. A descriptor is some 130 KiB at most.
fn offset(body: &[u8]) -> u32 {
    u32::try_from(HEADER_LEN + body.len()).unwrap_or(0)
}

/// What an offset points to; 0 is nothing.
fn part(bytes: &[u8], offset: u32) -> Result<Option<&[u8]>, MalformedSecurity> {
    let offset = usize::try_from(offset).map_err(|_| MalformedSecurity::Length)?;
    match offset {
        0 => Ok(None),
        1..HEADER_LEN => Err(MalformedSecurity::Length),
        _ => bytes.get(offset..).map(Some).ok_or(MalformedSecurity::Truncated),
    }
}

fn slot(present: bool, bytes: Option<&[u8]>) -> Result<AclSlot, MalformedSecurity> {
    Ok(match (present, bytes) {
        (false, _) => AclSlot::Absent,
        (true, None) => AclSlot::Null,
        (true, Some(bytes)) => AclSlot::List(Acl::parse(bytes)?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::AceKind;
    use super::super::sid::tests::any_sid;
    use super::*;

    const ALL_PARTS: SecurityInformation = SecurityInformation::OWNER
        .union(SecurityInformation::GROUP)
        .union(SecurityInformation::DACL)
        .union(SecurityInformation::SACL);

    prop_compose! {
        fn any_ace()(
            kind in prop::sample::select(vec![AceKind::Allow, AceKind::Deny, AceKind::Audit, AceKind::Label]),
            flags in any::<u8>(),
            mask in any::<u32>(),
            sid in any_sid(),
        ) -> Ace {
            let (flags, mask) = (AceFlags::from_bits_retain(flags), AccessMask::from_bits_retain(mask));
            Ace::Plain { kind, flags, mask, sid }
        }
    }

    fn any_slot() -> impl Strategy<Value = AclSlot> {
        prop_oneof![
            Just(AclSlot::Absent),
            Just(AclSlot::Null),
            prop::collection::vec(any_ace(), 0..8).prop_map(|aces| AclSlot::List(Acl::new(aces).unwrap())),
        ]
    }

    prop_compose! {
        fn any_descriptor()(
            control in any::<u16>(),
            owner in prop::option::of(any_sid()),
            group in prop::option::of(any_sid()),
            dacl in any_slot(),
            sacl in any_slot(),
        ) -> SecurityDescriptor {
            let mut control = Control::from_bits_truncate(control) - Control::RESOURCE_MANAGER;
            // Flags of a list that is not there are not kept.
            if dacl == AclSlot::Absent {
                control -= DACL_BITS;
            }
            if sacl == AclSlot::Absent {
                control -= SACL_BITS;
            }
            SecurityDescriptor { control, owner, group, dacl, sacl }
        }
    }

    proptest! {
        #[test]
        fn a_descriptor_comes_back_from_its_wire_form(descriptor in any_descriptor()) {
            let bytes = descriptor.to_bytes(ALL_PARTS);
            prop_assert_eq!(SecurityDescriptor::parse(&bytes).unwrap(), descriptor);
        }

        #[test]
        fn parts_not_asked_for_are_not_given(descriptor in any_descriptor(), wanted in any::<u32>()) {
            let wanted = SecurityInformation::from_bits_truncate(wanted & 0xF);
            let back = SecurityDescriptor::parse(&descriptor.to_bytes(wanted)).unwrap();
            let asked = |part| wanted.contains(part);
            prop_assert_eq!(back.owner, descriptor.owner.filter(|_| asked(SecurityInformation::OWNER)));
            prop_assert_eq!(back.group, descriptor.group.filter(|_| asked(SecurityInformation::GROUP)));
            let dacl = if asked(SecurityInformation::DACL) { descriptor.dacl } else { AclSlot::Absent };
            prop_assert_eq!(back.dacl, dacl);
            let sacl = if asked(SecurityInformation::SACL) { descriptor.sacl } else { AclSlot::Absent };
            prop_assert_eq!(back.sacl, sacl);
        }

        #[test]
        fn damage_never_panics_and_what_still_parses_encodes(
            descriptor in any_descriptor(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = descriptor.to_bytes(ALL_PARTS);
            for (at, value) in damage {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(cut.index(bytes.len() + 1));
            if let Ok(parsed) = SecurityDescriptor::parse(&bytes) {
                let again = SecurityDescriptor::parse(&parsed.to_bytes(ALL_PARTS)).unwrap();
                prop_assert_eq!(again.dacl, parsed.dacl);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = SecurityDescriptor::parse(&bytes);
            let _ = Acl::parse(&bytes);
        }
    }

    #[test]
    fn the_wire_form_is_that_of_the_specification() {
        let rights = [(Sid::everyone(), AccessMask::ALL)];
        let owner = Sid::builtin_administrators();
        let descriptor = SecurityDescriptor::allowing(owner, Sid::local_system(), rights, false).unwrap();
        let bytes = descriptor.to_bytes(ALL_PARTS);
        let expected = [
            &[
                1, 0, 0x04, 0x80, 20, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,
            ][..],
            &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0],
            &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0],
            &[2, 0, 28, 0, 1, 0, 0, 0],
            &[
                0, 0, 20, 0, 0xff, 0x01, 0x1f, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
            ],
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn an_entry_of_an_unknown_type_is_kept_as_it_came() {
        let ace = [5, 0x12, 12, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        let acl = [&[4, 0, 20, 0, 1, 0, 0, 0][..], &ace].concat();
        let parsed = Acl::parse(&acl).unwrap();
        let mut back = Vec::new();
        parsed.encode(&mut back);
        assert_eq!(back, acl);
    }

    #[test]
    fn lengths_that_contradict_each_other_are_refused() {
        // More entries than there is room for; an entry longer than the list; one shorter than its header.
        for acl in [
            &[2, 0, 8, 0, 1, 0, 0, 0][..],
            &[2, 0, 12, 0, 1, 0, 0, 0, 9, 0, 200, 0],
            &[2, 0, 12, 0, 1, 0, 0, 0, 9, 0, 2, 0],
            &[2, 0, 4, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(Acl::parse(acl), Err(MalformedSecurity::Length), "{acl:?}");
        }
        let mut inside_header = SecurityDescriptor::default().to_bytes(ALL_PARTS);
        inside_header[4] = 19;
        assert_eq!(
            SecurityDescriptor::parse(&inside_header),
            Err(MalformedSecurity::Length)
        );
    }

    #[test]
    fn a_list_too_long_for_the_wire_is_refused() {
        let ace = Ace::allow(Sid::everyone(), AccessMask::READ, AceFlags::empty());
        assert!(Acl::new(vec![ace.clone(); 3276]).is_ok());
        assert_eq!(Acl::new(vec![ace; 3277]), Err(AclTooLong));
    }
}
