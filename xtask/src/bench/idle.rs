//! What connections cost that do nothing: the memory of a fresh server with many clients logged in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::client::Protocol;
use super::report::Figures;
use super::server::{Contender, PASSWORD, SHARE, SMB_USERS};
use crate::background::Background;

pub(super) const ROW: &str = "smb-idle-1000";
/// The client logs in over this.
pub(super) const PROTOCOL: Protocol = Protocol::Smb("sign");
const CONNECTIONS: &str = "1000";
const CLIENT: &str = include_str!("idle.py");

/// The client's script, written to a file in `folder`.
pub(super) fn client(folder: &Path) -> Result<PathBuf> {
    let script = folder.join("idle.py");
    std::fs::write(&script, CLIENT)?;
    Ok(script)
}

/// Wall and processor time are those of the log-ins; the memory is that of all of the server's processes.
pub(super) fn measure(contender: &Contender, python: &Path, script: &Path) -> Result<Figures> {
    let server = contender.start()?;
    let port = server.smb.context("the server has no SMB")?.to_string();
    let before = server.tree.processor_time();
    let started = Instant::now();
    let mut command = Command::new(python);
    command
        .arg(script)
        .args([&port, &SMB_USERS.join(","), PASSWORD, SHARE, CONNECTIONS]);
    let mut client = Background::start(&command)?;
    if client.first_line()?.trim() != "ready" {
        bail!("the client could not open {CONNECTIONS} connections");
    }
    let wall = started.elapsed();
    let members = server.tree.members();
    let processor = server.tree.settled(&members)?.saturating_sub(before);
    Ok(Figures {
        wall,
        processor,
        memory: server.tree.proportional_memory(),
    })
}
