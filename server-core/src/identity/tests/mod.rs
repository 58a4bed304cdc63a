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
use crate::store::Store;
use crate::store::vault::{KeyringUse, Vault};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";

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
    let store = Store::open(folder.path()).unwrap();
    let vault = Vault::open(&store, KeyringUse::Never).unwrap();
    let events = Events::new();
    let receiver = events.subscribe();
    let options = IdentityOptions {
        bcrypt_cost: 4,
        ..IdentityOptions::default()
    };
    (Identity::open(store, vault, events, options).unwrap(), receiver)
}

fn person(name: &str) -> NewUser<'_> {
    NewUser {
        name,
        display_name: None,
        password: Some(PASSWORD),
        smb_allowed: true,
        sftp_allowed: true,
    }
}

fn share(name: &str) -> ShareSettings {
    let root = if cfg!(windows) { "C:\\srv" } else { "/srv" };
    ShareSettings {
        id: ShareId(0),
        name: name.to_owned(),
        folder: PathBuf::from(root).join(name),
        comment: String::new(),
        default_permission: Permission::None,
        guest: false,
        read_only: false,
        encrypt: false,
        hidden: false,
        upload_only: false,
    }
}

fn user(name: &str) -> GranteeName {
    GranteeName::User(name.to_owned())
}

fn group(name: &str) -> GranteeName {
    GranteeName::Group(name.to_owned())
}
