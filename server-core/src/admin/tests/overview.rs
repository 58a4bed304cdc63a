//! What is told: status, activity, settings.

use super::*;

#[test]
fn every_change_is_in_the_activity_list_and_no_password_is() {
    let fixture = Fixture::new(false);
    fixture.person("alice");
    fixture.share("docs", Permission::Read);
    fixture.grant(user("alice"), Some(Permission::ReadWrite)).unwrap();
    let add = AddKey {
        name: "alice".to_owned(),
        public_key: KEY.to_owned(),
    };
    let key = fixture.admin.add_key(&add).unwrap();
    let of = KeyOf {
        name: "alice".to_owned(),
        fingerprint: key.fingerprint[..12].to_owned(),
        keep_sessions: None,
    };
    fixture.admin.remove_key(&of).unwrap();
    fixture
        .admin
        .set_setting(&SetSetting {
            key: "smb.credits".to_owned(),
            value: "fixed:64".to_owned(),
        })
        .unwrap();
    fixture.admin.remove_share("docs").unwrap();
    let records = fixture.admin.activity(&ActivityQuery::default()).unwrap();
    assert!(
        records
            .iter()
            .all(|record| record.kind == ActivityKind::Administered)
    );
    let messages: Vec<_> = records.iter().map(|record| record.message.as_str()).collect();
    assert_eq!(messages.len(), 7, "{messages:?}");
    assert_eq!(messages[0], "alice was added");
    assert_eq!(messages[2], "alice was granted read-write in docs");
    assert_eq!(messages[6], "the share docs was removed");
    assert!(!messages.concat().contains("pass word"));
    let newest = fixture.admin.activity(&ActivityQuery { limit: 1 }).unwrap();
    assert_eq!(newest[0].message, "the share docs was removed");
}

#[test]
fn settings_are_kept_and_can_go_back_to_their_default() {
    let fixture = Fixture::new(true);
    let set = |key: &str, value: &str| {
        fixture.admin.set_setting(&SetSetting {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    };
    let changed = set("smb.listen", "127.0.0.1:4450").unwrap();
    assert!(changed.needs_restart && changed.setting.is_set);
    assert!(
        !set("smb.listen", "127.0.0.1:4450").unwrap().needs_restart,
        "nothing changed"
    );
    assert!(!set("smb.require-signing", "off").unwrap().needs_restart);
    assert!(!fixture.admin.typed_settings().unwrap().smb_require_signing);
    let back = set("smb.require-signing", "").unwrap();
    assert!(!back.setting.is_set && back.setting.value == "on");
    assert_eq!(
        set("smb.nothing", "1").unwrap_err().code,
        ErrorCode::NoSuchSetting
    );
    let listed = fixture.admin.settings().unwrap();
    assert!(listed.iter().all(|setting| !setting.key.starts_with("internal")));
}

#[test]
fn status_counts_what_there_is() {
    let fixture = Fixture::new(true);
    fixture.person("alice");
    fixture.share("docs", Permission::Read);
    let status = fixture.admin.status().unwrap();
    assert!(
        status.running && status.warnings.is_empty(),
        "{:?}",
        status.warnings
    );
    assert_eq!((status.people, status.groups, status.shares), (1, 0, 1));
    assert_eq!(status.master_key, MasterKey::File);
}

#[test]
fn status_warns_of_a_folder_that_is_gone() {
    // Windows lets nobody remove a folder that a running server has mounted.
    let fixture = Fixture::new(false);
    fixture.share("docs", Permission::Read);
    std::fs::remove_dir(&fixture.shared).unwrap();
    let status = fixture.admin.status().unwrap();
    assert!(status.warnings[0].contains("docs"), "{:?}", status.warnings);
}

#[test]
fn activity_is_searched_in_pages_with_the_number_of_all_matches() {
    let fixture = Fixture::new(false);
    for name in ["alice", "bob", "carol"] {
        fixture.person(name);
    }
    let search = ActivitySearch {
        text: Some("was added".to_owned()),
        offset: Some(1),
        limit: Some(1),
        ..ActivitySearch::default()
    };
    let page = fixture.admin.find_activity(&search).unwrap();
    assert_eq!(page.total, 3);
    assert_eq!(page.records.len(), 1);
    assert_eq!(page.records[0].record.user.as_deref(), Some("bob"));
}
