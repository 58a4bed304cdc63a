//! Every command of the command line, on a resting data folder and on a running server.

mod harness;

use harness::{Home, Outcome, text};
use serde_json::{Value, json};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@laptop\n";

/// Runs the same story without and with a server.
fn both(story: impl Fn(&Home)) {
    story(&Home::new());
    let home = Home::new();
    let _server = home.serve();
    story(&home);
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

fn share_docs(home: &Home, options: &str) {
    home.ok(format!("share add docs {} {options}", text(&home.shared())).trim_end());
}

#[test]
fn people_are_added_listed_shown_changed_and_removed() {
    both(|home| {
        assert!(home.ok("user list").starts_with("There are no people yet"));
        let added = home.run_with(
            "user add alice --password-stdin --display-name Alice",
            "pass word\n",
        );
        assert_eq!(added.code, Some(0), "{added:?}");
        assert!(!added.stdout.contains("pass word"));
        let generated = home.ok("user add bob --generate");
        let password = generated.trim().strip_prefix("Password: ").unwrap();
        assert_eq!(password.len(), 19);
        let generated = home.json("user add carol --generate");
        assert_eq!(generated["name"], "carol");
        assert_eq!(generated["password"].as_str().unwrap().len(), 19);

        assert_eq!(names(&home.json("user list")), ["alice", "bob", "carol"]);
        let alice = home.json("user show alice");
        assert_eq!(alice["display_name"], "Alice");
        assert_eq!(alice["enabled"], true);
        assert_eq!(alice["smb_password"], "ready");
        assert!(alice["sid"].as_str().unwrap().starts_with("S-1-5-21-"));
        let table = home.ok("user list");
        assert!(table.starts_with("NAME   DISPLAY NAME  STATE"), "{table}");
        assert!(home.ok("user show alice").contains("Display name  Alice\n"));

        home.ok("user disable alice");
        assert_eq!(home.json("user show alice")["enabled"], false);
        home.ok("user enable alice");
        assert_eq!(home.json("user show alice")["enabled"], true);
        home.ok("user unlock alice");
        assert_eq!(
            home.run_with("user passwd alice --password-stdin", "another\n")
                .code,
            Some(0)
        );
        home.ok("user passwd bob --generate");
        home.ok("user remove carol");
        assert_eq!(names(&home.json("user list")), ["alice", "bob"]);
    });
}

#[test]
fn groups_are_joined_left_and_removed() {
    both(|home| {
        home.ok("user add alice --generate");
        assert!(home.ok("group list").starts_with("There are no groups yet"));
        home.ok("group add editors");
        home.ok("user join alice editors");
        home.ok("user join alice editors");
        let groups = home.json("group list");
        assert_eq!(groups[0]["name"], "editors");
        assert_eq!(groups[0]["members"], json!(["alice"]));
        assert!(home.ok("group list").contains("editors  "));
        home.ok("user leave alice editors");
        let refused = home.refused("user leave alice editors");
        assert!(
            refused.stderr.contains("alice is not in the group editors"),
            "{refused:?}"
        );
        home.ok("group remove editors");
        assert_eq!(home.json("group list"), json!([]));
    });
}

#[test]
fn public_keys_are_added_listed_and_removed() {
    both(|home| {
        home.ok("user add alice --generate");
        let file = home.shared().join("id.pub");
        std::fs::write(&file, KEY).unwrap();
        let added = home.ok(&format!("user key add alice {}", text(&file)));
        assert!(added.starts_with("Added SHA256:"), "{added}");
        let keys = home.json("user key list alice");
        assert_eq!(keys[0]["algorithm"], "ssh-ed25519");
        assert_eq!(keys[0]["comment"], "alice@laptop");
        assert!(home.ok("user key list alice").starts_with("FINGERPRINT"));
        let again = home.refused(&format!("user key add alice {}", text(&file)));
        assert!(again.stderr.contains("has that key already"), "{again:?}");
        assert_eq!(home.run_with("user key add alice -", "nonsense\n").code, Some(1));
        let fingerprint = keys[0]["fingerprint"].as_str().unwrap();
        home.ok(&format!("user key remove alice {fingerprint}"));
        assert_eq!(home.json("user key list alice"), json!([]));
    });
}

#[test]
fn shares_are_added_listed_shown_changed_and_removed() {
    both(|home| {
        assert!(home.ok("share list").starts_with("There are no shares yet"));
        share_docs(
            home,
            "--default read --guest --read-only --encrypt --hidden --comment Papers",
        );
        let docs = home.json("share show docs");
        for flag in ["guest", "read_only", "encrypt", "hidden", "available"] {
            assert_eq!(docs[flag], true, "{flag}");
        }
        assert_eq!(
            (&docs["default"], &docs["comment"]),
            (&json!("read"), &json!("Papers"))
        );
        assert_eq!(docs["folder"], json!(home.shared()));
        home.ok("share set docs guest=off read-only=off encrypt=off hidden=off upload-only=on default=none");
        home.ok("share set docs name=papers comment=Old=new");
        let papers = home.json("share show papers");
        assert_eq!(
            (&papers["comment"], &papers["upload_only"]),
            (&json!("Old=new"), &json!(true))
        );
        assert_eq!(names(&home.json("share list")), ["papers"]);
        let table = home.ok("share list");
        assert!(table.contains("upload-only"), "{table}");
        assert!(home.ok("share show papers").contains("Upload-only  yes\n"));
        home.ok("share remove papers");
        assert!(home.shared().is_dir(), "the folder stays");
        assert_eq!(home.json("share list"), json!([]));
    });
}

#[test]
fn access_says_what_someone_may_do_and_why() {
    both(|home| {
        home.ok("user add alice --generate");
        home.ok("group add editors");
        home.ok("user join alice editors");
        share_docs(home, "--default read");
        let access = |from: &str, permission: &str| {
            let access = home.json("access alice docs");
            assert_eq!(
                (&access[0]["from"], &access[0]["permission"]),
                (&json!(from), &json!(permission))
            );
            assert!(access[0]["why"].as_str().unwrap().contains("alice"));
        };
        access("share-default", "read");
        home.ok("group grant editors docs read-write");
        access("group", "read-write");
        for permission in ["none", "read", "read-write", "admin", "drop-box"] {
            home.ok(&format!("user grant alice docs {permission}"));
            access("user", permission);
        }
        let shown = home.json("share show docs");
        assert_eq!(shown["grants"].as_array().unwrap().len(), 2);
        assert!(
            home.ok("access alice")
                .starts_with("SHARE  PERMISSION  WHY\ndocs   drop-box    ")
        );
        home.ok("user disable alice");
        access("disabled", "none");
    });
}

#[test]
fn settings_are_listed_with_their_meaning_and_set() {
    both(|home| {
        let settings = home.json("settings list");
        let listen = settings
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["key"] == "smb.listen")
            .unwrap();
        assert_eq!(
            (&listen["value"], &listen["default"]),
            (&json!("auto"), &json!("auto"))
        );
        assert!(home.ok("settings list").starts_with("KEY "));
        home.ok("settings set smb.credits=fixed:64 smb.require-signing=off");
        let changed = home.json("settings set activity.keep=500");
        assert_eq!(changed[0]["value"], "500");
        let refused = home.refused("settings set smb.credit=adaptive");
        assert_eq!(refused.code, Some(1));
        assert_eq!(
            refused.stderr,
            "landfall: There is no setting named smb.credit.\n  Did you mean smb.credits?\n"
        );
        assert!(
            home.refused("settings set smb.credits=0")
                .stderr
                .contains("It takes `adaptive`")
        );
    });
}

#[test]
fn changes_are_in_the_activity_list() {
    both(|home| {
        home.ok("user add alice --generate");
        share_docs(home, "");
        let activity = home.json("activity");
        let records = activity.as_array().unwrap();
        let last = records.last().unwrap();
        assert_eq!(last["kind"], "administered");
        assert!(last["message"].as_str().unwrap().ends_with("was shared as docs"));
        assert!(last["at"].as_str().unwrap().ends_with('Z'));
        assert_eq!(home.json("activity --limit 1").as_array().unwrap().len(), 1);
        assert!(home.ok("activity").contains("alice was added"));
    });
}

#[test]
fn status_knows_whether_a_server_runs() {
    let home = Home::new();
    let status = home.json("status");
    assert_eq!(
        (&status["running"], &status["pid"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(status["master_key"], "file");
    let server = home.serve();
    let status = home.json("status");
    assert_eq!(
        (&status["running"], &status["sharing"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(status["pid"], server.pid());
    let listening = status["listening"].as_array().unwrap();
    for protocol in ["smb", "sftp", "netbios"] {
        let shown = listening
            .iter()
            .find(|shown| shown["protocol"] == protocol)
            .unwrap();
        assert_eq!(shown["address"], server.ready[protocol]);
    }
    assert!(home.ok("status").contains("running (pid "));
}

#[test]
fn sessions_are_listed_and_an_unknown_one_is_refused() {
    let home = Home::new();
    assert_eq!(home.json("session list"), json!([]));
    let refused = home.refused("session close 7");
    assert!(
        refused.stderr.contains("No server runs with this data folder."),
        "{refused:?}"
    );
    let _server = home.serve();
    assert_eq!(home.ok("session list"), "Nobody is logged in.\n");
    let refused = home.refused("session close 7");
    assert!(refused.stderr.contains("There is no session 7."), "{refused:?}");
}

#[test]
fn refusals_have_a_sentence_a_hint_and_an_exit_code() {
    both(|home| {
        home.ok("user add alice --generate");
        let is = |outcome: Outcome, code, text: &str| {
            assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(code), text));
        };
        is(
            home.run("user show bob"),
            1,
            "landfall: There is no person named bob.\n  People: alice.\n",
        );
        is(
            home.run("share show x"),
            1,
            "landfall: There is no share named x.\n  There are no shares yet: `landfall share add NAME FOLDER`.\n",
        );
        share_docs(home, "");
        is(
            home.run("share set docs colour=red"),
            2,
            "landfall: A share has no \"colour\" to set.\n  \
             Keys: name, folder, comment, default, guest, read-only, encrypt, hidden, upload-only.\n",
        );
        is(
            home.run("share set docs guest=perhaps"),
            2,
            "landfall: guest can't be \"perhaps\".\n  It takes on or off.\n",
        );
        let cannot = |folder: &str, why: &str| {
            let outcome = home.refused(&format!("share add x {folder}"));
            let message = format!("landfall: {folder} can't be shared: {why}\n");
            assert_eq!((outcome.code, outcome.stderr), (Some(1), message));
        };
        let root = text(&std::path::absolute("/").unwrap());
        cannot(&root, "it is the whole disk.\n  Share a folder on it.");
        cannot(
            &text(&home.data()),
            "Landfall keeps its own data there.\n  Share another folder.",
        );
        let missing = home.refused("share add missing does/not/exist");
        assert!(missing.stderr.contains("it does not exist"), "{missing:?}");
        is(
            home.run("user add dave"),
            2,
            "landfall: There is no terminal to ask for a password on.\n  Use --password-stdin, or --generate.\n",
        );
        let empty = home.run_with("user add dave --password-stdin", "\n");
        assert!(
            empty.stderr.contains("password can't be used: it is empty"),
            "{empty:?}"
        );
        assert_eq!(home.run("user frobnicate").code, Some(2));
        assert_eq!(home.run("user grant alice docs everything").code, Some(2));
    });
}

#[test]
fn a_relative_folder_is_shared_by_its_whole_path() {
    let home = Home::new();
    let output = home
        .command()
        .current_dir(home.shared())
        .args(["share", "add", "here", "."])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let folder = home.json("share show here")["folder"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        std::path::Path::new(&folder).canonicalize().unwrap(),
        home.shared().canonicalize().unwrap()
    );
}

#[test]
fn a_backup_is_made_beside_a_running_server_and_restored_without_one() {
    let home = Home::new();
    home.ok("user add alice --generate");
    let file = home.data().with_file_name("all.landfall-backup");
    let server = home.serve();
    let line = format!("backup {} --password-stdin", text(&file));
    let made = home.run_with(&line, "correct horse\n");
    assert_eq!(made.code, Some(0), "{made:?}");
    home.ok("user add mallory --generate");

    let line = format!("restore {} --password-stdin", text(&file));
    let refused = home.run_with(&line, "correct horse\n");
    assert_ne!(refused.code, Some(0));
    assert!(refused.stderr.contains("while the server runs"), "{refused:?}");
    drop(server);

    let refused = home.run_with(&line, "wrong horse\n");
    assert!(refused.stderr.contains("the passphrase is wrong"), "{refused:?}");
    let listed = home.run_with(&format!("{line} --list"), "correct horse\n");
    assert!(listed.stdout.contains("People  alice\n"), "{listed:?}");
    assert_eq!(names(&home.json("user list")), ["alice", "mallory"]);
    let restored = home.run_with(&line, "correct horse\n");
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(names(&home.json("user list")), ["alice"]);
}
