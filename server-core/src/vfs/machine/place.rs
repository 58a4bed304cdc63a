//! Where a file is: as clients spell it, as the disk spells it, and as names are compared.

use crate::identity::ShareId;
use crate::vfs::backend::DiskPath;
use crate::vfs::namespace;
use crate::vfs::path::SharePath;

/// Where a file is, as clients and as the disk spell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) share: ShareId,
    pub(crate) path: SharePath,
    pub(crate) disk: DiskPath,
}

impl Place {
    /// Where this is after a folder above it went from one place to another; `None` when it is not below it.
    pub(crate) fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let depth = from.path.components().len();
        if self.share != from.share || !self.path.is_within(&from.path) {
            return None;
        }
        let disk = self.disk.moved(&from.disk, &to.disk)?;
        let rest = self.path.components().get(depth..)?;
        let path = rest
            .iter()
            .try_fold(to.path.clone(), |path, name| path.join(name))
            .ok()?;
        Some(Self {
            share: to.share,
            path,
            disk,
        })
    }
}

/// A path in the spelling in which paths are compared, with slashes, which no name has; empty for the root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FoldedPath(Box<str>);

impl FoldedPath {
    pub(crate) fn of(path: &SharePath) -> Self {
        let components = path.components();
        let mut folded = String::with_capacity(components.iter().map(|name| name.len() + 1).sum());
        for name in components {
            if !folded.is_empty() {
                folded.push('/');
            }
            namespace::fold_into(&mut folded, name);
        }
        Self(folded.into_boxed_str())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders above, the root first, each with how many components it has.
    pub(crate) fn ancestors(&self) -> impl Iterator<Item = (usize, &str)> {
        let root = (!self.0.is_empty()).then_some((0, ""));
        let folders = self.0.match_indices('/').enumerate();
        root.into_iter()
            .chain(folders.map(|(at, (end, _))| (at + 1, self.0.get(..end).unwrap_or_default())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Place {
        Place {
            share: ShareId(1),
            path: SharePath::from_sftp(path.as_bytes()).unwrap(),
            disk: path.into(),
        }
    }

    #[test]
    fn what_is_below_a_folder_moves_with_it_however_it_was_spelled() {
        let from = place("old");
        assert_eq!(
            place("old/x/f").moved(&from, &place("new/er")),
            Some(place("new/er/x/f"))
        );
        assert_eq!(place("older/x").moved(&from, &place("new")), None);
    }

    #[test]
    fn folders_above_are_the_root_and_every_prefix() {
        let path = FoldedPath::of(&SharePath::from_sftp(b"a/Bc/\xc3\xa4").unwrap());
        assert_eq!(path.as_str(), "A/BC/Ä");
        let above: Vec<_> = path.ancestors().collect();
        assert_eq!(above, [(0, ""), (1, "A"), (2, "A/BC")]);
        assert_eq!(FoldedPath::of(&SharePath::root()).ancestors().count(), 0);
    }
}
