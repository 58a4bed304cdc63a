//! The clients: Debian's smbclient and sftp, each with a script of commands, and one in Python.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::server::{PASSWORD, Running, SHARE, SMB_USER};

/// After so many seconds a client is given up.
const LIMIT: &str = "300";
/// What timeout(1) exits with then.
const TIMED_OUT: i32 = 124;

/// How a client talks to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// smbclient's `--client-protection`.
    Smb(&'static str),
    /// sftp's cipher.
    Sftp(&'static str),
}

/// Where the clients keep what they need.
#[derive(Debug)]
pub(super) struct Clients {
    folder: PathBuf,
    key: PathBuf,
    python: Option<PathBuf>,
}

/// A client that is ready to run once.
#[derive(Debug)]
pub(super) struct Session {
    command: Command,
    log: PathBuf,
}

impl Clients {
    /// `python` has the libraries of the tests, where a row that was asked for needs them.
    pub(super) fn new(folder: &Path, key: &Path, python: Option<PathBuf>) -> Self {
        Self {
            folder: folder.to_owned(),
            key: key.to_owned(),
            python,
        }
    }

    pub(super) fn python(&self) -> Result<&Path> {
        self.python.as_deref().context("there is no Python")
    }

    /// A Python script: it gets the server's port and how to log in, then `arguments`.
    pub(super) fn script(&self, server: &Running, script: &Path, arguments: &[&str]) -> Result<Session> {
        let port = server.smb.context("the server has no SMB")?;
        let mut command = limited(self.python()?);
        command
            .arg(script)
            .args([&port.to_string(), SMB_USER, PASSWORD, SHARE])
            .args(arguments);
        self.ready(command)
    }

    pub(super) fn session(&self, protocol: Protocol, server: &Running, script: &[String]) -> Result<Session> {
        let mut command;
        match protocol {
            Protocol::Smb(protection) => {
                let port = server.smb.context("the server has no SMB")?;
                command = limited(Path::new("smbclient"));
                command
                    .args(["--configfile=/dev/null", "--use-kerberos=off", "--port"])
                    .arg(port.to_string())
                    .arg(format!("--client-protection={protection}"))
                    .arg(format!("--user={SMB_USER}%{PASSWORD}"))
                    .arg(format!("//127.0.0.1/{SHARE}"))
                    .arg("--command")
                    .arg(script.join(";"));
            }
            Protocol::Sftp(cipher) => {
                let sftp = server.sftp.as_ref().context("the server has no SFTP")?;
                let batch = self.folder.join("batch");
                std::fs::write(&batch, script.join("\n") + "\n")?;
                command = limited(Path::new("sftp"));
                command
                    .args(["-q", "-F", "/dev/null", "-c", cipher, "-P"])
                    .arg(sftp.port.to_string())
                    .arg("-i")
                    .arg(&self.key)
                    .args(["-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"])
                    .args(["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"])
                    .arg("-b")
                    .arg(&batch)
                    .arg(format!("{}@127.0.0.1", sftp.user));
            }
        }
        self.ready(command)
    }

    fn ready(&self, mut command: Command) -> Result<Session> {
        let log = self.folder.join("log");
        let output = File::create(&log)?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        Ok(Session { command, log })
    }
}

/// A command that is ended when it takes too long.
fn limited(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg(LIMIT).arg(program);
    command
}

impl Session {
    pub(super) fn run(&mut self) -> Result<()> {
        let status = self.command.status().context("the client could not be started")?;
        if status.code() == Some(TIMED_OUT) {
            bail!("the client was not done after {LIMIT} seconds");
        }
        if !status.success() {
            let log = self.printed()?;
            let end: Vec<&str> = log.lines().rev().take(5).collect();
            bail!(
                "the client failed ({status}), last line first: {}",
                end.join(" / ")
            );
        }
        Ok(())
    }

    /// What the client printed.
    pub(super) fn printed(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(&self.log)?).into_owned())
    }
}
