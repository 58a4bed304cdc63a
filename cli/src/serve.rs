//! `landfall serve`: the server in the foreground, until a signal ends it.

use std::io::IsTerminal;
use std::path::PathBuf;

use serde_json::json;
use server_core::admin::{AdminError, ErrorCode, Listening};
use server_core::sandbox::Binder;
use server_core::server::{Server, ServerConfig};
use tracing_subscriber::EnvFilter;

use crate::args::Serve;
use crate::signals::Signals;
use crate::{Failure, output};

/// What a client does wrong, the SSH library tells at length, and we tell ourselves.
const LOGGED: &str = "warn,russh=off";

/// Serves until a signal asks for the end; a second one ends the drain at once.
pub(crate) fn serve(data_dir: PathBuf, serve: &Serve, json: bool) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_env("LANDFALL_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Colours are for eyes: a file or the journal shows them as codes.
        .with_ansi(std::io::stderr().is_terminal())
        .init();

    // Before there is another thread: each has its own.
    let binder = Binder::start()
        .map_err(|error| Failure::Io(format!("The server's privileges can't be given up: {error}.")))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Io(format!("The server can't start: {error}.")))?;
    let config = ServerConfig {
        smb: serve.smb,
        sftp: serve.sftp,
        netbios: serve.netbios,
        binder: Some(binder),
        ..ServerConfig::new(data_dir)
    };
    runtime.block_on(run(config, json))
}

async fn run(config: ServerConfig, json: bool) -> Result<(), Failure> {
    // Before anything is announced, so that no signal finds nobody home.
    let mut signals = Signals::new().map_err(|error| Failure::Io(format!("Signals: {error}.")))?;
    let server = tokio::select! {
        server = Server::start(config) => server?,
        () = signals.next() => return Ok(()),
    };
    announce(&server.listening(), json)?;
    signals.next().await;
    if json {
        output::json(&json!({ "event": "stopping" }))?;
    }
    tokio::select! {
        () = server.shutdown() => Ok(()),
        () = signals.next() => {
            let message = "Stopped at once, before every request was finished.";
            Err(AdminError::new(ErrorCode::NotRunning, message).into())
        }
    }
}

fn announce(listening: &Listening, json: bool) -> Result<(), Failure> {
    if json {
        let of = |protocol: &str| {
            let mut addresses = listening.addresses.iter();
            addresses
                .find(|shown| shown.protocol == protocol)
                .map(|shown| shown.address)
        };
        return output::json(&json!({
            "event": "ready",
            "smb": of("smb"),
            "sftp": of("sftp"),
            "netbios": of("netbios"),
            "notes": listening.notes,
        }));
    }
    for address in &listening.addresses {
        output::line(format_args!(
            "{:<8} {}",
            address.protocol.to_uppercase(),
            address.url
        ))?;
    }
    for note in &listening.notes {
        output::line(format_args!("Note     {note}"))?;
    }
    output::line("Ready.")
}
