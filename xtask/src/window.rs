//! `cargo xtask window`: the app's real window under Xvfb, driven through WebDriver with real clients.

use anyhow::Result;

use crate::setup::{self, APP_PACKAGES, BUILD_PACKAGES, FUSE_PACKAGES};
use crate::shell::{self, command, root, run_command, succeeds};

/// A screen, a window manager, a notification daemon, a driver, and the clients of the story.
const PACKAGES: [&str; 15] = [
    "xvfb",
    "xdotool",
    "openbox",
    "dunst",
    "imagemagick",
    "dbus-daemon",
    "webkit2gtk-driver",
    "python3-dbus",
    "python3-gi",
    "gir1.2-gtk-3.0",
    "poppler-utils",
    "fonts-noto-core",
    "smbclient",
    "openssh-client",
    "sshpass",
];

/// What the window's tests need.
pub(crate) fn packages() -> Result<()> {
    setup::packages(&PACKAGES)?;
    // For a disk that can be stopped.
    setup::packages(&FUSE_PACKAGES)
}

/// The page, and what drives the window.
pub(crate) fn prepare() -> Result<()> {
    packages()?;
    setup::ui()?;
    setup::npm(&["run", "build"])?;
    if !succeeds(&["tauri-driver", "--help"]) {
        shell::run(&["cargo", "install", "--locked", "tauri-driver"])?;
    }
    Ok(())
}

pub(crate) fn run() -> Result<()> {
    setup::packages(&BUILD_PACKAGES)?;
    setup::packages(&APP_PACKAGES)?;
    prepare()?;
    shell::run(&[
        "cargo",
        "build",
        "--package",
        "landfall-app",
        "--package",
        "landfall-cli",
    ])?;
    let mut story = command(&[
        "dbus-run-session",
        "--",
        "node",
        "--test",
        // One after the other: they share the session bus, where the app is there once.
        "--test-concurrency=1",
        "--test-reporter=spec",
        "tests/window/",
    ]);
    story
        .env("LANDFALL_BINARIES", root().join("target/debug"))
        .env("LANDFALL_PYTHON", setup::python()?);
    run_command(&mut story, "node --test tests/window/")?;
    println!("The pictures are in target/window-pictures.");
    Ok(())
}
