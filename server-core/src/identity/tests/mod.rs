//! The identity service as a whole, on a store and a vault of its own.

mod administration;
mod log_in;
mod permissions;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::broadcast::Receiver;

use super::*;
use crate::live::{ActivityKind, Event, Events, Protocol};
use crate::testing::{self, Foundation, PASSWORD, person};

const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 9, 9));
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

struct House {
    folder: TempDir,
    identity: Identity,
    events: Receiver<Event>,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (identity, events) = open(&folder);
        Self {
            folder,
            identity,
            events,
        }
    }

    /// As after a restart.
    fn reopened(self) -> Self {
        drop(self.identity);
        let (identity, events) = open(&self.folder);
        Self {
            folder: self.folder,
            identity,
            events,
        }
    }

    fn with_alice() -> Self {
        let house = Self::new();
        house.identity.add_user(person("Alice")).unwrap();
        house
    }

    fn log_in(&self, name: &str, password: &str) -> Result<Principal, AuthError> {
        self.identity
            .verify_password(name, password, HERE, Protocol::Sftp)
    }

    fn log_in_from(&self, from: IpAddr, name: &str, password: &str) -> Result<Principal, AuthError> {
        self.identity
            .verify_password(name, password, from, Protocol::Sftp)
    }

    /// What a right proof of Alice's leads to over SMB.
    fn smb(&self) -> Result<Principal, AuthError> {
        let candidate = self.identity.nt_candidate("alice", HERE)?;
        candidate.proven()
    }

    fn add_share(&self, name: &str, change: impl FnOnce(&mut ShareSettings)) -> ShareSettings {
        let mut share = share(name);
        change(&mut share);
        self.identity.add_share(&share).unwrap()
    }

    fn permission(&self, name: &str, share: &str) -> Permission {
        let principal = self.identity.principal(name).unwrap();
        let share = self.identity.share(share).unwrap();
        self.identity.effective(&principal, &share).permission
    }

    fn records(&mut self) -> Vec<(ActivityKind, String)> {
        let mut records = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let Event::Activity(record) = event {
                records.push((record.kind, record.message));
            }
        }
        records
    }
}

fn open(folder: &TempDir) -> (Identity, Receiver<Event>) {
    let events = Events::new();
    let receiver = events.subscribe();
    (Foundation::open_with(folder.path(), events).identity, receiver)
}

fn share(name: &str) -> ShareSettings {
    let root = if cfg!(windows) { "C:\\srv" } else { "/srv" };
    testing::share(name, PathBuf::from(root).join(name))
}

fn user(name: &str) -> GranteeName {
    GranteeName::User(name.to_owned())
}

fn group(name: &str) -> GranteeName {
    GranteeName::Group(name.to_owned())
}
