//! The ERROR response ([MS-SMB2] 2.2.2), which takes the place of a response to what failed or waits.

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::writer::Writer;

/// Why it failed is in the header's status; some have more to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorResponse<'a> {
    /// Error contexts in `error_data`; 3.1.1 alone has them.
    pub error_context_count: u8,
    /// What belongs to the status: the size that a buffer needs, or error contexts.
    pub error_data: &'a [u8],
}

impl<'a> Body<'a> for ErrorResponse<'a> {
    const STRUCTURE_SIZE: u16 = 9;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let error_context_count = fields.u8()?;
        fields.skip(1)?;
        let byte_count = fields.u32()? as usize;
        Ok(Self {
            error_context_count,
            error_data: fields.bytes(byte_count)?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(self.error_context_count);
        out.u8(0);
        let byte_count = out.place32();
        out.measure(byte_count, |out| out.bytes(self.error_data));
        if self.error_data.is_empty() {
            // The variable part is never empty, for the sake of old clients.
            out.u8(0);
        }
    }
}
