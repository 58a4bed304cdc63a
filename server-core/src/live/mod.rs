//! What is going on right now: live sessions and events. The lowest storey, so that the protocol
//! front ends can report upwards without knowing who listens.

mod blocks;
mod clients;
mod events;
mod sessions;
pub(crate) mod timestamp;

pub use blocks::Blocks;
pub use clients::{ConnectionLimits, accept_clients};
pub use events::{ActivityKind, ActivityRecord, Event, Events, TrafficSample};
pub(crate) use sessions::client_name;
pub use sessions::{LiveSession, LiveSessionId, Protocol, SessionInfo, SessionSecurity, Sessions};
