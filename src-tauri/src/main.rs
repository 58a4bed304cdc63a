//! Landfall's desktop app: the engine in this process, a window and a tray icon over its admin API.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod apply_preferences;
mod arguments;
mod backup;
mod commands;
mod delivery;
mod disks;
mod engine;
mod explorer_policy;
mod export;
mod file_manager;
mod lock_outs;
mod log_files;
mod logs;
#[cfg(target_os = "macos")]
mod menu;
mod notifications;
mod picker;
mod preferences;
mod private_file;
mod quit;
mod shell;
mod texts;
mod tray;
#[cfg(test)]
mod typescript;
mod uploads;
mod window;

use std::process::ExitCode;
use std::time::Instant;

use tauri::{Manager, RunEvent};

use crate::arguments::Arguments;
use crate::engine::Engine;
use crate::preferences::PreferenceStore;
use crate::window::Page;

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments = match Arguments::from_command_line() {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("landfall-app: {message}");
            return ExitCode::from(2);
        }
    };
    // Held until the end: dropping it writes what is still in memory.
    let _logs = logs::start(&arguments.data_dir);
    match run(arguments, started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the app could not start");
            eprintln!("landfall-app: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments, started: Instant) -> tauri::Result<()> {
    let app = tauri::Builder::default()
        // Its "Quit" ends the app without a question.
        .enable_macos_default_menu(false)
        .plugin(tauri_plugin_single_instance::init(|app, _, _| window::show(app)))
        .plugin(tauri_plugin_autostart::Builder::new().arg("--minimized").build())
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(window::state_plugin())
        .invoke_handler(tauri::generate_handler![commands::admin, commands::shell])
        .setup(move |app| {
            let app = app.handle();
            let preferences = PreferenceStore::open(&arguments.data_dir);
            let minimized = arguments.minimized || preferences.current().start_minimized;
            app.manage(preferences);
            app.manage(Page::new(started));
            app.manage(Engine::new(arguments.data_dir));
            #[cfg(target_os = "macos")]
            menu::install(app)?;
            tray::install(app)?;
            engine::start(app);
            notifications::follow(app);
            disks::watch(app);
            #[cfg(unix)]
            quit::follow_signals(app);
            if !minimized {
                window::open(app)?;
            }
            Ok(())
        })
        .build(tauri::generate_context!("../tauri.conf.json"))?;
    app.run(|app, event| match event {
        // The last window was closed: sharing goes on, in the tray.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        // macOS: a click on the dock's icon.
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app),
        RunEvent::Exit => quit::at_last(app),
        _ => {}
    });
    Ok(())
}
