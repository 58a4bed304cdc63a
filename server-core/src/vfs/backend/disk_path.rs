//! Names and paths as a storage spells them: bytes, parts separated by slashes, relative to the share. What they are on
//! a local disk, or in an object store, is the storage's own business.

/// One name, as the storage spells it: never empty, without slashes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct DiskName(Box<[u8]>);

impl DiskName {
    /// A name that the storage gave, or made of a client's.
    pub(crate) fn new(name: impl Into<Box<[u8]>>) -> Self {
        Self(name.into())
    }

    /// Its bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for DiskName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// A path from the share's root, which is the empty path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct DiskPath(Vec<u8>);

impl DiskPath {
    /// The share's root.
    pub(crate) fn root() -> Self {
        Self::default()
    }

    /// Of bytes, parts separated by slashes.
    pub(crate) fn of_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Its bytes, parts separated by slashes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// With one more name.
    pub(crate) fn join(&self, name: &DiskName) -> Self {
        let mut joined = Vec::with_capacity(self.0.len() + 1 + name.0.len());
        joined.extend_from_slice(&self.0);
        let mut joined = Self(joined);
        joined.push(name);
        joined
    }

    /// Adds one more name.
    pub(crate) fn push(&mut self, name: &DiskName) {
        if !self.0.is_empty() {
            self.0.push(b'/');
        }
        self.0.extend_from_slice(&name.0);
    }

    /// Where paths are in order, what lies in a folder is between these, and nothing else is.
    pub(crate) fn range_below(&self) -> std::ops::Range<Self> {
        if self.0.is_empty() {
            // A name begins with any byte but the least.
            return Self(vec![1])..Self(vec![u8::MAX; 1]);
        }
        let with = |separator| Self([self.0.as_slice(), &[separator]].concat());
        with(b'/')..with(b'/' + 1)
    }

    /// Its names, from the root on.
    pub(crate) fn names(&self) -> impl Iterator<Item = DiskName> + '_ {
        let names = self.0.split(|byte| *byte == b'/');
        names.filter(|name| !name.is_empty()).map(DiskName::new)
    }

    /// The last name; `None` for the root.
    pub(crate) fn name(&self) -> Option<DiskName> {
        if self.0.is_empty() {
            return None;
        }
        Some(DiskName::new(&self.0[self.slash().map_or(0, |at| at + 1)..]))
    }

    /// Without the last name; the root's is the root.
    pub(crate) fn parent(&self) -> Self {
        Self(self.0[..self.slash().unwrap_or(0)].to_vec())
    }

    /// Where it is after the folder `from`, in which it lies, became `to`; `None` if it doesn't lie there.
    pub(crate) fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let rest = self.0.strip_prefix(from.0.as_slice())?;
        let rest = if from.0.is_empty() {
            rest
        } else {
            rest.strip_prefix(b"/")?
        };
        let mut moved = to.clone();
        if !moved.0.is_empty() {
            moved.0.push(b'/');
        }
        moved.0.extend_from_slice(rest);
        Some(moved)
    }

    fn slash(&self) -> Option<usize> {
        self.0.iter().rposition(|byte| *byte == b'/')
    }
}

/// A path with slashes, for tests.
#[cfg(test)]
impl From<&str> for DiskPath {
    fn from(path: &str) -> Self {
        Self(path.as_bytes().to_vec())
    }
}

impl std::fmt::Debug for DiskPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_and_put_together() {
        let path = DiskPath::from("a/b/c");
        assert_eq!(path.parent(), DiskPath::from("a/b"));
        assert_eq!(path.name().unwrap().as_bytes(), b"c");
        assert_eq!(path.parent().join(&DiskName::new(*b"c")), path);
        assert_eq!(DiskPath::from("a").parent(), DiskPath::root());
        assert_eq!(DiskPath::root().name(), None);
        assert_eq!(DiskPath::root().join(&DiskName::new(*b"x")), DiskPath::from("x"));
    }

    #[test]
    fn what_lies_in_a_folder_moves_with_it_and_nothing_else_does() {
        let (from, to) = (DiskPath::from("a/b"), DiskPath::from("z"));
        assert_eq!(
            DiskPath::from("a/b/c/d").moved(&from, &to),
            Some(DiskPath::from("z/c/d"))
        );
        assert_eq!(DiskPath::from("a/bc").moved(&from, &to), None);
        assert_eq!(
            DiskPath::from("c").moved(&DiskPath::root(), &to),
            Some(DiskPath::from("z/c"))
        );
    }
}
