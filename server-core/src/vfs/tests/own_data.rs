//! Landfall's own data folder, and shares that come to hold it.

use super::*;

#[test]
fn a_folder_that_holds_the_data_folder_is_not_mounted_and_neither_is_one_inside() {
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.data.join("logs")).unwrap();
    for folder in [
        fixture.data.parent().unwrap().to_path_buf(),
        fixture.data.clone(),
        fixture.data.join("logs"),
    ] {
        let share = ShareSettings {
            id: ShareId(7),
            ..testing::share("all", folder)
        };
        let outcome = fixture.engine.mount(&share);
        assert!(matches!(outcome, Err(VfsError::ShareUnavailable)), "{outcome:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_data_folder_that_is_moved_into_a_share_ends_the_share_at_the_next_entry() {
    let fixture = Fixture::new();
    std::fs::rename(&fixture.data, fixture.folder.join("moved")).unwrap();
    let grant = Arc::new(LiveGrant::new(Permission::ReadWrite));
    let caller = caller(&fixture.sessions);
    let outcome = now(fixture.engine.enter_with(&fixture.settings, caller, grant));
    assert!(matches!(outcome, Err(VfsError::ShareUnavailable)), "{outcome:?}");
    assert!(!fixture.view.is_live());
}

#[test]
fn no_name_leads_to_what_is_landfalls_own() {
    let fixture = Fixture::new();
    let secret = fixture.data.join("landfall.db");
    std::fs::hard_link(&secret, fixture.folder.join("innocent")).unwrap();
    let outcome = open_path(&fixture.view, "innocent", Disposition::Open).map(drop);
    assert!(
        matches!(outcome, Err(VfsError::AccessDenied(Denial::OwnData))),
        "{outcome:?}"
    );
}
