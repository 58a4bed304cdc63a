//! FLUSH ([MS-SMB2] 2.2.17, 2.2.18).

use super::body::{Body, Fields, plain_body};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::writer::Writer;

/// Waits until what was written is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlushRequest {
    /// Of which file.
    pub file_id: FileId,
}

impl Body<'_> for FlushRequest {
    const STRUCTURE_SIZE: u16 = 24;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        fields.skip(6)?;
        Ok(Self {
            file_id: fields.file_id()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.zeros(6);
        out.file_id(self.file_id);
    }
}

plain_body! {
    /// It is.
    FlushResponse
}
