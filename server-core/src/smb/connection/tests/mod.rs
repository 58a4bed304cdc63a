//! Connections in memory against a small client written here: no sockets, no waiting for time to pass.

mod app_instances;
mod channels;
mod client;
mod compounds;
mod durable;
mod folder_leases;
mod hidden_shares;
mod leases;
mod log_in;
mod negotiation;
mod oplocks;
mod protection;
mod replays;
mod silence;
mod slow_readers;
mod stale_requests;
mod tables;
mod waiting;
mod waiting_chains;

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

use self::client::Client;
use crate::identity::{Identity, Permission, ShareSettings};
use crate::live::Sessions;
use crate::net::Place;
use crate::smb::{Framing, SmbContext, SmbSettings};
use crate::testing::{self, Foundation, PASSWORD, person};
use crate::vfs::EngineLimits;

/// A server with the people alice and bob, and the share `files` that both may write to.
struct House {
    context: Arc<SmbContext>,
    identity: Identity,
    sessions: Sessions,
    stop: CancellationToken,
    folder: Rc<TempDir>,
}

impl House {
    fn new() -> Self {
        Self::with(SmbSettings::default())
    }

    fn with(settings: SmbSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let foundation = Foundation::open(&folder.path().join("data"));
        let engine = foundation.engine(EngineLimits::default());
        let Foundation { identity, events, .. } = foundation;
        for name in ["alice", "bob"] {
            identity.add_user(person(name)).unwrap();
        }
        let sessions = Sessions::new(events.clone());
        let context = SmbContext::new(
            engine,
            identity.clone(),
            sessions.clone(),
            events,
            settings,
            [7; 16],
        );
        let house = Self {
            context,
            identity,
            sessions,
            stop: CancellationToken::new(),
            folder: Rc::new(folder),
        };
        house.add_share("files", |_| {});
        house
    }

    fn add_share(&self, name: &str, change: impl FnOnce(&mut ShareSettings)) {
        let folder: PathBuf = self.folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let mut share = ShareSettings {
            default_permission: Permission::ReadWrite,
            ..testing::share(name, folder)
        };
        change(&mut share);
        let share = self.identity.add_share(&share).unwrap();
        self.context.engine.mount(&share).unwrap();
    }

    /// With a share in memory, where nobody but clients changes anything: there they may cache whatever they ask for, on
    /// every system.
    fn in_memory(self, name: &str) -> Self {
        let shares = self.identity.shares();
        let share = shares.iter().find(|share| share.name == name).unwrap();
        self.context.engine.mount_in_memory(share);
        self
    }

    /// A client that is connected and nothing more. Needs [`run`] around it.
    fn connect(&self) -> Client {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let peer = "127.0.0.1:50000".parse().unwrap();
        let (context, stop) = (Arc::clone(&self.context), self.stop.clone());
        // Removed after the connection closed its files: Windows keeps what is open.
        let folder = Rc::clone(&self.folder);
        let served = tokio::task::spawn_local(async move {
            let place = Place::of_a_stranger();
            super::serve(theirs, peer, None, place, Framing::DirectTcp, context, stop).await;
            drop(folder);
        });
        Client::new(ours, served)
    }

    /// A client of alice's in the share `files`.
    async fn alice(&self) -> Client {
        let mut client = self.connect();
        client.negotiate(&[0x0302]).await;
        client.log_in("alice", PASSWORD).await.unwrap();
        client.enter("files").await;
        client
    }
}

/// Runs a test on one thread, as connections are.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, test);
}
