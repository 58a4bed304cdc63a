//! A client whose computer loses its network while it holds a batch oplock and a lock: others wait no longer than they must.
#![cfg(target_os = "linux")]

use landfall_tests::network_namespace;

/// Two networks, the server's and the client's, between which packets get lost after a while.
const SCRIPT: &str = r#"
set -e
landfall() { "$LANDFALL_BIN" --data-dir "$DATA" "$@"; }
ip link set lo up
unshare -n sleep 600 &
away=$!
trap 'kill $(jobs -p) $holder; wait' EXIT
until [ "$(readlink /proc/$away/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add lf0 type veth peer name lf1 netns $away
ip address add 192.168.77.5/24 dev lf0
ip link set lf0 up
nsenter -t $away -n ip address add 192.168.77.6/24 dev lf1
nsenter -t $away -n ip link set lf1 up
printf '%s' "$PASSWORD" | landfall user add alice --password-stdin
mkdir "$DATA/../files"
landfall share add files "$DATA/../files" --default read-write
landfall settings set smb.listen=0.0.0.0:4450
landfall settings set sftp.listen=off
coproc "$LANDFALL_BIN" --data-dir "$DATA" serve --json 2> "$DATA/../log"
read -r _ <&"${COPROC[0]}"
exec 5< <(exec nsenter -t $away -n "$LANDFALL_PYTHON" -u "$CLIENT" 192.168.77.5 4450 "$PASSWORD" hold)
holder=$!
read -r said <&5
[ "$said" = ready ]
nsenter -t $away -n ip address flush dev lf1
"$LANDFALL_PYTHON" -u "$CLIENT" 127.0.0.1 4450 "$PASSWORD" wait
landfall session list
"#;

#[test]
fn a_client_that_vanishes_leaves_its_oplock_and_its_locks_to_others() {
    let client = network_namespace::python("vanishing.py");
    let Some(said) = network_namespace::run(SCRIPT, &[("CLIENT", &client)]) else {
        return;
    };
    let seconds = |what: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(what));
        let number = line.and_then(|rest| rest.trim_end_matches(" s").trim().parse().ok());
        number.unwrap_or_else(|| panic!("{said}"))
    };
    // The client has 35 s to answer ([MS-SMB2] 3.3.2.1); its computer is given up after 90 s.
    let (opened, written): (u64, u64) = (seconds("opened after"), seconds("written after"));
    assert!((30..=60).contains(&opened), "{said}");
    assert!(written <= 130, "{said}");
    assert_eq!(
        said.matches("192.168.77.6").count(),
        0,
        "it is still listed: {said}"
    );
}
