//! `landfall status`.

use server_core::admin::{Call, MasterKey, Status};

use super::Context;
use crate::Failure;
use crate::output::{self, Table};

pub(super) fn run(context: &mut Context) -> Result<(), Failure> {
    let status: Status = context.backend.call(Call::Status)?;
    if context.json {
        return output::json(&status);
    }
    let mut table = Table::of_fields();
    let state = match (status.running, status.sharing, status.pid) {
        (false, ..) => "not running".to_owned(),
        (true, true, Some(pid)) => format!("running (pid {pid})"),
        (true, true, None) => "running".to_owned(),
        (true, false, _) => "running, sharing is stopped".to_owned(),
    };
    table.field("Landfall", format!("{} {state}", status.version));
    table.field("Data folder", status.data_dir.display().to_string());
    if let Some(seconds) = status.uptime_seconds {
        table.field("Running for", output::duration(seconds));
    }
    for address in &status.listening {
        table.field(&address.protocol.to_uppercase(), &address.url);
    }
    table.field("People", status.people.to_string());
    table.field("Groups", status.groups.to_string());
    table.field("Shares", status.shares.to_string());
    if status.running {
        let files = status.open_files;
        table.field("Sessions", format!("{} with {files} open files", status.sessions));
    }
    table.field(
        "Master key",
        match status.master_key {
            MasterKey::Keyring => "in the keyring",
            MasterKey::File => "in a file that only this account can read",
        },
    );
    for lock_out in &status.lock_outs {
        let who = match (&lock_out.name, lock_out.address) {
            (Some(name), Some(address)) => format!("{name} from {address}"),
            (Some(name), None) => format!("{name} from everywhere"),
            (None, address) => address.map(|address| address.to_string()).unwrap_or_default(),
        };
        let time = output::duration(lock_out.seconds);
        table.field(
            "Locked out",
            format!("{who} for {time} after {} failures", lock_out.failures),
        );
    }
    for warning in &status.warnings {
        table.field("Warning", warning);
    }
    output::text(&table.render())
}
