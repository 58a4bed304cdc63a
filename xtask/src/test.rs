//! `cargo xtask test`: set-up, formatting, lints, every test, the smbtorture cases that are expected to pass,
//! and what is quick of the suites of others.

use anyhow::Result;

use crate::conformance::{self, Selection};
#[cfg(target_os = "linux")]
use crate::panel::{self, Extent};
use crate::setup::{self, APP_PACKAGES, BUILD_PACKAGES, FUSE_PACKAGES, TEST_PACKAGES};
use crate::shell::{self, command, root, run_command};

pub(crate) fn run() -> Result<()> {
    setup::packages(&BUILD_PACKAGES)?;
    setup::packages(&APP_PACKAGES)?;
    setup::packages(&TEST_PACKAGES)?;
    setup::packages(&FUSE_PACKAGES)?;
    setup::nextest()?;
    let python = setup::python()?;
    setup::ui()?;
    setup::npm(&["run", "build"])?;
    setup::npm(&["test"])?;
    shell::run(&["cargo", "fmt", "--all", "--check"])?;
    shell::run(&[
        "cargo",
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])?;
    shell::run(&["cargo", "build", "--package", "landfall-cli"])?;
    shell::run(&[
        "cargo",
        "build",
        "--locked",
        "--manifest-path",
        "tests/rust-client/Cargo.toml",
        "--target-dir",
        "target/rust-client",
    ])?;
    let binary = root().join("target/debug/landfall");
    let mut nextest = command(&["cargo", "nextest", "run", "--workspace"]);
    nextest
        .env("LANDFALL_BIN", &binary)
        .env("LANDFALL_PYTHON", python)
        .env(
            "LANDFALL_RUST_CLIENT",
            root().join("target/rust-client/debug/rust-client"),
        )
        .env("LANDFALL_KEYRING", "off");
    run_command(&mut nextest, "cargo nextest run --workspace")?;
    conformance::run(Selection::Listed, &binary)?;
    #[cfg(target_os = "linux")]
    panel::run_against(&binary, Extent::Quick, &[])?;
    #[cfg(target_os = "linux")]
    crate::window::run()?;
    Ok(())
}
