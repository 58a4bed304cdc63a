//! How clients come in, the same for both protocols: `accept` takes them from a [`Listener`], gives each one of the
//! `places`, which are as many as the `limits` say and which `penalties` keep from whoever comes too often, has it wait
//! for its turn where `pacing` says so, and `thread` gives each a thread of its own. `tcp` is the one
//! way in that there is; another, as QUIC, is one more [`Listener`], whose connections may be streams of bytes or carry
//! messages. `interfaces` knows by which addresses a client could come as well.

mod accept;
mod complaint;
mod interfaces;
mod limits;
mod pacing;
mod penalties;
mod places;
mod tcp;
mod thread;

pub(crate) use accept::{Door, accept_clients};
pub(crate) use interfaces::{Interfaces, Way, reachable};
pub use limits::ConnectionLimits;
pub use places::Places;
pub(crate) use places::{NoPlace, Place, Visitor};

use std::future::Future;
use std::io;
use std::net::SocketAddr;

/// Where clients come in.
pub(crate) trait Listener: Sync {
    /// A client that came in, not talked with yet. Dropping it hangs up.
    type Arrival: Send + 'static;
    /// What is served.
    type Connection;

    /// The next client, and where it comes from.
    ///
    /// # Errors
    /// This one was lost; others may still come.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Arrival, SocketAddr)>> + Send;

    /// Makes a connection of an arrival that is let in. Runs on the client's own thread and in its runtime, so that a
    /// handshake holds up nobody else.
    ///
    /// # Errors
    /// The client is gone, or does not keep to the handshake.
    fn establish(arrival: Self::Arrival) -> impl Future<Output = io::Result<Self::Connection>>;
}
