//! CHANGE_NOTIFY ([MS-SMB2] 2.2.35, 2.2.36) and the changes that it tells ([MS-FSCC] 2.7.1).

use super::body::{Body, Fields, encode_entries, entries};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::query_directory::{encode_output, parse_output};
use super::utf16::Utf16;
use super::writer::Writer;

/// SMB2_WATCH_TREE.
pub const WATCH_TREE: u16 = 1;

/// Waits for changes in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeNotifyRequest {
    /// [`WATCH_TREE`], or 0.
    pub flags: u16,
    /// Bytes of changes at most.
    pub output_buffer_length: u32,
    /// In which folder.
    pub file_id: FileId,
    /// FILE_NOTIFY_CHANGE_*.
    pub completion_filter: u32,
}

impl Body<'_> for ChangeNotifyRequest {
    const STRUCTURE_SIZE: u16 = 32;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let request = Self {
            flags: fields.u16()?,
            output_buffer_length: fields.u32()?,
            file_id: fields.file_id()?,
            completion_filter: fields.u32()?,
        };
        fields.skip(4)?;
        Ok(request)
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(self.flags);
        out.u32(self.output_buffer_length);
        out.file_id(self.file_id);
        out.u32(self.completion_filter);
        out.u32(0);
    }
}

/// Changes; none when there were more than fit, or when the watch has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeNotifyResponse<'a> {
    /// What [`FileNotifyInformation::list`] reads.
    pub output_buffer: &'a [u8],
}

impl<'a> Body<'a> for ChangeNotifyResponse<'a> {
    const STRUCTURE_SIZE: u16 = 9;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        Ok(Self {
            output_buffer: parse_output(message)?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        encode_output(out, self.output_buffer);
    }
}

/// FILE_NOTIFY_INFORMATION: one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileNotifyInformation<'a> {
    /// FILE_ACTION_*.
    pub action: u32,
    /// The path from the folder that is watched.
    pub file_name: Utf16<'a>,
}

impl<'a> FileNotifyInformation<'a> {
    /// Reads changes one after the other.
    ///
    /// # Errors
    /// One reaches beyond `buffer`, or leads nowhere.
    pub fn list(buffer: &'a [u8]) -> Result<Vec<Self>, Malformed> {
        entries(buffer, 4, |fields| {
            let action = fields.u32()?;
            let length = fields.u32()? as usize;
            Ok(Self {
                action,
                file_name: Utf16::from_bytes(fields.bytes(length)?)?,
            })
        })
    }

    /// Appends changes one after the other, from `out`'s beginning on.
    pub fn encode_list(changes: impl IntoIterator<Item = Self>, out: &mut Writer<'_>) {
        encode_entries(changes, 4, out, |change, out| {
            out.u32(change.action);
            let length = out.place32();
            out.measure(length, |out| out.utf16(change.file_name));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_follow_each_other_on_four_byte_boundaries() {
        let changes = [(4, "a"), (5, "bc")].map(|(action, name)| FileNotifyInformation {
            action,
            file_name: name.into(),
        });
        let mut bytes = Vec::new();
        FileNotifyInformation::encode_list(changes, &mut Writer::here(&mut bytes));
        assert_eq!(bytes[..4], 16u32.to_le_bytes());
        assert_eq!(bytes[16..20], 0u32.to_le_bytes());
        assert_eq!(bytes[28..], [b'b', 0, b'c', 0]);
        assert_eq!(FileNotifyInformation::list(&bytes).unwrap(), changes);
    }
}
