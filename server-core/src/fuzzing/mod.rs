//! What the fuzzers run: for each parser of bytes that a stranger may send, and for the machines around them, a
//! function that takes such bytes. It panics when the parser does, and when what it promises does not hold.
//! `tests/fuzz` hands libFuzzer's inputs to them; the tests below replay the seeds kept there, and damage them.

mod auth;
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
pub use local::{control_call, public_key};
pub use paths::{search_pattern, sftp_path, smb_path};
pub use rpc::{rpc_calls, rpc_pipe};
pub use security::security_descriptor;
pub use transport::{smb_frames, smb_signature, smb_transform};
pub use wire::{sftp_fields, smb_header, smb_info, smb_requests, smb_responses, smb1_negotiate};

pub use crate::sftp::fuzzing::{sftp_session, ssh_proposal};
pub use crate::smb::fuzzing::{smb_guest, smb_stranger};

/// A fuzz target: its name, which `tests/fuzz` uses for its program and its seeds, and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("control_call", control_call),
    ("ntlm_log_in", ntlm_log_in),
    ("public_key", public_key),
    ("rpc_calls", rpc_calls),
    ("rpc_pipe", rpc_pipe),
    ("search_pattern", search_pattern),
    ("security_descriptor", security_descriptor),
    ("sftp_fields", sftp_fields),
    ("sftp_path", sftp_path),
    ("sftp_session", sftp_session),
    ("smb1_negotiate", smb1_negotiate),
    ("smb_frames", smb_frames),
    ("smb_guest", smb_guest),
    ("smb_header", smb_header),
    ("smb_info", smb_info),
    ("smb_path", smb_path),
    ("smb_requests", smb_requests),
    ("smb_responses", smb_responses),
    ("smb_signature", smb_signature),
    ("smb_stranger", smb_stranger),
    ("smb_transform", smb_transform),
    ("ssh_proposal", ssh_proposal),
];

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
