//! Finds what is at a path, and what is below a folder, without looking at anything else.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use super::place::FoldedPath;
use crate::identity::ShareId;

/// Values by the path that they are at; several may be at one.
#[derive(Debug)]
pub(crate) struct PathIndex<T> {
    shares: HashMap<ShareId, BTreeMap<FoldedPath, Here<T>>>,
}

/// What is at one path, which mostly is one.
#[derive(Debug)]
struct Here<T> {
    first: (u64, T),
    more: Vec<(u64, T)>,
}

impl<T> Default for PathIndex<T> {
    fn default() -> Self {
        Self {
            shares: HashMap::new(),
        }
    }
}

impl std::borrow::Borrow<str> for FoldedPath {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl<T> Here<T> {
    fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        std::iter::once(&self.first)
            .chain(&self.more)
            .map(|(id, value)| (*id, value))
    }
}

impl<T> PathIndex<T> {
    /// Puts a value at a path; `id` tells it from others there.
    pub(crate) fn insert(&mut self, share: ShareId, path: FoldedPath, id: u64, value: T) {
        use std::collections::btree_map::Entry;
        match self.shares.entry(share).or_default().entry(path) {
            Entry::Vacant(entry) => {
                entry.insert(Here {
                    first: (id, value),
                    more: Vec::new(),
                });
            }
            Entry::Occupied(mut entry) => entry.get_mut().more.push((id, value)),
        }
    }

    /// Takes a value away.
    pub(crate) fn remove(&mut self, share: ShareId, path: &FoldedPath, id: u64) -> Option<T> {
        let paths = self.shares.get_mut(&share)?;
        let here = paths.get_mut(path)?;
        if let Some(at) = here.more.iter().position(|(other, _)| *other == id) {
            return Some(here.more.swap_remove(at).1);
        }
        if here.first.0 != id {
            return None;
        }
        if let Some(next) = here.more.pop() {
            return Some(std::mem::replace(&mut here.first, next).1);
        }
        let gone = paths.remove(path);
        if paths.is_empty() {
            self.shares.remove(&share);
        }
        gone.map(|here| here.first.1)
    }

    /// What is at a path.
    pub(crate) fn at(&self, share: ShareId, path: &str) -> impl Iterator<Item = (u64, &T)> {
        let here = self.shares.get(&share).and_then(|paths| paths.get(path));
        here.into_iter().flat_map(Here::iter)
    }

    /// What is strictly below a folder.
    pub(crate) fn below(&self, share: ShareId, folder: &FoldedPath) -> impl Iterator<Item = (u64, &T)> {
        let (from, to) = limits(folder.as_str());
        let paths = self.shares.get(&share);
        paths
            .map(|paths| paths.range::<str, _>((Bound::Excluded(from.as_str()), bound(to.as_deref()))))
            .into_iter()
            .flatten()
            .flat_map(|(_, here)| here.iter())
    }

    /// Whether nothing is anywhere.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }
}

/// The keys that enclose everything below a folder: `0` is what follows a slash.
fn limits(folder: &str) -> (String, Option<String>) {
    if folder.is_empty() {
        (String::new(), None)
    } else {
        (format!("{folder}/"), Some(format!("{folder}0")))
    }
}

fn bound(to: Option<&str>) -> Bound<&str> {
    to.map_or(Bound::Unbounded, Bound::Excluded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::path::SharePath;

    const SHARE: ShareId = ShareId(1);

    fn folded(path: &str) -> FoldedPath {
        FoldedPath::of(&SharePath::from_sftp(path.as_bytes()).unwrap())
    }

    #[test]
    fn what_is_below_a_folder_is_found_and_nothing_beside_it() {
        let mut index = PathIndex::default();
        for (id, path) in ["a", "a/x", "a/b/y", "ab/z", "a0", "a-", "A/X"]
            .into_iter()
            .enumerate()
        {
            index.insert(SHARE, folded(path), id as u64, path);
        }
        let below = |folder: &str| {
            let mut found: Vec<_> = index
                .below(SHARE, &folded(folder))
                .map(|(_, path)| *path)
                .collect();
            found.sort_unstable();
            found
        };
        assert_eq!(below("A"), ["A/X", "a/b/y", "a/x"]);
        assert_eq!(below("").len(), 7);
        assert!(below("x").is_empty());
        assert_eq!(index.at(SHARE, "A/X").count(), 2);
    }

    #[test]
    fn what_is_removed_leaves_its_neighbours_and_in_the_end_nothing() {
        let mut index = PathIndex::default();
        for id in 0..3 {
            index.insert(SHARE, folded("a"), id, id);
        }
        assert_eq!(index.remove(SHARE, &folded("a"), 0), Some(0));
        assert_eq!(index.remove(SHARE, &folded("a"), 0), None);
        assert_eq!(index.remove(SHARE, &folded("a"), 2), Some(2));
        assert_eq!(index.remove(SHARE, &folded("a"), 1), Some(1));
        assert!(index.is_empty());
    }
}
