//! `landfall group …`.

use server_core::admin::{self, AddGroup, Call, ChangeGroup, Grant, Grantee, Named};

use super::Context;
use crate::Failure;
use crate::args::Group;
use crate::output::{self, Table};

pub(super) fn run(context: &mut Context, group: Group) -> Result<(), Failure> {
    match group {
        Group::Add { name } => {
            let group: admin::Group = context.backend.call(Call::AddGroup(AddGroup { name }))?;
            match context.json {
                true => output::json(&group),
                false => Ok(()),
            }
        }
        Group::List => list(context),
        Group::Rename { name, new_name } => {
            let change = ChangeGroup { name, new_name };
            Ok(context.backend.act(Call::ChangeGroup(change))?)
        }
        Group::Remove { name } => Ok(context.backend.act(Call::RemoveGroup(Named { name }))?),
        Group::Grant {
            group,
            share,
            permission,
        } => Ok(context.backend.act(Call::Grant(Grant {
            grantee: Grantee::Group(group),
            share,
            permission: Some(permission.into()),
        }))?),
    }
}

fn list(context: &mut Context) -> Result<(), Failure> {
    let groups: Vec<admin::Group> = context.backend.call(Call::ListGroups)?;
    if context.json {
        return output::json(&groups);
    }
    if groups.is_empty() {
        return output::line("There are no groups yet: `landfall group add NAME`.");
    }
    let mut table = Table::new(["NAME", "GID", "MEMBERS"]);
    for group in groups {
        table.row([group.name, group.gid.to_string(), group.members.join(", ")]);
    }
    output::text(&table.render())
}
