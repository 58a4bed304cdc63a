//! `landfall`: the headless server, and the administration of a running or resting one.

mod args;
mod backend;
mod commands;
mod output;
mod serve;
mod signals;

use std::process::ExitCode;

use clap::Parser;
use server_core::admin::AdminError;

use crate::args::Arguments;

/// Something was refused or failed. Clap uses 2 for what it can't understand.
const FAILURE: u8 = 1;
const USAGE: u8 = 2;

/// Why a command ended without success.
#[derive(Debug)]
enum Failure {
    /// The admin API's answer.
    Admin(AdminError),
    /// What was typed can't be meant.
    Usage { message: String, hint: String },
    /// The terminal, a file or standard input.
    Io(String),
    /// The doctor found what keeps clients out, and has said what.
    Found { failures: usize },
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        Self::Admin(error)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Io(message)) if message.is_empty() => ExitCode::SUCCESS,
        Err(failure) => {
            let (code, message, hint) = match failure {
                Failure::Admin(error) => (FAILURE, error.message, error.hint),
                Failure::Usage { message, hint } => (USAGE, message, Some(hint)),
                Failure::Io(message) => (FAILURE, message, None),
                Failure::Found { failures: 1 } => (FAILURE, "One thing keeps clients out.".to_owned(), None),
                Failure::Found { failures } => {
                    (FAILURE, format!("{failures} things keep clients out."), None)
                }
            };
            eprintln!("landfall: {message}");
            if let Some(hint) = hint {
                eprintln!("  {hint}");
            }
            ExitCode::from(code)
        }
    }
}
