//! Who may do what: principals, credentials, effective permission, lock-out.

mod authenticate;
mod effective;
mod error;
mod grant;
mod groups;
mod live_grants;
mod lockout;
mod names;
mod people;
mod principal;
mod service;
mod shares;
mod snapshot;
mod ssh_keys;
#[cfg(test)]
mod tests;

pub use crate::store::{GroupId, Permission, ShareId, ShareSettings, UserId};
pub use authenticate::{AuthError, NtCandidate, NtHash};
pub use error::IdentityError;
pub use grant::{Effective, LiveGrant, PermissionSource};
pub use groups::Group;
pub use lockout::{Lock, LockedOut, LockoutRule, LockoutRules};
pub use names::login_name;
pub use people::{NewUser, SmbPasswordState, User};
pub use principal::Principal;
pub use service::{Identity, IdentityOptions};
pub use shares::{Grant, GranteeName};
pub use ssh_keys::SshKey;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use ssh_keys::parse as parse_public_key;
