//! Oplock levels ([MS-SMB2] 2.2.13) and what they let a client cache.

use crate::smb::wire::create::oplock_level::{BATCH, EXCLUSIVE, LEVEL_II, NONE};
use crate::vfs::LeaseState;

/// What an oplock level lets a client cache; `None` for a level that is not defined, or a lease.
pub(crate) fn oplock_caching(level: u8) -> Option<LeaseState> {
    match level {
        NONE => Some(LeaseState::empty()),
        LEVEL_II => Some(LeaseState::READ),
        EXCLUSIVE => Some(LeaseState::READ | LeaseState::WRITE),
        BATCH => Some(LeaseState::all()),
        _ => None,
    }
}

/// The oplock level of what a client may cache.
pub(crate) fn oplock_level(caching: LeaseState) -> u8 {
    if caching == LeaseState::all() {
        BATCH
    } else if caching == LeaseState::READ | LeaseState::WRITE {
        EXCLUSIVE
    } else if caching.contains(LeaseState::READ) {
        LEVEL_II
    } else {
        NONE
    }
}
