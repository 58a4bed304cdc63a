//! DCE/RPC over named pipes ([C706], [MS-RPCE]): enough for clients to list shares and name the server.
//! Bytes in, values out.

mod error;
mod ndr;
mod pipe;
mod srvsvc;
mod wkssvc;

use std::time::SystemTime;

pub use error::PipeError;
pub use pipe::{Pipe, PipeRead};

/// What the services tell.
#[derive(Debug, Clone)]
pub struct RpcContext {
    /// This server's name.
    pub server_name: String,
    /// The shares that there are for whoever asks; none but these is told of.
    pub shares: Vec<RpcShare>,
    /// Now.
    pub now: SystemTime,
}

/// A share as srvsvc shows it.
#[derive(Debug, Clone)]
pub struct RpcShare {
    /// Its name.
    pub name: String,
    /// A sentence.
    pub comment: String,
    /// Where it would be on a Windows disk; clients only show it.
    pub path: String,
    /// What it is.
    pub kind: ShareKind,
    /// Left out of lists.
    pub hidden: bool,
}

/// What a share is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareKind {
    /// A folder.
    Disk,
    /// The pipes.
    Ipc,
}
