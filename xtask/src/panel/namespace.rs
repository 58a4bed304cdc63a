//! Namespaces of a suite's own: a network where port 445 is free, processes that end with the suite, and a folder of the
//! suite's at `/mnt`, so that a path means the same to the suite and to the server. Root makes them; others by `sudo`, or
//! in a user namespace.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Extent, ground};
use crate::setup;
use crate::shell::{command, output, succeeds};

/// What the namespaces are made with.
const PACKAGES: [&str; 2] = ["iproute2", "util-linux"];
/// Namespaces for the network, for what is mounted, and for processes.
const NAMESPACES: [&str; 6] = [
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];
/// Runs in the namespaces: its arguments are the folder that is to be at `/mnt`, the user that ports are to be open to,
/// and what is to run.
const ENTER: &str = "ip link set lo up
mount --bind \"$1\" /mnt
shift
exec \"$@\"";
/// The same for a user who is not root outside.
const ENTER_AS: &str = "ip link set lo up
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
mount --bind \"$1\" /mnt
shift
exec setpriv --reuid \"$SUDO_UID\" --regid \"$SUDO_GID\" --init-groups -- \"$@\"";

pub(super) fn packages() -> Result<()> {
    setup::packages(&PACKAGES)
}

/// Runs a suite's process; how long it took. What it prints is in the suite's folder.
pub(super) fn run(suite: &str, binary: &Path, extent: Extent, limit: Duration) -> Result<Duration> {
    let folder = ground::folder(suite);
    let top = ground::top(suite);
    // What an earlier run left must not be taken for this one's.
    let _ = std::fs::remove_file(ground::verdicts(suite));
    std::fs::create_dir_all(&top)?;
    let log = folder.join("log");
    let limit = limit.as_secs().to_string();
    let extent = match extent {
        Extent::Quick => "quick",
        Extent::Whole => "whole",
    };
    let mut process = entering()?;
    process
        .arg(&top)
        .args(["env", "LANDFALL_KEYRING=off"])
        .args(kept("PATH"))
        .args(kept("HOME"))
        .arg(format!("LANDFALL_BIN={}", binary.display()))
        .args(["timeout", "--kill-after=10", &limit])
        .arg(std::env::current_exe()?)
        .args(["panel-within", suite, extent])
        .stdout(File::create(&log)?)
        .stderr(File::options().append(true).open(&log)?);
    println!("== {suite} (what it prints: {})", log.display());
    let started = Instant::now();
    let status = process.status().context("a namespace could not be entered")?;
    if !status.success() {
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        let last: Vec<&str> = said.lines().rev().take(20).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        bail!("the suite did not end well: {status}\n{}", last.join("\n"));
    }
    Ok(started.elapsed())
}

/// The beginning of a command that runs its further arguments in new namespaces.
fn entering() -> Result<Command> {
    let unshare = |first: &[&str], script: &str| {
        let words = [first, &NAMESPACES, &["--", "sh", "-ec", script, "sh"]].concat();
        command(&words)
    };
    let is_root = output(&["id", "-u"]).is_ok_and(|id| id.trim() == "0");
    if is_root {
        return Ok(unshare(&["unshare"], ENTER));
    }
    if succeeds(&["sudo", "-n", "true"]) {
        return Ok(unshare(&["sudo", "-n", "unshare"], ENTER_AS));
    }
    let alone = ["unshare", "--map-root-user"];
    if succeeds(&[&alone as &[&str], &NAMESPACES, &["--", "true"]].concat()) {
        return Ok(unshare(&alone, ENTER));
    }
    bail!(
        "the suites need a network of their own: run this as root, or where `sudo` or user namespaces may be used"
    );
}

/// A variable of this process's environment, which `sudo` would not pass on.
fn kept(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| format!("{name}={value}"))
}
