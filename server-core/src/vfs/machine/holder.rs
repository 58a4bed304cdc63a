//! Who may cache and what: the values of oplocks and leases ([MS-SMB2] 2.2.13.2.8, 3.3.1.12).

use std::sync::Arc;

use bitflags::bitflags;

use super::OpenId;
use crate::live::Consumer;

bitflags! {
    /// What a client may cache ([MS-SMB2] 2.2.13.2.8 LeaseState, same bits).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct LeaseState: u8 {
        /// What it has read.
        const READ = 1;
        /// That the file is open, when its program has closed it.
        const HANDLE = 2;
        /// What it is going to write.
        const WRITE = 4;
    }
}

impl LeaseState {
    /// What can be held: without READ there is nothing ([MS-FSA] 2.1.5.18 lists the legal ones).
    pub(super) fn legal(self) -> Self {
        if self.contains(Self::READ) {
            self
        } else {
            Self::empty()
        }
    }

    /// Giving up one of these needs the client's word.
    pub(super) fn needs_answer(self) -> bool {
        self.intersects(Self::WRITE | Self::HANDLE)
    }
}

/// What a client calls itself at negotiation ([MS-SMB2] 2.2.3 ClientGuid).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientGuid(pub [u8; 16]);

/// What a client calls a lease ([MS-SMB2] 2.2.13.2.8 LeaseKey).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeaseKey(pub [u8; 16]);

/// A lease on this server: keys are the client's own ([MS-SMB2] 3.3.1.11). Both names go over the network in the clear, so
/// that the person counts as well: nobody else answers for a lease, or shares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeaseId {
    /// Whose.
    pub client: ClientGuid,
    /// Which of theirs.
    pub key: LeaseKey,
    /// Whose: of guests, those of one address.
    pub owner: Consumer,
}

/// Who may cache: an open by itself (an oplock), or a client's key over several opens (a lease).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// An open.
    Oplock(OpenId),
    /// A client's key.
    Lease(LeaseId),
}

/// The lease that an open is to be under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseRequest {
    /// Which.
    pub id: LeaseId,
    /// The client's count of changes, of a lease of version 2 ([MS-SMB2] 2.2.13.2.10); `None` of version 1.
    pub epoch: Option<u16>,
    /// The lease on the folder, whose changes by this client need not be told to it.
    pub parent: Option<LeaseKey>,
}

impl LeaseRequest {
    /// The lease on the folder.
    pub(crate) fn parent(&self) -> Option<LeaseId> {
        let key = self.parent?;
        Some(LeaseId { key, ..self.id })
    }
}

/// What a client is told when it must cache less ([MS-SMB2] 2.2.23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseBreak {
    /// Whose cache it is.
    pub holder: Holder,
    /// What it could cache.
    pub from: LeaseState,
    /// All that is left.
    pub to: LeaseState,
    /// The count of changes, for a lease of version 2; else 0.
    pub epoch: u16,
    /// The client has to acknowledge it.
    pub ack_required: bool,
}

/// Hears of breaks for a holder. Called without locks that matter to the caller; must not block.
pub trait BreakListener: Send + Sync + std::fmt::Debug {
    /// Less may be cached from now on.
    fn broken(&self, notice: LeaseBreak);
}

/// A wish to cache, and who hears when it ends.
#[derive(Debug, Clone)]
pub struct CachingRequest {
    /// What the client would like to cache.
    pub wanted: LeaseState,
    /// Under which lease; `None` asks for an oplock.
    pub lease: Option<LeaseRequest>,
    /// Hears of breaks.
    pub listener: Arc<dyn BreakListener>,
}
