//! Permissions: where they come from, their limits, and their effect at once.

use super::*;

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
