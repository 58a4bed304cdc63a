//! `landfall session …`.

use serde::Serialize;
use server_core::admin::{Call, OpenFileOf, SessionOf, WaitingFileOf};
use server_core::live::{LiveSessionId, Protocol, SessionInfo};
use server_core::vfs::{OpenFileInfo, WaitingFile};

use super::Context;
use crate::Failure;
use crate::args::Session;
use crate::output::{self, Table};

pub(super) fn run(context: &mut Context, session: &Session) -> Result<(), Failure> {
    match session {
        Session::List { opens: false } => list(context),
        Session::List { opens: true } => opens(context),
        Session::Close { id } => Ok(context.backend.act(Call::CloseSession(SessionOf {
            id: LiveSessionId(*id),
        }))?),
        Session::Files { id } => files(context, LiveSessionId(*id)),
        Session::CloseFile { id, file } => Ok(context.backend.act(Call::CloseOpenFile(OpenFileOf {
            session: LiveSessionId(*id),
            id: *file,
        }))?),
        Session::CloseWaiting { file } => Ok(context
            .backend
            .act(Call::CloseWaitingFile(WaitingFileOf { id: *file }))?),
    }
}

/// What is open, whoever has it open.
#[derive(Serialize)]
struct Opens {
    sessions: Vec<OpensOf>,
    waiting: Vec<WaitingFile>,
}

#[derive(Serialize)]
struct OpensOf {
    session: SessionInfo,
    files: Vec<OpenFileInfo>,
}

fn opens(context: &mut Context) -> Result<(), Failure> {
    let sessions: Vec<SessionInfo> = context.backend.call(Call::ListSessions)?;
    let mut opens = Opens {
        sessions: Vec::new(),
        waiting: context.backend.call(Call::ListWaitingFiles)?,
    };
    for session in sessions {
        let files = context
            .backend
            .call(Call::ListOpenFiles(SessionOf { id: session.id }))?;
        opens.sessions.push(OpensOf { session, files });
    }
    if context.json {
        return output::json(&opens);
    }
    let mut table = Table::new([
        "SESSION", "USER", "FILE", "SHARE", "PATH", "USE", "CACHES", "LOCKS", "KEPT",
    ]);
    let mut any = false;
    for OpensOf { session, files } in opens.sessions {
        for file in files {
            any = true;
            let kept = if file.durable { "if it gets lost" } else { "" };
            let [id, share, path, used, caches, locks] = columns(file);
            let (session, user) = (session.id.0.to_string(), session.user.clone());
            table.row([
                session,
                user,
                id,
                share,
                path,
                used,
                caches,
                locks,
                kept.to_owned(),
            ]);
        }
    }
    for WaitingFile { file, user, since } in opens.waiting {
        any = true;
        let kept = format!("waits since {}", output::local_time(since));
        let [id, share, path, used, caches, locks] = columns(file);
        table.row([
            "away".to_owned(),
            user,
            id,
            share,
            path,
            used,
            caches,
            locks,
            kept,
        ]);
    }
    if !any {
        return output::line("Nothing is open.");
    }
    output::text(&table.render())
}

/// What is said of an open file.
fn columns(file: OpenFileInfo) -> [String; 6] {
    let used = match (file.directory, file.writes) {
        (true, _) => "folder",
        (false, true) => "writes",
        (false, false) => "reads",
    };
    let caches = file.caching.map_or_else(String::new, |caching| {
        let kinds = [
            (caching.reads, "reads"),
            (caching.writes, "writes"),
            (caching.handles, "handles"),
        ];
        let kinds: Vec<_> = kinds
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, kind)| *kind)
            .collect();
        let by = if caching.lease { "lease" } else { "oplock" };
        let breaking = if caching.breaking { ", breaking" } else { "" };
        format!("{} ({by}{breaking})", kinds.join("+"))
    });
    let locks = match file.locks {
        0 => String::new(),
        locks => locks.to_string(),
    };
    [
        file.id.to_string(),
        file.share,
        file.path,
        used.to_owned(),
        caches,
        locks,
    ]
}

fn files(context: &mut Context, id: LiveSessionId) -> Result<(), Failure> {
    let files: Vec<OpenFileInfo> = context.backend.call(Call::ListOpenFiles(SessionOf { id }))?;
    if context.json {
        return output::json(&files);
    }
    if files.is_empty() {
        return output::line("Nothing is open.");
    }
    let mut table = Table::new(["FILE", "SHARE", "PATH", "USE", "CACHES", "LOCKS"]);
    for file in files {
        table.row(columns(file));
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
