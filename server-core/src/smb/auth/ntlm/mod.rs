//! NTLM ([MS-NLMP]), both sides: NTLMv2 only.

pub mod client;
mod messages;
mod proof;

pub(super) use messages::{AUTHENTICATE, Authenticate, Challenge, is_ntlm, message_type};
pub(super) use proof::{fits, prove};

#[cfg(test)]
pub(super) use messages::flags;
#[cfg(test)]
pub(super) use proof::{client_seal_mic, ntowf_v2, server_seal_mic, session_keys};
