//! Networks of a test's own: scripts that run where nobody else's addresses and interfaces are.

use std::path::Path;
use std::process::Command;

use crate::administrator::{as_root, own_ids};
use crate::server::PASSWORD;

/// Runs a script of `bash` in a network of its own, with the data folder of a server to be (`DATA`), a person's password
/// (`PASSWORD`) and what is in `more`; what it printed. `None`, and says so, where this account may not make networks.
///
/// # Panics
/// The script fails.
pub fn run(script: &str, more: &[(&str, &str)]) -> Option<String> {
    let tried = Command::new("unshare").args(["-rn", "ip", "link"]).output();
    // Some systems keep it from all but root.
    let (mut command, unshare) = match tried.is_ok_and(|tried| tried.status.success()) {
        true => (Command::new("env"), "-rn"),
        false => (as_root("env")?, "-n"),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    command
        .arg(format!("DATA={}", folder.path().join("data").display()))
        .args(environment(more))
        .args(["unshare", unshare, "bash", "-c", script]);
    let ran = command.output().expect("env runs");
    let (user, group) = own_ids();
    if unshare == "-n" && user != 0 {
        let mut chown = as_root("chown")?;
        // Or it could not be removed.
        let _ = chown
            .args(["-R", &format!("{user}:{group}")])
            .arg(folder.path())
            .status();
    }
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    Some(said.into_owned())
}

/// What the script finds in its environment, whoever runs it.
fn environment(more: &[(&str, &str)]) -> Vec<String> {
    let python = crate::clients::interpreter();
    let known = [
        ("LANDFALL_BIN", crate::server::landfall()),
        ("LANDFALL_PYTHON", python),
        ("LANDFALL_KEYRING", "off".into()),
        ("PASSWORD", PASSWORD.into()),
    ];
    let known = known.map(|(name, value)| format!("{name}={}", value.display()));
    let more = more.iter().map(|(name, value)| format!("{name}={value}"));
    known.into_iter().chain(more).collect()
}

/// A script of the tests in Python.
pub fn python(script: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    folder.join(script).display().to_string()
}
