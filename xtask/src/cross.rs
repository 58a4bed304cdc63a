//! `cargo xtask cross`: the engine and the command line for the other two systems, from Debian or Ubuntu.
//! Debian's own Rust builds the standard library for those targets from Debian's source package; the Windows
//! tests then run under Wine, and macOS is type-checked. `cross-check.sh` holds the steps.

use anyhow::Result;

use crate::shell::run;

pub(crate) fn run_all() -> Result<()> {
    let script = "xtask/cross-check.sh";
    let crates = ["-p", "server-core", "-p", "landfall-cli"];
    run(&[
        &["bash", script, "x86_64-pc-windows-gnu", "test", "--lib", "--bins"],
        crates.as_slice(),
    ]
    .concat())?;
    run(&[
        &["bash", script, "aarch64-apple-darwin", "check"],
        crates.as_slice(),
    ]
    .concat())
}
