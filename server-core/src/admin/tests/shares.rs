//! Folders that may be shared, and those that may not.

use super::*;

#[test]
fn folders_that_would_give_away_the_server_can_not_be_shared() {
    let fixture = Fixture::new(false);
    let data = fixture.admin.store().data_dir().to_path_buf();
    let above = data.parent().unwrap().to_path_buf();
    let file = fixture.shared.join("file");
    std::fs::write(&file, "").unwrap();
    let cases = [
        (std::path::absolute("/").unwrap(), "it is the whole disk"),
        (data.clone(), "Landfall keeps its own data there"),
        (above, "Landfall's own data is inside it"),
        (fixture.shared.join("missing"), "it does not exist"),
        (PathBuf::from("relative"), "its path is not absolute"),
        (file, "it is a file"),
    ];
    for (folder, why) in cases {
        let add = AddShare {
            folder: folder.clone(),
            ..fixture.to_share("docs", Permission::None)
        };
        let error = fixture.admin.add_share(&add).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidFolder, "{}", folder.display());
        assert!(error.message.contains(why), "{}", error.message);
        assert!(error.hint.is_some());
    }
    assert!(fixture.admin.shares().is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_to_the_data_folder_is_no_way_around() {
    let fixture = Fixture::new(false);
    let link = fixture.shared.join("link");
    std::os::unix::fs::symlink(fixture.admin.store().data_dir(), &link).unwrap();
    let add = AddShare {
        folder: link,
        ..fixture.to_share("docs", Permission::None)
    };
    assert_eq!(
        fixture.admin.add_share(&add).unwrap_err().code,
        ErrorCode::InvalidFolder
    );
}

#[test]
fn shares_may_be_nested_and_say_so() {
    let fixture = Fixture::new(true);
    fixture.share("docs", Permission::Read);
    let inside = fixture.shared.join("inside");
    std::fs::create_dir(&inside).unwrap();
    let add = AddShare {
        folder: inside,
        ..fixture.to_share("inside", Permission::Read)
    };
    let share = fixture.admin.add_share(&add).unwrap();
    assert!(share.available);
    // But it is said: who may enter the outer one comes in here too.
    assert_eq!(share.inside_of.as_deref(), Some("docs"));
    let outer = fixture.admin.share("docs").unwrap();
    assert_eq!(outer.inside_of, None);
    assert_eq!(outer.holds, ["inside"]);
    // Whichever came first.
    fixture.admin.remove_share("docs").unwrap();
    let add = fixture.to_share("around", Permission::Read);
    assert_eq!(fixture.admin.add_share(&add).unwrap().holds, ["inside"]);
}
