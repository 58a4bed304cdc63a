//! A backup is made in one data folder and restored in another.

use super::*;
use crate::admin::{
    AddGroup, AddKey, AddPerson, AddShare, BlockAddress, Grant, GrantList, Grantee, Membership, Named,
    SetSetting, SmbPassword,
};
use crate::identity::Permission;
use crate::testing::Foundation;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@laptop";

fn open(data_dir: &Path) -> Admin {
    let Foundation {
        store,
        identity,
        events,
    } = Foundation::open(data_dir);
    Admin::of_store(store, identity, events)
}

fn person(admin: &Admin, name: &str) {
    let add = AddPerson {
        name: name.to_owned(),
        display_name: None,
        password: Some(Secret::from("pass word".to_owned())),
    };
    admin.add_person(&add).unwrap();
}

/// A data folder with some of everything.
fn furnished(folder: &Path) -> Admin {
    let shared = folder.join("shared");
    std::fs::create_dir(&shared).unwrap();
    let data_dir = folder.join("data");
    let admin = open(&data_dir);
    host_keys::load_or_create(&data_dir).unwrap();
    // Rows that are gone, so that ids differ from those of a fresh folder.
    person(&admin, "gone");
    admin.remove_person("gone").unwrap();
    person(&admin, "alice");
    person(&admin, "bob");
    let add = AddGroup {
        name: "editors".to_owned(),
    };
    admin.add_group(&add).unwrap();
    let membership = Membership {
        name: "alice".to_owned(),
        group: "editors".to_owned(),
    };
    admin.join_group(&membership).unwrap();
    let key = AddKey {
        name: "alice".to_owned(),
        public_key: KEY.to_owned(),
    };
    admin.add_key(&key).unwrap();
    let share = AddShare {
        name: "Docs".to_owned(),
        folder: shared,
        comment: "What we write".to_owned(),
        default_permission: Permission::Read,
        guest: false,
        read_only: false,
        encrypt: true,
        hidden: false,
        upload_only: false,
    };
    admin.add_share(&share).unwrap();
    for grantee in [
        Grantee::User("bob".to_owned()),
        Grantee::Group("editors".to_owned()),
    ] {
        let grant = Grant {
            grantee,
            share: "Docs".to_owned(),
            permission: Some(Permission::ReadWrite),
        };
        admin.grant(&grant).unwrap();
    }
    let set = SetSetting {
        key: "smb.min-dialect".to_owned(),
        value: "3.0".to_owned(),
    };
    admin.set_setting(&set).unwrap();
    admin
        .block_address(BlockAddress {
            address: "192.0.2.7".parse().unwrap(),
            seconds: None,
        })
        .unwrap();
    admin
}

fn file(folder: &Path) -> BackupFile {
    BackupFile {
        file: folder.join("all.landfall-backup"),
        passphrase: Secret::from("correct horse".to_owned()),
    }
}

fn back_up(admin: &Admin, to: &BackupFile) -> Backup {
    let to = BackUp {
        file: to.file.clone(),
        passphrase: to.passphrase.clone(),
        app: Some("{\"theme\":\"dark\"}".to_owned()),
    };
    admin.back_up(&to).unwrap()
}

#[test]
fn everything_is_restored_in_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let admin = furnished(folder.path());
    let file = file(folder.path());
    let made = back_up(&admin, &file);
    assert_eq!(made.people, ["alice", "bob"]);

    let elsewhere = tempfile::tempdir().unwrap();
    let data_dir = elsewhere.path().join("data");
    let other = open(&data_dir);
    person(&other, "mallory");
    host_keys::load_or_create(&data_dir).unwrap();
    assert_eq!(other.inspect_backup(&file).unwrap(), made);
    let restored = other.restore_backup(&file).unwrap();
    assert_eq!(restored.app.as_deref(), Some("{\"theme\":\"dark\"}"));
    drop(other);

    let other = open(&data_dir);
    assert_eq!(other.people().unwrap(), admin.people().unwrap());
    assert_eq!(other.groups(), admin.groups());
    assert_eq!(other.shares(), admin.shares());
    assert_eq!(other.keys("alice").unwrap(), admin.keys("alice").unwrap());
    assert_eq!(other.settings().unwrap(), admin.settings().unwrap());
    assert_eq!(other.store().blocks().unwrap(), admin.store().blocks().unwrap());
    let grants = |admin: &Admin| admin.grants(&GrantList::default()).unwrap();
    assert_eq!(grants(&other), grants(&admin));
    assert_eq!(other.identity().machine_sid(), admin.identity().machine_sid());
    let keys = |admin: &Admin| {
        host_keys::texts(admin.store().data_dir())
            .into_iter()
            .map(|(_, text)| text.0.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&other), keys(&admin));

    // Passwords work, for both protocols, though another key seals them here.
    let alice = other.person("alice").unwrap();
    assert_eq!(alice.smb_password, SmbPassword::Ready);
    let from = "192.0.2.1".parse().unwrap();
    let nt_hash = |admin: &Admin| {
        admin
            .identity()
            .nt_candidate("alice", from)
            .unwrap()
            .hash()
            .clone()
    };
    assert!(nt_hash(&other) == nt_hash(&admin));
    other
        .identity()
        .verify_password("alice", "pass word", from, crate::live::Protocol::Sftp)
        .unwrap();

    // What was there before can be had back.
    let before = BackupFile {
        file: restored.before,
        passphrase: restored.before_passphrase,
    };
    let kept = std::fs::read_to_string(passphrase_of(&before.file)).unwrap();
    assert_eq!(kept, before.passphrase.expose());
    // Who knows the passphrase of what was restored doesn't know this one.
    let known = BackupFile {
        file: before.file.clone(),
        ..file
    };
    assert!(other.inspect_backup(&known).is_err());
    assert_eq!(other.inspect_backup(&before).unwrap().people, ["mallory"]);
    other.restore_backup(&before).unwrap();
    let named = Named {
        name: "mallory".to_owned(),
    };
    assert_eq!(other.people().unwrap()[0].name, named.name);
    assert!(other.shares().is_empty());
}

#[test]
fn numbers_handed_out_before_a_restoration_are_not_handed_out_again() {
    let folder = tempfile::tempdir().unwrap();
    let admin = open(&folder.path().join("data"));
    let file = file(folder.path());
    back_up(&admin, &file);
    person(&admin, "alice");
    let alice = admin.person("alice").unwrap();
    admin.restore_backup(&file).unwrap();
    person(&admin, "bob");
    let bob = admin.person("bob").unwrap();
    assert!(bob.uid > alice.uid && bob.sid != alice.sid);
}

#[test]
fn what_can_not_be_restored_changes_nothing_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let admin = furnished(folder.path());
    let file = file(folder.path());
    back_up(&admin, &file);
    let people = admin.people().unwrap();

    let wrong = BackupFile {
        passphrase: Secret::from("wrong horse".to_owned()),
        ..file.clone()
    };
    let error = admin.restore_backup(&wrong).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidBackup);
    assert!(error.message.contains("the passphrase is wrong"), "{error}");

    let none = BackupFile {
        file: folder.path().join("shopping.txt"),
        ..file.clone()
    };
    assert!(
        admin
            .restore_backup(&none)
            .unwrap_err()
            .message
            .contains("can't be read")
    );
    std::fs::write(&none.file, "milk").unwrap();
    let error = admin.restore_backup(&none).unwrap_err();
    assert!(error.message.ends_with("it is no backup of Landfall."), "{error}");
    assert_eq!(admin.people().unwrap(), people);

    let short = BackUp {
        file: file.file,
        passphrase: Secret::from("horse".to_owned()),
        app: None,
    };
    assert_eq!(
        admin.back_up(&short).unwrap_err().code,
        ErrorCode::InvalidPassword
    );
}

#[test]
fn a_share_that_would_hold_the_data_folder_after_a_restoration_is_kept_but_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    back_up(&furnished(folder.path()), &file);

    let data_dir = folder.path().join("shared/.landfall");
    let other = open(&data_dir);
    let restored = other.restore_backup(&file).unwrap();
    let [share] = &restored.backup.shares[..] else {
        panic!("{restored:?}")
    };
    assert_eq!(
        (share.available, share.unavailable),
        (false, Some(Unavailable::HoldsData))
    );
    let share = other.share("Docs").unwrap();
    assert_eq!(
        (share.available, share.unavailable),
        (false, Some(Unavailable::HoldsData))
    );
    let expected = format!(
        "The share Docs is not served: Landfall's own data is inside {}.",
        share.folder.display()
    );
    assert!(other.status().unwrap().warnings.contains(&expected));
}
