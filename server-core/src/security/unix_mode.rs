//! Unix permission bits as security descriptors, and back.
//!
//! Unix asks the one class that fits (owner, group, others); an ACL adds up every entry that fits. Where
//! a class has less than a later one, an entry that denies the difference goes before.

use super::{AccessMask, Ace, AceFlags, AceKind, Acl, AclSlot, SecurityDescriptor, Sid};

const TYPE_MASK: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
/// Owners may always change the bits, see attributes, and give the file away as far as the system lets them.
const OWNER_ALWAYS: AccessMask = AccessMask::READ_CONTROL
    .union(AccessMask::WRITE_DAC)
    .union(AccessMask::WRITE_OWNER)
    .union(AccessMask::READ_ATTRIBUTES)
    .union(AccessMask::WRITE_ATTRIBUTES)
    .union(AccessMask::READ_EA)
    .union(AccessMask::DELETE)
    .union(AccessMask::SYNCHRONIZE);
/// `stat` is open to everyone who gets to the file.
const EVERYONE_ALWAYS: AccessMask = AccessMask::READ_CONTROL
    .union(AccessMask::READ_ATTRIBUTES)
    .union(AccessMask::READ_EA)
    .union(AccessMask::SYNCHRONIZE);

/// The descriptor that says what the bits of `st_mode` say. A file's group may well be its owner's own.
pub fn mode_to_descriptor(mode: u32, owner: Sid, group: Sid) -> SecurityDescriptor {
    let folder = mode & TYPE_MASK == FOLDER;
    let [owner_bits, group_bits, other_bits] = classes(mode);
    let deny =
        |sid: &Sid, bits: u32| (bits != 0).then(|| Ace::deny(sid.clone(), denied(bits), AceFlags::empty()));
    let allow = |sid: &Sid, bits: u32, always: AccessMask| {
        Ace::allow(sid.clone(), rights(bits, folder) | always, AceFlags::empty())
    };
    let everyone = Sid::everyone();
    let entries = [
        deny(&owner, (group_bits | other_bits) & !owner_bits),
        Some(allow(&owner, owner_bits, OWNER_ALWAYS)),
        deny(&group, other_bits & !group_bits),
        Some(allow(&group, group_bits, EVERYONE_ALWAYS)),
        Some(allow(&everyone, other_bits, EVERYONE_ALWAYS)),
    ];
    // Five entries always fit.
    let dacl = Acl::new(entries.into_iter().flatten().collect()).unwrap_or_default();
    SecurityDescriptor {
        owner: Some(owner),
        group: Some(group),
        dacl: AclSlot::List(dacl),
        ..SecurityDescriptor::default()
    }
}

/// The same for someone who is not the owner and may do what the owner may, because the owner's account acts for them:
/// the file is nobody else's for that, and everyone is told of the same owner.
pub fn mode_to_descriptor_for(mode: u32, owner: Sid, group: Sid, acting: Sid) -> SecurityDescriptor {
    let mut descriptor = mode_to_descriptor(mode, owner, group);
    let [owner_bits, ..] = classes(mode);
    let folder = mode & TYPE_MASK == FOLDER;
    if let AclSlot::List(acl) = &descriptor.dacl {
        let mine = Ace::allow(
            acting,
            rights(owner_bits, folder) | OWNER_ALWAYS,
            AceFlags::empty(),
        );
        let entries = std::iter::once(mine).chain(acl.aces().iter().cloned());
        // Six entries always fit.
        descriptor.dacl = AclSlot::List(Acl::new(entries.collect()).unwrap_or_default());
    }
    descriptor
}

/// The permission bits (no type) that come nearest to a descriptor; `None` when it says nothing of
/// who may do what.
pub fn descriptor_to_mode(descriptor: &SecurityDescriptor) -> Option<u32> {
    let acl = match &descriptor.dacl {
        AclSlot::Absent => return None,
        AclSlot::Null => return Some(0o777),
        AclSlot::List(acl) => acl,
    };
    let class = |sid: Option<&Sid>| {
        let mask = granted(acl, sid);
        let read = mask.contains(AccessMask::READ_DATA);
        let write = mask.contains(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA);
        let execute = mask.contains(AccessMask::EXECUTE);
        u32::from(read) << 2 | u32::from(write) << 1 | u32::from(execute)
    };
    let (owner, group) = (descriptor.owner.as_ref(), descriptor.group.as_ref());
    Some(class(owner) << 6 | class(group) << 3 | class(None))
}

/// What the list grants to a SID together with everyone; the first entry that mentions a right decides.
fn granted(acl: &Acl, sid: Option<&Sid>) -> AccessMask {
    let all = [Sid::everyone(), Sid::authenticated_users(), Sid::builtin_users()];
    let (mut allowed, mut refused) = (AccessMask::empty(), AccessMask::empty());
    for ace in acl.aces() {
        let Ace::Plain {
            kind,
            flags,
            mask,
            sid: about,
        } = ace
        else {
            continue;
        };
        let applies = sid == Some(about) || all.contains(about);
        if !applies || flags.contains(AceFlags::INHERIT_ONLY) {
            continue;
        }
        let mask = mask.map_generic();
        match kind {
            AceKind::Allow => allowed |= mask - refused,
            AceKind::Deny => refused |= mask - allowed,
            AceKind::Audit | AceKind::Label => {}
        }
    }
    allowed
}

/// Owner, group and others, three bits each.
fn classes(mode: u32) -> [u32; 3] {
    [mode >> 6 & 7, mode >> 3 & 7, mode & 7]
}

fn rights(bits: u32, folder: bool) -> AccessMask {
    let mut rights = AccessMask::empty();
    if bits & 4 != 0 {
        rights |= AccessMask::READ;
    }
    if bits & 2 != 0 {
        rights |= AccessMask::WRITE;
        if folder {
            rights |= AccessMask::DELETE_CHILD;
        }
    }
    if bits & 1 != 0 {
        rights |= AccessMask::RUN;
    }
    // What all classes always have is added by the caller.
    rights
}

/// Only the rights that a bit stands for: a denial must not take away seeing attributes.
fn denied(bits: u32) -> AccessMask {
    let mut rights = AccessMask::empty();
    if bits & 4 != 0 {
        rights |= AccessMask::READ_DATA;
    }
    if bits & 2 != 0 {
        rights |= AccessMask::WRITE_DATA | AccessMask::APPEND_DATA | AccessMask::DELETE_CHILD;
    }
    if bits & 1 != 0 {
        rights |= AccessMask::EXECUTE;
    }
    rights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> Sid {
        "S-1-5-21-1-2-3-1000".parse().unwrap()
    }

    fn editors() -> Sid {
        "S-1-5-21-1-2-3-1001".parse().unwrap()
    }

    #[test]
    fn every_mode_comes_back() {
        for kind in [0o100_000, FOLDER] {
            for mode in 0..0o1000 {
                let descriptor = mode_to_descriptor(kind | mode, alice(), editors());
                assert_eq!(descriptor_to_mode(&descriptor), Some(mode), "{mode:o}");
            }
        }
    }

    #[test]
    fn an_ordinary_mode_denies_nothing_and_owners_can_always_change_it() {
        let descriptor = mode_to_descriptor(0o100_640, alice(), editors());
        let AclSlot::List(acl) = &descriptor.dacl else {
            panic!("no list")
        };
        assert_eq!(acl.aces().len(), 3);
        assert!(granted(acl, Some(&alice())).contains(AccessMask::WRITE_DAC | AccessMask::WRITE));
        assert!(!granted(acl, Some(&editors())).intersects(AccessMask::WRITE_DAC | AccessMask::WRITE_DATA));
        assert!(granted(acl, None).contains(AccessMask::READ_ATTRIBUTES));
    }

    #[test]
    fn who_acts_for_the_owner_has_the_rights_and_not_the_file() {
        let owner = Sid::unix_user(1000);
        let descriptor = mode_to_descriptor_for(0o100_640, owner.clone(), Sid::unix_group(1000), alice());
        assert_eq!(descriptor.owner, Some(owner));
        let AclSlot::List(acl) = &descriptor.dacl else {
            panic!("no list")
        };
        assert!(granted(acl, Some(&alice())).contains(AccessMask::WRITE_DAC | AccessMask::WRITE));
        assert_eq!(descriptor_to_mode(&descriptor), Some(0o640));
    }

    #[test]
    fn what_clients_write_becomes_the_nearest_mode() {
        let generic = [
            (alice(), AccessMask::GENERIC_ALL),
            (Sid::authenticated_users(), AccessMask::GENERIC_READ),
        ];
        let descriptor = SecurityDescriptor::allowing(alice(), editors(), generic, false).unwrap();
        assert_eq!(descriptor_to_mode(&descriptor), Some(0o744));
        let null = SecurityDescriptor {
            dacl: AclSlot::Null,
            ..SecurityDescriptor::default()
        };
        assert_eq!(descriptor_to_mode(&null), Some(0o777));
        assert_eq!(descriptor_to_mode(&SecurityDescriptor::default()), None);
    }
}
