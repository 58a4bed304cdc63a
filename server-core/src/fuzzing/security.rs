//! Security descriptors and identifiers.

use crate::security::{SecurityDescriptor, SecurityInformation, Sid};

/// A descriptor in self-relative form; what was understood comes back from its wire form.
pub fn security_descriptor(input: &[u8]) {
    if let Ok((sid, rest)) = Sid::parse(input) {
        assert!(rest.len() < input.len());
        assert_eq!(sid.to_string().parse().as_ref(), Ok(&sid));
    }
    let Ok(descriptor) = SecurityDescriptor::parse(input) else {
        return;
    };
    let bytes = descriptor.to_bytes(SecurityInformation::all());
    let again = SecurityDescriptor::parse(&bytes);
    let same = again.is_ok_and(|again| {
        (again.owner, again.group, again.dacl, again.sacl)
            == (
                descriptor.owner,
                descriptor.group,
                descriptor.dacl,
                descriptor.sacl,
            )
    });
    assert!(same);
}
