//! Who gets in, who doesn't, and what is written down about it, with the clients that people use.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Instant;

use landfall_tests::clients::{add_key, program, python, sftp, sftp_with_key, smbclient};
use landfall_tests::raw::{Raw, command, setup_body};
use landfall_tests::server::{PASSWORD, Server};

const LOGON_FAILURE: u32 = 0xC000_006D;
const ACCOUNT_DISABLED: u32 = 0xC000_0072;
const ACCOUNT_LOCKED_OUT: u32 = 0xC000_0234;

/// Where attacks come from.
const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

/// The records of the activity list, oldest first.
fn activity(server: &Server) -> Vec<serde_json::Value> {
    let records = server.json(&["activity", "--limit", "10000"]);
    records.as_array().expect("a list").clone()
}

fn of_kind(records: &[serde_json::Value], kind: &str) -> Vec<serde_json::Value> {
    let found = records.iter().filter(|record| record["kind"] == kind);
    found.cloned().collect()
}

#[test]
fn a_flood_of_refusals_leaves_what_people_did_in_the_list() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
        setup.cli(&["settings", "set", "activity.keep=1000"]);
    });
    let made = "mkdir made; rmdir made";
    smbclient(&server, "alice", "files", &[], made).ok();
    let started = Instant::now();
    let mut refused = 0;
    while refused < 5_000 {
        let Ok(mut stranger) = Raw::connect_from(&server.smb, ATTACKER) else {
            continue;
        };
        stranger.negotiate();
        while let Some((status, _)) = stranger.attempt(command::SESSION_SETUP, &setup_body(&[])) {
            assert_ne!(status, 0);
            refused += 1;
            if refused >= 5_000 {
                break;
            }
        }
    }
    println!("{refused} refusals in {:?}", started.elapsed());
    let records = activity(&server);
    println!("{} records", records.len());
    for kind in ["logged-in", "folder-created", "removed", "administered"] {
        assert!(!of_kind(&records, kind).is_empty(), "{kind} is gone");
    }
    let refusals = of_kind(&records, "log-in-refused");
    let counted: u64 = refusals
        .iter()
        .map(|record| record["count"].as_u64().expect("a count"))
        .sum();
    assert!(refusals.len() <= 3, "{} records of one thing", refusals.len());
    assert_eq!(counted, 5_000);
    let shown = server.cli(&["activity"]);
    assert!(shown.contains(" times within a minute"), "{shown}");
}

#[test]
fn no_chain_has_more_than_one_log_in() {
    let server = Server::with_files();
    let mut stranger = Raw::connect_from(&server.smb, ATTACKER).expect("the port is open");
    stranger.negotiate();
    let mut chain = Vec::new();
    for at in 0..50 {
        let mut setup = stranger.message(command::SESSION_SETUP, &setup_body(&[]));
        setup.resize(setup.len().next_multiple_of(8), 0);
        if at < 49 {
            let length = u32::try_from(setup.len()).expect("short");
            setup[20..24].copy_from_slice(&length.to_le_bytes());
        }
        chain.extend(setup);
    }
    stranger.send(&chain);
    assert_eq!(stranger.receive(), None, "the server hangs up");
    let refusals = of_kind(&activity(&server), "log-in-refused");
    let counted: u64 = refusals
        .iter()
        .map(|record| record["count"].as_u64().unwrap_or(1))
        .sum();
    assert!(counted <= 1, "{counted} log-ins in one chain");
}

/// A share for guests, and one for alice.
fn with_guests() -> Server {
    Server::start(|setup| {
        setup.person("alice");
        setup.share("media", &["--default", "read-write", "--guest"]);
        setup.share("private", &["--default", "read-write"]);
    })
}

#[test]
fn strict_clients_come_in_as_guests_and_people_stay_protected() {
    let server = with_guests();
    python(&server, "guests.py", &[]).ok();
    let refusals = of_kind(&activity(&server), "log-in-refused");
    let unknown = |name: &str| {
        let of = refusals.iter().filter(|record| record["user"] == name);
        of.map(|record| record["unknown_user"].as_bool()).next().flatten()
    };
    assert_eq!(unknown("alcie"), Some(true));
    assert_eq!(unknown("alice"), Some(false));
}

#[test]
fn smbclient_comes_in_as_a_guest_and_as_a_person() {
    let server = with_guests();
    let put = |name: &str| format!("mkdir {name}");
    for (options, name) in [
        (&["-Uguest%"][..], "a"),
        (&["-Uguest%whatever"], "b"),
        (&["-Unobody%x"], "c"),
        (&["-Uscanner%"], "d"),
        (&[], "e"),
        (&["-mSMB2_10"], "f"),
    ] {
        smbclient(&server, "", "media", options, &put(name)).ok();
    }
    smbclient(&server, "alcie", "media", &[], "ls").refused("NT_STATUS_LOGON_FAILURE");
    for dialect in ["SMB2_02", "SMB2_10", "SMB3_00", "SMB3_02", "SMB3_11"] {
        let dialect = format!("-m{dialect}");
        smbclient(&server, "alice", "private", &[&dialect], "mkdir x; rmdir x").ok();
        let signing = "--option=client signing=required";
        smbclient(
            &server,
            "alice",
            "private",
            &[&dialect, signing],
            "mkdir x; rmdir x",
        )
        .ok();
    }
    // The guests of one minute are one record, or two.
    let came = of_kind(&activity(&server), "logged-in");
    let counted = |is_guest: bool| -> u64 {
        let of = came.iter().filter(|record| record["user"].is_null() == is_guest);
        of.filter_map(|record| record["count"].as_u64()).sum()
    };
    assert_eq!((counted(true), counted(false)), (6, 10));
}

#[test]
fn rclone_comes_in_as_a_guest_and_as_a_person() {
    let server = with_guests();
    let obscured = |password: &str| {
        let text = program(&server, &["rclone", "obscure", password]).ok();
        text.trim().to_owned()
    };
    for (user, password, share) in [
        ("guest", "x", "media"),
        ("nobody", "x", "media"),
        ("alice", PASSWORD, "private"),
    ] {
        let put = |password: &str| {
            program(
                &server,
                &[
                    "rclone",
                    "--config=/dev/null",
                    "--retries=1",
                    "--low-level-retries=1",
                    "mkdir",
                    &format!(
                        ":smb,host=127.0.0.1,port={},user={user},pass={password}:{share}/by-{user}",
                        Server::port(&server.smb)
                    ),
                ],
            )
        };
        put(&obscured(password)).ok();
        assert!(server.folder(share).join(format!("by-{user}")).is_dir());
    }
}

#[test]
fn an_ntlmv1_device_is_named_and_locks_nobody_out() {
    let server = Server::with_files();
    python(&server, "ntlmv1.py", &[]).ok();
    for _ in 0..6 {
        let old = "--option=client ntlmv2 auth=no";
        smbclient(&server, "alice", "files", &[old], "ls").refused("NT_STATUS_LOGON_FAILURE");
    }
    smbclient(&server, "alice", "files", &[], "ls").ok();
    let refusals = of_kind(&activity(&server), "log-in-refused");
    for record in &refusals {
        let message = record["message"].as_str().expect("a sentence");
        assert!(message.contains("NTLMv1 only"), "{message}");
    }
    let counted: u64 = refusals
        .iter()
        .filter_map(|record| record["count"].as_u64())
        .sum();
    assert_eq!(counted, 16);
}

#[test]
fn a_new_password_and_a_removed_key_leave_nobody_inside() {
    let server = Server::with_files();
    let key = add_key(&server, "alice");
    let landfall = landfall_tests::server::landfall();
    let (landfall, data) = (landfall.to_str().expect("Unicode"), server.data());
    let data = data.to_str().expect("Unicode");
    python(&server, "new_password.py", &[landfall, data, &key]).ok();
}

#[test]
fn who_guesses_a_name_locks_it_for_themselves_alone() {
    let server = Server::with_files();
    let guess = || {
        let mut stranger = Raw::connect_from(&server.smb, ATTACKER).expect("the port is open");
        stranger.negotiate();
        stranger.try_password("alice", "guessed")
    };
    for _ in 0..5 {
        assert_eq!(guess(), LOGON_FAILURE);
    }
    assert_eq!(guess(), ACCOUNT_LOCKED_OUT);
    smbclient(&server, "alice", "files", &[], "ls").ok();
    sftp(&server, "alice", &["ls /"]).ok();
    let locks = server.json(&["status"])["lock_outs"].clone();
    assert_eq!(locks[0]["name"], "alice");
    assert_eq!(locks[0]["address"], "127.0.0.66");
}

#[test]
fn what_is_special_about_an_account_is_told_to_who_knows_its_password() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.person("gone");
        setup.share("files", &["--default", "read-write"]);
        setup.cli(&["user", "disable", "gone"]);
        setup.person("transfers");
        setup.cli(&["user", "change", "transfers", "--protocols", "sftp"]);
    });
    let attempt = |name: &str, password: &str, from: u8| {
        let from = Ipv4Addr::new(127, 0, 0, from);
        let mut stranger = Raw::connect_from(&server.smb, from).expect("the port is open");
        stranger.negotiate();
        stranger.try_password(name, password)
    };
    for name in ["gone", "alice", "unknown", "transfers"] {
        let from = 70 + u8::try_from(name.len()).expect("short");
        for _ in 0..5 {
            assert_eq!(attempt(name, "wrong", from), LOGON_FAILURE, "{name}");
        }
        assert_eq!(attempt(name, "wrong", from), ACCOUNT_LOCKED_OUT, "{name}");
    }
    assert_eq!(attempt("gone", PASSWORD, 90), ACCOUNT_DISABLED);
    // Nothing is kept for SMB of whoever may not use it.
    assert_eq!(attempt("transfers", PASSWORD, 91), LOGON_FAILURE);
    sftp(&server, "transfers", &["ls /files"]).ok();
    let told = server.cli(&["user", "change", "transfers", "--protocols", "smb,sftp"]);
    assert!(told.contains("landfall user passwd transfers"), "{told}");
    sftp(&server, "transfers", &["ls /files"]).ok();
    smbclient(&server, "transfers", "files", &[], "ls").ok();
    server.cli(&["user", "change", "transfers", "--protocols", "smb"]);
    sftp(&server, "transfers", &["ls /files"]).refused("Permission denied");
}

#[test]
fn a_password_whose_form_for_smb_is_lost_is_told_from_no_other_and_comes_back_over_sftp() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
        std::fs::remove_file(setup.data().join("master.key")).expect("kept in a file");
    });
    for password in ["wrong", PASSWORD] {
        let mut stranger = Raw::connect(&server.smb);
        stranger.negotiate();
        assert_eq!(stranger.try_password("alice", password), LOGON_FAILURE);
    }
    let told = server.json(&["user", "show", "alice"]);
    assert_eq!(told["smb_password"], "must-be-set-again");
    sftp(&server, "alice", &["ls /files"]).ok();
    smbclient(&server, "alice", "files", &[], "ls").ok();
}

/// A server that demands no signatures.
fn without_signing() -> Server {
    Server::start(|setup| {
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
        setup.cli(&["settings", "set", "smb.require-signing=off"]);
    })
}

#[test]
fn real_clients_come_in_where_nothing_is_signed() {
    let server = without_signing();
    python(&server, "unsigned.py", &[]).ok();
    for dialect in ["SMB2_02", "SMB2_10", "SMB3_00", "SMB3_02", "SMB3_11"] {
        let dialect = format!("-m{dialect}");
        for signing in ["off", "default", "required"] {
            let signing = format!("--option=client signing={signing}");
            smbclient(
                &server,
                "alice",
                "files",
                &[&dialect, &signing],
                "mkdir x; rmdir x",
            )
            .ok();
        }
    }
    let password = program(&server, &["rclone", "obscure", PASSWORD]).ok();
    let remote = format!(
        ":smb,host=127.0.0.1,port={},user=alice,pass={}:files/by-rclone",
        Server::port(&server.smb),
        password.trim()
    );
    program(
        &server,
        &["rclone", "--config=/dev/null", "--retries=1", "mkdir", &remote],
    )
    .ok();
}

/// Somebody in between who passes everything on; where clients find them.
fn relay(to: &str) -> String {
    let listener = TcpListener::bind("127.0.0.2:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let to = to.to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("a client");
            let server = TcpStream::connect(&to).expect("the server");
            for (mut from, mut to) in [
                (
                    client.try_clone().expect("a socket"),
                    server.try_clone().expect("a socket"),
                ),
                (server, client),
            ] {
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
    address
}

#[test]
fn a_log_in_that_was_made_for_another_server_is_good_for_nothing_unprotected() {
    let server = without_signing();
    let relay = relay(&server.smb);
    let through = |dialect: &str| {
        let words = [
            "smbclient",
            "//127.0.0.2/files",
            &format!("-p{}", Server::port(&relay)),
            &format!("-Ualice%{PASSWORD}"),
            "--option=client signing=off",
            dialect,
            "-cls",
        ];
        program(&server, &words)
    };
    through("-mSMB2_10").refused("NT_STATUS_ACCESS_DENIED");
    let refusals = of_kind(&activity(&server), "log-in-refused");
    let message = refusals[0]["message"].as_str().expect("a sentence");
    assert!(
        message.contains("made for another server, 127.0.0.2"),
        "{message}"
    );
    // Who can encrypt does, and whoever is in between has no key.
    through("-mSMB3_11").ok();
    let server = Server::with_files();
    let relay = self::relay(&server.smb);
    let port = format!("-p{}", Server::port(&relay));
    let who = format!("-Ualice%{PASSWORD}");
    let words = ["smbclient", "//127.0.0.2/files", &port, &who, "-mSMB2_10", "-cls"];
    program(&server, &words).ok();
}

#[test]
fn a_log_in_that_ends_in_a_refusal_is_not_one_that_happened() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
        setup.cli(&["settings", "set", "smb.encryption=required"]);
    });
    smbclient(&server, "alice", "files", &["-mSMB2_10"], "ls").refused("NT_STATUS_ACCESS_DENIED");
    let records = activity(&server);
    assert!(of_kind(&records, "logged-in").is_empty(), "{records:?}");
    assert_eq!(of_kind(&records, "log-in-refused").len(), 1);
}

#[test]
fn each_refusal_is_told_however_fast_they_follow() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("files", &["--default", "read"]);
    });
    let attempts = "mkdir a; mkdir b; mkdir c; mkdir d; mkdir d";
    smbclient(&server, "alice", "files", &[], attempts).refused("NT_STATUS_ACCESS_DENIED");
    smbclient(&server, "alice", "nothing", &[], "ls").refused("NT_STATUS_BAD_NETWORK_NAME");
    smbclient(&server, "alice", "nowhere", &[], "ls").refused("NT_STATUS_BAD_NETWORK_NAME");
    let refusals = of_kind(&activity(&server), "access-refused");
    let paths: Vec<_> = refusals
        .iter()
        .filter_map(|record| record["path"].as_str())
        .collect();
    assert_eq!(paths, ["a", "b", "c", "d"]);
    assert_eq!(refusals[3]["count"], 2);
    let texts: Vec<_> = refusals
        .iter()
        .filter_map(|record| record["message"].as_str())
        .collect();
    for name in ["nothing", "nowhere"] {
        assert!(
            texts.contains(&format!("refused: there is no share named {name}").as_str()),
            "{texts:?}"
        );
    }
}

#[test]
fn devices_that_never_get_as_far_as_a_password_are_told_of() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
        setup.cli(&["settings", "set", "smb.min-dialect=3.0"]);
    });
    let server_side = |said: &str| {
        let refusals = of_kind(&activity(&server), "log-in-refused");
        let messages = refusals.iter().filter_map(|record| record["message"].as_str());
        messages.filter(|message| message.contains(said)).count()
    };
    assert!(!smbclient(&server, "alice", "files", &["-mSMB2_10"], "ls").done);
    assert_eq!(
        server_side("it speaks SMB 2.1 at best, and the settings ask for 3.0"),
        1
    );
    // A key that nobody knows, and nothing else.
    let key = server.scratch().join("unknown");
    let key = key.to_str().expect("temporary folders have Unicode names");
    let words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key];
    program(&server, &words).ok();
    assert!(!sftp_with_key(&server, "alice", Path::new(key), &["ls"]).done);
    assert_eq!(
        server_side("alice was refused: no key that was offered is known"),
        1
    );
    // The same before the right one is no refusal.
    let known = add_key(&server, "alice");
    let words = [
        "sftp",
        "-oIdentitiesOnly=yes",
        "-oStrictHostKeyChecking=no",
        "-oUserKnownHostsFile=/dev/null",
        "-P",
        Server::port(&server.sftp),
        "-i",
        key,
        "-i",
        &known,
        "-b",
        "/dev/null",
        "alice@127.0.0.1",
    ];
    program(&server, &words).ok();
    assert_eq!(server_side("alice was refused"), 1);
}
