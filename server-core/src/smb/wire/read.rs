//! READ ([MS-SMB2] 2.2.19, 2.2.20).

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::writer::{Place, Writer};

/// Asks for a part of a file, or for what a pipe has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadRequest<'a> {
    /// Where in the response the data should begin; a hint.
    pub padding: u8,
    /// SMB2_READFLAG_*.
    pub flags: u8,
    /// Bytes at most.
    pub length: u32,
    /// From where in the file.
    pub offset: u64,
    /// Of which file.
    pub file_id: FileId,
    /// Fewer bytes than this are an error.
    pub minimum_count: u32,
    /// SMB2_CHANNEL_*.
    pub channel: u32,
    /// Bytes that the client means to read after these.
    pub remaining_bytes: u32,
    /// What belongs to `channel`.
    pub read_channel_info: &'a [u8],
}

impl ReadRequest<'_> {
    /// A plain read.
    pub fn new(file_id: FileId, offset: u64, length: u32) -> Self {
        Self {
            padding: 0,
            flags: 0,
            length,
            offset,
            file_id,
            minimum_count: 0,
            channel: 0,
            remaining_bytes: 0,
            read_channel_info: &[],
        }
    }
}

impl<'a> Body<'a> for ReadRequest<'a> {
    const STRUCTURE_SIZE: u16 = 49;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        Ok(Self {
            padding: fields.u8()?,
            flags: fields.u8()?,
            length: fields.u32()?,
            offset: fields.u64()?,
            file_id: fields.file_id()?,
            minimum_count: fields.u32()?,
            channel: fields.u32()?,
            remaining_bytes: fields.u32()?,
            read_channel_info: {
                let (offset, length) = (fields.u16()?, fields.u16()?);
                fields.range(offset, length)?
            },
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(self.padding);
        out.u8(self.flags);
        out.u32(self.length);
        out.u64(self.offset);
        out.file_id(self.file_id);
        out.u32(self.minimum_count);
        out.u32(self.channel);
        out.u32(self.remaining_bytes);
        let (offset, length) = (out.place16(), out.place16());
        if self.read_channel_info.is_empty() {
            // The variable part is never empty.
            out.u8(0);
        } else {
            out.fill(offset, length, |out| out.bytes(self.read_channel_info));
        }
    }
}

/// What was read. A server that reads into the response itself begins with [`ReadHead`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadResponse<'a> {
    /// The bytes.
    pub data: &'a [u8],
    /// Bytes sent on another channel.
    pub data_remaining: u32,
    /// SMB2_READFLAG_RESPONSE_*.
    pub flags: u32,
}

impl<'a> Body<'a> for ReadResponse<'a> {
    const STRUCTURE_SIZE: u16 = 17;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let data_offset = fields.u8()?;
        fields.skip(1)?;
        let data_length = fields.u32()?;
        Ok(Self {
            data: fields.range(data_offset, data_length)?,
            data_remaining: fields.u32()?,
            flags: fields.u32()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        let head = ReadHead::begin(out, self.data_remaining, self.flags);
        out.bytes(self.data);
        head.end(out, self.data.len());
    }
}

/// The part of a READ response before the data, while the data is being appended.
#[derive(Debug, Clone, Copy)]
#[must_use = "the length is put in at the end"]
pub struct ReadHead {
    data_length: Place,
}

impl ReadHead {
    /// Bytes before the data.
    pub const SIZE: usize = 16;

    /// Appends it.
    pub fn begin(out: &mut Writer<'_>, data_remaining: u32, flags: u32) -> Self {
        let data_offset = out.position() + Self::SIZE;
        out.u16(ReadResponse::STRUCTURE_SIZE);
        out.u8(u8::try_from(data_offset).unwrap_or(u8::MAX));
        out.u8(0);
        let data_length = out.place32();
        out.u32(data_remaining);
        out.u32(flags);
        Self { data_length }
    }

    /// Says that `count` bytes were appended.
    pub fn end(self, out: &mut Writer<'_>, count: usize) {
        out.set(self.data_length, count);
        if count == 0 {
            // The variable part is never empty.
            out.u8(0);
        }
    }
}
