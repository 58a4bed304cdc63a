//! What someone may do in a share, and its form in columns.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

/// What someone may do in a share. Ordered: of several groups' grants the highest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Permission {
    /// Nothing; the share can't be entered.
    #[default]
    None = 0,
    /// Create and write new files and folders; never list, read, change or delete.
    DropBox = 1,
    /// List and read.
    Read = 2,
    /// List, read, write, rename, delete.
    ReadWrite = 3,
    /// Everything, including what an upload-only share refuses to others to see and changing owners
    /// and permissions.
    Admin = 4,
}

impl Permission {
    /// Every permission, lowest first.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::DropBox,
        Self::Read,
        Self::ReadWrite,
        Self::Admin,
    ];

    /// As it is written on the command line, in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::DropBox => "drop-box",
            Self::Read => "read",
            Self::ReadWrite => "read-write",
            Self::Admin => "admin",
        }
    }

    /// From that form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
    }
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ToSql for Permission {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Permission {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::Permission;

    #[test]
    fn the_written_form_is_the_same_everywhere() {
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
            let json = serde_json::to_value(permission).unwrap();
            assert_eq!(json, permission.as_str());
        }
    }
}
