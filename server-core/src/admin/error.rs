//! What the admin API answers when it can't do something: a code for programs, a sentence and a hint
//! for people.

use serde::{Deserialize, Serialize};

use super::Admin;
use crate::identity::IdentityError;
use crate::store::StoreError;
use crate::store::vault::VaultError;

/// What kind of refusal it is. Stable: callers may decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
    /// That address is not blocked.
    NoSuchBlock,
    /// No setting by that key.
    NoSuchSetting,
    /// The name is taken.
    AlreadyExists,
    /// Not in that group.
    NotAMember,
    /// There is no such grant to take away.
    NoSuchGrant,
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
    /// The file is no backup that can be restored.
    InvalidBackup,
    /// Needs a running server, and none runs with this data folder.
    NotRunning,
    /// Another server runs with this data folder.
    AlreadyRunning,
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Folder { .. } => {
                Some("Choose another folder with --data-dir, or change its permissions.")
            }
            StoreError::Damaged(_) => {
                Some("Put back a copy of landfall.db, or move it away to start afresh.")
            }
            _ => None,
        };
        Self {
            code: ErrorCode::StoreFailed,
            message: sentence(&error.to_string()),
            hint: hint.map(str::to_owned),
        }
    }
}

impl From<VaultError> for AdminError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => error.into(),
            other => Self::new(ErrorCode::StoreFailed, sentence(&other.to_string())),
        }
    }
}

impl From<IdentityError> for AdminError {
    /// Without a hint that needs to know what there is; see [`Admin::explain`].
    fn from(error: IdentityError) -> Self {
        let code = match error {
            IdentityError::NoSuchUser(_) => ErrorCode::NoSuchPerson,
            IdentityError::NoSuchGroup(_) => ErrorCode::NoSuchGroup,
            IdentityError::NoSuchShare(_) => ErrorCode::NoSuchShare,
            IdentityError::NoSuchKey(_) => ErrorCode::NoSuchKey,
            IdentityError::NoSuchGrant(_) => ErrorCode::NoSuchGrant,
            IdentityError::NotAMember { .. } => ErrorCode::NotAMember,
            IdentityError::Exists(_) => ErrorCode::AlreadyExists,
            IdentityError::InvalidName { .. } => ErrorCode::InvalidName,
            IdentityError::InvalidPassword(_) => ErrorCode::InvalidPassword,
            IdentityError::InvalidKey(_) => ErrorCode::InvalidKey,
            IdentityError::InvalidFolder(_) => ErrorCode::InvalidFolder,
            IdentityError::Store(error) => return error.into(),
            IdentityError::Vault(error) => return error.into(),
            IdentityError::Hash(_) | IdentityError::MachineSid(_) => ErrorCode::StoreFailed,
        };
        // A sentence that begins with a name keeps its spelling.
        let message = match &error {
            IdentityError::NotAMember { .. } | IdentityError::Exists(_) => format!("{error}."),
            _ => sentence(&error.to_string()),
        };
        Self::new(code, message)
    }
}

impl Admin {
    /// A refusal of the identity service with a hint at what there is instead.
    pub(super) fn explain(&self, error: IdentityError) -> AdminError {
        let error = AdminError::from(error);
        let hint = match error.code {
            ErrorCode::NoSuchPerson => {
                let names: Vec<_> = self.identity().users().unwrap_or_default();
                let names = names.iter().map(|user| user.name.as_str());
                known(
                    "People",
                    names,
                    "There are no people yet: `landfall user add NAME`.",
                )
            }
            ErrorCode::NoSuchGroup => {
                let groups = self.identity().groups();
                let names = groups.iter().map(|group| group.name.as_str());
                known(
                    "Groups",
                    names,
                    "There are no groups yet: `landfall group add NAME`.",
                )
            }
            ErrorCode::NoSuchShare => {
                let shares = self.identity().shares();
                let names = shares.iter().map(|share| share.name.as_str());
                known(
                    "Shares",
                    names,
                    "There are no shares yet: `landfall share add NAME FOLDER`.",
                )
            }
            _ => return error,
        };
        error.hint(hint)
    }
}

/// With a capital letter and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
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
