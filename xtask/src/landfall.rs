//! A Landfall server for a measurement: the release build with a data folder of its own, on free ports.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::background::Background;
use crate::shell::{self, root};

/// The release build of the command; `LANDFALL_BIN` names another and skips the build.
pub(crate) fn release_build() -> Result<PathBuf> {
    if let Some(binary) = std::env::var_os("LANDFALL_BIN") {
        return Ok(binary.into());
    }
    shell::run(&["cargo", "build", "--release", "--package", "landfall-cli"])?;
    Ok(root().join("target/release/landfall"))
}

/// The command on one data folder.
#[derive(Debug)]
pub(crate) struct Landfall {
    binary: PathBuf,
    data: PathBuf,
}

impl Landfall {
    pub(crate) fn new(binary: &Path, data: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            data: data.to_owned(),
        }
    }

    pub(crate) fn add_person(&self, name: &str, password: &str) -> Result<()> {
        let mut add = self
            .command(&["user", "add", name, "--password-stdin"])
            .stdin(Stdio::piped())
            .spawn()
            .context("landfall could not be started")?;
        add.stdin
            .take()
            .context("no stdin")?
            .write_all(password.as_bytes())?;
        if !add.wait()?.success() {
            bail!("the person {name} could not be added");
        }
        Ok(())
    }

    /// A share that everyone may write to.
    pub(crate) fn add_share(&self, name: &str, folder: &Path) -> Result<()> {
        let folder = folder.to_str().context("the folder is not Unicode")?;
        self.run(&["share", "add", name, folder, "--default", "read-write"])
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Result<()> {
        let output = self
            .command(arguments)
            .output()
            .context("landfall could not be started")?;
        if !output.status.success() {
            bail!(
                "landfall {} failed: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }

    /// Serves until killed; `sftp` is an address or `off`. Waits until it is ready.
    pub(crate) fn serve(&self, smb: &str, sftp: &str) -> Result<Serving> {
        let mut serve = self.command(&["serve", "--smb", smb, "--sftp", sftp]);
        serve.args(["--netbios", "off", "--json"]);
        let mut process = Background::start(&serve)?;
        let ready: serde_json::Value =
            serde_json::from_str(&process.first_line()?).context("landfall did not start")?;
        let port = |protocol: &str| {
            let (_, port) = ready[protocol].as_str()?.rsplit_once(':')?;
            port.parse().ok()
        };
        Ok(Serving {
            smb: port("smb").context("landfall tells no SMB port")?,
            sftp: port("sftp"),
            process,
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env("LANDFALL_KEYRING", "off")
            .arg("--data-dir")
            .arg(&self.data)
            .args(arguments);
        command
    }
}

/// A running server on 127.0.0.1.
#[derive(Debug)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "`bench`, which asks for all of it, is for Linux")
)]
pub(crate) struct Serving {
    pub(crate) process: Background,
    pub(crate) smb: u16,
    pub(crate) sftp: Option<u16>,
}
