//! The identity service as a whole: administration, log-in, permissions, and their effect at once.

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

#[test]
fn a_person_logs_in_by_every_form_of_their_name_and_only_with_their_password() {
    let house = House::with_alice();
    for name in ["Alice", "ALICE", "OFFICE\\alice", ".\\alice", "alice@server"] {
        let principal = house.log_in(name, PASSWORD).unwrap();
        assert_eq!(principal.name, "Alice", "{name}");
        let (principal, hash) = house.identity.nt_hash(name, HERE).unwrap();
        assert_eq!((principal.name.as_str(), hash), ("Alice", NtHash::of(PASSWORD)));
    }
    assert_eq!(
        house.log_in("alice", "Correct horse"),
        Err(AuthError::WrongCredentials)
    );
    assert_eq!(house.log_in("alice", ""), Err(AuthError::WrongCredentials));
    assert_eq!(house.log_in("bob", PASSWORD), Err(AuthError::WrongCredentials));
    assert_eq!(
        house.log_in("alice", &"x".repeat(5000)),
        Err(AuthError::WrongCredentials)
    );
}

#[test]
fn sids_and_numbers_survive_a_restart_and_are_not_given_to_someone_else() {
    let house = House::with_alice();
    let before = house.identity.user("alice").unwrap();
    assert!(before.sid.to_string().starts_with("S-1-5-21-"));
    assert_eq!(before.sid.rid(), Some(1000));
    let house = house.reopened();
    assert_eq!(house.identity.user("alice").unwrap().sid, before.sid);

    house.identity.remove_user("alice").unwrap();
    house.identity.add_user(person("alice")).unwrap();
    let after = house.identity.user("alice").unwrap();
    assert_ne!(after.sid, before.sid);
    assert_ne!(after.uid, before.uid);
}

#[test]
fn passwords_that_cannot_be_kept_truly_are_refused() {
    let house = House::with_alice();
    for password in ["", "a\0b", &"x".repeat(72)] {
        let refused = house.identity.set_password("alice", password);
        assert!(matches!(refused, Err(IdentityError::InvalidPassword(_))));
    }
    house.identity.set_password("alice", &"x".repeat(71)).unwrap();
    assert!(house.log_in("alice", &"x".repeat(71)).is_ok());
    assert!(house.log_in("alice", &"x".repeat(70)).is_err());
}

#[test]
fn a_password_matches_however_its_accents_were_typed() {
    let house = House::with_alice();
    house.identity.set_password("alice", "caf\u{e9}").unwrap();
    assert!(house.log_in("alice", "cafe\u{301}").is_ok());
}

#[test]
fn a_disabled_account_and_a_forbidden_protocol_are_refused() {
    let house = House::with_alice();
    house.identity.set_protocols("alice", None, Some(false)).unwrap();
    assert_eq!(
        house.log_in("alice", PASSWORD),
        Err(AuthError::ProtocolNotAllowed)
    );
    assert!(house.identity.nt_hash("alice", HERE).is_ok());
    house.identity.set_enabled("alice", false).unwrap();
    assert_eq!(house.log_in("alice", PASSWORD), Err(AuthError::Disabled));
    let refused = house.identity.nt_hash("alice", HERE);
    assert_eq!(refused.unwrap_err(), AuthError::Disabled);
    // Whether an account is disabled is told only to who knows its password.
    assert_eq!(house.log_in("alice", "wrong"), Err(AuthError::WrongCredentials));
}

#[test]
fn without_smb_no_nt_hash_is_kept_and_the_password_must_be_set_again() {
    let house = House::with_alice();
    house.identity.set_protocols("alice", Some(false), None).unwrap();
    house.identity.set_password("alice", PASSWORD).unwrap();
    assert_eq!(
        house.identity.nt_hash("alice", HERE).unwrap_err(),
        AuthError::ProtocolNotAllowed
    );
    house.identity.set_protocols("alice", Some(true), None).unwrap();
    let smb_password = || house.identity.user("alice").unwrap().smb_password;
    assert_eq!(smb_password(), SmbPasswordState::Missing);
    assert_eq!(
        house.identity.nt_hash("alice", HERE).unwrap_err(),
        AuthError::PasswordMustBeReset
    );
    house.identity.set_password("alice", PASSWORD).unwrap();
    assert_eq!(smb_password(), SmbPasswordState::Ready);
    assert!(house.identity.nt_hash("alice", HERE).is_ok());
}

#[test]
fn a_lost_master_key_loses_no_account() {
    let house = House::with_alice();
    std::fs::remove_file(house.folder.path().join("master.key")).unwrap();
    let house = house.reopened();
    assert!(house.identity.vault().status().key_replaced);
    assert_eq!(house.identity.passwords_to_set_again().unwrap(), ["Alice"]);
    let alice = house.identity.user("alice").unwrap();
    assert_eq!(alice.smb_password, SmbPasswordState::KeyLost);
    assert_eq!(
        house.identity.nt_hash("alice", HERE).unwrap_err(),
        AuthError::PasswordMustBeReset
    );
    assert!(house.log_in("alice", PASSWORD).is_ok(), "SFTP goes on");

    house.identity.set_password("alice", "new one").unwrap();
    assert!(house.identity.passwords_to_set_again().unwrap().is_empty());
    assert!(house.identity.nt_hash("alice", HERE).is_ok());
    let house = house.reopened();
    assert!(house.identity.nt_hash("alice", HERE).is_ok());
}

#[test]
fn nothing_secret_is_in_the_database_in_the_clear() {
    let house = House::with_alice();
    let mut bytes = Vec::new();
    for file in ["landfall.db", "landfall.db-wal"] {
        bytes.extend(std::fs::read(house.folder.path().join(file)).unwrap());
    }
    let hash = NtHash::of(PASSWORD);
    assert!(!bytes.windows(16).any(|window| window == hash.0));
    let password = PASSWORD.as_bytes();
    assert!(!bytes.windows(password.len()).any(|window| window == password));
    assert!(
        bytes.windows(5).any(|window| window == b"Alice"),
        "the right files were read"
    );
}

#[test]
fn five_wrong_passwords_over_both_protocols_together_lock_the_name() {
    let mut house = House::with_alice();
    for _ in 0..3 {
        assert_eq!(house.log_in("alice", "wrong"), Err(AuthError::WrongCredentials));
    }
    for name in ["OFFICE\\ALICE", "alice@server"] {
        assert!(house.identity.nt_hash(name, HERE).is_ok());
        let error = AuthError::WrongCredentials;
        house.identity.failed(name, HERE, Protocol::Smb, &error);
    }
    assert!(matches!(
        house.log_in("alice", PASSWORD),
        Err(AuthError::LockedOut(_))
    ));
    let smb = house.identity.nt_hash("alice", HERE);
    assert!(matches!(smb, Err(AuthError::LockedOut(_))));
    let locks = house.identity.lock_outs();
    assert_eq!(locks.len(), 1);
    assert_eq!(locks[0].what, LockedOut::Name("alice".to_owned()));

    let records = house.records();
    assert_eq!(records.len(), 6);
    assert!(
        records
            .iter()
            .all(|(kind, _)| *kind == ActivityKind::LogInRefused)
    );
    assert!(records[4].1.ends_with("locked for 30 s"), "{}", records[4].1);

    assert!(house.identity.unlock_name("Alice"));
    assert!(house.log_in("alice", PASSWORD).is_ok());
    assert!(house.identity.lock_outs().is_empty());
}

#[test]
fn success_clears_the_failures_and_is_recorded_once() {
    let mut house = House::with_alice();
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(house.log_in("alice", "wrong"), Err(AuthError::WrongCredentials));
        }
        house.log_in("alice", PASSWORD).unwrap();
        house.identity.succeeded("alice", HERE, Protocol::Sftp);
    }
    let logged_in = |(kind, _): &(ActivityKind, String)| *kind == ActivityKind::LoggedIn;
    assert_eq!(
        house.records().iter().filter(|record| logged_in(record)).count(),
        3
    );
    assert!(house.identity.user("alice").unwrap().last_login.is_some());
}

#[test]
fn unknown_names_lock_like_known_ones() {
    let house = House::with_alice();
    for _ in 0..5 {
        assert_eq!(house.log_in("nobody", "x"), Err(AuthError::WrongCredentials));
    }
    assert!(matches!(
        house.log_in("nobody", "x"),
        Err(AuthError::LockedOut(_))
    ));
}

#[test]
fn a_public_key_belongs_to_whom_it_was_added_and_until_it_is_removed() {
    let house = House::with_alice();
    house.identity.add_user(person("bob")).unwrap();
    let line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti alice@laptop";
    let key = house.identity.add_ssh_key("alice", line).unwrap();
    assert_eq!(
        key.fingerprint,
        "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ"
    );
    assert_eq!(
        (key.algorithm.as_str(), key.comment.as_str()),
        ("ssh-ed25519", "alice@laptop")
    );
    let listed = house.identity.ssh_keys("alice").unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].fingerprint, key.fingerprint);
    assert_eq!(
        house.identity.user("alice").unwrap().keys,
        *std::slice::from_ref(&key.fingerprint)
    );

    let blob = russh::keys::PublicKey::from_openssh(line)
        .unwrap()
        .to_bytes()
        .unwrap();
    let verify = |name: &str| house.identity.verify_public_key(name, &blob, HERE);
    assert_eq!(verify("ALICE").unwrap().name, "Alice");
    assert_eq!(verify("bob"), Err(AuthError::WrongCredentials));
    assert_eq!(verify("nobody"), Err(AuthError::WrongCredentials));
    let cut = house.identity.verify_public_key("alice", &blob[..20], HERE);
    assert_eq!(cut, Err(AuthError::WrongCredentials));

    let again = house.identity.add_ssh_key("alice", line);
    assert!(matches!(again, Err(IdentityError::Exists(_))));
    for _ in 0..5 {
        assert!(house.log_in("alice", "wrong").is_err());
    }
    assert!(
        verify("alice").is_ok(),
        "a lock-out for passwords does not shut out keys"
    );
    house.identity.set_enabled("alice", false).unwrap();
    assert_eq!(verify("alice"), Err(AuthError::Disabled));
    house.identity.set_enabled("alice", true).unwrap();
    house.identity.remove_ssh_key("alice", &key.fingerprint).unwrap();
    assert_eq!(verify("alice"), Err(AuthError::WrongCredentials));
    let gone = house.identity.remove_ssh_key("alice", &key.fingerprint);
    assert!(matches!(gone, Err(IdentityError::NoSuchKey(_))));
}

#[test]
fn text_that_is_no_plain_public_key_is_refused() {
    let house = House::with_alice();
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
    for text in [
        String::new(),
        "# a comment".to_owned(),
        "ssh-ed25519 AAAA".to_owned(),
        "-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(),
        format!("{key} a\n{key} b"),
        format!("command=\"ls\" {key}"),
        "x".repeat(20_000),
    ] {
        let refused = house.identity.add_ssh_key("alice", &text);
        assert!(matches!(refused, Err(IdentityError::InvalidKey(_))), "{text}");
    }
    house
        .identity
        .add_ssh_key("alice", &format!("\n{key}\n"))
        .unwrap();
}

#[test]
fn a_persons_grant_beats_groups_and_the_highest_group_beats_the_default() {
    let house = House::with_alice();
    let id = &house.identity;
    house.add_share("Scans", |share| share.default_permission = Permission::DropBox);
    assert_eq!(house.permission("alice", "scans"), Permission::DropBox);

    for (name, permission) in [("readers", Permission::Read), ("editors", Permission::ReadWrite)] {
        id.add_group(name).unwrap();
        id.join_group("alice", name).unwrap();
        id.set_grant(&group(name), "scans", permission).unwrap();
    }
    let alice = id.principal("alice").unwrap();
    let scans = id.share("SCANS").unwrap();
    let by_group = id.effective(&alice, &scans);
    assert_eq!(by_group.permission, Permission::ReadWrite);
    assert_eq!(
        by_group.source,
        PermissionSource::Group {
            name: "editors".to_owned()
        }
    );
    assert_eq!(
        by_group.why,
        "Alice may read and write: granted to the group editors"
    );

    id.set_grant(&user("alice"), "Scans", Permission::None).unwrap();
    let by_name = id.effective(&alice, &scans);
    assert_eq!(
        (by_name.permission, by_name.source),
        (Permission::None, PermissionSource::User)
    );

    id.clear_grant(&user("alice"), "Scans").unwrap();
    id.leave_group("alice", "editors").unwrap();
    assert_eq!(house.permission("alice", "scans"), Permission::Read);
    id.remove_group("readers").unwrap();
    assert_eq!(house.permission("alice", "scans"), Permission::DropBox);
}

#[test]
fn the_shares_own_limits_cap_every_grant() {
    use Permission::{Admin, DropBox, None, Read, ReadWrite};
    let house = House::with_alice();
    // Granted, then what is left in a share that is: read-only, upload-only, both.
    let table = [
        (None, None, None, None),
        (DropBox, None, DropBox, None),
        (Read, Read, None, None),
        (ReadWrite, Read, DropBox, None),
        (Admin, Read, Admin, Read),
    ];
    house.add_share("ro", |share| share.read_only = true);
    house.add_share("up", |share| share.upload_only = true);
    house.add_share("both", |share| {
        share.read_only = true;
        share.upload_only = true;
    });
    for (granted, read_only, upload_only, both) in table {
        for (share, expected) in [("ro", read_only), ("up", upload_only), ("both", both)] {
            house.identity.set_grant(&user("alice"), share, granted).unwrap();
            assert_eq!(house.permission("alice", share), expected, "{granted} in {share}");
        }
    }
    let share = house.identity.share("ro").unwrap();
    let why = house
        .identity
        .effective(&house.identity.principal("alice").unwrap(), &share)
        .why;
    assert_eq!(
        why,
        "Alice may read: admin is granted to them by name, but the share is read-only"
    );
}

#[test]
fn guests_get_the_default_where_they_are_admitted_and_never_administer() {
    let house = House::new();
    assert_eq!(house.identity.guest(), None);
    let closed = house.add_share("closed", |share| share.default_permission = Permission::Admin);
    assert_eq!(house.identity.guest(), None);
    let open = house.add_share("open", |share| {
        share.guest = true;
        share.default_permission = Permission::Admin;
    });
    let guest = house.identity.guest().unwrap();
    assert_eq!((guest.user, guest.name.as_str()), (None, "guest"));
    let in_open = house.identity.effective(&guest, &open);
    assert_eq!(
        (in_open.permission, in_open.source),
        (Permission::ReadWrite, PermissionSource::Guest)
    );
    let in_closed = house.identity.effective(&guest, &closed);
    assert_eq!(
        (in_closed.permission, in_closed.source),
        (Permission::None, PermissionSource::NoGuests)
    );
}

#[test]
fn every_change_reaches_live_permissions_at_once() {
    let house = House::with_alice();
    let id = &house.identity;
    let scans = house.add_share("scans", |share| share.guest = true);
    let alice = id.principal("alice").unwrap();
    let live = id.live_grant(&alice, scans.id);
    let of_guest = id.live_grant(&id.guest().unwrap(), scans.id);
    assert!(Arc::ptr_eq(&live, &id.live_grant(&alice, scans.id)));
    let expect = |permission: Permission, after: &str| assert_eq!(live.permission(), permission, "{after}");

    id.set_grant(&user("alice"), "scans", Permission::ReadWrite)
        .unwrap();
    expect(Permission::ReadWrite, "a grant");
    id.change_share(&ShareSettings {
        read_only: true,
        ..scans.clone()
    })
    .unwrap();
    expect(Permission::Read, "read-only");
    id.change_share(&ShareSettings {
        default_permission: Permission::Read,
        ..scans.clone()
    })
    .unwrap();
    expect(Permission::ReadWrite, "no longer read-only");
    assert_eq!(of_guest.permission(), Permission::Read);
    id.change_share(&ShareSettings {
        guest: false,
        ..scans.clone()
    })
    .unwrap();
    assert_eq!(of_guest.permission(), Permission::None);

    id.set_enabled("alice", false).unwrap();
    expect(Permission::None, "disabled");
    id.set_enabled("alice", true).unwrap();
    expect(Permission::ReadWrite, "enabled");
    id.clear_grant(&user("alice"), "scans").unwrap();
    expect(Permission::None, "revoked");

    id.add_group("editors").unwrap();
    id.set_grant(&group("editors"), "scans", Permission::Admin)
        .unwrap();
    id.join_group("alice", "editors").unwrap();
    expect(Permission::Admin, "joined");
    id.leave_group("alice", "editors").unwrap();
    expect(Permission::None, "left");
    id.join_group("alice", "editors").unwrap();
    id.remove_share("scans").unwrap();
    expect(Permission::None, "the share removed");
    assert_eq!(id.live_grant(&alice, scans.id).permission(), Permission::None);
}

#[test]
fn a_removed_person_has_nothing_even_if_someone_takes_their_name() {
    let house = House::with_alice();
    let scans = house.add_share("scans", |share| share.default_permission = Permission::Read);
    let before = house.identity.principal("alice").unwrap();
    let live = house.identity.live_grant(&before, scans.id);
    assert_eq!(live.permission(), Permission::Read);
    house.identity.remove_user("alice").unwrap();
    house.identity.add_user(person("alice")).unwrap();
    assert_eq!(live.permission(), Permission::None);
    let effective = house.identity.effective(&before, &scans);
    assert_eq!(effective.source, PermissionSource::Disabled);
}

#[test]
fn changes_are_announced_and_refused_ones_change_nothing() {
    let mut house = House::with_alice();
    let announced = |events: &mut Receiver<Event>| {
        let mut count = 0;
        while let Ok(event) = events.try_recv() {
            count += usize::from(matches!(event, Event::ConfigurationChanged));
        }
        count
    };
    assert_eq!(announced(&mut house.events), 1);
    let id = &house.identity;
    assert!(matches!(
        id.add_user(person("ALICE")),
        Err(IdentityError::Exists(_))
    ));
    assert!(matches!(
        id.add_user(person("a/b")),
        Err(IdentityError::InvalidName { .. })
    ));
    assert!(matches!(
        id.set_enabled("bob", true),
        Err(IdentityError::NoSuchUser(_))
    ));
    assert!(matches!(
        id.join_group("alice", "x"),
        Err(IdentityError::NoSuchGroup(_))
    ));
    assert!(matches!(
        id.set_grant(&user("alice"), "x", Permission::Read),
        Err(IdentityError::NoSuchShare(_))
    ));
    assert!(matches!(
        id.change_share(&share("x")),
        Err(IdentityError::NoSuchShare(_))
    ));
    assert_eq!(announced(&mut house.events), 0);
    assert_eq!(id.users().unwrap().len(), 1);
    id.rename_user("alice", "Alicia").unwrap();
    assert_eq!(announced(&mut house.events), 1);
    assert!(house.log_in("alicia", PASSWORD).is_ok());
    assert!(house.log_in("alice", PASSWORD).is_err());
}

#[test]
fn shares_are_found_without_case_and_their_names_and_folders_are_checked() {
    let house = House::new();
    house.add_share("Fotos", |_| {});
    assert_eq!(house.identity.share("FOTOS").unwrap().name, "Fotos");
    assert!(matches!(
        house.identity.add_share(&share("fotos")),
        Err(IdentityError::Exists(_))
    ));
    let refused = |change: fn(&mut ShareSettings)| {
        let mut share = share("new");
        change(&mut share);
        house.identity.add_share(&share).unwrap_err()
    };
    assert!(matches!(
        refused(|share| share.name = "IPC$".to_owned()),
        IdentityError::InvalidName { .. }
    ));
    assert!(matches!(
        refused(|share| share.folder = "relative".into()),
        IdentityError::InvalidFolder(_)
    ));
    assert!(matches!(
        refused(|share| share.folder.push("..")),
        IdentityError::InvalidFolder(_)
    ));
    assert!(matches!(
        refused(|share| share.comment = "two\nlines".to_owned()),
        IdentityError::InvalidName { .. }
    ));
    let house = house.reopened();
    let names: Vec<_> = house
        .identity
        .shares()
        .iter()
        .map(|share| share.name.clone())
        .collect();
    assert_eq!(names, ["Fotos"]);
}

#[test]
fn grants_and_members_are_listed_by_name() {
    let house = House::with_alice();
    let id = &house.identity;
    id.add_user(person("Bob")).unwrap();
    id.add_group("editors").unwrap();
    for name in ["bob", "alice", "alice"] {
        id.join_group(name, "Editors").unwrap();
    }
    let editors = id.group("EDITORS").unwrap();
    assert_eq!(editors.members, ["Alice", "Bob"]);
    assert_eq!(id.user("bob").unwrap().groups, ["editors"]);
    house.add_share("b", |_| {});
    house.add_share("a", |_| {});
    id.set_grant(&group("editors"), "b", Permission::Read).unwrap();
    id.set_grant(&user("bob"), "a", Permission::Admin).unwrap();
    id.set_grant(&user("bob"), "a", Permission::Read).unwrap();
    let grant = |share: &str, to, permission| Grant {
        share: share.to_owned(),
        to,
        permission,
    };
    let all = [
        grant("a", user("Bob"), Permission::Read),
        grant("b", group("editors"), Permission::Read),
    ];
    assert_eq!(id.grants(None).unwrap(), all);
    assert_eq!(id.grants(Some("A")).unwrap(), all[..1]);
    let none = id.clear_grant(&user("bob"), "b");
    assert!(matches!(none, Err(IdentityError::NoSuchGrant(_))));
    let not_in = id
        .leave_group("alice", "editors")
        .and_then(|()| id.leave_group("alice", "editors"));
    assert!(matches!(not_in, Err(IdentityError::NotAMember { .. })));
}

#[test]
fn what_another_process_changed_is_seen_after_a_reload() {
    let house = House::with_alice();
    let (other, _) = open(&house.folder);
    other.add_user(person("bob")).unwrap();
    assert!(house.identity.principal("bob").is_none());
    house.identity.reload().unwrap();
    assert!(house.identity.principal("bob").is_some());
}

#[test]
fn changes_from_many_threads_leave_the_snapshot_as_the_store_has_it() {
    let house = House::with_alice();
    let scans = house.add_share("scans", |_| {});
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (id, alice) = (&house.identity, house.identity.principal("alice").unwrap());
            scope.spawn(move || {
                for n in 0..20 {
                    let permission = if (n + thread) % 2 == 0 {
                        Permission::Read
                    } else {
                        Permission::Admin
                    };
                    id.set_grant(&user("alice"), "scans", permission).unwrap();
                    let _ = id.live_grant(&alice, scans.id).permission();
                }
            });
        }
    });
    let (fresh, _) = open(&house.folder);
    let alice = fresh.principal("alice").unwrap();
    let stored = fresh.effective(&alice, &scans).permission;
    assert_eq!(house.permission("alice", "scans"), stored);
    assert_eq!(house.identity.live_grant(&alice, scans.id).permission(), stored);
}
