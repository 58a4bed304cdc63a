//! Permissions: which holds, why, and at once.

use super::*;

#[test]
fn permission_comes_from_the_person_then_the_highest_group_then_the_default_and_says_so() {
    use Permission::{Admin, DropBox, None, Read, ReadWrite};
    let fixture = Fixture::new(false);
    fixture.person("alice");
    fixture.share("docs", Read);
    for name in ["editors", "owners"] {
        fixture
            .admin
            .add_group(&AddGroup {
                name: name.to_owned(),
            })
            .unwrap();
        let membership = Membership {
            name: "alice".to_owned(),
            group: name.to_owned(),
        };
        fixture.admin.join_group(&membership).unwrap();
    }
    type Step<'a> = (
        Option<(Grantee, Option<Permission>)>,
        Permission,
        AccessSource,
        Option<&'a str>,
    );
    let steps: [Step<'_>; 8] = [
        (Option::None, Read, AccessSource::ShareDefault, Option::None),
        (
            Some((group("editors"), Some(DropBox))),
            DropBox,
            AccessSource::Group,
            Some("editors"),
        ),
        (
            Some((group("owners"), Some(Admin))),
            Admin,
            AccessSource::Group,
            Some("owners"),
        ),
        (
            Some((user("alice"), Some(None))),
            None,
            AccessSource::User,
            Option::None,
        ),
        (
            Some((user("alice"), Some(ReadWrite))),
            ReadWrite,
            AccessSource::User,
            Option::None,
        ),
        (
            Some((user("alice"), Option::None)),
            Admin,
            AccessSource::Group,
            Some("owners"),
        ),
        (
            Some((group("owners"), Option::None)),
            DropBox,
            AccessSource::Group,
            Some("editors"),
        ),
        (
            Some((group("editors"), Option::None)),
            Read,
            AccessSource::ShareDefault,
            Option::None,
        ),
    ];
    for (step, permission, from, by) in steps {
        if let Some((grantee, granted)) = step {
            fixture.grant(grantee, granted).unwrap();
        }
        let access = fixture.access("alice");
        assert_eq!(
            (access.permission, access.from, access.group.as_deref()),
            (permission, from, by)
        );
        assert!(access.why.contains("alice"), "{}", access.why);
    }
    // Through JSON and back: what the control socket and the window see.
    let query = AccessQuery {
        name: "alice".to_owned(),
        share: Option::None,
    };
    let json = fixture.admin.call(&Call::Access(query)).unwrap();
    let access: Vec<Access> = serde_json::from_value(json).unwrap();
    assert_eq!(access, [fixture.access("alice")]);
}

#[test]
fn the_limits_of_a_share_hold_whatever_was_granted() {
    let fixture = Fixture::new(false);
    fixture.person("alice");
    fixture.share("docs", Permission::ReadWrite);
    let set = |read_only, upload_only| {
        let change = ChangeShare {
            share: "docs".to_owned(),
            read_only: Some(read_only),
            upload_only: Some(upload_only),
            ..ChangeShare::default()
        };
        fixture.admin.change_share(&change).unwrap();
        fixture.access("alice").permission
    };
    assert_eq!(set(true, false), Permission::Read);
    assert_eq!(set(false, true), Permission::DropBox);
    assert_eq!(set(true, true), Permission::None);
    assert_eq!(set(false, false), Permission::ReadWrite);
}

#[test]
fn guests_have_an_effective_permission_only_where_a_share_admits_them() {
    let fixture = Fixture::new(false);
    fixture.share("docs", Permission::Read);
    let query = AccessQuery {
        name: "guest".to_owned(),
        share: None,
    };
    assert_eq!(
        fixture.admin.access(&query).unwrap_err().code,
        ErrorCode::NoSuchPerson
    );
    let change = ChangeShare {
        share: "docs".to_owned(),
        guest: Some(true),
        ..ChangeShare::default()
    };
    fixture.admin.change_share(&change).unwrap();
    let access = fixture.access("guest");
    assert_eq!(
        (access.permission, access.from),
        (Permission::Read, AccessSource::Guest)
    );
}

#[test]
fn a_revoked_grant_is_gone_from_live_sessions_at_once() {
    let fixture = Fixture::new(true);
    fixture.person("alice");
    fixture.share("docs", Permission::ReadWrite);
    let identity = fixture.admin.identity();
    let principal = identity.principal("alice").unwrap();
    let live = identity.live_grant(&principal, identity.share("docs").unwrap().id);
    assert_eq!(live.permission(), Permission::ReadWrite);
    fixture.grant(user("alice"), Some(Permission::None)).unwrap();
    assert_eq!(live.permission(), Permission::None);
}

#[test]
fn what_each_person_may_do_in_a_share_is_listed_with_its_reason() {
    let fixture = Fixture::new(false);
    fixture.person("alice");
    fixture.person("bob");
    fixture.share("Scans", Permission::None);
    let grant = Grant {
        grantee: Grantee::User("bob".to_owned()),
        share: "Scans".to_owned(),
        permission: Some(Permission::Read),
    };
    fixture.admin.grant(&grant).unwrap();
    let access = fixture.admin.share_access("scans").unwrap();
    let shown: Vec<_> = access
        .iter()
        .map(|a| (a.name.as_str(), a.permission, a.from))
        .collect();
    assert_eq!(
        shown,
        [
            ("alice", Permission::None, AccessSource::ShareDefault),
            ("bob", Permission::Read, AccessSource::User)
        ]
    );
}
