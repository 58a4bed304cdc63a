//! CLOSE ([MS-SMB2] 2.2.15, 2.2.16).

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::times::FileTimes;
use super::writer::Writer;

/// SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB.
pub const POSTQUERY_ATTRIB: u16 = 1;

/// Ends an open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseRequest {
    /// [`POSTQUERY_ATTRIB`], or 0.
    pub flags: u16,
    /// Which.
    pub file_id: FileId,
}

impl Body<'_> for CloseRequest {
    const STRUCTURE_SIZE: u16 = 24;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let flags = fields.u16()?;
        fields.skip(4)?;
        Ok(Self {
            flags,
            file_id: fields.file_id()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(self.flags);
        out.u32(0);
        out.file_id(self.file_id);
    }
}

/// It has ended; what the file is like at last, when that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CloseResponse {
    /// [`POSTQUERY_ATTRIB`] when what follows is the file's, or 0.
    pub flags: u16,
    /// The file's times.
    pub times: FileTimes,
    /// Bytes that it takes on disk.
    pub allocation_size: u64,
    /// Its size in bytes.
    pub end_of_file: u64,
    /// FILE_ATTRIBUTE_*.
    pub file_attributes: u32,
}

impl Body<'_> for CloseResponse {
    const STRUCTURE_SIZE: u16 = 60;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let flags = fields.u16()?;
        fields.skip(4)?;
        Ok(Self {
            flags,
            times: FileTimes::parse(&mut fields)?,
            allocation_size: fields.u64()?,
            end_of_file: fields.u64()?,
            file_attributes: fields.u32()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(self.flags);
        out.u32(0);
        self.times.encode(out);
        out.u64(self.allocation_size);
        out.u64(self.end_of_file);
        out.u32(self.file_attributes);
    }
}
