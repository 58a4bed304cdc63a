//! Debian's smbclient against the server: the whole life of files and folders, every dialect, every protection.

use landfall_tests::clients::{list_shares, program, sftp, smbclient};
use landfall_tests::raw::Raw;
use landfall_tests::server::{PASSWORD, Server};

const DIALECTS: [&str; 5] = ["SMB2_02", "SMB2_10", "SMB3_00", "SMB3_02", "SMB3_11"];

fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from((at * 7 + at / 251) % 256).unwrap_or(0))
        .collect()
}

#[test]
fn files_and_folders_live_and_die_in_every_dialect_and_protection() {
    let server = Server::with_files();
    let bytes = content(1_500_000);
    std::fs::write(server.scratch().join("up.bin"), &bytes).unwrap();
    for dialect in DIALECTS {
        for protection in ["off", "sign", "encrypt"] {
            if protection == "encrypt" && dialect.starts_with("SMB2") {
                continue;
            }
            let got = format!("got-{dialect}-{protection}");
            let commands = format!(
                "mkdir d; cd d; put up.bin a.bin; rename a.bin b.bin; get B.BIN {got}; allinfo b.bin; \
                 setmode b.bin +h; ls; del b.bin; cd ..; rmdir d"
            );
            let options = [
                format!("-m{dialect}"),
                format!("--client-protection={protection}"),
            ];
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let outcome = smbclient(&server, "alice", "files", &options, &commands);
            let text = outcome.text;
            assert!(!text.contains("NT_STATUS_"), "{dialect} {protection}: {text}");
            // All of it is told, though a file has no 8.3 name here.
            assert!(
                text.contains("stream: [::$DATA], 1500000 bytes"),
                "{dialect} {protection}: {text}"
            );
            assert_eq!(
                std::fs::read(server.scratch().join(got)).unwrap(),
                bytes,
                "{dialect} {protection}"
            );
            assert!(
                std::fs::read_dir(server.folder("files"))
                    .unwrap()
                    .next()
                    .is_none(),
                "{dialect} {protection}"
            );
        }
    }
}

#[test]
fn whole_trees_are_copied_both_ways() {
    let server = Server::with_files();
    let tree = server.scratch().join("tree/sub folder/Ünterlagen");
    std::fs::create_dir_all(&tree).unwrap();
    std::fs::write(tree.join("übung ☂ 1.txt"), b"rain").unwrap();
    std::fs::write(server.scratch().join("tree/top.txt"), b"top").unwrap();
    smbclient(
        &server,
        "alice",
        "files",
        &[],
        "prompt off; recurse on; mput tree",
    )
    .ok();
    let uploaded = server
        .folder("files")
        .join("tree/sub folder/Ünterlagen/übung ☂ 1.txt");
    assert_eq!(std::fs::read(uploaded).unwrap(), b"rain");
    std::fs::create_dir(server.scratch().join("back")).unwrap();
    smbclient(
        &server,
        "alice",
        "files",
        &[],
        "prompt off; recurse on; lcd back; mget tree",
    )
    .ok();
    let back = server
        .scratch()
        .join("back/tree/sub folder/Ünterlagen/übung ☂ 1.txt");
    assert_eq!(std::fs::read(back).unwrap(), b"rain");
}

#[test]
fn a_folder_of_many_files_is_listed_whole() {
    let server = Server::with_files();
    for at in 0..1500 {
        std::fs::write(
            server.folder("files").join(format!("file number {at:04}.txt")),
            b"x",
        )
        .unwrap();
    }
    let listed = smbclient(&server, "alice", "files", &[], "ls").ok();
    assert_eq!(listed.matches("file number").count(), 1500);
    let some = smbclient(&server, "alice", "files", &[], "ls *99.txt").ok();
    assert_eq!(some.matches("file number").count(), 15);
}

#[test]
fn names_that_windows_forbids_are_shown_and_opened() {
    let server = Server::with_files();
    std::fs::write(server.folder("files").join("what? a:b.txt"), b"odd").unwrap();
    let listed = smbclient(&server, "alice", "files", &[], "ls").ok();
    assert!(listed.contains("what\u{F025} a\u{F022}b.txt"), "{listed}");
    smbclient(
        &server,
        "alice",
        "files",
        &[],
        "get \"what\u{F025} a\u{F022}b.txt\" odd.txt",
    )
    .ok();
    assert_eq!(std::fs::read(server.scratch().join("odd.txt")).unwrap(), b"odd");
}

#[test]
fn shares_are_listed_and_entered_as_their_settings_say() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share(
            "files",
            &["--default", "read-write", "--comment", "For everybody"],
        );
        setup.share("secret", &["--default", "read", "--hidden"]);
        setup.share("fixed", &["--default", "read-write", "--read-only"]);
        setup.share("sealed", &["--default", "read-write", "--encrypt"]);
        setup.share("nobody", &[]);
        setup.share("open", &["--default", "read-write", "--guest"]);
    });
    let listed = list_shares(&server, "alice").ok();
    assert!(
        listed.contains("For everybody") && !listed.contains("secret"),
        "{listed}"
    );
    assert!(list_shares(&server, "").ok().contains("open"));
    smbclient(&server, "alice", "secret", &[], "ls").ok();
    std::fs::write(server.scratch().join("f"), b"f").unwrap();
    smbclient(&server, "alice", "fixed", &[], "put f").refused("NT_STATUS_ACCESS_DENIED");
    smbclient(&server, "alice", "nobody", &[], "ls").refused("NT_STATUS_ACCESS_DENIED");
    smbclient(&server, "alice", "missing", &[], "ls").refused("NT_STATUS_BAD_NETWORK_NAME");
    smbclient(&server, "alice", "sealed", &[], "put f").ok();
    smbclient(&server, "alice", "sealed", &["-mSMB2_10"], "ls").refused("NT_STATUS_ACCESS_DENIED");
    smbclient(&server, "", "open", &[], "put f; get f g").ok();
    smbclient(&server, "", "files", &[], "ls").refused("NT_STATUS_ACCESS_DENIED");
}

#[test]
fn nobody_hears_of_shares_that_they_may_not_enter() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("everybody", &["--default", "read", "--guest"]);
        setup.share("people", &["--default", "read"]);
        setup.share("others", &["--comment", "Not for alice"]);
        setup.share(
            "quiet",
            &["--default", "read", "--hidden", "--comment", "Known by name"],
        );
        setup.share("secret", &["--hidden", "--comment", "Not for alice either"]);
    });
    let listed = list_shares(&server, "alice").ok();
    let has = |name: &str| listed.lines().any(|line| line.trim_start().starts_with(name));
    assert!(has("everybody") && has("people") && has("IPC$"), "{listed}");
    assert!(!has("others") && !has("quiet") && !has("secret"), "{listed}");
    let guest = list_shares(&server, "").ok();
    assert!(
        guest.contains("everybody") && !guest.contains("people"),
        "{guest}"
    );
    let about = |share: &str| {
        let command = format!("netsharegetinfo {share} 1");
        let login = format!("-Ualice%{PASSWORD}");
        let port = Server::port(&server.smb);
        program(
            &server,
            &["rpcclient", "-p", port, &login, "-c", &command, "127.0.0.1"],
        )
        .text
    };
    assert!(about("people").contains("netname: people"), "{}", about("people"));
    assert!(about("quiet").contains("Known by name"), "{}", about("quiet"));
    for share in ["others", "secret", "nowhere"] {
        let said = about(share);
        assert!(said.contains("WERR_NERR_NETNAMENOTFOUND"), "{share}: {said}");
    }
    // What is granted meanwhile is told of at once.
    server.cli(&["user", "grant", "alice", "others", "read"]);
    assert!(list_shares(&server, "alice").ok().contains("Not for alice"));
    smbclient(&server, "alice", "secret", &[], "ls").refused("NT_STATUS_BAD_NETWORK_NAME");
    for path in ["/secret", "/nowhere"] {
        let said = sftp(&server, "alice", &[&format!("ls {path}")]).text;
        assert!(said.contains("not found"), "{path}: {said}");
    }
}

#[test]
fn status_names_who_speaks_smb_2_and_one_setting_ends_it() {
    let server = Server::with_files();
    smbclient(&server, "alice", "files", &["-mSMB3_11"], "ls").ok();
    let status = |server: &Server| server.cli(&["status"]);
    assert!(!status(&server).contains("SMB 2.x"), "{}", status(&server));
    let mut connected = Raw::enter(&server.smb, "alice");
    let said = status(&server);
    assert!(
        said.contains("alice from 127.0.0.1") && said.contains("2.1, signed, connected now"),
        "{said}"
    );
    assert!(said.contains("smb.min-dialect=3.0"), "{said}");
    let json = server.json(&["status"]);
    assert_eq!(json["old_dialects"][0]["user"], "alice");
    server.cli(&["settings", "set", "smb.min-dialect=3.0"]);
    // At once, and it does not come again.
    assert_eq!(connected.receive(), None);
    let said = status(&server);
    assert!(said.contains("2.1, signed, last on"), "{said}");
    smbclient(&server, "alice", "files", &["-mSMB2_10"], "ls").refused("NT_STATUS_");
    smbclient(&server, "alice", "files", &["-mSMB3_00"], "ls").ok();
}

#[test]
fn wrong_passwords_are_refused_and_names_come_in_every_form() {
    let server = Server::with_files();
    let wrong = smbclient(&server, "alice", "files", &["-Ualice%wrong"], "ls");
    wrong.refused("NT_STATUS_LOGON_FAILURE");
    for name in ["ALICE", "HOME\\alice", "alice@home.lan", ".\\alice"] {
        let user = format!("-U{name}%{}", landfall_tests::server::PASSWORD);
        smbclient(&server, "", "files", &[&user], "ls").ok();
    }
    smbclient(&server, "nobody", "files", &[], "ls").refused("NT_STATUS_LOGON_FAILURE");
}

#[test]
fn an_open_file_is_listed_and_can_be_closed_for_its_client() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let server = Server::with_files();
    std::fs::write(server.folder("files").join("held.txt"), b"held").unwrap();
    let mut client = Command::new("smbclient")
        .args(["-p", Server::port(&server.smb), "//127.0.0.1/files"])
        .arg(format!("-Ualice%{PASSWORD}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut commands = client.stdin.take().unwrap();
    writeln!(commands, "open held.txt").unwrap();
    let (session, file) = loop {
        let sessions = server.json(&["session", "list"]);
        let Some(session) = sessions[0]["id"].as_u64() else {
            continue;
        };
        let files = server.json(&["session", "files", &session.to_string()]);
        if let Some(file) = files[0]["id"].as_u64() {
            assert_eq!(files[0]["path"], "held.txt");
            break (session.to_string(), file.to_string());
        }
    };
    server.cli(&["session", "close-file", &session, &file]);
    assert!(
        server
            .cli(&["session", "files", &session])
            .contains("Nothing is open.")
    );
    // The client itself stays.
    writeln!(commands, "close 1\nls\nexit").unwrap();
    drop(commands);
    let output = client.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(
        text.contains("held.txt") && text.contains("blocks available"),
        "{text}"
    );
}

#[test]
fn a_link_never_replaces_the_file_that_it_leads_to() {
    let server = Server::with_files();
    let folder = server.folder("files");
    std::fs::create_dir(folder.join("sub")).unwrap();
    std::fs::write(folder.join("A"), b"precious").unwrap();
    std::os::unix::fs::symlink("../A", folder.join("sub/A")).unwrap();
    smbclient(&server, "alice", "files", &[], "rename sub\\A A -f").refused("NT_STATUS_ACCESS_DENIED");
    assert_eq!(std::fs::read(folder.join("A")).unwrap(), b"precious");
    assert!(folder.join("sub/A").is_symlink());
}

#[cfg(target_os = "linux")]
#[test]
fn a_deletion_that_the_disk_refuses_is_refused_and_recorded() {
    use landfall_tests::administrator::change_attribute;

    let server = Server::with_files();
    let file = server.folder("files").join("fixed");
    std::fs::write(&file, b"stays").unwrap();
    if !change_attribute("+i", &file) {
        return;
    }
    let refused = smbclient(&server, "alice", "files", &[], "del fixed");
    assert!(change_attribute("-i", &file));
    refused.refused("NT_STATUS_ACCESS_DENIED");
    assert_eq!(std::fs::read(&file).unwrap(), b"stays");
    let activity = server.cli(&["activity"]);
    assert!(activity.contains("fixed"), "{activity}");
}

#[test]
fn a_file_has_one_owner_whoever_asks() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.person("bob");
        setup.share("files", &["--default", "read-write"]);
    });
    std::fs::write(server.folder("files").join("a"), b"x").unwrap();
    let told = ["alice", "bob"].map(|person| {
        let text = smbclient(&server, person, "files", &[], "showacls; ls a").ok();
        let owner = text
            .lines()
            .find(|line| line.trim_start().starts_with("Owner SID:"));
        owner.unwrap_or_else(|| panic!("{text}")).to_owned()
    });
    assert_eq!(told[0], told[1]);
}
