//! Oplock levels ([MS-SMB2] 2.2.13) and what they let a client cache.

use crate::smb::wire::create::oplock_level::{BATCH, EXCLUSIVE, LEVEL_II, NONE};
use crate::vfs::Caching;

/// What an oplock level lets a client cache; `None` for a level that is not defined, or a lease.
pub(crate) fn oplock_caching(level: u8) -> Option<Caching> {
    match level {
        NONE => Some(Caching::empty()),
        LEVEL_II => Some(Caching::READ),
        EXCLUSIVE => Some(Caching::READ | Caching::WRITE),
        BATCH => Some(Caching::all()),
        _ => None,
    }
}

/// The oplock level of what a client may cache.
pub(crate) fn oplock_level(caching: Caching) -> u8 {
    if caching == Caching::all() {
        BATCH
    } else if caching == Caching::READ | Caching::WRITE {
        EXCLUSIVE
    } else if caching.contains(Caching::READ) {
        LEVEL_II
    } else {
        NONE
    }
}
