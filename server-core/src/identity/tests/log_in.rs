//! Logging in: passwords, keys, lock-out, a lost master key.

use super::*;

#[test]
fn a_person_logs_in_by_every_form_of_their_name_and_only_with_their_password() {
    let house = House::with_alice();
    for name in ["Alice", "ALICE", "OFFICE\\alice", ".\\alice", "alice@server"] {
        let principal = house.log_in(name, PASSWORD).unwrap();
        assert_eq!(principal.name, "Alice", "{name}");
        let candidate = house.identity.nt_candidate(name, HERE).unwrap();
        assert_eq!(candidate.hash(), &NtHash::of(PASSWORD));
        assert_eq!(candidate.proven().unwrap().name, "Alice");
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
    assert!(house.smb().is_ok());
    house.identity.set_enabled("alice", false).unwrap();
    assert_eq!(house.log_in("alice", PASSWORD), Err(AuthError::Disabled));
    assert_eq!(house.smb().unwrap_err(), AuthError::Disabled);
    // Whether an account is disabled is told only to who knows its password.
    assert_eq!(house.log_in("alice", "wrong"), Err(AuthError::WrongCredentials));
}

#[test]
fn without_smb_no_nt_hash_is_kept_and_the_password_must_be_set_again() {
    let house = House::with_alice();
    house.identity.set_protocols("alice", Some(false), None).unwrap();
    house.identity.set_password("alice", PASSWORD).unwrap();
    assert_eq!(house.smb().unwrap_err(), AuthError::ProtocolNotAllowed);
    house.identity.set_protocols("alice", Some(true), None).unwrap();
    let smb_password = || house.identity.user("alice").unwrap().smb_password;
    assert_eq!(smb_password(), SmbPasswordState::Missing);
    assert_eq!(house.smb().unwrap_err(), AuthError::PasswordMustBeReset);
    house.identity.set_password("alice", PASSWORD).unwrap();
    assert_eq!(smb_password(), SmbPasswordState::Ready);
    assert!(house.smb().is_ok());
}

#[test]
fn the_password_that_sftp_proves_is_good_for_smb_again_and_a_wrong_one_is_not() {
    let house = House::with_alice();
    house.identity.set_protocols("alice", Some(false), None).unwrap();
    assert!(house.log_in("alice", PASSWORD).is_ok());
    let smb_password = || house.identity.user("alice").unwrap().smb_password;
    assert_eq!(smb_password(), SmbPasswordState::Missing, "SMB is not allowed");
    house.identity.set_protocols("alice", Some(true), None).unwrap();
    assert!(house.log_in("alice", "wrong").is_err());
    assert_eq!(smb_password(), SmbPasswordState::Missing);
    assert!(house.log_in("alice", PASSWORD).is_ok());
    assert_eq!(smb_password(), SmbPasswordState::Ready);
    assert!(house.smb().is_ok());
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
    assert_eq!(house.smb().unwrap_err(), AuthError::PasswordMustBeReset);
    assert!(house.log_in("alice", PASSWORD).is_ok(), "SFTP goes on");
    // Which proves the password, so that SMB goes on too.
    assert!(house.identity.passwords_to_set_again().unwrap().is_empty());
    assert!(house.smb().is_ok());

    house.identity.set_password("alice", "new one").unwrap();
    assert!(house.smb().is_ok());
    let house = house.reopened();
    assert!(house.smb().is_ok());
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
fn five_wrong_passwords_over_both_protocols_together_lock_the_name_where_they_came_from() {
    let mut house = House::with_alice();
    for n in 0..3 {
        let wrong = format!("wrong {n}");
        assert_eq!(house.log_in("alice", &wrong), Err(AuthError::WrongCredentials));
    }
    for name in ["OFFICE\\ALICE", "alice@server"] {
        let candidate = house.identity.nt_candidate(name, HERE).unwrap();
        house.identity.disproven(name, HERE, &candidate, false);
    }
    assert!(matches!(
        house.log_in("alice", PASSWORD),
        Err(AuthError::LockedOut(_))
    ));
    assert!(matches!(house.smb(), Err(AuthError::LockedOut(_))));
    assert!(house.log_in_from(ELSEWHERE, "alice", PASSWORD).is_ok());
    let locks = house.identity.lock_outs();
    assert_eq!(locks.len(), 1);
    assert_eq!(locks[0].what, LockedOut::NameAt("alice".to_owned(), HERE));

    let records = house.records();
    assert!(
        records
            .iter()
            .all(|(kind, _)| *kind == ActivityKind::LogInRefused)
    );
    let told = |end: &str| {
        records
            .iter()
            .filter(|(_, message)| message.ends_with(end))
            .count()
    };
    assert_eq!(
        told("the name or password is wrong"),
        2,
        "one for each protocol: {records:?}"
    );
    assert_eq!(told("locked for 30 s"), 1);

    assert!(house.identity.unlock_name("Alice"));
    assert!(house.log_in("alice", PASSWORD).is_ok());
    assert!(house.identity.lock_outs().is_empty());
}

#[test]
fn a_crowd_that_guesses_a_name_locks_it_but_not_where_the_person_was() {
    let house = House::with_alice();
    house.identity.succeeded("alice", HERE, Protocol::Smb);
    for n in 0..100_u8 {
        let from = IpAddr::from([10, 0, 0, n]);
        let candidate = house.identity.nt_candidate("alice", from).unwrap();
        house.identity.disproven("alice", from, &candidate, false);
    }
    let elsewhere = house.log_in_from(ELSEWHERE, "alice", PASSWORD);
    assert!(matches!(elsewhere, Err(AuthError::LockedOut(_))));
    assert!(house.log_in("alice", PASSWORD).is_ok());
    assert!(house.smb().is_ok());
}

#[test]
fn a_device_that_goes_on_with_the_old_password_locks_nobody_out() {
    let house = House::with_alice();
    house.identity.set_password("alice", "another").unwrap();
    let former = NtHash::of(PASSWORD);
    for _ in 0..30 {
        assert_eq!(house.log_in("alice", PASSWORD), Err(AuthError::WrongCredentials));
        let candidate = house.identity.nt_candidate("alice", HERE).unwrap();
        assert_eq!(candidate.former(), Some(&former));
        house.identity.disproven("alice", HERE, &candidate, true);
    }
    assert!(house.log_in("alice", "another").is_ok());
}

#[test]
fn what_is_compared_with_nothing_keeps_nobody_out_of_the_other_protocol() {
    let mut house = House::with_alice();
    house.identity.set_protocols("alice", Some(false), None).unwrap();
    for _ in 0..5 {
        let candidate = house.identity.nt_candidate("alice", HERE).unwrap();
        house.identity.disproven("alice", HERE, &candidate, false);
        house
            .identity
            .failed("alice", HERE, Protocol::Smb, &AuthError::OnlyNtlmV1);
    }
    assert!(
        matches!(house.smb(), Err(AuthError::LockedOut(_))),
        "as any other name"
    );
    assert!(house.log_in("alice", PASSWORD).is_ok());
    let records = house.records();
    assert!(records[0].1.ends_with("may not use this protocol"), "{records:?}");
    assert_eq!(records.len(), 2);
}

#[test]
fn a_record_says_whether_anybody_has_the_name() {
    let mut house = House::with_alice();
    for name in ["alice", "alcie"] {
        assert!(house.log_in(name, "wrong").is_err());
    }
    let mut known = Vec::new();
    while let Ok(event) = house.events.try_recv() {
        if let Event::Activity(record) = event {
            known.push((record.user.unwrap(), record.unknown_user));
        }
    }
    assert_eq!(known, [("alice".to_owned(), false), ("alcie".to_owned(), true)]);
}

#[test]
fn success_clears_the_failures_and_is_recorded_once() {
    let mut house = House::with_alice();
    for _ in 0..3 {
        for n in 0..4 {
            let wrong = format!("wrong {n}");
            assert_eq!(house.log_in("alice", &wrong), Err(AuthError::WrongCredentials));
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
    for n in 0..5 {
        let wrong = format!("x{n}");
        assert_eq!(house.log_in("nobody", &wrong), Err(AuthError::WrongCredentials));
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
    assert_eq!(verify("bob"), Err(AuthError::UnknownKey));
    assert_eq!(verify("nobody"), Err(AuthError::UnknownKey));
    let cut = house.identity.verify_public_key("alice", &blob[..20], HERE);
    assert_eq!(cut, Err(AuthError::UnknownKey));

    let again = house.identity.add_ssh_key("alice", line);
    assert!(matches!(again, Err(IdentityError::Exists(_))));
    for n in 0..5 {
        assert!(house.log_in("alice", &format!("wrong {n}")).is_err());
    }
    assert!(
        verify("alice").is_ok(),
        "a lock-out for passwords does not shut out keys"
    );
    house.identity.set_enabled("alice", false).unwrap();
    assert_eq!(verify("alice"), Err(AuthError::Disabled));
    house.identity.set_enabled("alice", true).unwrap();
    house.identity.remove_ssh_key("alice", &key.fingerprint).unwrap();
    assert_eq!(verify("alice"), Err(AuthError::UnknownKey));
    let gone = house.identity.remove_ssh_key("alice", &key.fingerprint);
    assert!(matches!(gone, Err(IdentityError::NoSuchKey(_))));
}
