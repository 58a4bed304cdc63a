//! Listing folders: search expressions and scans.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::backend::{Name, Names, Stat};
use super::error::VfsError;
use super::info::{FileInfo, FileKind};
use super::metadata;
use super::namespace::fold;
use super::open::Open;
use crate::security::AccessMask;

/// Entries looked at together: one metadata query each.
const BATCH: usize = 128;

/// A search expression ([MS-FSA] 2.1.4.4): `*`, `?`, and the DOS forms `<`, `>`, `"`; compared without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Folded; empty for "everything".
    expression: Vec<char>,
    /// As it was given, when it has no wildcard.
    literal: Option<String>,
}

impl Pattern {
    /// From the text of a request. Empty, `*` and `*.*` mean everything.
    pub fn new(expression: &str) -> Self {
        let everything = matches!(expression, "" | "*" | "*.*");
        let literal =
            (!everything && !expression.contains(['*', '?', '<', '>', '"'])).then(|| expression.to_owned());
        let expression = if everything {
            Vec::new()
        } else {
            fold(expression).chars().collect()
        };
        Self { expression, literal }
    }

    /// Everything.
    pub fn all() -> Self {
        Self::new("*")
    }

    /// Whether it has no wildcard, so that at most one name matches.
    pub fn is_literal(&self) -> bool {
        self.literal.is_some()
    }

    /// The one name that matches, whatever its case, when it has no wildcard.
    pub(super) fn literal(&self) -> Option<&str> {
        self.literal.as_deref()
    }

    /// Whether a name matches.
    pub fn matches(&self, name: &str) -> bool {
        if self.expression.is_empty() {
            return true;
        }
        let name: Vec<char> = fold(name).chars().collect();
        let last_dot = name.iter().rposition(|c| *c == '.');
        // Row by row from the end of the expression: `reach[n]` tells whether the rest of the expression
        // matches the name from n on. Costs expression × name, whatever the wildcards.
        let mut reach = vec![false; name.len() + 1];
        reach[name.len()] = true;
        for part in self.expression.iter().rev() {
            let rest = reach;
            reach = vec![false; name.len() + 1];
            for at in (0..=name.len()).rev() {
                let here = name.get(at);
                let next = |row: &[bool]| row.get(at + 1).copied().unwrap_or(false);
                reach[at] = match part {
                    '*' => rest[at] || next(&reach),
                    // DOS_STAR: like `*`, but never past the last dot.
                    '<' if last_dot == Some(at) => rest[at] || next(&rest),
                    '<' => rest[at] || next(&reach),
                    '?' => here.is_some() && next(&rest),
                    // DOS_QM: one character, or nothing before a dot and at the end.
                    '>' => match here {
                        None | Some('.') => rest[at],
                        Some(_) => next(&rest),
                    },
                    // DOS_DOT: a dot, or nothing at the end.
                    '"' => match here {
                        None => rest[at],
                        Some('.') => next(&rest),
                        Some(_) => false,
                    },
                    literal => here == Some(literal) && next(&rest),
                };
            }
        }
        reach[0]
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

/// A listing in progress: reads in batches, one metadata query a batch. Entries that vanish meanwhile, and
/// links that lead out of the share, are skipped.
pub struct DirectoryScan {
    folder: Arc<Open>,
    /// `None` when all of them were read.
    names: Option<Box<dyn Names>>,
    /// Read, and not looked at yet.
    unseen: Vec<Name>,
    pattern: Pattern,
    ready: VecDeque<DirectoryEntry>,
    show_links: bool,
    /// One name was asked for: then a link that can't be followed is shown as what it is, so that it can be removed.
    by_name: bool,
}

impl std::fmt::Debug for DirectoryScan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectoryScan")
            .field("pattern", &self.pattern)
            .finish_non_exhaustive()
    }
}

impl DirectoryScan {
    pub(super) fn new(folder: Arc<Open>, names: Box<dyn Names>, pattern: Pattern) -> Self {
        Self {
            folder,
            names: Some(names),
            unseen: Vec::new(),
            pattern,
            ready: VecDeque::new(),
            show_links: false,
            by_name: false,
        }
    }

    /// The listing of a folder of which one entry is wanted, which may not be there.
    pub(super) fn of_one(folder: Arc<Open>, entry: Option<Name>, pattern: Pattern) -> Self {
        Self {
            folder,
            names: None,
            unseen: entry.into_iter().collect(),
            pattern,
            ready: VecDeque::new(),
            show_links: false,
            by_name: true,
        }
    }

    /// Shows symbolic links as links instead of what they lead to (SFTP).
    #[must_use]
    pub fn showing_links(mut self) -> Self {
        self.show_links = true;
        self
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// The permission to list is gone; the operating system's. The listing has ended then.
    pub async fn next(&mut self) -> Option<Result<DirectoryEntry, VfsError>> {
        while self.ready.is_empty() && (self.names.is_some() || !self.unseen.is_empty()) {
            if let Err(error) = self.fill().await {
                self.names = None;
                self.unseen.clear();
                return Some(Err(error));
            }
        }
        self.ready.pop_front().map(Ok)
    }

    async fn fill(&mut self) -> Result<(), VfsError> {
        // Each batch asks again: a listing can outlast the permission to make it.
        self.folder.permit(AccessMask::READ_DATA)?;
        while self.unseen.len() < BATCH
            && let Some(names) = &mut self.names
        {
            let batch = names.next(BATCH - self.unseen.len()).await?;
            if batch.is_empty() {
                self.names = None;
            }
            let wanted = batch.into_iter().filter(|name| self.pattern.matches(&name.wire));
            self.unseen.extend(wanted);
        }
        // What was read is lost to nobody if this future is dropped while it is looked at.
        let stats = self.folder.file().stat_children(&self.unseen).await?;
        let mut shown = Vec::with_capacity(stats.len());
        for (name, stat) in self.unseen.iter().zip(stats) {
            shown.push(self.shown(name, stat).await);
        }
        let found: Vec<(String, Stat)> = std::mem::take(&mut self.unseen)
            .into_iter()
            .zip(shown)
            .filter_map(|(name, stat)| Some((name.wire, stat?)))
            .collect();
        let keys: Vec<_> = found.iter().map(|(_, stat)| stat.metadata_key()).collect();
        let rows = self.folder.store().file_metadata_many(&keys)?;
        let rows: HashMap<_, _> = rows.into_iter().collect();
        self.ready.extend(found.into_iter().map(|(name, stat)| {
            let row = rows.get(&stat.metadata_key()).copied();
            let info = metadata::describe(&stat, Some(&name), row, false);
            DirectoryEntry { name, info }
        }));
        Ok(())
    }

    /// What is told of an entry: of a link, what it leads to.
    async fn shown(&self, name: &Name, stat: Option<Stat>) -> Option<Stat> {
        let stat = stat?;
        if stat.kind != FileKind::Symlink || self.show_links {
            return Some(stat);
        }
        let path = self.folder.disk_path().join(&name.disk);
        match self.folder.backend().stat(&path, true).await {
            Ok(followed) => Some(followed),
            Err(_) => self.by_name.then_some(stat),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(expression: &str, name: &str) -> bool {
        Pattern::new(expression).matches(name)
    }

    #[test]
    fn wildcards_match_as_windows_does() {
        assert!(matches("*", "anything") && matches("*.*", "no dot") && matches("", "x"));
        assert!(matches("*.TXT", "a.b.txt") && !matches("*.txt", "a.txt.bak"));
        assert!(matches("a?c", "ABC") && !matches("a?c", "ac"));
        assert!(matches("<.txt", "a.b.txt") && !matches("<.b", "a.b.txt"));
        assert!(matches("a>>>.c", "ab.c") && matches("a>>>", "a"));
        assert!(matches("readme\"", "README") && matches("readme\"txt", "readme.txt"));
        assert!(matches("Übung*", "ÜBUNG 1.pdf"));
    }

    proptest! {
        #[test]
        fn a_name_matches_itself_and_a_star_around_any_part(name in "[a-zA-Z0-9. äöü-]{1,30}", cut in 0usize..30) {
            prop_assert!(matches(&name, &name));
            let chars: Vec<char> = name.chars().collect();
            let cut = cut.min(chars.len());
            let head: String = chars[..cut].iter().collect();
            let star = format!("{head}*");
            prop_assert!(matches(&star, &name));
        }
        #[test]
        fn hostile_expressions_end_quickly(expression in "[*<>?\"a.]{0,200}", name in "[a.]{0,200}") {
            let _ = matches(&expression, &name);
        }
    }
}
