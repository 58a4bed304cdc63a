//! `cargo xtask package`: installable packages of the app for this system.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::setup::{self, APP_PACKAGES, BUILD_PACKAGES};
use crate::shell::{command, root, run_command};

const PACKAGER: &str = "@tauri-apps/cli@2.12.5";

/// Builds the packages of these kinds; of the configured ones that this system can build when there is none.
pub(crate) fn run(kinds: Option<&str>) -> Result<()> {
    setup::packages(&BUILD_PACKAGES)?;
    setup::packages(&APP_PACKAGES)?;
    setup::ui()?;
    setup::npm(&["run", "build"])?;
    if cfg!(target_os = "linux") {
        // The command line, and what binds port 445: the packages hold them too.
        crate::shell::run(&["cargo", "build", "--release", "--package", "landfall-cli"])?;
    }
    let folder = root().join("src-tauri");
    let written = Written::beside(&folder)?;
    let kinds = kinds.unwrap_or(if cfg!(windows) {
        "msi,nsis"
    } else if cfg!(target_os = "macos") {
        "app,dmg"
    } else {
        "deb,rpm"
    });
    let tauri = packager()?;
    let mut build = command(&["node"]);
    build
        .arg(tauri)
        .args(["build", "--bundles", kinds])
        .current_dir(&folder);
    run_command(&mut build, &format!("tauri build --bundles {kinds}"))?;
    drop(written);
    println!("The packages are in target/release/bundle.");
    Ok(())
}

/// Tauri's packager, which nothing else needs; its path.
fn packager() -> Result<PathBuf> {
    let folder = root().join("target/tauri-cli");
    let script = folder.join("node_modules/@tauri-apps/cli/tauri.js");
    if !script.exists() {
        std::fs::create_dir_all(&folder)?;
        let prefix = folder.to_str().context("the repository's path is not Unicode")?;
        setup::npm(&["install", "--no-audit", "--no-fund", "--prefix", prefix, PACKAGER])?;
    }
    Ok(script)
}

/// Installs the Debian package, starts the app in a window, and removes it again. Needs root.
#[cfg(target_os = "linux")]
pub(crate) fn test() -> Result<()> {
    run(Some("deb"))?;
    crate::window::packages()?;
    crate::shell::run(&["cargo", "build", "--package", "landfall-cli"])?;
    crate::shell::run(&["node", "--test", "--test-reporter=spec", "tests/package/"])
}

/// Tauri's packager wants its configuration beside the app's Cargo.toml; ours is at the top of the repository.
/// A copy with its paths adapted is written there, and removed afterwards.
struct Written(PathBuf);

impl Written {
    fn beside(folder: &Path) -> Result<Self> {
        let top = std::fs::read_to_string(root().join("tauri.conf.json"))?;
        let mut config: Value = serde_json::from_str(&top).context("tauri.conf.json")?;
        let Some(object) = config.as_object_mut() else {
            bail!("tauri.conf.json holds no object");
        };
        object.remove("$schema");
        for path in [
            "/build/frontendDist",
            "/bundle/icon",
            "/bundle/linux/deb/postInstallScript",
            "/bundle/linux/rpm/postInstallScript",
            "/bundle/linux/deb/files",
            "/bundle/linux/rpm/files",
        ] {
            match config.pointer_mut(path) {
                Some(Value::Object(files)) => files.values_mut().for_each(|path| {
                    *path = format!("../{}", path.as_str().unwrap_or_default()).into();
                }),
                Some(Value::String(path)) => *path = format!("../{path}"),
                Some(Value::Array(paths)) => paths.iter_mut().for_each(|path| {
                    *path = format!("../{}", path.as_str().unwrap_or_default()).into();
                }),
                _ => bail!("tauri.conf.json has no {path}"),
            }
        }
        // The page was built already.
        if let Some(build) = config.pointer_mut("/build").and_then(Value::as_object_mut) {
            build.remove("beforeBuildCommand");
        }
        let file = folder.join("tauri.conf.json");
        std::fs::write(&file, serde_json::to_string_pretty(&config)?)?;
        Ok(Self(file))
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            eprintln!("{} could not be removed: {error}", self.0.display());
        }
    }
}
