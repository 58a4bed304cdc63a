//! The admin API on a store of its own: every family, and the sentences of its refusals.

mod overview;
mod people;
mod permissions;
mod shares;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::identity::Permission;
use crate::live::{LiveSession, LiveSessionId, Protocol, SessionSecurity};
use crate::testing::Foundation;
use crate::vfs::EngineLimits;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@laptop";

/// An admin API with a data folder and a folder to share.
struct Fixture {
    admin: Admin,
    sessions: Sessions,
    shared: PathBuf,
    _folder: tempfile::TempDir,
}

#[derive(Debug)]
struct Nothing;

impl RunningServer for Nothing {
    fn listening(&self) -> Listening {
        Listening::default()
    }
    fn hardening(&self) -> Hardening {
        Hardening {
            file_system: crate::sandbox::FileSystemGuard::Landlock { abi: 6 },
            privileges: crate::sandbox::Privileges::None,
        }
    }
    fn uptime(&self) -> Duration {
        Duration::from_secs(7)
    }
    fn traffic(&self) -> Vec<crate::live::TrafficSample> {
        Vec::new()
    }
    fn host_keys(&self) -> Vec<super::HostKey> {
        Vec::new()
    }
    fn apply(&self, _: &Settings) {}
    fn flush_activity(&self) {}
    fn set_sharing(&self, _: bool) -> Result<bool, AdminError> {
        Ok(true)
    }
}

impl Fixture {
    fn new(live: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, shared) = (folder.path().join("data"), folder.path().join("shared"));
        std::fs::create_dir(&shared).unwrap();
        let foundation = Foundation::open(&data);
        let engine = live.then(|| foundation.engine(EngineLimits::default()));
        let Foundation {
            store,
            identity,
            events,
        } = foundation;
        let sessions = Sessions::new(events.clone());
        let admin = match engine {
            None => Admin::of_store(store, identity, events),
            Some(engine) => {
                let server = Arc::new(Nothing);
                Admin::of_server(store, identity, events, engine, sessions.clone(), server)
            }
        };
        Self {
            admin,
            sessions,
            shared,
            _folder: folder,
        }
    }

    fn person(&self, name: &str) -> Person {
        let add = AddPerson {
            name: name.to_owned(),
            display_name: None,
            password: Some(Secret::from("pass word".to_owned())),
        };
        self.admin.add_person(&add).unwrap()
    }

    fn share(&self, name: &str, default: Permission) -> Share {
        self.admin.add_share(&self.to_share(name, default)).unwrap()
    }

    fn to_share(&self, name: &str, default_permission: Permission) -> AddShare {
        AddShare {
            name: name.to_owned(),
            folder: self.shared.clone(),
            comment: String::new(),
            default_permission,
            guest: false,
            read_only: false,
            encrypt: false,
            hidden: false,
            upload_only: false,
        }
    }

    fn grant(&self, grantee: Grantee, permission: Option<Permission>) -> Result<(), AdminError> {
        self.admin.grant(&Grant {
            grantee,
            share: "docs".to_owned(),
            permission,
        })
    }

    fn access(&self, name: &str) -> Access {
        let query = AccessQuery {
            name: name.to_owned(),
            share: Some("docs".to_owned()),
        };
        self.admin.access(&query).unwrap().remove(0)
    }

    fn session(&self, protocol: Protocol) -> Arc<LiveSession> {
        let user = self.admin.identity().user("alice").unwrap().id.0;
        let address = "127.0.0.1:5000".parse().unwrap();
        self.sessions
            .register(protocol, "alice", Some(user), address, SessionSecurity::default())
    }
}

fn user(name: &str) -> Grantee {
    Grantee::User(name.to_owned())
}

fn group(name: &str) -> Grantee {
    Grantee::Group(name.to_owned())
}
