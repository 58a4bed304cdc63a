//! A computer that comes to a network after the server started, and moves to another.
#![cfg(target_os = "linux")]

use std::process::Command;

/// A network of its own for the server: at first without any address but the loopback's.
const SCRIPT: &str = r#"
set -e
landfall() { "$LANDFALL_BIN" --data-dir "$DATA" "$@"; }
shown() {
    for _ in $(seq 300); do
        landfall status | grep -qF "$1" && return 0
        sleep 0.2
    done
    landfall status
    return 1
}
ip link set lo up
ip link add lf0 type veth peer name lf1
landfall settings set smb.listen=0.0.0.0:4450
landfall settings set sftp.listen=off
"$LANDFALL_BIN" --data-dir "$DATA" serve > /dev/null 2>&1 &
server=$!
trap 'kill $server; wait $server' EXIT
shown smb://127.0.0.1:4450/
ip address add 192.168.77.5/24 dev lf0
ip link set lf0 up
shown smb://192.168.77.5:4450/
ip address add 192.168.88.6/24 dev lf0
ip address del 192.168.77.5/24 dev lf0
shown smb://192.168.88.6:4450/
landfall activity
"#;

/// Whether this account may make networks of its own: some systems keep that from all but root.
fn may_have_a_network() -> bool {
    let tried = Command::new("unshare").args(["-rn", "ip", "link"]).output();
    tried.is_ok_and(|tried| tried.status.success())
}

#[test]
fn the_address_that_people_are_shown_follows_the_network() {
    if !may_have_a_network() {
        eprintln!("this account may not make a network of its own: nothing is tested");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new("unshare")
        .args(["-rn", "bash", "-c", SCRIPT])
        .env("DATA", folder.path().join("data"))
        .env(
            "LANDFALL_BIN",
            std::env::var_os("LANDFALL_BIN").expect("LANDFALL_BIN"),
        )
        .env("LANDFALL_KEYRING", "off")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(
        said.contains("the addresses are now smb://192.168.88.6:4450/"),
        "{said}"
    );
}
