//! paramiko's own tests of SFTP, pointed at our server instead of the one that they bring.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::case::Case;
use super::ground::{Ground, PASSWORD, SFTP_PORT, TOP, USER};
use super::{Extent, Suite, pytest, sources};
use crate::shell::root;

const PACKAGE: &str = "paramiko";
const VERSION: &str = "5.1.0";
/// What tests of SFTP stand on; the rest of the distribution's tests are of the client alone.
const TESTS: [&str; 6] = [
    "__init__.py",
    "_loop.py",
    "_support",
    "_util.py",
    "test_sftp.py",
    "test_sftp_big.py",
];

pub(super) const SUITE: Suite = Suite {
    name: PACKAGE,
    limit: Duration::from_secs(600),
    install,
    run,
};

fn install(_: Extent) -> Result<()> {
    sources::python_package(PACKAGE, VERSION).map(drop)
}

fn run(ground: &Ground, _: Extent) -> Result<Vec<Case>> {
    let source = sources::folder(PACKAGE, VERSION).join("tests");
    let tests = ground.work.join("tests");
    std::fs::create_dir(&tests)?;
    for name in TESTS {
        let copied = std::process::Command::new("cp")
            .arg("-r")
            .arg(source.join(name))
            .arg(&tests)
            .status()?;
        anyhow::ensure!(copied.success(), "{name} could not be copied");
    }
    std::fs::copy(
        root().join("tests/panel/paramiko_conftest.py"),
        tests.join("conftest.py"),
    )?;
    // The server's topmost folder is the machine's: the tests take paths from either.
    let mut tests_of_sftp = pytest::pytest(Path::new("/"));
    tests_of_sftp
        .env("SFTP_FOLDER", format!("{}/paramiko", TOP.trim_start_matches('/')))
        .env("SFTP_PORT", SFTP_PORT)
        .env("SFTP_USER", USER)
        .env("SFTP_PASSWORD", PASSWORD)
        .arg("--rootdir")
        .arg(&ground.work)
        .arg(tests.join("test_sftp.py"))
        .arg(tests.join("test_sftp_big.py"));
    pytest::cases(&mut tests_of_sftp, ground)
}
