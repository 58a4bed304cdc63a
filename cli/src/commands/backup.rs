//! `landfall backup` and `landfall restore`.

use std::path::{Path, PathBuf};

use server_core::admin::{BackUp, Backup, BackupFile, Call, Restored, Unavailable};

use super::{Context, password};
use crate::Failure;
use crate::args::PasswordSource;
use crate::output::{self, Table};

pub(super) fn back_up(context: &mut Context, file: &Path, source: &PasswordSource) -> Result<(), Failure> {
    let file = absolute(file);
    let shown = file.display().to_string();
    let password = password::obtain(source, &shown)?;
    let backup: Backup = context.backend.call(Call::BackUp(BackUp {
        file,
        passphrase: password.secret.clone(),
        app: None,
    }))?;
    if context.json && !password.was_generated() {
        return output::json(&backup);
    }
    if !context.json {
        output::line(format_args!("Everything that was set up is in {shown}."))?;
    }
    password.show(context.json, &shown)
}

pub(super) fn restore(context: &mut Context, file: &Path, stdin: bool, list: bool) -> Result<(), Failure> {
    let passphrase = password::known(stdin, "Password of the backup")?;
    let of = BackupFile {
        file: absolute(file),
        passphrase,
    };
    if list {
        let backup: Backup = context.backend.call(Call::InspectBackup(of))?;
        return show(context, &backup);
    }
    let restored: Restored = context.backend.call(Call::RestoreBackup(of))?;
    if context.json {
        return output::json(&restored);
    }
    show(context, &restored.backup)?;
    output::line(format_args!(
        "What was here before is in {}, and its password in the file beside it: {}",
        restored.before.display(),
        restored.before_passphrase.expose()
    ))
}

fn show(context: &Context, backup: &Backup) -> Result<(), Failure> {
    if context.json {
        return output::json(backup);
    }
    let mut table = Table::of_fields();
    table.field("Made", output::local_time(backup.made));
    table.field("By", format!("Landfall {}", backup.version));
    table.field("People", backup.people.join(", "));
    table.field("Groups", backup.groups.join(", "));
    for share in &backup.shares {
        let missing = match share.unavailable {
            None => "",
            Some(Unavailable::Missing) => " (not on this computer)",
            Some(Unavailable::Silent) => " (this disk does not answer)",
            Some(_) => " (not served: see `landfall status`)",
        };
        table.field(
            "Share",
            format!("{} {}{missing}", share.name, share.folder.display()),
        );
    }
    output::text(&table.render())
}

/// The server that writes or reads it runs in another folder.
fn absolute(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf())
}
