//! What the fuzzers run: for each parser of bytes that a stranger may send, and for the machines around them, a
//! function that takes such bytes. It panics when the parser does, and when what it promises does not hold; `cost` sees to
//! it that no input costs more than its length excuses.
//! `tests/fuzz` hands libFuzzer's inputs to them; the tests below replay the seeds kept there, and damage them.

mod auth;
mod cost;
mod house;
mod local;
mod paths;
mod pieces;
mod rpc;
mod security;
mod transport;
mod wire;

#[cfg(test)]
mod tests;

pub(crate) use house::House;
pub(crate) use pieces::Pieces;

pub use auth::ntlm_log_in;
pub use cost::{Allowed, Budget};
pub use local::{control_call, public_key};
pub use paths::{search_pattern, sftp_path, smb_path};
pub use rpc::{rpc_calls, rpc_pipe};
pub use security::security_descriptor;
pub use transport::{smb_frames, smb_signature, smb_transform};
pub use wire::{sftp_fields, smb_header, smb_info, smb_requests, smb_responses, smb1_negotiate};

pub use crate::sftp::fuzzing::{sftp_session, ssh_proposal};
pub use crate::smb::fuzzing::{smb_guest, smb_stranger};

/// A fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which `tests/fuzz` uses for its program and its seeds.
    pub name: &'static str,
    /// What it runs.
    pub run: fn(&[u8]),
    /// What that may cost.
    pub budget: Budget,
}

impl Target {
    const fn new(name: &'static str, run: fn(&[u8]), budget: Budget) -> Self {
        Self { name, run, budget }
    }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target::new("control_call", control_call, Budget::PARSER),
    Target::new("ntlm_log_in", ntlm_log_in, Budget::LOG_IN),
    Target::new("public_key", public_key, Budget::PARSER),
    Target::new("rpc_calls", rpc_calls, Budget::PARSER),
    Target::new("rpc_pipe", rpc_pipe, Budget::PARSER),
    Target::new("search_pattern", search_pattern, Budget::PARSER),
    Target::new("security_descriptor", security_descriptor, Budget::PARSER),
    Target::new("sftp_fields", sftp_fields, Budget::PARSER),
    Target::new("sftp_path", sftp_path, Budget::PARSER),
    Target::new("sftp_session", sftp_session, Budget::MACHINE),
    Target::new("smb1_negotiate", smb1_negotiate, Budget::PARSER),
    Target::new("smb_frames", smb_frames, Budget::STREAM),
    Target::new("smb_guest", smb_guest, Budget::MACHINE),
    Target::new("smb_header", smb_header, Budget::PARSER),
    Target::new("smb_info", smb_info, Budget::PARSER),
    Target::new("smb_path", smb_path, Budget::PARSER),
    Target::new("smb_requests", smb_requests, Budget::PARSER),
    Target::new("smb_responses", smb_responses, Budget::PARSER),
    Target::new("smb_signature", smb_signature, Budget::PARSER),
    Target::new("smb_stranger", smb_stranger, Budget::MACHINE),
    Target::new("smb_transform", smb_transform, Budget::PARSER),
    Target::new("ssh_proposal", ssh_proposal, Budget::PARSER),
];

/// Runs the target of that name.
///
/// # Panics
/// What it promises does not hold for this input, or the input costs more than it may; there is no such target.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    cost::run_within_budget(target.expect("a name in the table"), input);
}

/// Cuts an input into parts, each behind its length in 16 bits; what is left over is the last.
fn parts(mut input: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if input.is_empty() {
            return None;
        }
        let cut = match input.split_first_chunk::<2>() {
            Some((length, rest)) => rest.split_at_checked(u16::from_le_bytes(*length).into()),
            None => None,
        };
        let (part, rest) = cut.unwrap_or((input, &[]));
        input = rest;
        Some(part)
    })
}
