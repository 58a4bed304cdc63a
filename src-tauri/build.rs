//! Embeds the window's files, the icons and the list of commands that the window may call.

fn main() {
    // Checks and tests of the Rust side need no built window; the app without one shows an empty page.
    if let Err(error) = std::fs::create_dir_all("../ui/dist") {
        println!("cargo::error=ui/dist can't be made: {error}");
    }
    let manifest = tauri_build::AppManifest::new().commands(&["admin", "shell"]);
    let attributes = tauri_build::Attributes::new()
        .config_path("../tauri.conf.json")
        .app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
