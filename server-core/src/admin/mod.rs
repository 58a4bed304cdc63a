//! The one API for the window, the command line and tests: typed operations on people, groups, shares,
//! grants, sessions, settings and activity. Everything here blocks (SQLite, bcrypt): call it from a
//! thread that may block.
//!
//! A change is stored, noted in the activity list and in force on live sessions before its method returns.

mod access;
mod activity;
mod backup;
mod blocks;
mod call;
mod disks;
mod doctor;
mod error;
mod grants;
mod groups;
mod keys;
mod people;
mod running;
mod secret;
mod sessions;
mod settings;
mod shares;
mod status;
#[cfg(test)]
mod tests;
mod traffic;

use std::sync::Arc;

use parking_lot::Mutex;

use self::disks::Disks;
use crate::identity::Identity;
use crate::live::{ActivityKind, ActivityRecord, Event, Events, Sessions};
use crate::store::Store;
use crate::vfs::Engine;

pub use access::{Access, AccessQuery, AccessSource};
pub use activity::{ActivityPage, ActivityQuery, ActivitySearch};
pub use backup::{BackUp, BackedUpShare, Backup, BackupFile, Restored};
pub use blocks::{Block, BlockAddress, BlockedAddress};
#[cfg(feature = "typescript")]
pub use call::Answer;
pub use call::Call;
pub use doctor::{Check, CheckKind, DOCTOR_ACCOUNT, Outcome};
pub use error::{AdminError, ErrorCode};
pub use grants::{Grant, GrantList, Grantee};
pub use groups::{AddGroup, ChangeGroup, Group, Membership};
pub use keys::{AddKey, KeyOf, PublicKey};
pub use people::{AddPerson, ChangePerson, LockOut, Named, Person, SetPassword, SmbPassword};
pub use running::{Hardening, HostKey, Listening, RunningServer};
pub use secret::{Secret, generate_password};
pub use sessions::{OpenFileOf, SessionOf, WaitingFileOf};
pub use settings::{InvalidSetting, Listen, SetSetting, Setting, SettingChanged, Settings};
pub use shares::{AddShare, ChangeShare, Share, ShareSpace, Unavailable};
pub use status::{Address, MasterKey, Status};

pub(crate) use settings::{SMB_FALLBACK_PORT, SMB_PORT};

/// The admin API of a data folder. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Admin(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    identity: Identity,
    events: Events,
    disks: Disks,
    live: Option<Live>,
    /// Held while the doctor logs in.
    examining: Mutex<()>,
}

/// What there is only while a server runs.
#[derive(Debug)]
struct Live {
    engine: Engine,
    sessions: Sessions,
    server: Arc<dyn RunningServer>,
}

impl Admin {
    /// For a data folder that no server runs with.
    pub fn of_store(store: Store, identity: Identity, events: Events) -> Self {
        Self(Arc::new(Inner {
            store,
            identity,
            events,
            disks: Disks::default(),
            live: None,
            examining: Mutex::default(),
        }))
    }

    /// For a running server.
    pub fn of_server(
        store: Store,
        identity: Identity,
        events: Events,
        engine: Engine,
        sessions: Sessions,
        server: Arc<dyn RunningServer>,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            identity,
            events,
            disks: Disks::default(),
            live: Some(Live {
                engine,
                sessions,
                server,
            }),
            examining: Mutex::default(),
        }))
    }

    /// Everything that happens from now on.
    pub fn events(&self) -> &Events {
        &self.0.events
    }

    fn identity(&self) -> &Identity {
        &self.0.identity
    }

    fn store(&self) -> &Store {
        &self.0.store
    }

    fn live(&self) -> Option<&Live> {
        self.0.live.as_ref()
    }

    /// Notes a change in the activity list. Stored here and not by the server's activity writer, so that
    /// it is there when the caller looks, and without a server too.
    fn administered(&self, record: ActivityRecord) {
        if let Err(error) = self.store().append_activity(std::slice::from_ref(&record)) {
            tracing::error!(%error, "activity could not be stored");
        }
        self.0.events.send(Event::Activity(record));
    }

    fn note(&self, message: String) {
        self.administered(ActivityRecord::new(ActivityKind::Administered, message));
    }

    fn note_person(&self, name: &str, message: String) {
        self.administered(ActivityRecord {
            user: Some(name.to_owned()),
            ..ActivityRecord::new(ActivityKind::Administered, message)
        });
    }

    fn note_share(&self, share: &str, message: String) {
        self.administered(ActivityRecord {
            share: Some(share.to_owned()),
            ..ActivityRecord::new(ActivityKind::Administered, message)
        });
    }
}
