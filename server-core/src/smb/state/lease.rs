//! Leases, from the words of the protocol into the engine's ([MS-SMB2] 2.2.13.2.8, 3.3.1.11).

use super::Session;
use crate::smb::wire::ids::LeaseKey;
use crate::vfs::{self, LeaseId, LeaseState};

/// The lease of a session's client and person that has this key; `None` where the dialect has no leases.
pub(crate) fn lease_id(session: &Session, key: LeaseKey) -> Option<LeaseId> {
    let client = session.client()?;
    Some(LeaseId {
        client: vfs::ClientGuid(client.guid.0),
        key: vfs::LeaseKey(key.0),
        owner: session.live.usage().consumer(),
    })
}

/// What SMB2_LEASE_* asks for; bits that are not defined ask for nothing.
pub(crate) fn lease_state(bits: u32) -> LeaseState {
    let [low, ..] = bits.to_le_bytes();
    LeaseState::from_bits_truncate(low)
}
