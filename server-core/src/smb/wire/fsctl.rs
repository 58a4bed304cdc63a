//! What the controls of IOCTL take and give ([MS-SMB2] 2.2.31.1 to 2.2.32.5, [MS-FSCC] 2.3).

use super::body::Fields;
use super::cursor::Malformed;
use super::file_id::FileId;
use super::ids::ClientGuid;
use super::writer::Writer;

/// Control codes ([MS-FSCC] 2.3, [MS-SMB2] 2.2.31).
#[allow(missing_docs)]
pub mod code {
    pub const DFS_GET_REFERRALS: u32 = 0x0006_0194;
    pub const DFS_GET_REFERRALS_EX: u32 = 0x0006_01B0;
    pub const GET_REPARSE_POINT: u32 = 0x0009_00A8;
    pub const CREATE_OR_GET_OBJECT_ID: u32 = 0x0009_00C0;
    pub const SET_SPARSE: u32 = 0x0009_00C4;
    pub const GET_COMPRESSION: u32 = 0x0009_003C;
    pub const QUERY_ALLOCATED_RANGES: u32 = 0x0009_40CF;
    pub const SET_ZERO_DATA: u32 = 0x0009_80C8;
    pub const SET_COMPRESSION: u32 = 0x0009_C040;
    pub const PIPE_WAIT: u32 = 0x0011_0018;
    pub const PIPE_PEEK: u32 = 0x0011_400C;
    pub const PIPE_TRANSCEIVE: u32 = 0x0011_C017;
    pub const SRV_REQUEST_RESUME_KEY: u32 = 0x0014_0078;
    pub const SRV_COPYCHUNK: u32 = 0x0014_40F2;
    pub const SRV_COPYCHUNK_WRITE: u32 = 0x0014_80F2;
    pub const QUERY_NETWORK_INTERFACE_INFO: u32 = 0x0014_01FC;
    pub const VALIDATE_NEGOTIATE_INFO: u32 = 0x0014_0204;
}

/// FSCTL_VALIDATE_NEGOTIATE_INFO's input ([MS-SMB2] 2.2.31.4): what the client said in NEGOTIATE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidateNegotiateInfoRequest {
    /// SMB2_GLOBAL_CAP_*.
    pub capabilities: u32,
    /// The client's GUID.
    pub guid: ClientGuid,
    /// Signing enabled (1), required (2).
    pub security_mode: u16,
    /// Dialects in the client's order.
    pub dialects: Vec<u16>,
}

impl ValidateNegotiateInfoRequest {
    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(input);
        let (capabilities, guid) = (fields.u32()?, ClientGuid(fields.guid()?));
        let security_mode = fields.u16()?;
        let count = usize::from(fields.u16()?);
        let mut dialects = Fields::over(fields.bytes(count * 2)?);
        Ok(Self {
            capabilities,
            guid,
            security_mode,
            dialects: (0..count).map(|_| dialects.u16()).collect::<Result<_, _>>()?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u32(self.capabilities);
        out.bytes(&self.guid.0);
        out.u16(self.security_mode);
        let count = out.place16();
        out.set(count, self.dialects.len());
        for dialect in &self.dialects {
            out.u16(*dialect);
        }
    }
}

/// FSCTL_VALIDATE_NEGOTIATE_INFO's output ([MS-SMB2] 2.2.32.6): what the server answered to NEGOTIATE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValidateNegotiateInfoResponse {
    /// SMB2_GLOBAL_CAP_*.
    pub capabilities: u32,
    /// The server's GUID.
    pub guid: [u8; 16],
    /// Signing enabled (1), required (2).
    pub security_mode: u16,
    /// The dialect chosen.
    pub dialect: u16,
}

impl ValidateNegotiateInfoResponse {
    /// Bytes of it.
    pub const SIZE: u32 = 24;

    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(output: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(output);
        Ok(Self {
            capabilities: fields.u32()?,
            guid: fields.guid()?,
            security_mode: fields.u16()?,
            dialect: fields.u16()?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u32(self.capabilities);
        out.bytes(&self.guid);
        out.u16(self.security_mode);
        out.u16(self.dialect);
    }
}

/// What names the source of a copy: this server's own FileId of it, and eight bytes of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResumeKey(pub [u8; 24]);

impl ResumeKey {
    /// Bytes of it.
    pub const SIZE: usize = 24;

    /// The key of an open.
    pub fn of(file_id: FileId) -> Self {
        let mut key = [0; Self::SIZE];
        key[..16].copy_from_slice(&file_id.to_bytes());
        Self(key)
    }

    /// The open that a key is of.
    ///
    /// # Errors
    /// Never for a whole key.
    pub fn file_id(&self) -> Result<FileId, Malformed> {
        FileId::parse(&self.0, 0)
    }

    fn parse(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let key = fields.bytes(Self::SIZE)?;
        Ok(Self(key.try_into().map_err(|_| Malformed)?))
    }
}

/// FSCTL_SRV_REQUEST_RESUME_KEY's output ([MS-SMB2] 2.2.32.3); its context is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SrvRequestResumeKeyResponse {
    /// What FSCTL_SRV_COPYCHUNK takes.
    pub resume_key: ResumeKey,
}

impl SrvRequestResumeKeyResponse {
    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(output: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(output);
        let resume_key = ResumeKey::parse(&mut fields)?;
        // ContextLength.
        fields.skip(4)?;
        Ok(Self { resume_key })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.bytes(&self.resume_key.0);
        // ContextLength, and a context that clients expect room of.
        out.u32(0);
        out.u32(0);
    }
}

/// Bytes of a chunk.
const CHUNK: usize = 24;

/// FSCTL_SRV_COPYCHUNK's and FSCTL_SRV_COPYCHUNK_WRITE's input ([MS-SMB2] 2.2.31.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SrvCopychunkCopy<'a> {
    /// Names the source.
    pub source_key: ResumeKey,
    /// Chunks that the client says there are: a server that takes fewer says so without a look at them.
    pub chunk_count: u32,
    /// All that follows.
    chunks: &'a [u8],
}

/// A range to copy ([MS-SMB2] 2.2.31.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SrvCopychunk {
    /// From where in the source.
    pub source_offset: u64,
    /// To where in the target.
    pub target_offset: u64,
    /// Bytes.
    pub length: u32,
}

impl<'a> SrvCopychunkCopy<'a> {
    /// Reads it, without the chunks.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(input);
        let source_key = ResumeKey::parse(&mut fields)?;
        let chunk_count = fields.u32()?;
        fields.skip(4)?;
        Ok(Self {
            source_key,
            chunk_count,
            chunks: fields.rest(),
        })
    }

    /// The chunks, in order.
    ///
    /// # Errors
    /// There are fewer than [`Self::chunk_count`].
    pub fn chunks(
        self,
    ) -> Result<impl Iterator<Item = Result<SrvCopychunk, Malformed>> + use<'a>, Malformed> {
        let length = (self.chunk_count as usize).checked_mul(CHUNK).ok_or(Malformed)?;
        let chunks = self.chunks.get(..length).ok_or(Malformed)?;
        Ok(chunks.chunks_exact(CHUNK).map(|chunk| {
            let mut fields = Fields::over(chunk);
            Ok(SrvCopychunk {
                source_offset: fields.u64()?,
                target_offset: fields.u64()?,
                length: fields.u32()?,
            })
        }))
    }

    /// Appends it.
    pub fn encode(source_key: ResumeKey, chunks: &[SrvCopychunk], out: &mut Writer<'_>) {
        out.bytes(&source_key.0);
        let count = out.place32();
        out.set(count, chunks.len());
        out.u32(0);
        for chunk in chunks {
            out.u64(chunk.source_offset);
            out.u64(chunk.target_offset);
            out.u32(chunk.length);
            out.u32(0);
        }
    }
}

/// FSCTL_SRV_COPYCHUNK's output ([MS-SMB2] 2.2.32.1): how far the copy came, or the limits when it was over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SrvCopychunkResponse {
    /// Chunks written, or the most of a request.
    pub chunks_written: u32,
    /// Bytes of the chunk that failed, or the most of a chunk.
    pub chunk_bytes_written: u32,
    /// Bytes in all, or the most of a request.
    pub total_bytes_written: u32,
}

impl SrvCopychunkResponse {
    /// Bytes of it.
    pub const SIZE: u32 = 12;

    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(output: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(output);
        Ok(Self {
            chunks_written: fields.u32()?,
            chunk_bytes_written: fields.u32()?,
            total_bytes_written: fields.u32()?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u32(self.chunks_written);
        out.u32(self.chunk_bytes_written);
        out.u32(self.total_bytes_written);
    }
}

/// FILE_ALLOCATED_RANGE_BUFFER ([MS-FSCC] 2.3.48): FSCTL_QUERY_ALLOCATED_RANGES takes one and gives several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileAllocatedRangeBuffer {
    /// From where in the file; not negative where it is to be taken.
    pub file_offset: u64,
    /// Bytes; not negative where it is to be taken.
    pub length: u64,
}

impl FileAllocatedRangeBuffer {
    /// Bytes of it.
    pub const SIZE: usize = 16;

    /// Reads one.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(input);
        Ok(Self {
            file_offset: fields.u64()?,
            length: fields.u64()?,
        })
    }

    /// Reads several; what is left over at the end is none.
    ///
    /// # Errors
    /// Never for whole ones.
    pub fn list(output: &[u8]) -> Result<Vec<Self>, Malformed> {
        output.chunks_exact(Self::SIZE).map(Self::parse).collect()
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u64(self.file_offset);
        out.u64(self.length);
    }
}

/// FILE_ZERO_DATA_INFORMATION ([MS-FSCC] 2.3.71): FSCTL_SET_ZERO_DATA's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileZeroDataInformation {
    /// From where in the file.
    pub file_offset: u64,
    /// Up to where, exclusive.
    pub beyond_final_zero: u64,
}

impl FileZeroDataInformation {
    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(input);
        Ok(Self {
            file_offset: fields.u64()?,
            beyond_final_zero: fields.u64()?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u64(self.file_offset);
        out.u64(self.beyond_final_zero);
    }
}
