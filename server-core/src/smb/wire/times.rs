//! The four times of a file, as structures of [MS-SMB2] and [MS-FSCC] have them.

use super::body::Fields;
use super::cursor::Malformed;
use super::writer::Writer;

/// FILETIMEs: 100 ns since 1601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileTimes {
    /// CreationTime.
    pub creation_time: u64,
    /// LastAccessTime.
    pub last_access_time: u64,
    /// LastWriteTime.
    pub last_write_time: u64,
    /// ChangeTime.
    pub change_time: u64,
}

impl FileTimes {
    /// Takes them.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn parse(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            creation_time: fields.u64()?,
            last_access_time: fields.u64()?,
            last_write_time: fields.u64()?,
            change_time: fields.u64()?,
        })
    }

    /// Appends them.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u64(self.creation_time);
        out.u64(self.last_access_time);
        out.u64(self.last_write_time);
        out.u64(self.change_time);
    }
}
