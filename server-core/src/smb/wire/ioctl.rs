//! IOCTL ([MS-SMB2] 2.2.31, 2.2.32); what single controls take and give is in `fsctl`.

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::writer::Writer;

/// SMB2_0_IOCTL_IS_FSCTL.
pub const IS_FSCTL: u32 = 1;

/// Runs a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IoctlRequest<'a> {
    /// Which: see `fsctl::code`.
    pub ctl_code: u32,
    /// On which file; all ones where a control is about none.
    pub file_id: FileId,
    /// What the control takes.
    pub input: &'a [u8],
    /// Bytes of input in the response at most.
    pub max_input_response: u32,
    /// Not used.
    pub output: &'a [u8],
    /// Bytes of output at most.
    pub max_output_response: u32,
    /// [`IS_FSCTL`], or 0.
    pub flags: u32,
}

impl<'a> IoctlRequest<'a> {
    /// A file system control.
    pub fn fsctl(ctl_code: u32, file_id: FileId, input: &'a [u8], max_output_response: u32) -> Self {
        Self {
            ctl_code,
            file_id,
            input,
            max_input_response: 0,
            output: &[],
            max_output_response,
            flags: IS_FSCTL,
        }
    }
}

impl<'a> Body<'a> for IoctlRequest<'a> {
    const STRUCTURE_SIZE: u16 = 57;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        fields.skip(2)?;
        let (ctl_code, file_id) = (fields.u32()?, fields.file_id()?);
        let (input_offset, input_count) = (fields.u32()?, fields.u32()?);
        let max_input_response = fields.u32()?;
        let (output_offset, output_count) = (fields.u32()?, fields.u32()?);
        let max_output_response = fields.u32()?;
        let flags = fields.u32()?;
        fields.skip(4)?;
        Ok(Self {
            ctl_code,
            file_id,
            input: fields.range(input_offset, input_count)?,
            max_input_response,
            output: fields.range(output_offset, output_count)?,
            max_output_response,
            flags,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(0);
        out.u32(self.ctl_code);
        out.file_id(self.file_id);
        let (input_offset, input_count) = (out.place32(), out.place32());
        out.u32(self.max_input_response);
        let (output_offset, output_count) = (out.place32(), out.place32());
        out.u32(self.max_output_response);
        out.u32(self.flags);
        out.u32(0);
        out.fill(input_offset, input_count, |out| out.bytes(self.input));
        if !self.output.is_empty() {
            out.pad(8);
            out.fill(output_offset, output_count, |out| out.bytes(self.output));
        }
        if self.input.is_empty() && self.output.is_empty() {
            // The variable part is never empty.
            out.u8(0);
        }
    }
}

/// What it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IoctlResponse<'a> {
    /// As in the request.
    pub ctl_code: u32,
    /// As in the request.
    pub file_id: FileId,
    /// Input that is given back: none, as a rule.
    pub input: &'a [u8],
    /// What the control gives.
    pub output: &'a [u8],
    /// Reserved.
    pub flags: u32,
}

impl<'a> Body<'a> for IoctlResponse<'a> {
    const STRUCTURE_SIZE: u16 = 49;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        fields.skip(2)?;
        let (ctl_code, file_id) = (fields.u32()?, fields.file_id()?);
        let (input_offset, input_count) = (fields.u32()?, fields.u32()?);
        let (output_offset, output_count) = (fields.u32()?, fields.u32()?);
        let flags = fields.u32()?;
        fields.skip(4)?;
        Ok(Self {
            ctl_code,
            file_id,
            input: fields.range(input_offset, input_count)?,
            output: fields.range(output_offset, output_count)?,
            flags,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(0);
        out.u32(self.ctl_code);
        out.file_id(self.file_id);
        let (input_offset, input_count) = (out.place32(), out.place32());
        let (output_offset, output_count) = (out.place32(), out.place32());
        out.u32(self.flags);
        out.u32(0);
        out.fill(input_offset, input_count, |out| out.bytes(self.input));
        if !self.input.is_empty() {
            // [MS-SMB2] 3.3.5.15: output begins on a multiple of eight.
            out.pad(8);
        }
        out.fill(output_offset, output_count, |out| out.bytes(self.output));
    }
}
