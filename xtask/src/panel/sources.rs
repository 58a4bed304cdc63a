//! Tests that come in source distributions: PyPI's archives, laid out in `target/panel/sources`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::setup;
use crate::shell::{root, run_command};

/// The Python that the suites run in, with their libraries.
pub(super) fn python() -> Result<PathBuf> {
    setup::packages(&["python3-venv"])?;
    setup::venv(
        &root().join("target/panel/venv"),
        &root().join("tests/panel/requirements.txt"),
    )
}

/// That Python, which has been installed.
pub(super) fn installed_python() -> PathBuf {
    root().join("target/panel/venv/bin/python")
}

/// Where the source distribution of a package is laid out.
pub(super) fn folder(package: &str, version: &str) -> PathBuf {
    root().join(format!("target/panel/sources/{package}-{version}"))
}

/// Brings the source distribution of a package of PyPI, once.
pub(super) fn python_package(package: &str, version: &str) -> Result<PathBuf> {
    let python = python()?;
    let folder = folder(package, version);
    let stamp = folder.join(".complete");
    if stamp.exists() {
        return Ok(folder);
    }
    let sources = root().join("target/panel/sources");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&sources)?;
    let wanted = format!("{package}=={version}");
    let mut download = Command::new(&python);
    download
        .args(["-m", "pip", "--quiet", "download", "--disable-pip-version-check"])
        .args(["--no-deps", "--no-binary", ":all:", "--dest"])
        .arg(&sources)
        .arg(&wanted);
    run_command(&mut download, &format!("pip download {wanted}"))?;
    let archive = sources.join(format!("{package}-{version}.tar.gz"));
    let mut unpack = Command::new("tar");
    unpack
        .arg("--extract")
        .arg("--gzip")
        .arg("--file")
        .arg(&archive)
        .arg("--directory")
        .arg(&sources);
    run_command(&mut unpack, &format!("tar --extract {}", archive.display()))?;
    std::fs::write(&stamp, "").with_context(|| format!("{} has another folder", archive.display()))?;
    Ok(folder)
}
