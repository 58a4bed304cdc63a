//! A computer that comes to a network after the server started, and moves to another.
#![cfg(target_os = "linux")]

use landfall_tests::network_namespace;

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

#[test]
fn the_address_that_people_are_shown_follows_the_network() {
    let Some(said) = network_namespace::run(SCRIPT, &[]) else {
        return;
    };
    assert!(
        said.contains("the addresses are now smb://192.168.88.6:4450/"),
        "{said}"
    );
}
