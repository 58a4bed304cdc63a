//! The menu bar of macOS, with a "Quit" that asks: the system's own ends the app at once.

use tauri::menu::{AboutMetadata, Menu, MenuItemBuilder, SubmenuBuilder};
use tauri::{AppHandle, Manager, Wry};

use crate::preferences::PreferenceStore;
use crate::quit;
use crate::texts::Texts;

const QUIT: &str = "menu-quit";

/// Puts the menu up.
pub(crate) fn install(app: &AppHandle) -> tauri::Result<()> {
    app.set_menu(menu(app)?)?;
    app.on_menu_event(|app, event| {
        if event.id().as_ref() == QUIT {
            quit::ask(app);
        }
    });
    Ok(())
}

fn menu(app: &AppHandle) -> tauri::Result<Menu<Wry>> {
    let texts = Texts::of(app.state::<PreferenceStore>().current().language);
    let quit = MenuItemBuilder::with_id(QUIT, texts.quit())
        .accelerator("Cmd+Q")
        .build(app)?;
    let own = SubmenuBuilder::new(app, "Landfall")
        .about(Some(AboutMetadata::default()))
        .separator()
        .services()
        .separator()
        .hide()
        .hide_others()
        .show_all()
        .separator()
        .item(&quit)
        .build()?;
    // Without these, the keys for them don't work in the page.
    let edit = SubmenuBuilder::new(app, texts.edit())
        .undo()
        .redo()
        .separator()
        .cut()
        .copy()
        .paste()
        .select_all()
        .build()?;
    let window = SubmenuBuilder::new(app, texts.window())
        .minimize()
        .maximize()
        .close_window()
        .build()?;
    Menu::with_items(app, &[&own, &edit, &window])
}
