//! SIDs, access masks, ACEs, ACLs and security descriptors ([MS-DTYP] 2.4). Pure: no I/O.

mod access_mask;
mod sid;

pub use access_mask::AccessMask;
pub use sid::{ParseSidError, Sid};
