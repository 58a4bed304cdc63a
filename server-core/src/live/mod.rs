//! What is going on right now: live sessions and events. The lowest storey, so that the protocol
//! front ends can report upwards without knowing who listens.

mod blocks;
mod current;
mod deeds;
mod events;
mod limits;
mod network;
mod old_dialects;
mod refusals;
mod session_info;
mod sessions;
pub(crate) mod timestamp;
mod weak_table;
mod work;

pub use blocks::Blocks;
pub use current::Current;
pub(crate) use current::Following;
pub use events::{ActivityKind, ActivityRecord, Event, Events, TrafficSample};
pub use limits::{Consumer, ConsumerUse, Gauge, LimitKind, LimitReached, LimitUse, Limits, Taken, Usage};
pub(crate) use network::client_network;
pub use old_dialects::OldDialect;
pub(crate) use session_info::client_name;
pub use session_info::{LiveSessionId, Protocol, SessionInfo, SessionSecurity};
pub use sessions::{LiveSession, Sessions};
pub(crate) use weak_table::WeakTable;
pub(crate) use work::{UnderWay, Work};
