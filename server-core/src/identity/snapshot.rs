//! Everything the hot paths ask for, in memory: read without a lock, replaced whole after each change.

use std::collections::HashMap;
use std::sync::Arc;

use super::{GroupId, IdentityError, Permission, Principal, ShareId, ShareSettings, UserId};
use crate::security::Sid;
use crate::store::{Grantee, GroupRow, SshKeyRow, Store, UserRow, name_key};

/// The uid and gid shown for guests: "nobody".
const NOBODY: u32 = 65_534;

/// People, groups, shares and grants at one moment.
#[derive(Debug)]
pub(super) struct Snapshot {
    users: HashMap<UserId, Person>,
    users_by_name: HashMap<String, UserId>,
    groups: HashMap<GroupId, Group>,
    groups_by_name: HashMap<String, GroupId>,
    shares: Arc<[ShareSettings]>,
    shares_by_name: HashMap<String, usize>,
    grants: HashMap<(ShareId, Grantee), Permission>,
    guest: Principal,
}

/// A person with what belongs to them.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) row: UserRow,
    pub(super) sid: Sid,
    pub(super) groups: Vec<GroupId>,
    pub(super) keys: Vec<SshKeyRow>,
}

/// A group with its SID.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) row: GroupRow,
    pub(super) sid: Sid,
}

impl Snapshot {
    pub(super) fn load(store: &Store, machine: &Sid) -> Result<Self, IdentityError> {
        let mut users = HashMap::new();
        for row in store.users()? {
            let person = Person {
                sid: machine.child(row.rid)?,
                groups: Vec::new(),
                keys: Vec::new(),
                row,
            };
            users.insert(person.row.id, person);
        }
        let mut groups = HashMap::new();
        for row in store.groups()? {
            let sid = machine.child(row.rid)?;
            groups.insert(row.id, Group { row, sid });
        }
        for (user, group) in store.memberships()? {
            if let Some(person) = users.get_mut(&user) {
                person.groups.push(group);
            }
        }
        for key in store.ssh_keys()? {
            if let Some(person) = users.get_mut(&key.user) {
                person.keys.push(key);
            }
        }
        let shares = store.shares()?;
        let grants = store.grants()?.into_iter();
        Ok(Self {
            users_by_name: users
                .values()
                .map(|person| (name_key(&person.row.name), person.row.id))
                .collect(),
            groups_by_name: groups
                .values()
                .map(|group| (name_key(&group.row.name), group.row.id))
                .collect(),
            shares_by_name: shares
                .iter()
                .enumerate()
                .map(|(at, share)| (name_key(&share.name), at))
                .collect(),
            grants: grants
                .map(|grant| ((grant.share, grant.to), grant.permission))
                .collect(),
            guest: Principal {
                user: None,
                name: "guest".to_owned(),
                display_name: "Guest".to_owned(),
                sid: machine.child(Sid::GUEST_RID)?,
                group_sids: vec![Sid::builtin_guests()],
                uid: NOBODY,
                gid: NOBODY,
            },
            users,
            groups,
            shares: shares.into(),
        })
    }

    pub(super) fn user(&self, user: UserId) -> Option<&Person> {
        self.users.get(&user)
    }

    pub(super) fn user_named(&self, name: &str) -> Option<&Person> {
        self.users.get(self.users_by_name.get(&name_key(name))?)
    }

    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        self.users.values()
    }

    pub(super) fn group(&self, group: GroupId) -> Option<&Group> {
        self.groups.get(&group)
    }

    pub(super) fn group_named(&self, name: &str) -> Option<&Group> {
        self.groups.get(self.groups_by_name.get(&name_key(name))?)
    }

    pub(super) fn all_groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    pub(super) fn shares(&self) -> &Arc<[ShareSettings]> {
        &self.shares
    }

    pub(super) fn share(&self, share: ShareId) -> Option<&ShareSettings> {
        self.shares.iter().find(|settings| settings.id == share)
    }

    pub(super) fn share_named(&self, name: &str) -> Option<&ShareSettings> {
        self.shares.get(*self.shares_by_name.get(&name_key(name))?)
    }

    pub(super) fn grant(&self, share: ShareId, to: Grantee) -> Option<Permission> {
        self.grants.get(&(share, to)).copied()
    }

    pub(super) fn grants(&self) -> impl Iterator<Item = (ShareId, Grantee, Permission)> {
        let grants = self.grants.iter();
        grants.map(|(&(share, to), &permission)| (share, to, permission))
    }

    /// The guest, if any share admits guests.
    pub(super) fn guest(&self) -> Option<&Principal> {
        let admitted = self.shares.iter().any(|share| share.guest);
        admitted.then_some(&self.guest)
    }

    pub(super) fn principal(&self, person: &Person) -> Principal {
        let groups = person.groups.iter().filter_map(|group| self.group(*group));
        Principal {
            user: Some(person.row.id),
            name: person.row.name.clone(),
            display_name: person.row.display_name.clone(),
            sid: person.sid.clone(),
            group_sids: groups.map(|group| group.sid.clone()).collect(),
            uid: person.row.uid,
            gid: person.row.gid,
        }
    }
}
