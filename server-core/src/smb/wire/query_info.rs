//! QUERY_INFO ([MS-SMB2] 2.2.37, 2.2.38).

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::query_directory::{encode_output, parse_output};
use super::writer::Writer;

/// SMB2_0_INFO_FILE.
pub const INFO_FILE: u8 = 1;
/// SMB2_0_INFO_FILESYSTEM.
pub const INFO_FILESYSTEM: u8 = 2;
/// SMB2_0_INFO_SECURITY.
pub const INFO_SECURITY: u8 = 3;
/// SMB2_0_INFO_QUOTA.
pub const INFO_QUOTA: u8 = 4;

/// Asks about a file, its file system, or who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryInfoRequest<'a> {
    /// [`INFO_FILE`] and others.
    pub info_type: u8,
    /// What to say: see `info`.
    pub file_info_class: u8,
    /// Bytes at most.
    pub output_buffer_length: u32,
    /// The parts of a security descriptor that are wanted, or where to begin with extended attributes.
    pub additional_information: u32,
    /// SL_*.
    pub flags: u32,
    /// Of which file.
    pub file_id: FileId,
    /// What some classes have to be told.
    pub input_buffer: &'a [u8],
}

impl QueryInfoRequest<'_> {
    /// Asks for a class that needs to be told nothing.
    pub fn new(file_id: FileId, info_type: u8, file_info_class: u8) -> Self {
        Self {
            info_type,
            file_info_class,
            output_buffer_length: 4096,
            additional_information: 0,
            flags: 0,
            file_id,
            input_buffer: &[],
        }
    }
}

impl<'a> Body<'a> for QueryInfoRequest<'a> {
    const STRUCTURE_SIZE: u16 = 41;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let (info_type, file_info_class) = (fields.u8()?, fields.u8()?);
        let output_buffer_length = fields.u32()?;
        let input_offset = fields.u16()?;
        fields.skip(2)?;
        let input_length = fields.u32()?;
        Ok(Self {
            info_type,
            file_info_class,
            output_buffer_length,
            additional_information: fields.u32()?,
            flags: fields.u32()?,
            file_id: fields.file_id()?,
            input_buffer: fields.range(input_offset, input_length)?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(self.info_type);
        out.u8(self.file_info_class);
        out.u32(self.output_buffer_length);
        let input_offset = out.place16();
        out.u16(0);
        let input_length = out.place32();
        out.u32(self.additional_information);
        out.u32(self.flags);
        out.file_id(self.file_id);
        if self.input_buffer.is_empty() {
            // The variable part is never empty.
            out.u8(0);
        } else {
            out.fill(input_offset, input_length, |out| out.bytes(self.input_buffer));
        }
    }
}

/// The answer, to be read with `info`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueryInfoResponse<'a> {
    /// It.
    pub output_buffer: &'a [u8],
}

impl<'a> Body<'a> for QueryInfoResponse<'a> {
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
