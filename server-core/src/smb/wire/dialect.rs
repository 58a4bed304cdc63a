//! The dialects of SMB2 and SMB3 ([MS-SMB2] 1.7).

/// An SMB2/3 dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Dialect {
    /// SMB 2.0.2.
    Smb202 = 0x0202,
    /// SMB 2.1.
    Smb210 = 0x0210,
    /// SMB 3.0.
    Smb300 = 0x0300,
    /// SMB 3.0.2.
    Smb302 = 0x0302,
    /// SMB 3.1.1.
    Smb311 = 0x0311,
}

impl Dialect {
    /// All, lowest first.
    pub const ALL: [Self; 5] = [
        Self::Smb202,
        Self::Smb210,
        Self::Smb300,
        Self::Smb302,
        Self::Smb311,
    ];

    /// From its code.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| *dialect as u16 == code)
    }

    /// Its code in DialectRevision.
    pub fn code(self) -> u16 {
        self as u16
    }

    /// "3.1.1".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Smb202 => "2.0.2",
            Self::Smb210 => "2.1",
            Self::Smb300 => "3.0",
            Self::Smb302 => "3.0.2",
            Self::Smb311 => "3.1.1",
        }
    }
}
