//! Leases on folders ([MS-SMB2] 3.3.1.4, 3.3.5.9.11): clients keep listings until they are told of a change.

use super::client::{
    Client, Request, Response, close, create, create_caching, create_leased, delete_on_close, rename, watch,
    write,
};
use super::leases::{acknowledge, broken, granted, hears_nothing, state};
use super::*;
use crate::smb::status::NtStatus;
use crate::smb::wire::create::oplock_level;
use crate::smb::wire::ids::LeaseKey;
use crate::smb::wire::lease::{
    LEASE_HANDLE, LEASE_PARENT_KEY_SET, LEASE_READ, LEASE_WRITE, LeaseContext, LeaseVersion2,
};

/// FILE_DIRECTORY_FILE, where CREATE has its options.
const OPTIONS: usize = 40;
const DIRECTORY_FILE: u8 = 1;
/// FILE_GENERIC_READ, where CREATE has its access.
const ACCESS: usize = 24;
const GENERIC_READ: u32 = 0x0012_0089;
const RH: u32 = LEASE_READ | LEASE_HANDLE;
const RWH: u32 = LEASE_READ | LEASE_HANDLE | LEASE_WRITE;
const FOLDER: LeaseKey = LeaseKey([1; 16]);
const FILE: LeaseKey = LeaseKey([2; 16]);
const GONE: (LeaseKey, u32, u32, bool) = (FOLDER, RH, 0, true);

/// CREATE of a folder that asks to cache it.
fn folder(name: &str, version_2: bool) -> Request {
    let lease = LeaseContext {
        lease_key: FOLDER,
        lease_state: RWH,
        lease_flags: 0,
        version_2: version_2.then(LeaseVersion2::default),
    };
    let mut request = create_leased(name, &lease);
    request.body[OPTIONS] = DIRECTORY_FILE;
    // To list it, and nothing that would keep others from renaming what is in it.
    request.body[ACCESS..ACCESS + 4].copy_from_slice(&GENERIC_READ.to_le_bytes());
    request
}

/// CREATE of a file by the client that caches its folder.
fn inside(name: &str) -> Request {
    create_leased(
        name,
        &LeaseContext {
            lease_key: FILE,
            lease_state: RH,
            lease_flags: LEASE_PARENT_KEY_SET,
            version_2: Some(LeaseVersion2 {
                parent_lease_key: FOLDER,
                epoch: 0,
            }),
        },
    )
}

async fn bob(house: &House) -> Client {
    let mut client = house.connect();
    client.negotiate(&[0x0302]).await;
    client.log_in("bob", PASSWORD).await.unwrap();
    client.enter("files").await;
    client
}

async fn cached(client: &mut Client, name: &str) -> Response {
    let opened = client.call(folder(name, true)).await;
    assert_eq!(state(&opened), RH, "it is never written to");
    opened
}

#[test]
fn a_folder_is_cached_under_a_lease_of_version_2_alone() {
    run(async {
        let house = House::new().in_memory("files");
        let mut client = house.alice().await;
        let old = client.call(folder("d", false)).await;
        assert_eq!(
            (old.status(), old.body[2]),
            (NtStatus::SUCCESS, oplock_level::NONE)
        );
        let mut by_oplock = create_caching("d", oplock_level::BATCH);
        by_oplock.body[OPTIONS] = DIRECTORY_FILE;
        let by_oplock = client.call(by_oplock).await;
        assert_eq!(by_oplock.body[2], oplock_level::NONE);
        let opened = cached(&mut client, "d").await;
        assert_eq!(granted(&opened).version_2.unwrap().epoch, 1);
    });
}

#[test]
fn whatever_others_do_in_a_folder_ends_what_is_cached_of_it() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut alice, mut bob) = (house.alice().await, bob(&house).await);
        // Nobody renames what is in a folder that somebody may delete.
        let made = bob.open("d", true).await;
        bob.call(close(made)).await;
        cached(&mut alice, "d").await;
        let file = bob.open("d\\a", false).await;
        assert_eq!(broken(&mut alice).await, GONE);
        // Until it is listed anew nothing more is told.
        bob.open("d\\b", false).await;
        assert_eq!(acknowledge(&mut alice, FOLDER, 0).await, NtStatus::SUCCESS);

        cached(&mut alice, "d").await;
        bob.call(write(file, 0, b"longer")).await;
        hears_nothing(&mut alice).await;
        bob.call(close(file)).await;
        assert_eq!(broken(&mut alice).await, GONE);
        acknowledge(&mut alice, FOLDER, 0).await;

        for change in [rename as fn([u8; 16], &str) -> Request, |file, _| {
            delete_on_close(file)
        }] {
            let file = bob.open("d\\b", false).await;
            cached(&mut alice, "d").await;
            let changed = bob.call(change(file, "d\\c")).await;
            assert_eq!(changed.status(), NtStatus::SUCCESS);
            bob.call(close(file)).await;
            assert_eq!(broken(&mut alice).await, GONE);
            acknowledge(&mut alice, FOLDER, 0).await;
        }
    });
}

#[test]
fn a_client_that_says_which_folder_it_caches_is_not_told_of_its_own_changes() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut alice, mut bob) = (house.alice().await, bob(&house).await);
        cached(&mut alice, "d").await;
        let file = alice.call(inside("d\\a")).await;
        assert_eq!(state(&file), RH);
        let file = file.file_id();
        assert_eq!(
            alice.call(write(file, 0, b"content")).await.status(),
            NtStatus::SUCCESS
        );
        assert_eq!(alice.call(rename(file, "d\\b")).await.status(), NtStatus::SUCCESS);
        assert_eq!(alice.call(close(file)).await.status(), NtStatus::SUCCESS);
        hears_nothing(&mut alice).await;
        // A name given in another folder is news there.
        bob.open("e", true).await;
        let file = bob.open("e\\x", false).await;
        bob.call(rename(file, "d\\x")).await;
        assert_eq!(broken(&mut alice).await, GONE);
    });
}

#[test]
fn what_happens_below_or_to_a_folder_s_opens_leaves_its_listing_as_it_is() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut alice, mut bob) = (house.alice().await, bob(&house).await);
        bob.open("d", true).await;
        bob.open("d\\e", true).await;
        cached(&mut alice, "d").await;
        bob.open("d\\e\\deep", false).await;
        let looked = bob.open("d\\e", true).await;
        bob.call(close(looked)).await;
        hears_nothing(&mut alice).await;
        // Its own change, if it does not say that it caches the folder.
        let made = alice.call(create("d\\new", false)).await;
        assert_eq!(made.status(), NtStatus::SUCCESS);
        assert_eq!(broken(&mut alice).await, GONE);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_on_this_computer_ends_what_is_cached_of_a_folder() {
    run(async {
        let house = House::new();
        let mut alice = house.alice().await;
        let opened = cached(&mut alice, "d").await;
        std::fs::write(house.folder.path().join("files/d/local"), "new").unwrap();
        assert_eq!(broken(&mut alice).await, GONE);
        acknowledge(&mut alice, FOLDER, 0).await;
        alice.call(close(opened.file_id())).await;
        // What the client does itself is no program's.
        cached(&mut alice, "d").await;
        let file = alice.call(inside("d\\own")).await.file_id();
        alice.call(write(file, 0, b"content")).await;
        alice.call(close(file)).await;
        // What is told of another folder later is judged later.
        let mut bob = bob(&house).await;
        let watched = bob.open("w", true).await;
        bob.call(watch(watched)).await;
        std::fs::write(house.folder.path().join("files/w/canary"), "").unwrap();
        bob.receive().await.expect("it is told");
        hears_nothing(&mut alice).await;
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_renamed_stays_cached_under_its_new_name_until_a_program_changes_it() {
    run(async {
        let house = House::new();
        let (mut alice, mut bob) = (house.alice().await, bob(&house).await);
        let made = bob.open("d", true).await;
        bob.call(close(made)).await;
        let opened = cached(&mut alice, "d").await;
        // Its HANDLE goes for the rename, and comes again.
        alice.call(close(opened.file_id())).await;
        let mut by_lease = folder("d", true);
        by_lease.body[ACCESS..ACCESS + 4].copy_from_slice(&(GENERIC_READ | 0x0001_0000).to_le_bytes());
        let opened = alice.call(by_lease).await;
        assert_eq!(state(&opened), RH);
        let renamed = alice.call(rename(opened.file_id(), "e")).await;
        assert_eq!(renamed.status(), NtStatus::SUCCESS);
        hears_nothing(&mut alice).await;
        std::fs::write(house.folder.path().join("files/e/local"), "new").unwrap();
        assert_eq!(broken(&mut alice).await, GONE);
    });
}
