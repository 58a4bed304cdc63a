//! SET_INFO ([MS-SMB2] 2.2.39, 2.2.40).

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::writer::Writer;

/// Changes a file, or who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetInfoRequest<'a> {
    /// As in QUERY_INFO.
    pub info_type: u8,
    /// What changes: see `info`.
    pub file_info_class: u8,
    /// What it is to be.
    pub buffer: &'a [u8],
    /// The parts of a security descriptor that change.
    pub additional_information: u32,
    /// Of which file.
    pub file_id: FileId,
}

impl<'a> Body<'a> for SetInfoRequest<'a> {
    const STRUCTURE_SIZE: u16 = 33;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let (info_type, file_info_class) = (fields.u8()?, fields.u8()?);
        let (buffer_length, buffer_offset) = (fields.u32()?, fields.u16()?);
        fields.skip(2)?;
        Ok(Self {
            info_type,
            file_info_class,
            buffer: fields.range(buffer_offset, buffer_length)?,
            additional_information: fields.u32()?,
            file_id: fields.file_id()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(self.info_type);
        out.u8(self.file_info_class);
        let (buffer_length, buffer_offset) = (out.place32(), out.place16());
        out.u16(0);
        out.u32(self.additional_information);
        out.file_id(self.file_id);
        out.fill(buffer_offset, buffer_length, |out| out.bytes(self.buffer));
    }
}

/// It has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SetInfoResponse;

impl Body<'_> for SetInfoResponse {
    const STRUCTURE_SIZE: u16 = 2;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        Fields::of(message, Self::STRUCTURE_SIZE).map(|_| Self)
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
    }
}
