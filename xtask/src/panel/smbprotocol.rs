//! smbprotocol's own tests: a client library of Python, with cases for each of its calls.

use std::time::Duration;

use anyhow::Result;

use super::case::Case;
use super::ground::{Ground, PASSWORD, SHARE, USER};
use super::{Extent, Suite, pytest, sources};
use crate::shell::root;

const PACKAGE: &str = "smbprotocol";
const VERSION: &str = "1.17.0";

pub(super) const SUITE: Suite = Suite {
    name: PACKAGE,
    limit: Duration::from_secs(600),
    install,
    run,
};

fn install(_: Extent) -> Result<()> {
    let tests = sources::python_package(PACKAGE, VERSION)?.join("tests");
    // The distribution lacks both.
    std::fs::copy(
        root().join("tests/panel/smbprotocol_conftest.py"),
        tests.join("conftest.py"),
    )?;
    std::fs::write(tests.join("__init__.py"), "")?;
    Ok(())
}

fn run(ground: &Ground, _: Extent) -> Result<Vec<Case>> {
    let mut tests = pytest::pytest(&sources::folder(PACKAGE, VERSION));
    tests
        .env("SMB_SERVER", "127.0.0.1")
        .env("SMB_PORT", "445")
        .env("SMB_SHARE", SHARE)
        .env("SMB_USER", USER)
        .env("SMB_PASSWORD", PASSWORD)
        // These test the client alone, on constants of a conftest that the distribution lacks.
        .args([
            "--ignore=tests/test_dfs.py",
            "--ignore=tests/test_smbclient_pool.py",
        ])
        .arg("tests");
    pytest::cases(&mut tests, ground)
}
