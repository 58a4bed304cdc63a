//! One validated path type for both protocols: relative to a share, no `..`, no separators inside.

use thiserror::Error;

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
    /// From an SMB name: backslashes, relative, no leading backslash ([MS-FSCC] 2.1.5). A trailing
    /// `::$DATA` or `:$DATA`-typed default stream is accepted and dropped; other streams are refused as names.
    ///
    /// # Errors
    /// See [`InvalidPath`].
    pub fn from_smb(name: &[u16]) -> Result<Self, InvalidPath> {
        todo!()
    }
    /// From an SFTP path (after the share name was taken off): slashes, `.` and `..` resolved lexically;
    /// `..` above the root is refused. Not valid UTF-8 is mapped reversibly.
    ///
    /// # Errors
    /// See [`InvalidPath`].
    pub fn from_sftp(path: &[u8]) -> Result<Self, InvalidPath> {
        todo!()
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
        todo!()
    }
    /// With backslashes, as SMB shows it; empty for the root.
    pub fn to_smb(&self) -> String {
        self.components.join("\\")
    }
}

impl std::fmt::Display for SharePath {
    /// With forward slashes, for people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.components.join("/"))
    }
}
