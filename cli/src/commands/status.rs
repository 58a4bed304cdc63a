//! `landfall status`.

use server_core::admin::{Call, MasterKey, Status};
use server_core::live::{LimitKind, LimitUse, OldDialect};
use server_core::sandbox::{FileSystemGuard, Privileges};

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
    if let Some(hardening) = &status.hardening {
        table.field("Sandbox", sandbox(hardening.file_system));
        if let Some(told) = privileges(hardening.privileges) {
            table.field("Privileges", told);
        }
    }
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
    for old in &status.old_dialects {
        table.field("SMB 2.x", speaks(old));
    }
    if !status.old_dialects.is_empty() {
        table.field("", "`landfall settings set smb.min-dialect=3.0` keeps these out");
    }
    for warning in &status.warnings {
        table.field("Warning", warning);
    }
    output::text(&table.render())?;
    if status.limits.is_empty() {
        return Ok(());
    }
    output::text(&format!("\n{}", limits(&status.limits).render()))
}

/// Who speaks an old dialect, and when.
fn speaks(old: &OldDialect) -> String {
    let client = old.client.as_deref().map(output::printable);
    let client = client.map_or_else(String::new, |client| format!(" ({client})"));
    let signed = if old.signed { "signed" } else { "not signed" };
    let when = if old.connected {
        "connected now".to_owned()
    } else {
        format!("last on {}", output::local_time(old.last))
    };
    let (user, address) = (output::printable(&old.user), old.address);
    format!("{user} from {address}{client}: {}, {signed}, {when}", old.dialect)
}

/// What is limited and how full it is.
fn limits(uses: &[LimitUse]) -> Table {
    let mut table = Table::new(["LIMIT", "USED", "MOST", "EACH", "ADDRESS", "FULLEST", "REFUSED"]);
    for limit in uses {
        let amount = |amount| match limit.kind.is_bytes() {
            true => output::bytes(amount),
            false => amount.to_string(),
        };
        let fullest = limit.fullest.as_ref();
        table.row([
            name(limit.kind).to_owned(),
            amount(limit.used),
            amount(limit.most),
            limit.each.map(amount).unwrap_or_default(),
            limit.each_address.map(amount).unwrap_or_default(),
            fullest.map_or_else(String::new, |fullest| {
                format!("{} {}", amount(fullest.used), fullest.who)
            }),
            limit.refused.to_string(),
        ]);
    }
    table
}

fn name(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Strangers => "connections without a log-in",
        LimitKind::Connections => "connections",
        LimitKind::Opens => "open files and folders",
        LimitKind::Locks => "byte-range locks",
        LimitKind::Watches => "watched folders",
        LimitKind::WatchedBytes => "kept for watchers",
        LimitKind::WaitingRequests => "requests that wait",
        LimitKind::WaitingBytes => "memory of those",
        LimitKind::Pipes => "named pipes",
        LimitKind::UnsentBytes => "answers not taken yet",
    }
}

fn sandbox(guard: FileSystemGuard) -> String {
    match guard {
        FileSystemGuard::Landlock { abi } => {
            format!("what serves clients can open shares and the database alone (Landlock {abi})")
        }
        FileSystemGuard::Off => "off: LANDFALL_SANDBOX says so".to_owned(),
        FileSystemGuard::Unsupported => "none: this system has none that Landfall can use".to_owned(),
        FileSystemGuard::Failed => {
            "none: the system's sandbox could not be used; the log says why".to_owned()
        }
    }
}

fn privileges(privileges: Privileges) -> Option<&'static str> {
    match privileges {
        Privileges::None => Some("none but those of its account"),
        Privileges::FilesOfOthers => Some("files of every account, because it runs as root; nothing else"),
        Privileges::Kept => Some("those that it was started with"),
        Privileges::NotHandled => None,
    }
}
