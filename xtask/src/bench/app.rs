//! The desktop app's own figures: there is no peer to put beside them, so that each has a limit.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::setup::{self, APP_PACKAGES};
use crate::shell::{command, output, root, run};
use crate::window;

/// What the globs of the command line match.
pub(super) const ROW: &str = "app";

/// Measures a release build; gives the rows that are beyond their limits.
pub(super) fn measure(python: &Path) -> Result<Vec<String>> {
    setup::packages(&APP_PACKAGES)?;
    window::prepare()?;
    run(&[
        "cargo",
        "build",
        "--release",
        "--package",
        "landfall-app",
        "--package",
        "landfall-cli",
    ])?;
    let mut figures = command(&["dbus-run-session", "--", "node", "tests/window/figures.mjs"]);
    figures
        .env("LANDFALL_BINARIES", root().join("target/release"))
        .env("LANDFALL_PYTHON", python)
        .stderr(std::process::Stdio::null());
    let figures = figures.output().context("node tests/window/figures.mjs")?;
    let mut beyond = Vec::new();
    for line in String::from_utf8_lossy(&figures.stdout).lines() {
        let Ok(figure) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let (row, unit) = (figure["row"].as_str(), figure["unit"].as_str());
        let (Some(row), Some(unit), Some(value)) = (row, unit, figure["value"].as_f64()) else {
            bail!("not understood: {line}");
        };
        let limit = figure["limit"].as_f64();
        let shown = limit.map(|limit| format!("  (at most {limit} {unit})"));
        println!("{row:<28} {value:>9.1} {unit}{}", shown.unwrap_or_default());
        if limit.is_some_and(|limit| value > limit) {
            beyond.push(row.to_owned());
        }
    }
    if let Some(size) = installed_size() {
        println!("{:<28} {:>9.1} MB", "app-installed", size);
    }
    if !figures.status.success() {
        bail!("the app could not be measured: {}", figures.status);
    }
    Ok(beyond)
}

/// What the Debian package takes on the disk, in MB, if one was built.
fn installed_size() -> Option<f64> {
    let folder = root().join("target/release/bundle/deb");
    let packages = std::fs::read_dir(folder).ok()?;
    let package = packages
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|ending| ending == "deb"))?;
    let size = output(&["dpkg-deb", "--field", package.to_str()?, "Installed-Size"]).ok()?;
    Some(size.trim().parse::<f64>().ok()? * 1024.0 / 1e6)
}
