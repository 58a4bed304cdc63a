//! People and groups: names, sessions, lock-outs.

use super::*;

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
fn a_person_and_a_group_can_be_renamed_and_keep_what_they_have() {
    let fixture = Fixture::new(false);
    let admin = &fixture.admin;
    fixture.person("alice");
    fixture.person("bob");
    admin
        .add_group(&AddGroup {
            name: "editors".to_owned(),
        })
        .unwrap();
    admin
        .join_group(&Membership {
            name: "alice".to_owned(),
            group: "editors".to_owned(),
        })
        .unwrap();
    let rename = |name: &str, new: &str| {
        admin.change_person(&ChangePerson {
            name: name.to_owned(),
            new_name: Some(new.to_owned()),
            ..ChangePerson::default()
        })
    };
    let before = admin.person("alice").unwrap();
    let renamed = rename("alice", "Alicia").unwrap();
    assert_eq!((renamed.name.as_str(), renamed.sid), ("Alicia", before.sid));
    assert_eq!(renamed.groups, ["editors"]);
    assert_eq!(admin.person("alice").unwrap_err().code, ErrorCode::NoSuchPerson);
    // In another case it is the same name.
    assert_eq!(rename("alicia", "alicia").unwrap().name, "alicia");
    let error = rename("alicia", "BOB").unwrap_err();
    assert_eq!(error.code, ErrorCode::AlreadyExists);
    assert_eq!(error.message, "There is a person named BOB already.");
    assert_eq!(rename("alicia", "").unwrap_err().code, ErrorCode::InvalidName);
    assert_eq!(
        rename("alicia", DOCTOR_ACCOUNT).unwrap_err().code,
        ErrorCode::AlreadyExists
    );

    let rename = |name: &str, new_name: &str| {
        admin.change_group(&ChangeGroup {
            name: name.to_owned(),
            new_name: new_name.to_owned(),
        })
    };
    assert_eq!(rename("editors", "authors").unwrap().members, ["alicia"]);
    assert_eq!(rename("editors", "x").unwrap_err().code, ErrorCode::NoSuchGroup);
    admin
        .add_group(&AddGroup {
            name: "guests".to_owned(),
        })
        .unwrap();
    let error = rename("authors", "Guests").unwrap_err();
    assert_eq!(error.message, "There is a group named Guests already.");
}
