//! An open ([MS-SMB2] 3.3.1.10): a file or folder with its listing position, or a pipe.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::channel_sequence::ChannelSequence;
use super::lock_sequence::{LockSequence, LockSequences};
use super::opens::Opens;
use super::session::Session;
use crate::live::Taken;
use crate::smb::rpc::Pipe;
use crate::smb::wire::create_context::AppInstanceVersion;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::ids::{AppInstanceId, ClientGuid, CreateGuid, TreeId};
use crate::vfs::{self, CloseUnasked, DirectoryEntry, DirectoryScan, HeldBy, LeaseId};

/// One open of a session.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) id: FileId,
    pub(crate) tree_id: TreeId,
    pub(crate) target: OpenTarget,
    /// Cancelled when the open is closed: what waits on it ends.
    pub(crate) closed: CancellationToken,
    /// FilePositionInformation: kept, and used by nothing else ([MS-FSA] 2.1.5.12.23, 2.1.5.15.9).
    pub(crate) position: AtomicU64,
    /// What the client calls the CREATE that made it, when it may have to repeat it.
    pub(super) created_by: Option<CreateName>,
    lease: Option<LeaseId>,
    /// CreateAction of the CREATE that made it.
    pub(crate) create_action: u32,
    /// How it outlives its session, if it does.
    durable: Option<Durable>,
    server: Weak<Opens>,
    /// The session that it was opened in.
    session: Weak<Session>,
    /// Open.AppInstanceId and ApplicationInstanceVersion.
    pub(super) app_instance: Option<AppInstance>,
    /// IsReplayEligible: nothing but its CREATE was heard of it.
    replay_eligible: AtomicBool,
    pub(super) channel_sequence: ChannelSequence,
    lock_sequences: LockSequences,
}

/// A CREATE that a client may have to repeat: only together do the two name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CreateName {
    pub(crate) client: ClientGuid,
    pub(crate) create: CreateGuid,
}

/// What is remembered of an open for the case that its client loses its session ([MS-SMB2] 3.3.1.10, Open.IsDurable).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Durable {
    /// How long it waits for its client, from then on.
    pub(crate) patience: Duration,
    /// It was asked for by version 2 of the context.
    pub(crate) is_version_2: bool,
}

/// The application that opened something, and how new it is; it may go on on another computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AppInstance {
    pub(crate) id: AppInstanceId,
    pub(crate) version: AppInstanceVersion,
}

/// What a CREATE came to: an open that is about to enter the tables.
#[derive(Debug)]
pub(crate) struct NewOpen {
    pub(crate) id: FileId,
    pub(crate) tree_id: TreeId,
    pub(crate) target: OpenTarget,
    pub(crate) created_by: Option<CreateName>,
    /// The lease that it is under.
    pub(crate) lease: Option<LeaseId>,
    pub(crate) durable: Option<Durable>,
    pub(crate) app_instance: Option<AppInstance>,
    pub(crate) create_action: u32,
    /// ChannelSequence of the CREATE.
    pub(crate) channel_sequence: u16,
}

/// What was opened.
#[derive(Debug)]
pub(crate) enum OpenTarget {
    /// A file or folder.
    File {
        open: Arc<vfs::Open>,
        /// Held while entries are read, which may wait: who asks next on this handle gets what comes after.
        listing: tokio::sync::Mutex<Option<Listing>>,
    },
    /// A named pipe.
    Pipe {
        pipe: Mutex<Pipe>,
        /// Of the pipes that its person may have.
        _taken: Taken,
    },
}

/// Where a folder's listing is.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) scan: DirectoryScan,
    /// An entry that did not fit into the last response, or `.` and `..` to begin with.
    pub(crate) waiting: Vec<DirectoryEntry>,
    pub(crate) started: bool,
}

/// What waits for its client is closed: nobody came in time, or somebody else wants the file.
impl CloseUnasked for OpenFile {
    fn close_unasked(&self) {
        if let Some(server) = self.server.upgrade() {
            server.remove(self);
        }
        self.close_unheard();
    }

    fn held_by(&self) -> HeldBy {
        match self.file() {
            Some(open) => open.held_by(),
            // Pipes wait for nobody.
            None => HeldBy {
                user: String::new(),
                durable: false,
                away: None,
            },
        }
    }
}

impl OpenFile {
    pub(super) fn new(new: NewOpen, server: Weak<Opens>, session: Weak<Session>) -> Self {
        Self {
            id: new.id,
            tree_id: new.tree_id,
            target: new.target,
            closed: CancellationToken::new(),
            position: AtomicU64::new(0),
            replay_eligible: AtomicBool::new(new.created_by.is_some()),
            created_by: new.created_by,
            lease: new.lease,
            create_action: new.create_action,
            durable: new.durable,
            server,
            session,
            app_instance: new.app_instance,
            channel_sequence: ChannelSequence::new(new.channel_sequence),
            lock_sequences: LockSequences::default(),
        }
    }

    /// The file or folder; `None` for a pipe.
    pub(crate) fn file(&self) -> Option<&Arc<vfs::Open>> {
        match &self.target {
            OpenTarget::File { open, .. } => Some(open),
            OpenTarget::Pipe { .. } => None,
        }
    }

    /// Whether the CREATE that made it may come again.
    pub(crate) fn is_replay_eligible(&self) -> bool {
        self.replay_eligible.load(Ordering::Relaxed)
    }

    /// A request used it: the client has had the answer to its CREATE.
    pub(crate) fn note_use(&self) {
        if self.is_replay_eligible() {
            self.replay_eligible.store(false, Ordering::Relaxed);
        }
    }

    pub(super) async fn close(&self) -> Result<(), vfs::VfsError> {
        self.closed.cancel();
        match &self.target {
            OpenTarget::File { open, .. } => open.close().await,
            OpenTarget::Pipe { .. } => Ok(()),
        }
    }

    /// Closes it for somebody else, wherever it is: in its session, or waiting for its client.
    ///
    /// # Errors
    /// What was put off until now failed; it is closed all the same.
    pub(crate) async fn close_for_another(&self) -> Result<(), vfs::VfsError> {
        let outcome = match self.session.upgrade() {
            Some(session) => session.opens.close(self).await,
            None => Ok(()),
        };
        if let Some(server) = self.server.upgrade() {
            server.remove(self);
        }
        outcome.and(self.close().await)
    }

    /// The application that opened it.
    pub(crate) fn app_instance(&self) -> Option<AppInstance> {
        self.app_instance
    }

    /// Whether a LOCK was done before: it comes again because its client did not hear of it.
    pub(crate) fn was_locked(&self, sequence: LockSequence) -> bool {
        self.lock_sequences.was_done(sequence)
    }

    /// It is what another open was, to which its client has come back.
    pub(crate) fn goes_on_from(&self, before: &Self) {
        self.lock_sequences.copy(&before.lock_sequences);
    }

    /// A LOCK is done.
    pub(crate) fn locked(&self, sequence: LockSequence) {
        self.lock_sequences.done(sequence);
    }

    /// How it outlives its session, if it does.
    pub(crate) fn durable(&self) -> Option<Durable> {
        self.durable
    }

    /// The lease that it is under.
    pub(crate) fn lease(&self) -> Option<LeaseId> {
        self.lease
    }

    /// What the client called the CREATE that made it.
    pub(crate) fn created_by(&self) -> Option<CreateName> {
        self.created_by
    }

    /// Its session is gone; true when it waits for its client, in the server's table alone.
    pub(super) fn disconnect(self: &Arc<Self>) -> bool {
        let (Some(durable), Some(open)) = (self.durable, self.file()) else {
            return false;
        };
        let closer: Weak<Self> = Arc::downgrade(self);
        let waits = open.disconnect(durable.patience, closer);
        if waits {
            // What still waits on it ends; a client that comes back may have waited for this.
            self.closed.cancel();
        }
        waits
    }

    /// Closes for a client that has gone.
    pub(super) fn close_unheard(&self) {
        self.closed.cancel();
        if let Some(open) = self.file() {
            open.close_unheard();
        }
    }
}
