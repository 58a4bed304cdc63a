//! What the admin API answers when it can't do something: a code for programs, a sentence and a hint
//! for people.

use serde::{Deserialize, Serialize};

/// What kind of refusal it is. Stable: callers may decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// No person by that name.
    NoSuchPerson,
    /// No group by that name.
    NoSuchGroup,
    /// No share by that name.
    NoSuchShare,
    /// No public key with that fingerprint.
    NoSuchKey,
    /// No session by that id.
    NoSuchSession,
    /// No setting by that key.
    NoSuchSetting,
    /// The name is taken.
    AlreadyExists,
    /// The name can't be used.
    InvalidName,
    /// The password can't be used.
    InvalidPassword,
    /// The text is no public key that can be used.
    InvalidKey,
    /// The folder can't be shared.
    InvalidFolder,
    /// The value is not one that this setting or field takes.
    InvalidValue,
    /// Needs a running server, and none runs with this data folder.
    NotRunning,
    /// An address could not be listened on.
    CannotListen,
    /// The request is not one of this version's operations.
    BadRequest,
    /// The database or the disk below it failed.
    StoreFailed,
    /// The connection to the running server failed.
    ConnectionFailed,
}

/// A refusal or failure of the admin API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AdminError {
    /// For programs.
    pub code: ErrorCode,
    /// One sentence: what is wrong.
    pub message: String,
    /// One sentence: what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl AdminError {
    /// A refusal without a hint.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// "Shares: a, b, c." for hints; what is said instead when there are none.
pub(super) fn known<'a>(what: &str, names: impl IntoIterator<Item = &'a str>, none: &str) -> String {
    const MOST: usize = 12;
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() {
        return none.to_owned();
    }
    let shown = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MOST) {
        Some(more @ 1..) => format!("{what}: {shown} and {more} more."),
        _ => format!("{what}: {shown}."),
    }
}

/// The candidate that `typed` was most likely meant to be, if one is near enough.
pub(super) fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = typed.chars().take(64).flat_map(char::to_lowercase).collect();
    candidates
        .into_iter()
        .map(|candidate| (distance(&typed, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 2 + candidate.len() / 4)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance.
fn distance(typed: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=typed.len()).collect();
    for (i, wanted) in candidate.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, given) in row.iter_mut().skip(1).zip(typed) {
            let substituted = diagonal + usize::from(*given != wanted);
            diagonal = *cell;
            left = substituted.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_candidate_is_the_one_with_a_slip_of_the_finger() {
        let keys = ["smb.listen", "sftp.listen", "activity.keep"];
        assert_eq!(nearest("smb.listne", keys), Some("smb.listen"));
        assert_eq!(nearest("Activity.Keep", keys), Some("activity.keep"));
        assert_eq!(nearest("completely-different-thing", keys), None);
    }

    #[test]
    fn a_hint_lists_the_known_names_or_says_what_to_do_without_any() {
        assert_eq!(known("Shares", ["a", "b"], "none yet"), "Shares: a, b.");
        assert_eq!(known("Shares", [], "none yet"), "none yet");
        let many: Vec<String> = (0..14).map(|n| n.to_string()).collect();
        assert!(known("Shares", many.iter().map(String::as_str), "").ends_with("and 2 more."));
    }
}
