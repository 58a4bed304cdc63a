//! How clients come in, the same for both protocols.

mod clients;

pub use clients::ConnectionLimits;
pub(crate) use clients::accept_clients;
