//! WRITE ([MS-SMB2] 2.2.21, 2.2.22).

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::writer::Writer;

/// SMB2_WRITEFLAG_WRITE_THROUGH.
pub const WRITE_THROUGH: u32 = 1;

/// Puts bytes into a file or pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteRequest<'a> {
    /// The bytes.
    pub data: &'a [u8],
    /// To where in the file.
    pub offset: u64,
    /// Into which file.
    pub file_id: FileId,
    /// SMB2_CHANNEL_*.
    pub channel: u32,
    /// Bytes that the client means to write after these.
    pub remaining_bytes: u32,
    /// What belongs to `channel`.
    pub write_channel_info: &'a [u8],
    /// [`WRITE_THROUGH`] and others.
    pub flags: u32,
}

impl<'a> WriteRequest<'a> {
    /// A plain write.
    pub fn new(file_id: FileId, offset: u64, data: &'a [u8]) -> Self {
        Self {
            data,
            offset,
            file_id,
            channel: 0,
            remaining_bytes: 0,
            write_channel_info: &[],
            flags: 0,
        }
    }
}

impl<'a> Body<'a> for WriteRequest<'a> {
    const STRUCTURE_SIZE: u16 = 49;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let (data_offset, length) = (fields.u16()?, fields.u32()?);
        Ok(Self {
            data: fields.range(data_offset, length)?,
            offset: fields.u64()?,
            file_id: fields.file_id()?,
            channel: fields.u32()?,
            remaining_bytes: fields.u32()?,
            write_channel_info: {
                let (offset, length) = (fields.u16()?, fields.u16()?);
                fields.range(offset, length)?
            },
            flags: fields.u32()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        let (data_offset, length) = (out.place16(), out.place32());
        out.u64(self.offset);
        out.file_id(self.file_id);
        out.u32(self.channel);
        out.u32(self.remaining_bytes);
        let (info_offset, info_length) = (out.place16(), out.place16());
        out.u32(self.flags);
        if !self.write_channel_info.is_empty() {
            out.fill(info_offset, info_length, |out| {
                out.bytes(self.write_channel_info);
            });
        }
        out.fill(data_offset, length, |out| out.bytes(self.data));
    }
}

/// How much was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteResponse {
    /// Bytes.
    pub count: u32,
    /// Not used; 0.
    pub remaining: u32,
}

impl Body<'_> for WriteResponse {
    const STRUCTURE_SIZE: u16 = 17;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        fields.skip(2)?;
        let response = Self {
            count: fields.u32()?,
            remaining: fields.u32()?,
        };
        // WriteChannelInfo: none.
        fields.skip(4)?;
        Ok(response)
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(0);
        out.u32(self.count);
        out.u32(self.remaining);
        out.u32(0);
    }
}
