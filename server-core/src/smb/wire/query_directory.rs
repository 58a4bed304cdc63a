//! QUERY_DIRECTORY ([MS-SMB2] 2.2.33, 2.2.34).

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::utf16::Utf16;
use super::writer::{Place, Writer};

/// SMB2_RESTART_SCANS.
pub const RESTART_SCANS: u8 = 0x01;
/// SMB2_RETURN_SINGLE_ENTRY.
pub const RETURN_SINGLE_ENTRY: u8 = 0x02;
/// SMB2_INDEX_SPECIFIED.
pub const INDEX_SPECIFIED: u8 = 0x04;
/// SMB2_REOPEN.
pub const REOPEN: u8 = 0x10;

/// Lists a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryDirectoryRequest<'a> {
    /// What to say of each entry: see `info::file::class`.
    pub file_information_class: u8,
    /// [`RESTART_SCANS`] and others.
    pub flags: u8,
    /// Where to go on, with [`INDEX_SPECIFIED`].
    pub file_index: u32,
    /// Which folder.
    pub file_id: FileId,
    /// Which names: a pattern.
    pub file_name: Utf16<'a>,
    /// Bytes of entries at most.
    pub output_buffer_length: u32,
}

impl<'a> Body<'a> for QueryDirectoryRequest<'a> {
    const STRUCTURE_SIZE: u16 = 33;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        Ok(Self {
            file_information_class: fields.u8()?,
            flags: fields.u8()?,
            file_index: fields.u32()?,
            file_id: fields.file_id()?,
            file_name: {
                let (offset, length) = (fields.u16()?, fields.u16()?);
                fields.text(offset, length)?
            },
            output_buffer_length: fields.u32()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(self.file_information_class);
        out.u8(self.flags);
        out.u32(self.file_index);
        out.file_id(self.file_id);
        let (offset, length) = (out.place16(), out.place16());
        out.u32(self.output_buffer_length);
        out.fill(offset, length, |out| out.utf16(self.file_name));
        if self.file_name.is_empty() {
            // The variable part is never empty.
            out.u8(0);
        }
    }
}

/// Entries, to be read with `info::directory`. A server that appends them itself begins with [`OutputHead`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueryDirectoryResponse<'a> {
    /// The entries.
    pub output_buffer: &'a [u8],
}

impl<'a> Body<'a> for QueryDirectoryResponse<'a> {
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

/// The responses of QUERY_DIRECTORY, CHANGE_NOTIFY and QUERY_INFO are laid out alike.
pub(super) fn parse_output(message: &[u8]) -> Result<&[u8], Malformed> {
    let mut fields = Fields::of(message, QueryDirectoryResponse::STRUCTURE_SIZE)?;
    let (offset, length) = (fields.u16()?, fields.u32()?);
    fields.range(offset, length)
}

pub(super) fn encode_output(out: &mut Writer<'_>, output_buffer: &[u8]) {
    let head = OutputHead::begin(out);
    out.bytes(output_buffer);
    head.end(out);
}

/// The part of such a response before the output, while that is being appended.
#[derive(Debug, Clone, Copy)]
#[must_use = "the length is put in at the end"]
pub struct OutputHead {
    offset: Place,
    length: Place,
    begin: usize,
}

impl OutputHead {
    /// Appends it.
    pub fn begin(out: &mut Writer<'_>) -> Self {
        out.u16(QueryDirectoryResponse::STRUCTURE_SIZE);
        let (offset, length) = (out.place16(), out.place32());
        Self {
            offset,
            length,
            begin: out.position(),
        }
    }

    /// Says that all behind it is the output.
    pub fn end(self, out: &mut Writer<'_>) {
        let length = out.position() - self.begin;
        if length == 0 {
            // The variable part is never empty.
            out.u8(0);
        } else {
            out.set(self.offset, self.begin);
            out.set(self.length, length);
        }
    }
}
