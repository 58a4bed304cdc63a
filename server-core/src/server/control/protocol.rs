//! What goes over the control socket. The server greets first; a client of another protocol version
//! goes no further.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::admin::{AdminError, Call};
use crate::live::ActivityRecord;

/// Changes when an old client would misunderstand a new server, or the reverse.
pub(super) const VERSION: u32 = 1;
/// The longest request: a public key or a comment is far below.
pub(super) const LONGEST_REQUEST: usize = 1 << 20;
/// The longest reply: ten thousand activity records are far below.
pub(super) const LONGEST_REPLY: usize = 64 << 20;

/// The server's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Greeting {
    /// The version of this protocol.
    pub(super) landfall: u32,
    /// The version of the program.
    pub(super) version: String,
    /// Its process.
    pub(super) pid: u32,
}

/// A line from the client.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Request {
    /// Do this; answered by `Done` or `Refused`.
    Do(Call),
    /// Send every activity record from now on as `Happened`. Nothing else can be asked after that.
    FollowActivity,
}

/// A line from the server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reply {
    /// The result of a call.
    Done(Value),
    /// It was refused or failed.
    Refused(AdminError),
    /// Following has begun.
    Following,
    /// Something happened.
    Happened(ActivityRecord),
}
