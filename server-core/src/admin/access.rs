//! Who may do what, and why.

use serde::{Deserialize, Serialize};

use crate::identity::Effective;

/// Whose effective permission to work out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessQuery {
    /// The person.
    pub name: String,
    /// In this share; in all of them when missing.
    #[serde(default)]
    pub share: Option<String>,
}

/// What a person may do in a share, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The person.
    pub name: String,
    /// The share.
    pub share: String,
    /// The permission, the rule that decided, and the sentence that says so.
    #[serde(flatten)]
    pub effective: Effective,
}
