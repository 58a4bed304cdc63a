//! `landfall share …`.

use std::path::{Component, Path, PathBuf};

use serde_json::json;
use server_core::admin::{self, Call, ChangeShare, Grant, GrantList, Grantee, Named, Unavailable};
use server_core::identity::Permission;

use super::{Context, pairs};
use crate::Failure;
use crate::args::{AddShare, Share};
use crate::output::{self, Table, yes};

const KEYS: &str = "name, folder, comment, default, guest, read-only, encrypt, hidden, upload-only";

pub(super) fn run(context: &mut Context, share: Share) -> Result<(), Failure> {
    match share {
        Share::Add(add_share) => add(context, add_share),
        Share::List => list(context),
        Share::Show { name } => show(context, name),
        Share::Set { name, changes } => set(context, name, &changes),
        Share::Remove { name } => Ok(context.backend.act(Call::RemoveShare(Named { name }))?),
    }
}

fn add(context: &mut Context, add: AddShare) -> Result<(), Failure> {
    let share: admin::Share = context.backend.call(Call::AddShare(admin::AddShare {
        name: add.name,
        folder: absolute(&add.folder)?,
        comment: add.comment,
        default_permission: add.default.into(),
        guest: add.guest,
        read_only: add.read_only,
        encrypt: add.encrypt,
        hidden: add.hidden,
        upload_only: add.upload_only,
    }))?;
    changed(context, &share)
}

fn set(context: &mut Context, name: String, changes: &[String]) -> Result<(), Failure> {
    let mut change = ChangeShare {
        share: name,
        ..ChangeShare::default()
    };
    for pair in changes {
        let (key, value) = pairs::split(pair)?;
        match key {
            "name" => change.name = Some(value.to_owned()),
            "folder" => change.folder = Some(absolute(Path::new(value))?),
            "comment" => change.comment = Some(value.to_owned()),
            "default" => change.default_permission = Some(permission(value)?),
            "guest" => change.guest = Some(pairs::switch(key, value)?),
            "read-only" => change.read_only = Some(pairs::switch(key, value)?),
            "encrypt" => change.encrypt = Some(pairs::switch(key, value)?),
            "hidden" => change.hidden = Some(pairs::switch(key, value)?),
            "upload-only" => change.upload_only = Some(pairs::switch(key, value)?),
            _ => {
                return Err(Failure::Usage {
                    message: format!("A share has no {key:?} to set."),
                    hint: format!("Keys: {KEYS}."),
                });
            }
        }
    }
    let share: admin::Share = context.backend.call(Call::ChangeShare(change))?;
    changed(context, &share)
}

fn changed(context: &Context, share: &admin::Share) -> Result<(), Failure> {
    if context.json {
        return output::json(share);
    }
    if share.guest && share.default_permission == Permission::None {
        let set = format!("`landfall share set {} default=read`", share.name);
        eprintln!("Note: guests get the share's default permission, which is none. {set} lets them read.");
    }
    if let Some(around) = &share.inside_of {
        eprintln!("Note: it is inside the share {around}: whoever may enter that one comes in here too.");
    }
    if !share.holds.is_empty() {
        let inside = share.holds.join(", ");
        eprintln!("Note: the shares inside it ({inside}) are open to whoever may enter this one.");
    }
    Ok(())
}

fn list(context: &mut Context) -> Result<(), Failure> {
    let shares: Vec<admin::Share> = context.backend.call(Call::ListShares)?;
    if context.json {
        return output::json(&shares);
    }
    if shares.is_empty() {
        return output::line("There are no shares yet: `landfall share add NAME FOLDER`.");
    }
    let mut table = Table::new(["NAME", "FOLDER", "DEFAULT", "FLAGS", "COMMENT"]);
    for share in shares {
        table.row([
            share.name.clone(),
            share.folder.display().to_string(),
            share.default_permission.as_str().to_owned(),
            flags(&share),
            share.comment,
        ]);
    }
    output::text(&table.render())
}

fn show(context: &mut Context, name: String) -> Result<(), Failure> {
    let share: admin::Share = context.backend.call(Call::ShowShare(Named { name }))?;
    let grants: Vec<Grant> = context.backend.call(Call::ListGrants(GrantList {
        share: Some(share.name.clone()),
    }))?;
    if context.json {
        let mut shown = serde_json::to_value(&share).map_err(|error| Failure::Io(error.to_string()))?;
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("grants".to_owned(), json!(grants));
        }
        return output::json(&shown);
    }
    let mut table = Table::of_fields();
    table.field("Name", &share.name);
    let missing = match share.unavailable {
        None => "",
        Some(Unavailable::Missing) => " (not there now)",
        Some(Unavailable::Silent) => " (this disk does not answer)",
        Some(Unavailable::WholeDisk) => " (not served: it is a whole disk)",
        Some(Unavailable::HoldsData) => " (not served: Landfall's own data is inside it)",
        Some(Unavailable::InsideData) => " (not served: it is inside Landfall's own data)",
    };
    table.field("Folder", format!("{}{missing}", share.folder.display()));
    if let Some(around) = &share.inside_of {
        let told = format!("{around}, whose people come in by that way too");
        table.field("Inside of", told);
    }
    if !share.holds.is_empty() {
        table.field(
            "Holds",
            format!("{}, where its people come in too", share.holds.join(", ")),
        );
    }
    table.field("Comment", &share.comment);
    table.field("Default", share.default_permission.as_str());
    table.field("Guest", yes(share.guest));
    table.field("Read-only", yes(share.read_only));
    table.field("Encrypt", yes(share.encrypt));
    table.field("Hidden", yes(share.hidden));
    table.field("Upload-only", yes(share.upload_only));
    for grant in grants {
        let who = match grant.grantee {
            Grantee::User(name) => name,
            Grantee::Group(name) => format!("group {name}"),
        };
        let permission = grant.permission.unwrap_or_default().as_str();
        table.field("Grant", format!("{who}: {permission}"));
    }
    output::text(&table.render())
}

fn flags(share: &admin::Share) -> String {
    let flags = [
        (share.guest, "guest"),
        (share.read_only, "read-only"),
        (share.encrypt, "encrypt"),
        (share.hidden, "hidden"),
        (share.upload_only, "upload-only"),
        (share.unavailable == Some(Unavailable::Missing), "missing"),
        (
            share.unavailable == Some(Unavailable::Silent),
            "this disk does not answer",
        ),
        (
            share
                .unavailable
                .is_some_and(|why| !matches!(why, Unavailable::Missing | Unavailable::Silent)),
            "not served",
        ),
    ];
    let set: Vec<_> = flags
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| *name)
        .collect();
    set.join(", ")
}

fn permission(value: &str) -> Result<Permission, Failure> {
    Permission::parse(value).ok_or_else(|| Failure::Usage {
        message: format!("default can't be {value:?}."),
        hint: "It takes none, read, read-write, admin or drop-box.".to_owned(),
    })
}

/// The whole path: the server has another working folder. `..` is resolved here, links are kept.
fn absolute(folder: &Path) -> Result<PathBuf, Failure> {
    let whole = std::path::absolute(folder)
        .map_err(|error| Failure::Io(format!("{} is no folder: {error}.", folder.display())))?;
    if whole.components().any(|part| part == Component::ParentDir) {
        // Only the disk knows where `link/..` leads; what is not there is refused by the admin API.
        return Ok(whole.canonicalize().unwrap_or(whole));
    }
    Ok(whole)
}
