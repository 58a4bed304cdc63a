//! `landfall session …`.

use server_core::admin::{Call, SessionOf};
use server_core::live::{LiveSessionId, Protocol, SessionInfo};

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
    }
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
        "ID", "USER", "ADDRESS", "PROTOCOL", "SIGNING", "CIPHER", "SHARES", "FILES", "IN", "OUT", "SINCE",
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
