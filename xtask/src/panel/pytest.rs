//! Suites that pytest runs. A plugin (`tests/panel/verdicts.py`) writes down what became of each case.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::case::{self, Case};
use super::ground::Ground;
use super::sources;
use crate::shell::root;

/// pytest in `folder`, with the plugin; the caller adds the tests.
pub(super) fn pytest(folder: &Path) -> Command {
    let mut pytest = Command::new(sources::installed_python());
    pytest
        .current_dir(folder)
        .env("PYTHONPATH", root().join("tests/panel"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(["-m", "pytest", "-p", "verdicts", "-p", "no:cacheprovider"])
        .args(["--timeout", "60", "-W", "ignore"]);
    pytest
}

/// Runs it; what became of its cases. That some fail is no error here.
pub(super) fn cases(pytest: &mut Command, ground: &Ground) -> Result<Vec<Case>> {
    let file = ground.work.join("pytest.tsv");
    pytest
        .env("PANEL_VERDICTS", &file)
        .status()
        .context("pytest could not be started")?;
    case::read(&file)
}
