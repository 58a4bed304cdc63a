//! What goes over the network, and by which keys clients know the server.

use super::{Admin, HostKey};
use crate::live::TrafficSample;

impl Admin {
    /// File content carried in each of the last seconds, oldest first; nothing when no server runs.
    pub fn traffic(&self) -> Vec<TrafficSample> {
        self.live().map(|live| live.server.traffic()).unwrap_or_default()
    }

    /// The server's own SSH keys, preferred first; none when no server runs.
    pub fn host_keys(&self) -> Vec<HostKey> {
        self.live()
            .map(|live| live.server.host_keys())
            .unwrap_or_default()
    }
}
