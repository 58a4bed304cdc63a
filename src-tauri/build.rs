//! Embeds the window's files, the icons, the list of commands that the window may call, and the day of the build, by
//! which the app knows that it has become old.

use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    // Checks and tests of the Rust side need no built window; the app without one shows an empty page.
    if let Err(error) = std::fs::create_dir_all("../ui/dist") {
        println!("cargo::error=ui/dist can't be made: {error}");
    }
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rustc-env=LANDFALL_BUILT={}", built());
    let manifest = tauri_build::AppManifest::new().commands(&["admin", "shell"]);
    let attributes = tauri_build::Attributes::new()
        .config_path("../tauri.conf.json")
        .app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}

/// Seconds since 1970. Where builds are to be the same whenever they are made, the environment says when.
fn built() -> u64 {
    let said = std::env::var("SOURCE_DATE_EPOCH").ok();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).ok();
    said.and_then(|said| said.parse().ok())
        .or_else(|| now().map(|now| now.as_secs()))
        .unwrap_or_default()
}
