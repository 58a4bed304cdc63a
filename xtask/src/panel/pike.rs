//! Pike: tests of SMB servers, message by message.

use std::time::Duration;

use anyhow::{Context, Result};

use super::case::Case;
use super::ground::{Ground, PASSWORD, SHARE, USER};
use super::{Extent, Suite, pytest, sources};
use crate::shell::output;

/// Files whose cases wait for time to pass.
const SLOW: [&str; 1] = ["credit.py"];

pub(super) const SUITE: Suite = Suite {
    name: "pike",
    limit: Duration::from_secs(1200),
    install,
    run,
};

fn install(_: Extent) -> Result<()> {
    sources::python().map(drop)
}

fn run(ground: &Ground, extent: Extent) -> Result<Vec<Case>> {
    let python = sources::installed_python();
    let python = python.to_str().context("the folder is not Unicode")?;
    let found = output(&[python, "-c", "import pike.test; print(*pike.test.__path__)"])?;
    let folder = found.trim();
    let mut files: Vec<String> = std::fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".py") && !name.starts_with('_'))
        .filter(|name| extent == Extent::Whole || !SLOW.contains(&name.as_str()))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    files.sort();
    let mut tests = pytest::pytest(&ground.work);
    tests
        .env("PIKE_SERVER", "127.0.0.1")
        .env("PIKE_PORT", "445")
        .env("PIKE_SHARE", SHARE)
        .env("PIKE_CREDS", format!("{USER}%{PASSWORD}"))
        // One waits until 65,536 message ids are used up.
        .args(["--timeout", "300"])
        .args(files);
    pytest::cases(&mut tests, ground)
}
