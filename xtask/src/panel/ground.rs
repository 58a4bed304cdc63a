//! The server that a suite runs against: a data folder and shares of its own, on the usual ports of its namespace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::landfall::{Landfall, Serving};
use crate::shell::{output, root};

/// Who the suites log in as.
pub(super) const USER: &str = "panel";
/// That person's password.
pub(super) const PASSWORD: &str = "Secret007!";
/// The share that SMB suites work in.
pub(super) const SHARE: &str = "s";
/// Where SFTP clients connect.
pub(super) const SFTP_PORT: &str = "2222";
/// A folder of the suite's own, and the share of that name: over SFTP, a path means the same to both sides.
pub(super) const TOP: &str = "/mnt";

/// Where a suite keeps everything.
pub(super) fn folder(suite: &str) -> PathBuf {
    root().join("target/panel").join(suite)
}

/// What is at [`TOP`] while the suite runs.
pub(super) fn top(suite: &str) -> PathBuf {
    folder(suite).join("top")
}

/// Where it is written down what became of its cases.
pub(super) fn verdicts(suite: &str) -> PathBuf {
    folder(suite).join("verdicts.tsv")
}

/// A running server and the folder around it.
#[derive(Debug)]
pub(super) struct Ground {
    /// A folder for the suite to work in.
    pub(super) work: PathBuf,
    /// What [`SHARE`] shares.
    pub(super) shared: PathBuf,
    /// A private key that the server takes for [`USER`]'s.
    pub(super) key: PathBuf,
    pub(super) landfall: Landfall,
    /// Ends with this.
    #[expect(dead_code, reason = "held, so that the server runs")]
    server: Serving,
}

impl Ground {
    pub(super) fn prepare(suite: &str, binary: &Path) -> Result<Self> {
        let base = folder(suite).join("ground");
        if base.exists() {
            std::fs::remove_dir_all(&base)?;
        }
        let work = base.join("work");
        std::fs::create_dir_all(&work)?;
        clear(Path::new(TOP))?;
        let key = base.join("key");
        let key_name = key.to_str().context("the folder is not Unicode")?;
        output(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key_name])?;
        let landfall = Landfall::new(binary, &base.join("data"));
        landfall.add_person(USER, PASSWORD)?;
        landfall.run(&["user", "key", "add", USER, &format!("{key_name}.pub")])?;
        for share in [SHARE, "dfs"] {
            let shared = base.join(share);
            std::fs::create_dir(&shared)?;
            landfall.add_share(share, &shared)?;
        }
        let encrypted = base.join("s-encrypted");
        std::fs::create_dir(&encrypted)?;
        landfall.run(&[
            "share",
            "add",
            "s-encrypted",
            encrypted.to_str().context("the folder is not Unicode")?,
            "--default",
            "read-write",
            "--encrypt",
        ])?;
        landfall.add_share(TOP.trim_start_matches('/'), Path::new(TOP))?;
        let server = landfall.serve("127.0.0.1:445", &format!("127.0.0.1:{SFTP_PORT}"))?;
        Ok(Self {
            work,
            shared: base.join(SHARE),
            key,
            landfall,
            server,
        })
    }
}

/// Removes what is in a folder, but not the folder.
fn clear(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
