//! SIDs, access masks, ACEs, ACLs and security descriptors ([MS-DTYP] 2.4). Pure: no I/O.

mod access_mask;
mod ace;
mod acl;
mod descriptor;
mod sid;
mod unix_mode;

use thiserror::Error;

pub use access_mask::AccessMask;
pub use ace::{Ace, AceFlags, AceKind};
pub use acl::{Acl, AclTooLong};
pub use descriptor::{AclSlot, Control, SecurityDescriptor, SecurityInformation};
pub use sid::{ParseSidError, Sid};
pub use unix_mode::{descriptor_to_mode, mode_to_descriptor, mode_to_descriptor_for};

/// Why bytes are no SID, ACL or security descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MalformedSecurity {
    /// They end too soon.
    #[error("it ends too soon")]
    Truncated,
    /// An unknown revision.
    #[error("it has the unknown revision {0}")]
    Revision(u8),
    /// A length or offset that contradicts the rest.
    #[error("it has a length or offset that contradicts the rest")]
    Length,
}
