//! One validated path type for both protocols: relative to a share, no `..`, no separators inside.

use thiserror::Error;

use super::namespace;

/// The longest component, in UTF-16 units ([MS-FSCC] 2.1.5).
const MAX_COMPONENT: usize = 255;
/// The longest path, in UTF-16 units.
const MAX_PATH: usize = 32_760;
/// More components than any real tree has; bounds the work of a look-up.
const MAX_DEPTH: usize = 512;

/// A path inside a share: zero or more components, each a legal name *on the wire* (Windows-forbidden
/// characters that the disk has are mapped; see `namespace`). The empty path is the share's root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SharePath {
    components: Vec<String>,
}

/// Why a path was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidPath {
    /// A character or component that no name may have.
    #[error("the path has a name that is not allowed")]
    Name,
    /// The path leads out of the share.
    #[error("the path leads out of the share")]
    Outside,
    /// A component over 255 UTF-16 units, or the whole over 32,760.
    #[error("the path is too long")]
    TooLong,
}

impl SharePath {
    /// The share's root.
    pub fn root() -> Self {
        Self::default()
    }

    /// From an SMB name: backslashes, relative ([MS-FSCC] 2.1.5); several in a row are one, and those at the
    /// beginning and the end are forgiven, as Windows and Samba do: scanners put paths together carelessly. A trailing
    /// `::$DATA` (the default stream) is accepted and dropped; other streams are refused as names.
    ///
    /// # Errors
    /// See [`InvalidPath`].
    pub fn from_smb(name: &[u16]) -> Result<Self, InvalidPath> {
        if name.len() > MAX_PATH {
            return Err(InvalidPath::TooLong);
        }
        let text = namespace::utf16_to_wire(name).ok_or(InvalidPath::Name)?;
        let text = match text.rsplit_once("::") {
            Some((file, kind)) if kind.eq_ignore_ascii_case("$DATA") => file,
            _ => text.as_str(),
        };
        let components = || text.split('\\').filter(|component| !component.is_empty());
        if leads_out(components()) {
            return Err(InvalidPath::Outside);
        }
        Self::from_components(components().map(str::to_owned))
    }

    /// From an SFTP path (after the share name was taken off): slashes, `.` and `..` resolved lexically;
    /// `..` above the root is refused. Bytes that are not UTF-8 are mapped reversibly.
    ///
    /// # Errors
    /// See [`InvalidPath`].
    pub fn from_sftp(path: &[u8]) -> Result<Self, InvalidPath> {
        let mut components: Vec<String> = Vec::new();
        for part in path.split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => {
                    components.pop().ok_or(InvalidPath::Outside)?;
                }
                name => components.push(namespace::disk_bytes_to_wire(name).ok_or(InvalidPath::Name)?),
            }
        }
        Self::from_components(components)
    }

    /// Its components.
    pub fn components(&self) -> &[String] {
        &self.components
    }

    /// Whether it is the share's root.
    pub fn is_root(&self) -> bool {
        self.components.is_empty()
    }

    /// The last component.
    pub fn name(&self) -> Option<&str> {
        self.components.last().map(String::as_str)
    }

    /// Without the last component; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, parent) = self.components.split_last()?;
        Some(Self {
            components: parent.to_vec(),
        })
    }

    /// With one more component.
    ///
    /// # Errors
    /// The name is not legal.
    pub fn join(&self, name: &str) -> Result<Self, InvalidPath> {
        Self::from_components(self.components.iter().cloned().chain([name.to_owned()]))
    }

    /// Whether this path is `folder` or lies below it, compared without case.
    pub fn is_within(&self, folder: &Self) -> bool {
        self.components.len() >= folder.components.len()
            && folder
                .components
                .iter()
                .zip(&self.components)
                .all(|(a, b)| namespace::fold(a) == namespace::fold(b))
    }

    /// Whether it is the same path for whoever does not mind case.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let names = self.components().iter().zip(other.components());
        self.components().len() == other.components().len()
            && names
                .into_iter()
                .all(|(one, other)| namespace::fold(one) == namespace::fold(other))
    }

    /// With backslashes, as SMB shows it; empty for the root.
    pub fn to_smb(&self) -> String {
        self.components.join("\\")
    }

    fn from_components(components: impl IntoIterator<Item = String>) -> Result<Self, InvalidPath> {
        let mut checked = Vec::new();
        let mut length = 0;
        for component in components {
            length += check_component(&component)? + 1;
            if length > MAX_PATH || checked.len() == MAX_DEPTH {
                return Err(InvalidPath::TooLong);
            }
            checked.push(component);
        }
        Ok(Self { components: checked })
    }
}

impl std::fmt::Display for SharePath {
    /// With forward slashes, for people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.components.join("/"))
    }
}

/// Whether `..` would take a path above its root. Where it would not, it is still no name.
fn leads_out<'a>(mut components: impl Iterator<Item = &'a str>) -> bool {
    let mut depth = 0usize;
    components.any(|component| {
        let down = match component {
            ".." => depth.checked_sub(1),
            "." => Some(depth),
            _ => Some(depth + 1),
        };
        depth = down.unwrap_or(0);
        down.is_none()
    })
}

/// The length in UTF-16 units of a legal component.
fn check_component(name: &str) -> Result<usize, InvalidPath> {
    let forbidden = |c: char| c < ' ' || matches!(c, '"' | '*' | '/' | ':' | '<' | '>' | '?' | '\\' | '|');
    if name.is_empty() || name == "." || name == ".." || name.contains(forbidden) {
        return Err(InvalidPath::Name);
    }
    let length = name.encode_utf16().count();
    if length > MAX_COMPONENT {
        Err(InvalidPath::TooLong)
    } else {
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn smb(text: &str) -> Result<SharePath, InvalidPath> {
        SharePath::from_smb(&text.encode_utf16().collect::<Vec<_>>())
    }

    #[test]
    fn smb_names_become_components() {
        assert_eq!(smb("a\\b c\\d.txt").unwrap().components(), ["a", "b c", "d.txt"]);
        assert_eq!(smb("\\scans\\").unwrap().components(), ["scans"]);
        assert!(smb("").unwrap().is_root());
        assert_eq!(smb("a.txt::$DATA").unwrap().components(), ["a.txt"]);
    }

    #[test]
    fn several_backslashes_are_one() {
        for name in [r"a\\b", r"a\\\b", r"\\a\b", r"a\b\\", r"a\\b::$DATA"] {
            assert_eq!(smb(name).unwrap().components(), ["a", "b"], "{name}");
        }
        assert!(smb(r"\\\\").unwrap().is_root());
        assert_eq!(smb(r"a\\..\\..\\b"), Err(InvalidPath::Outside));
    }

    #[test]
    fn names_that_escape_or_break_rules_are_refused() {
        for name in ["a\\..\\b", ".", "a/b", "a:b", "a*", "a\u{1}", "C:\\x"] {
            assert_eq!(smb(name), Err(InvalidPath::Name), "{name}");
        }
        for name in ["..", "..\\..\\x", "a\\..\\..\\b", "a\\.\\..\\..\\b"] {
            assert_eq!(smb(name), Err(InvalidPath::Outside), "{name}");
        }
        assert_eq!(SharePath::from_sftp(b"a/../../b"), Err(InvalidPath::Outside));
        assert_eq!(smb(&"x".repeat(256)), Err(InvalidPath::TooLong));
    }

    #[test]
    fn sftp_paths_are_resolved_lexically() {
        assert_eq!(
            SharePath::from_sftp(b"/a/./b/../c/").unwrap().components(),
            ["a", "c"]
        );
        let odd = SharePath::from_sftp(b"a:b\xff").unwrap();
        assert_eq!(
            namespace::wire_to_disk(odd.name().unwrap()).unwrap(),
            std::ffi::OsStr::new("a:b")
                .to_owned()
                .into_encoded_bytes()
                .into_iter()
                .chain([0xff])
                .collect::<Vec<_>>()
        );
    }

    proptest! {
        #[test]
        fn no_path_has_a_component_that_moves(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(path) = SharePath::from_sftp(&bytes) {
                for name in path.components() {
                    let disk = namespace::wire_to_disk(name).unwrap();
                    prop_assert!(disk != b".." && disk != b"." && !disk.contains(&b'/') && !disk.contains(&0));
                }
            }
        }
        #[test]
        fn no_smb_name_has_a_component_that_moves(units in proptest::collection::vec(any::<u16>(), 0..64)) {
            if let Ok(path) = SharePath::from_smb(&units) {
                for name in path.components() {
                    let disk = namespace::wire_to_disk(name).unwrap();
                    prop_assert!(disk != b".." && disk != b"." && !disk.contains(&b'/') && !disk.contains(&0));
                }
            }
        }
    }
}
