//! What someone may do in a share, and why.
//!
//! A grant to the person decides; else the highest grant to a group of theirs; else the share's
//! default. A grant of nothing is a grant: it takes away what groups or the default would give.
//! Guests get the default, where the share admits them, and at most read and write.
//!
//! Then the share's own limits apply, and what comes out is what [`LiveGrant`](super::LiveGrant) holds:
//! - read-only: nobody writes. Admin and ReadWrite become Read; DropBox, which only writes, None.
//! - upload-only: nobody but admins sees what is there. ReadWrite becomes DropBox, Read None.
//! - both: only admins are left, and read.

use super::snapshot::{Person, Snapshot};
use super::{Effective, Permission, PermissionSource, ShareSettings, UserId};
use crate::store::Grantee;

/// The permission of a person (of guests without a user), and why.
pub(super) fn effective(
    snapshot: &Snapshot,
    user: Option<UserId>,
    name: &str,
    share: &ShareSettings,
) -> Effective {
    let (granted, source) = granted(snapshot, user, share);
    let permission = limited(granted, share);
    let why = sentence(name, granted, permission, &source, share);
    Effective {
        permission,
        source,
        why,
    }
}

/// The permission alone.
pub(super) fn permission(snapshot: &Snapshot, user: Option<UserId>, share: &ShareSettings) -> Permission {
    limited(granted(snapshot, user, share).0, share)
}

fn granted(
    snapshot: &Snapshot,
    user: Option<UserId>,
    share: &ShareSettings,
) -> (Permission, PermissionSource) {
    let Some(user) = user else {
        return match share.guest {
            true => (
                share.default_permission.min(Permission::ReadWrite),
                PermissionSource::Guest,
            ),
            false => (Permission::None, PermissionSource::NoGuests),
        };
    };
    let Some(person) = snapshot.user(user).filter(|person| person.row.enabled) else {
        return (Permission::None, PermissionSource::Disabled);
    };
    if let Some(permission) = snapshot.grant(share.id, Grantee::User(user)) {
        return (permission, PermissionSource::User);
    }
    match highest_of_groups(snapshot, person, share) {
        Some((permission, name)) => (permission, PermissionSource::Group { name }),
        None => (share.default_permission, PermissionSource::ShareDefault),
    }
}

fn highest_of_groups(
    snapshot: &Snapshot,
    person: &Person,
    share: &ShareSettings,
) -> Option<(Permission, String)> {
    let groups = person.groups.iter().filter_map(|id| snapshot.group(*id));
    let grants = groups.filter_map(|group| {
        let permission = snapshot.grant(share.id, Grantee::Group(group.row.id))?;
        Some((permission, &group.row.name))
    });
    // Of equal grants the group that comes first by name is named, so that the reason does not waver.
    let highest = grants.max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    highest.map(|(permission, name)| (permission, name.clone()))
}

fn limited(permission: Permission, share: &ShareSettings) -> Permission {
    let seen = match permission {
        Permission::ReadWrite if share.upload_only => Permission::DropBox,
        Permission::Read if share.upload_only => Permission::None,
        other => other,
    };
    match seen {
        Permission::Admin | Permission::ReadWrite if share.read_only => Permission::Read,
        Permission::DropBox if share.read_only => Permission::None,
        other => other,
    }
}

fn sentence(
    name: &str,
    granted: Permission,
    permission: Permission,
    source: &PermissionSource,
    share: &ShareSettings,
) -> String {
    let may = match permission {
        Permission::None => "may not enter",
        Permission::DropBox => "may drop files in, but not see what is there",
        Permission::Read => "may read",
        Permission::ReadWrite => "may read and write",
        Permission::Admin => "may do everything",
    };
    let because = match source {
        PermissionSource::User => "granted to them by name".to_owned(),
        PermissionSource::Group { name } => format!("granted to the group {name}"),
        PermissionSource::ShareDefault => "the share's default".to_owned(),
        PermissionSource::Guest => "the share's default for guests".to_owned(),
        PermissionSource::NoGuests => "the share admits no guests".to_owned(),
        PermissionSource::Disabled => "the account is disabled or was removed".to_owned(),
    };
    if granted == permission {
        return format!("{name} {may}: {because}");
    }
    let limit = match (share.read_only, share.upload_only) {
        (true, true) => "read-only and upload-only",
        (true, false) => "read-only",
        (false, _) => "upload-only",
    };
    format!("{name} {may}: {granted} is {because}, but the share is {limit}")
}
