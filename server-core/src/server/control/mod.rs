//! The control socket: how the command line reaches a running server. A local socket (a named pipe on
//! Windows) for this account only; one JSON value a line; every request is answered in order.

mod client;
mod listener;
mod protocol;

pub use client::ControlClient;
pub(super) use listener::listen;
