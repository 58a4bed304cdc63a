//! CREATE ([MS-SMB2] 2.2.13, 2.2.14); its contexts are in `create_context`.

use super::body::{Body, Fields};
use super::create_context::RequestContext;
use super::create_contexts::CreateContexts;
use super::cursor::Malformed;
use super::file_id::FileId;
use super::times::FileTimes;
use super::utf16::Utf16;
use super::writer::Writer;

/// SMB2_OPLOCK_LEVEL_* ([MS-SMB2] 2.2.13).
pub mod oplock_level {
    /// Nothing.
    pub const NONE: u8 = 0;
    /// Reads may be cached.
    pub const LEVEL_II: u8 = 1;
    /// Reads and writes may be cached.
    pub const EXCLUSIVE: u8 = 8;
    /// Reads, writes and the handle may be cached.
    pub const BATCH: u8 = 9;
    /// A lease: what it covers is in a context.
    pub const LEASE: u8 = 0xFF;
}

/// CreateDisposition ([MS-SMB2] 2.2.13).
pub mod disposition {
    /// FILE_SUPERSEDE.
    pub const SUPERSEDE: u32 = 0;
    /// FILE_OPEN.
    pub const OPEN: u32 = 1;
    /// FILE_CREATE.
    pub const CREATE: u32 = 2;
    /// FILE_OPEN_IF.
    pub const OPEN_IF: u32 = 3;
    /// FILE_OVERWRITE.
    pub const OVERWRITE: u32 = 4;
    /// FILE_OVERWRITE_IF.
    pub const OVERWRITE_IF: u32 = 5;
}

/// Opens or creates a file, folder or pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateRequest<'a> {
    /// One of [`oplock_level`].
    pub requested_oplock_level: u8,
    /// 0 to 3.
    pub impersonation_level: u32,
    /// ACCESS_MASK.
    pub desired_access: u32,
    /// FILE_ATTRIBUTE_*.
    pub file_attributes: u32,
    /// FILE_SHARE_*.
    pub share_access: u32,
    /// One of [`disposition`].
    pub create_disposition: u32,
    /// FILE_* options.
    pub create_options: u32,
    /// The path from the share's root.
    pub name: Utf16<'a>,
    /// Contexts in the client's order.
    pub contexts: CreateContexts<'a>,
}

impl<'a> CreateRequest<'a> {
    /// Opens or creates a file to read, write and delete it, shared with everyone.
    pub fn open_if(name: &'a str) -> Self {
        Self {
            requested_oplock_level: oplock_level::NONE,
            impersonation_level: 2,
            // FILE_GENERIC_READ, FILE_GENERIC_WRITE and DELETE, without SYNCHRONIZE.
            desired_access: 0x0013_019F,
            file_attributes: 0,
            share_access: 7,
            create_disposition: disposition::OPEN_IF,
            create_options: 0,
            name: name.into(),
            contexts: CreateContexts::NONE,
        }
    }

    /// The data of the context of a name, as it came.
    pub fn context(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.contexts.get(name).map(|context| context.data)
    }

    /// What the context of a name says.
    ///
    /// # Errors
    /// Too short for its name.
    pub fn read_context(&self, name: &[u8]) -> Result<Option<RequestContext<'a>>, Malformed> {
        self.contexts.get(name).map(RequestContext::parse).transpose()
    }
}

impl<'a> Body<'a> for CreateRequest<'a> {
    const STRUCTURE_SIZE: u16 = 57;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        // SecurityFlags.
        fields.skip(1)?;
        let requested_oplock_level = fields.u8()?;
        let impersonation_level = fields.u32()?;
        // SmbCreateFlags, Reserved.
        fields.skip(16)?;
        Ok(Self {
            requested_oplock_level,
            impersonation_level,
            desired_access: fields.u32()?,
            file_attributes: fields.u32()?,
            share_access: fields.u32()?,
            create_disposition: fields.u32()?,
            create_options: fields.u32()?,
            name: {
                let (offset, length) = (fields.u16()?, fields.u16()?);
                fields.text(offset, length)?
            },
            contexts: {
                let (offset, length) = (fields.u32()?, fields.u32()?);
                CreateContexts::parse(fields.range(offset, length)?)?
            },
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(0);
        out.u8(self.requested_oplock_level);
        out.u32(self.impersonation_level);
        out.zeros(16);
        out.u32(self.desired_access);
        out.u32(self.file_attributes);
        out.u32(self.share_access);
        out.u32(self.create_disposition);
        out.u32(self.create_options);
        let (name_offset, name_length) = (out.place16(), out.place16());
        let (contexts_offset, contexts_length) = (out.place32(), out.place32());
        out.fill(name_offset, name_length, |out| out.utf16(self.name));
        if !self.contexts.is_empty() {
            out.pad(8);
            out.fill(contexts_offset, contexts_length, |out| self.contexts.encode(out));
        } else if self.name.is_empty() {
            // The variable part is never empty.
            out.u8(0);
        }
    }
}

/// What was opened, and how it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateResponse<'a> {
    /// One of [`oplock_level`].
    pub oplock_level: u8,
    /// SMB2_CREATE_FLAG_*.
    pub flags: u8,
    /// FILE_SUPERSEDED to FILE_OVERWRITTEN.
    pub create_action: u32,
    /// The file's times.
    pub times: FileTimes,
    /// Bytes that it takes on disk.
    pub allocation_size: u64,
    /// Its size in bytes.
    pub end_of_file: u64,
    /// FILE_ATTRIBUTE_*.
    pub file_attributes: u32,
    /// What later requests call it.
    pub file_id: FileId,
    /// Answers to contexts.
    pub contexts: CreateContexts<'a>,
}

impl<'a> Body<'a> for CreateResponse<'a> {
    const STRUCTURE_SIZE: u16 = 89;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let (oplock_level, flags, create_action) = (fields.u8()?, fields.u8()?, fields.u32()?);
        let times = FileTimes::parse(&mut fields)?;
        let (allocation_size, end_of_file) = (fields.u64()?, fields.u64()?);
        let file_attributes = fields.u32()?;
        fields.skip(4)?;
        Ok(Self {
            oplock_level,
            flags,
            create_action,
            times,
            allocation_size,
            end_of_file,
            file_attributes,
            file_id: fields.file_id()?,
            contexts: {
                let (offset, length) = (fields.u32()?, fields.u32()?);
                CreateContexts::parse(fields.range(offset, length)?)?
            },
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(self.oplock_level);
        out.u8(self.flags);
        out.u32(self.create_action);
        self.times.encode(out);
        out.u64(self.allocation_size);
        out.u64(self.end_of_file);
        out.u32(self.file_attributes);
        out.u32(0);
        out.file_id(self.file_id);
        let (offset, length) = (out.place32(), out.place32());
        if !self.contexts.is_empty() {
            out.pad(8);
            out.fill(offset, length, |out| self.contexts.encode(out));
        }
    }
}
