//! The activity list: what happened, newest last.

use serde::{Deserialize, Serialize};

/// Which part of the activity list to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityQuery {
    /// At most this many, the newest.
    #[serde(default = "default_limit")]
    pub limit: u32,
}

impl Default for ActivityQuery {
    fn default() -> Self {
        Self {
            limit: default_limit(),
        }
    }
}

fn default_limit() -> u32 {
    100
}
