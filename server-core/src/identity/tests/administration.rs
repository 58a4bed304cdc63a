//! Administration: names, keys, shares, grants, and what is refused.

use super::*;

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
