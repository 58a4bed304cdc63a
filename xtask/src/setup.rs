//! What the other commands need on a fresh machine.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell::{command, root, run, run_command, succeeds};

/// Packages that the tests' clients come from.
pub(crate) const TEST_PACKAGES: [&str; 10] = [
    "smbclient",
    "samba-testsuite",
    "openssh-client",
    "sshpass",
    "sshfs",
    "rclone",
    "lftp",
    "putty-tools",
    "iproute2",
    "python3-venv",
];
/// What a file system in user space is mounted with: the tests' slow disk.
pub(crate) const FUSE_PACKAGES: [&str; 2] = ["libfuse2", "fuse3"];
/// What building needs besides Rust: SQLite and ring are C.
pub(crate) const BUILD_PACKAGES: [&str; 2] = ["gcc", "libc6-dev"];

/// What the desktop app is built on.
pub(crate) const APP_PACKAGES: [&str; 5] = [
    "libwebkit2gtk-4.1-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    "libxdo-dev",
    "patchelf",
];
/// The oldest Node that Vite runs on.
const NODE: u32 = 20;

/// Installs Debian packages that are missing, where we may; else says what to install.
pub(crate) fn packages(wanted: &[&str]) -> Result<()> {
    if !cfg!(target_os = "linux") || !succeeds(&["dpkg-query", "--version"]) {
        if wanted == BUILD_PACKAGES || wanted == APP_PACKAGES {
            return Ok(());
        }
        bail!(
            "the tests need Debian's or Ubuntu's packages: {}. On this system install the same programs, or run \
             `cargo nextest run -p server-core -p landfall-cli`, which needs none of them.",
            wanted.join(" ")
        );
    }
    let installed = |package: &&str| {
        crate::shell::output(&["dpkg-query", "-W", "-f=${Status}", package])
            .is_ok_and(|status| status.starts_with("install ok installed"))
    };
    let missing: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|package| !installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let is_root = crate::shell::output(&["id", "-u"]).is_ok_and(|id| id.trim() == "0");
    let sudo: &[&str] = match () {
        () if is_root => &[],
        () if succeeds(&["sudo", "-n", "true"]) => &["sudo", "-n"],
        () => bail!(
            "packages are missing; install them with: sudo apt-get install {}",
            missing.join(" ")
        ),
    };
    let apt = |arguments: &[&str]| {
        let words = [
            sudo,
            &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"],
            arguments,
        ]
        .concat();
        run(&words)
    };
    apt(&["-o", "DPkg::Lock::Timeout=300", "update"])?;
    apt(&[
        &[
            "-o",
            "DPkg::Lock::Timeout=300",
            "install",
            "-y",
            "--no-install-recommends",
        ],
        missing.as_slice(),
    ]
    .concat())
}

/// The packages of the window's page, as the lock file has them.
pub(crate) fn ui() -> Result<()> {
    let version = crate::shell::output(&["node", "--version"]).unwrap_or_default();
    let major = version.trim().trim_start_matches('v').split('.').next();
    if major
        .and_then(|major| major.parse().ok())
        .is_none_or(|major: u32| major < NODE)
    {
        bail!("the window needs Node.js {NODE} or later: https://nodejs.org/ (`--headless` does without)");
    }
    let folder = root().join("ui");
    let stamp = folder.join("node_modules/.landfall-lock.json");
    let wanted = std::fs::read_to_string(folder.join("package-lock.json"))?;
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    // Not `ci`: it refuses a lock file that lacks an optional package of another system, which a mirror may lack too.
    npm(&["install", "--no-audit", "--no-fund"])?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// Runs npm in the window's folder.
pub(crate) fn npm(words: &[&str]) -> Result<()> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let shown = format!("npm {}", words.join(" "));
    run_command(command(&[npm]).args(words).current_dir(root().join("ui")), &shown)
}

/// cargo-nextest, built once where it is missing.
pub(crate) fn nextest() -> Result<()> {
    if succeeds(&["cargo", "nextest", "--version"]) {
        return Ok(());
    }
    run(&["cargo", "install", "--locked", "cargo-nextest"])
}

/// A Python with the client libraries of the tests; its path.
pub(crate) fn python() -> Result<PathBuf> {
    venv(
        &root().join("target/venv"),
        &root().join("tests/python/requirements.txt"),
    )
}

/// A Python of its own in the folder `venv`, with what a list requires; its path.
pub(crate) fn venv(venv: &Path, requirements: &Path) -> Result<PathBuf> {
    let python = venv.join("bin/python");
    let stamp = venv.join("requirements.txt");
    let wanted = std::fs::read_to_string(requirements)?;
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run_command(
        command(&["python3", "-m", "venv"]).arg(venv),
        &format!("python3 -m venv {}", venv.display()),
    )?;
    let mut pip = std::process::Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "--quiet",
        "install",
        "--disable-pip-version-check",
        "-r",
    ])
    .arg(requirements);
    run_command(&mut pip, &format!("pip install -r {}", requirements.display()))?;
    std::fs::write(stamp, wanted)?;
    Ok(python)
}
