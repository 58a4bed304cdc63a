//! Who may do what: principals, credentials, effective permission, lock-out.

mod authenticate;
mod grant;
mod principal;

pub use authenticate::{AuthError, Identity, NtHash};
pub use grant::{Effective, LiveGrant, Permission, PermissionSource};
pub use principal::{Principal, ShareId, ShareSettings, UserId};
