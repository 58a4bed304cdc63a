//! `landfall session …`.

use server_core::admin::{Call, OpenFileOf, SessionOf};
use server_core::live::{LiveSessionId, Protocol, SessionInfo};
use server_core::vfs::OpenFileInfo;

use super::Context;
use crate::Failure;
use crate::args::Session;
use crate::output::{self, Table};

pub(super) fn run(context: &mut Context, session: &Session) -> Result<(), Failure> {
    match session {
        Session::List => list(context),
        Session::Close { id } => Ok(context.backend.act(Call::CloseSession(SessionOf {
            id: LiveSessionId(*id),
        }))?),
        Session::Files { id } => files(context, LiveSessionId(*id)),
        Session::CloseFile { id, file } => Ok(context.backend.act(Call::CloseOpenFile(OpenFileOf {
            session: LiveSessionId(*id),
            id: *file,
        }))?),
    }
}

fn files(context: &mut Context, id: LiveSessionId) -> Result<(), Failure> {
    let files: Vec<OpenFileInfo> = context.backend.call(Call::ListOpenFiles(SessionOf { id }))?;
    if context.json {
        return output::json(&files);
    }
    if files.is_empty() {
        return output::line("Nothing is open.");
    }
    let mut table = Table::new(["FILE", "SHARE", "PATH", "USE"]);
    for file in files {
        let used = match (file.directory, file.writes) {
            (true, _) => "folder",
            (false, true) => "writes",
            (false, false) => "reads",
        };
        table.row([file.id.to_string(), file.share, file.path, used.to_owned()]);
    }
    output::text(&table.render())
}

fn list(context: &mut Context) -> Result<(), Failure> {
    let sessions: Vec<SessionInfo> = context.backend.call(Call::ListSessions)?;
    if context.json {
        return output::json(&sessions);
    }
    if sessions.is_empty() {
        return output::line("Nobody is logged in.");
    }
    let mut table = Table::new([
        "ID", "USER", "ADDRESS", "CLIENT", "PROTOCOL", "SIGNING", "CIPHER", "SHARES", "FILES", "IN", "OUT",
        "SINCE",
    ]);
    for session in sessions {
        let dialect = &session.security.dialect;
        let protocol = match session.protocol {
            Protocol::Smb => format!("SMB {dialect}"),
            // "SFTP 3" already.
            Protocol::Sftp => dialect.clone(),
        };
        table.row([
            session.id.0.to_string(),
            session.user,
            session.address.to_string(),
            session.security.client.unwrap_or_default(),
            protocol,
            session.security.signing.unwrap_or_else(|| "none".to_owned()),
            session.security.cipher.unwrap_or_else(|| "none".to_owned()),
            session.shares.join(", "),
            session.open_files.to_string(),
            output::bytes(session.bytes_in),
            output::bytes(session.bytes_out),
            output::local_time(session.since),
        ]);
    }
    output::text(&table.render())
}
