//! `cargo xtask run`: the desktop app; `--headless`: a person, a folder, and a server that shows its addresses.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::setup::{self, APP_PACKAGES, BUILD_PACKAGES};
use crate::shell::{self, output, root, run_command};

const SHARE: &str = "Landfall";

/// The app where there is a display, else the server alone.
pub(crate) fn run() -> Result<()> {
    if !has_display() {
        println!("There is no display here: starting the server without the app.");
        return headless();
    }
    setup::packages(&BUILD_PACKAGES)?;
    setup::packages(&APP_PACKAGES)?;
    setup::ui()?;
    setup::npm(&["run", "build"])?;
    shell::run(&["cargo", "build", "--package", "landfall-app"])?;
    let app = root().join("target/debug/landfall-app");
    run_command(&mut std::process::Command::new(app), "landfall-app")
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || set("WAYLAND_DISPLAY") || set("DISPLAY")
}

/// The server alone.
pub(crate) fn headless() -> Result<()> {
    setup::packages(&BUILD_PACKAGES)?;
    shell::run(&["cargo", "build", "--package", "landfall-cli"])?;
    let landfall = root().join("target/debug/landfall");
    let landfall = landfall
        .to_str()
        .context("the repository's path is not Unicode")?;
    let folder = home()?.join("Landfall");
    std::fs::create_dir_all(&folder)?;
    let person = person();
    let known = |kind: &str, name: &str| {
        output(&[landfall, kind, "list", "--json"]).is_ok_and(|list| {
            list.contains(&format!("\"name\": \"{name}\"")) || list.contains(&format!("\"name\":\"{name}\""))
        })
    };
    if known("user", &person) {
        println!("Log in as {person}. A new password: {landfall} user passwd {person}");
    } else {
        println!("Log in as {person}.");
        println!(
            "{}",
            output(&[landfall, "user", "add", &person, "--generate"])?.trim()
        );
    }
    if !known("share", SHARE) {
        share(landfall, &folder, &person)?;
    }
    println!("The shared folder is {}.", folder.display());
    run_command(
        std::process::Command::new(landfall).arg("serve"),
        "landfall serve",
    )
}

fn share(landfall: &str, folder: &Path, person: &str) -> Result<()> {
    let folder = folder.to_str().context("the home folder's path is not Unicode")?;
    output(&[landfall, "share", "add", SHARE, folder])?;
    output(&[landfall, "user", "grant", person, SHARE, "admin"])?;
    Ok(())
}

fn home() -> Result<PathBuf> {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    home.map(PathBuf::from)
        .context("there is no home folder: set HOME")
}

/// The computer's user, if that can be a name here.
fn person() -> String {
    let name = std::env::var("USER")
        .or_else(|_| std::env::var("USERNAME"))
        .unwrap_or_default();
    let legal = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if legal { name } else { "owner".to_owned() }
}
