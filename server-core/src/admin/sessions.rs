//! Live sessions: listing and ending them.

use serde::{Deserialize, Serialize};

use crate::live::LiveSessionId;

/// Names a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOf {
    /// Its id, as listed.
    pub id: LiveSessionId,
}
