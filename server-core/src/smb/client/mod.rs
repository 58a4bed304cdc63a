//! The one SMB client of this house: the doctor logs in with it, tests speak to servers with it. `core` builds and
//! reads frames without I/O; `blocking` and `asynchronous` carry them. It sends what it is told to, right or wrong.

mod asynchronous;
mod blocking;
mod core;
mod error;
mod login;
mod request;

pub use self::core::{Core, Incoming};
pub use super::auth::ntlm_client as ntlm;
pub use asynchronous::AsyncClient;
pub use blocking::{BlockingClient, Patience};
pub use error::ClientError;
pub use login::{Attempt, Credentials, Offer};
pub use request::Outgoing;
