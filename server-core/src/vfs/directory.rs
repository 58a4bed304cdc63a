//! Listing folders: patterns and scans.

use super::error::VfsError;
use super::info::FileInfo;

/// A search expression ([MS-FSA] 2.1.4.4): `*`, `?`, and the DOS forms `<`, `>`, `"`; compared without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {}

impl Pattern {
    /// From the text of a request. Empty means everything.
    pub fn new(expression: &str) -> Self {
        todo!()
    }
    /// Everything.
    pub fn all() -> Self {
        Self::new("*")
    }
    /// Whether a name matches.
    pub fn matches(&self, name: &str) -> bool {
        todo!()
    }
    /// Whether it has no wildcard, so that at most one name matches.
    pub fn is_literal(&self) -> bool {
        todo!()
    }
}

/// One entry of a folder.
#[derive(Debug, Clone)]
pub struct DirectoryEntry {
    /// Its name as clients see it.
    pub name: String,
    /// What is known of it (of the link's target where links are followed).
    pub info: FileInfo,
}

/// A listing in progress: reads in batches, one metadata query a batch. Entries that vanish meanwhile are skipped.
#[derive(Debug)]
pub struct DirectoryScan {}

impl Iterator for DirectoryScan {
    type Item = Result<DirectoryEntry, VfsError>;

    fn next(&mut self) -> Option<Self::Item> {
        todo!()
    }
}
