//! The admin API on a store of its own: every family, and the sentences of its refusals.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::identity::{IdentityOptions, Permission};
use crate::live::{LiveSession, LiveSessionId, Protocol, SessionSecurity};
use crate::store::vault::{KeyringUse, Vault};
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
        let events = Events::new();
        let store = Store::open(&data).unwrap();
        let vault = Vault::open(&store, KeyringUse::Never).unwrap();
        let options = IdentityOptions {
            bcrypt_cost: 4,
            ..IdentityOptions::default()
        };
        let identity = Identity::open(store.clone(), vault, events.clone(), options).unwrap();
        let sessions = Sessions::new(events.clone());
        let admin = match live {
            false => Admin::of_store(store, identity, events),
            true => {
                let (store, limits) = (store.clone(), EngineLimits::default());
                let engine = Engine::new(store.clone(), identity.clone(), events.clone(), limits);
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

#[test]
fn permission_comes_from_the_person_then_the_highest_group_then_the_default_and_says_so() {
    use Permission::{Admin, DropBox, None, Read, ReadWrite};
    let fixture = Fixture::new(false);
    fixture.person("alice");
    fixture.share("docs", Read);
    for name in ["editors", "owners"] {
        fixture
            .admin
            .add_group(&AddGroup {
                name: name.to_owned(),
            })
            .unwrap();
        let membership = Membership {
            name: "alice".to_owned(),
            group: name.to_owned(),
        };
        fixture.admin.join_group(&membership).unwrap();
    }
    type Step<'a> = (
        Option<(Grantee, Option<Permission>)>,
        Permission,
        AccessSource,
        Option<&'a str>,
    );
    let steps: [Step<'_>; 8] = [
        (Option::None, Read, AccessSource::ShareDefault, Option::None),
        (
            Some((group("editors"), Some(DropBox))),
            DropBox,
            AccessSource::Group,
            Some("editors"),
        ),
        (
            Some((group("owners"), Some(Admin))),
            Admin,
            AccessSource::Group,
            Some("owners"),
        ),
        (
            Some((user("alice"), Some(None))),
            None,
            AccessSource::User,
            Option::None,
        ),
        (
            Some((user("alice"), Some(ReadWrite))),
            ReadWrite,
            AccessSource::User,
            Option::None,
        ),
        (
            Some((user("alice"), Option::None)),
            Admin,
            AccessSource::Group,
            Some("owners"),
        ),
        (
            Some((group("owners"), Option::None)),
            DropBox,
            AccessSource::Group,
            Some("editors"),
        ),
        (
            Some((group("editors"), Option::None)),
            Read,
            AccessSource::ShareDefault,
            Option::None,
        ),
    ];
    for (step, permission, from, by) in steps {
        if let Some((grantee, granted)) = step {
            fixture.grant(grantee, granted).unwrap();
        }
        let access = fixture.access("alice");
        assert_eq!(
            (access.permission, access.from, access.group.as_deref()),
            (permission, from, by)
        );
        assert!(access.why.contains("alice"), "{}", access.why);
    }
    // Through JSON and back: what the control socket and the window see.
    let query = AccessQuery {
        name: "alice".to_owned(),
        share: Option::None,
    };
    let json = fixture.admin.call(&Call::Access(query)).unwrap();
    let access: Vec<Access> = serde_json::from_value(json).unwrap();
    assert_eq!(access, [fixture.access("alice")]);
}

#[test]
fn the_limits_of_a_share_hold_whatever_was_granted() {
    let fixture = Fixture::new(false);
    fixture.person("alice");
    fixture.share("docs", Permission::ReadWrite);
    let set = |read_only, upload_only| {
        let change = ChangeShare {
            share: "docs".to_owned(),
            read_only: Some(read_only),
            upload_only: Some(upload_only),
            ..ChangeShare::default()
        };
        fixture.admin.change_share(&change).unwrap();
        fixture.access("alice").permission
    };
    assert_eq!(set(true, false), Permission::Read);
    assert_eq!(set(false, true), Permission::DropBox);
    assert_eq!(set(true, true), Permission::None);
    assert_eq!(set(false, false), Permission::ReadWrite);
}

#[test]
fn guests_have_an_effective_permission_only_where_a_share_admits_them() {
    let fixture = Fixture::new(false);
    fixture.share("docs", Permission::Read);
    let query = AccessQuery {
        name: "guest".to_owned(),
        share: None,
    };
    assert_eq!(
        fixture.admin.access(&query).unwrap_err().code,
        ErrorCode::NoSuchPerson
    );
    let change = ChangeShare {
        share: "docs".to_owned(),
        guest: Some(true),
        ..ChangeShare::default()
    };
    fixture.admin.change_share(&change).unwrap();
    let access = fixture.access("guest");
    assert_eq!(
        (access.permission, access.from),
        (Permission::Read, AccessSource::Guest)
    );
}

#[test]
fn what_does_not_exist_is_refused_by_name_with_what_there_is() {
    let fixture = Fixture::new(false);
    let error = fixture.admin.person("bob").unwrap_err();
    assert_eq!(error.code, ErrorCode::NoSuchPerson);
    assert_eq!(error.message, "There is no person named bob.");
    assert!(error.hint.unwrap().starts_with("There are no people yet"));

    fixture.person("alice");
    fixture.share("docs", Permission::None);
    assert_eq!(
        fixture.admin.person("bob").unwrap_err().hint.as_deref(),
        Some("People: alice.")
    );
    let error = fixture.admin.share("doc").unwrap_err();
    assert_eq!(error.message, "There is no share named doc.");
    assert_eq!(error.hint.as_deref(), Some("Shares: docs."));
    assert_eq!(
        fixture
            .grant(group("x"), Some(Permission::Read))
            .unwrap_err()
            .code,
        ErrorCode::NoSuchGroup
    );
    assert_eq!(
        fixture.grant(user("alice"), None).unwrap_err().code,
        ErrorCode::NoSuchGrant
    );
    let of = SessionOf { id: LiveSessionId(1) };
    assert_eq!(
        fixture.admin.close_session(of).unwrap_err().code,
        ErrorCode::NotRunning
    );
}

#[test]
fn a_name_that_is_taken_is_refused_whatever_its_case() {
    let fixture = Fixture::new(false);
    fixture.person("alice");
    fixture.share("docs", Permission::None);
    let add = AddPerson {
        name: "ALICE".to_owned(),
        display_name: None,
        password: None,
    };
    assert_eq!(
        fixture.admin.add_person(&add).unwrap_err().code,
        ErrorCode::AlreadyExists
    );
    let add = fixture.to_share("Docs", Permission::None);
    assert_eq!(
        fixture.admin.add_share(&add).unwrap_err().code,
        ErrorCode::AlreadyExists
    );
}

#[test]
fn folders_that_would_give_away_the_server_can_not_be_shared() {
    let fixture = Fixture::new(false);
    let data = fixture.admin.store().data_dir().to_path_buf();
    let above = data.parent().unwrap().to_path_buf();
    let file = fixture.shared.join("file");
    std::fs::write(&file, "").unwrap();
    let cases = [
        (std::path::absolute("/").unwrap(), "it is the whole disk"),
        (data.clone(), "Landfall keeps its own data there"),
        (above, "Landfall's own data is inside it"),
        (fixture.shared.join("missing"), "it does not exist"),
        (PathBuf::from("relative"), "its path is not absolute"),
        (file, "it is a file"),
    ];
    for (folder, why) in cases {
        let add = AddShare {
            folder: folder.clone(),
            ..fixture.to_share("docs", Permission::None)
        };
        let error = fixture.admin.add_share(&add).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidFolder, "{}", folder.display());
        assert!(error.message.contains(why), "{}", error.message);
        assert!(error.hint.is_some());
    }
    assert!(fixture.admin.shares().is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_to_the_data_folder_is_no_way_around() {
    let fixture = Fixture::new(false);
    let link = fixture.shared.join("link");
    std::os::unix::fs::symlink(fixture.admin.store().data_dir(), &link).unwrap();
    let add = AddShare {
        folder: link,
        ..fixture.to_share("docs", Permission::None)
    };
    assert_eq!(
        fixture.admin.add_share(&add).unwrap_err().code,
        ErrorCode::InvalidFolder
    );
}

#[test]
fn shares_may_be_nested() {
    let fixture = Fixture::new(true);
    fixture.share("docs", Permission::Read);
    let inside = fixture.shared.join("inside");
    std::fs::create_dir(&inside).unwrap();
    let add = AddShare {
        folder: inside,
        ..fixture.to_share("inside", Permission::Read)
    };
    assert!(fixture.admin.add_share(&add).unwrap().available);
}

#[test]
fn disabling_a_person_ends_every_session_and_removing_a_protocol_only_its_own() {
    let fixture = Fixture::new(true);
    fixture.person("alice");
    let (smb, sftp) = (fixture.session(Protocol::Smb), fixture.session(Protocol::Sftp));
    let change = |change: ChangePerson| fixture.admin.change_person(&change).unwrap();
    let alice = || ChangePerson {
        name: "alice".to_owned(),
        ..ChangePerson::default()
    };
    let person = change(ChangePerson {
        sftp: Some(false),
        ..alice()
    });
    assert!(!person.sftp && person.smb);
    assert!(sftp.closing().is_cancelled() && !smb.closing().is_cancelled());
    let person = change(ChangePerson {
        enabled: Some(false),
        ..alice()
    });
    assert!(!person.enabled);
    assert!(smb.closing().is_cancelled());
}

#[test]
fn removing_a_person_ends_their_sessions() {
    let fixture = Fixture::new(true);
    fixture.person("alice");
    let session = fixture.session(Protocol::Smb);
    fixture.admin.remove_person("alice").unwrap();
    assert!(session.closing().is_cancelled());
    assert!(fixture.admin.people().unwrap().is_empty());
}

#[test]
fn a_session_is_listed_and_can_be_ended() {
    let fixture = Fixture::new(true);
    fixture.person("alice");
    let session = fixture.session(Protocol::Smb);
    let listed = fixture.admin.sessions();
    assert_eq!(listed[0].user, "alice");
    fixture
        .admin
        .close_session(SessionOf { id: listed[0].id })
        .unwrap();
    assert!(session.closing().is_cancelled());
    let unknown = SessionOf {
        id: LiveSessionId(99),
    };
    assert_eq!(
        fixture.admin.close_session(unknown).unwrap_err().code,
        ErrorCode::NoSuchSession
    );
}

#[test]
fn a_revoked_grant_is_gone_from_live_sessions_at_once() {
    let fixture = Fixture::new(true);
    fixture.person("alice");
    fixture.share("docs", Permission::ReadWrite);
    let identity = fixture.admin.identity();
    let principal = identity.principal("alice").unwrap();
    let live = identity.live_grant(&principal, identity.share("docs").unwrap().id);
    assert_eq!(live.permission(), Permission::ReadWrite);
    fixture.grant(user("alice"), Some(Permission::None)).unwrap();
    assert_eq!(live.permission(), Permission::None);
}

#[test]
fn every_change_is_in_the_activity_list_and_no_password_is() {
    let fixture = Fixture::new(false);
    fixture.person("alice");
    fixture.share("docs", Permission::Read);
    fixture.grant(user("alice"), Some(Permission::ReadWrite)).unwrap();
    let add = AddKey {
        name: "alice".to_owned(),
        public_key: KEY.to_owned(),
    };
    let key = fixture.admin.add_key(&add).unwrap();
    let of = KeyOf {
        name: "alice".to_owned(),
        fingerprint: key.fingerprint[..12].to_owned(),
    };
    fixture.admin.remove_key(&of).unwrap();
    fixture
        .admin
        .set_setting(&SetSetting {
            key: "smb.credits".to_owned(),
            value: "fixed:64".to_owned(),
        })
        .unwrap();
    fixture.admin.remove_share("docs").unwrap();
    let records = fixture.admin.activity(&ActivityQuery::default()).unwrap();
    assert!(
        records
            .iter()
            .all(|record| record.kind == ActivityKind::Administered)
    );
    let messages: Vec<_> = records.iter().map(|record| record.message.as_str()).collect();
    assert_eq!(messages.len(), 7, "{messages:?}");
    assert_eq!(messages[0], "alice was added");
    assert_eq!(messages[2], "alice was granted read-write in docs");
    assert_eq!(messages[6], "the share docs was removed");
    assert!(!messages.concat().contains("pass word"));
    let newest = fixture.admin.activity(&ActivityQuery { limit: 1 }).unwrap();
    assert_eq!(newest[0].message, "the share docs was removed");
}

#[test]
fn settings_are_kept_and_can_go_back_to_their_default() {
    let fixture = Fixture::new(true);
    let set = |key: &str, value: &str| {
        fixture.admin.set_setting(&SetSetting {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    };
    let changed = set("smb.listen", "127.0.0.1:4450").unwrap();
    assert!(changed.needs_restart && changed.setting.is_set);
    assert!(
        !set("smb.listen", "127.0.0.1:4450").unwrap().needs_restart,
        "nothing changed"
    );
    assert!(!set("smb.require-signing", "off").unwrap().needs_restart);
    assert!(!fixture.admin.typed_settings().unwrap().smb_require_signing);
    let back = set("smb.require-signing", "").unwrap();
    assert!(!back.setting.is_set && back.setting.value == "on");
    assert_eq!(
        set("smb.nothing", "1").unwrap_err().code,
        ErrorCode::NoSuchSetting
    );
    let listed = fixture.admin.settings().unwrap();
    assert!(listed.iter().all(|setting| !setting.key.starts_with("internal")));
}

#[test]
fn status_counts_what_there_is() {
    let fixture = Fixture::new(true);
    fixture.person("alice");
    fixture.share("docs", Permission::Read);
    let status = fixture.admin.status().unwrap();
    assert!(
        status.running && status.warnings.is_empty(),
        "{:?}",
        status.warnings
    );
    assert_eq!((status.people, status.groups, status.shares), (1, 0, 1));
    assert_eq!(status.master_key, MasterKey::File);
}

#[test]
fn status_warns_of_a_folder_that_is_gone() {
    // Windows lets nobody remove a folder that a running server has mounted.
    let fixture = Fixture::new(false);
    fixture.share("docs", Permission::Read);
    std::fs::remove_dir(&fixture.shared).unwrap();
    let status = fixture.admin.status().unwrap();
    assert!(status.warnings[0].contains("docs"), "{:?}", status.warnings);
}

#[test]
fn wrong_passwords_lock_a_person_out_visibly_until_unlocked() {
    let fixture = Fixture::new(true);
    fixture.person("alice");
    let from = "192.0.2.9".parse().unwrap();
    let identity = fixture.admin.identity();
    for _ in 0..5 {
        let error = identity
            .verify_password("alice", "wrong", from, Protocol::Sftp)
            .unwrap_err();
        identity.failed("alice", from, Protocol::Sftp, &error);
    }
    assert!(fixture.admin.person("alice").unwrap().locked_seconds.is_some());
    assert_eq!(fixture.admin.lock_outs()[0].name.as_deref(), Some("alice"));
    fixture.admin.unlock_person("alice").unwrap();
    assert!(fixture.admin.person("alice").unwrap().locked_seconds.is_none());
    assert!(fixture.admin.lock_outs().is_empty());
}

#[test]
fn a_blocked_address_loses_its_sessions_and_can_be_let_in_again() {
    let fixture = Fixture::new(true);
    let at = |text: &str| text.parse::<std::net::SocketAddr>().unwrap();
    let register = |address| {
        let security = SessionSecurity::default();
        fixture
            .sessions
            .register(Protocol::Smb, "alice", None, at(address), security)
    };
    let (kept, ended) = (register("10.0.0.1:1"), register("[::ffff:10.0.0.2]:2"));
    let address = "10.0.0.2".parse().unwrap();
    let seconds = Some(900);
    fixture
        .admin
        .block_address(BlockAddress { address, seconds })
        .unwrap();
    assert!(ended.closing().is_cancelled() && !kept.closing().is_cancelled());
    let [block] = fixture.admin.blocks()[..] else {
        panic!("one block")
    };
    assert!(block.address == address && block.until.is_some());
    fixture.admin.unblock_address(BlockedAddress { address }).unwrap();
    assert!(fixture.admin.blocks().is_empty());
    let again = fixture.admin.unblock_address(BlockedAddress { address });
    assert_eq!(again.unwrap_err().code, ErrorCode::NoSuchBlock);
}

#[test]
fn what_each_person_may_do_in_a_share_is_listed_with_its_reason() {
    let fixture = Fixture::new(false);
    fixture.person("alice");
    fixture.person("bob");
    fixture.share("Scans", Permission::None);
    let grant = Grant {
        grantee: Grantee::User("bob".to_owned()),
        share: "Scans".to_owned(),
        permission: Some(Permission::Read),
    };
    fixture.admin.grant(&grant).unwrap();
    let access = fixture.admin.share_access("scans").unwrap();
    let shown: Vec<_> = access
        .iter()
        .map(|a| (a.name.as_str(), a.permission, a.from))
        .collect();
    assert_eq!(
        shown,
        [
            ("alice", Permission::None, AccessSource::ShareDefault),
            ("bob", Permission::Read, AccessSource::User)
        ]
    );
}

#[test]
fn activity_is_searched_in_pages_with_the_number_of_all_matches() {
    let fixture = Fixture::new(false);
    for name in ["alice", "bob", "carol"] {
        fixture.person(name);
    }
    let search = ActivitySearch {
        text: Some("was added".to_owned()),
        offset: Some(1),
        limit: Some(1),
        ..ActivitySearch::default()
    };
    let page = fixture.admin.find_activity(&search).unwrap();
    assert_eq!(page.total, 3);
    assert_eq!(page.records.len(), 1);
    assert_eq!(page.records[0].record.user.as_deref(), Some("bob"));
}
