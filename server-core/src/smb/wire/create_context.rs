//! The contexts of CREATE ([MS-SMB2] 2.2.13.2 and 2.2.14.2): the list as it stands in a message, and what each one
//! of it says.

use std::fmt;

use super::body::Fields;
use super::cursor::{Malformed, bytes_at};
use super::file_id::FileId;
use super::writer::Writer;

/// More contexts than any client sends.
const MAX_CONTEXTS: usize = 64;
/// Bytes of a context before its name.
const HEAD: usize = 16;

/// Names ([MS-SMB2] 2.2.13.2).
pub mod name {
    /// Extended attributes.
    pub const EXTENDED_ATTRIBUTES: &[u8] = b"ExtA";
    /// A security descriptor.
    pub const SECURITY_DESCRIPTOR: &[u8] = b"SecD";
    /// A durable handle is wanted.
    pub const DURABLE_HANDLE: &[u8] = b"DHnQ";
    /// A durable handle is claimed.
    pub const DURABLE_RECONNECT: &[u8] = b"DHnC";
    /// The size to set aside.
    pub const ALLOCATION_SIZE: &[u8] = b"AlSi";
    /// The most that may be done with the file.
    pub const MAXIMAL_ACCESS: &[u8] = b"MxAc";
    /// The file of a time gone by.
    pub const TIME_WARP: &[u8] = b"TWrp";
    /// The file's id on disk.
    pub const DISK_ID: &[u8] = b"QFid";
    /// A lease, of either version.
    pub const LEASE: &[u8] = b"RqLs";
    /// A durable handle of version 2 is wanted.
    pub const DURABLE_HANDLE_V2: &[u8] = b"DH2Q";
    /// A durable handle of version 2 is claimed.
    pub const DURABLE_RECONNECT_V2: &[u8] = b"DH2C";
    /// Apple's extensions.
    pub const APPLE: &[u8] = b"AAPL";
}

/// A context: its name, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateContext<'a> {
    /// Four letters or a GUID.
    pub name: &'a [u8],
    /// What it says.
    pub data: &'a [u8],
}

/// A list of contexts as it stands in a message. Two are equal when their contexts are.
#[derive(Clone, Copy)]
pub struct CreateContexts<'a>(&'a [u8]);

impl<'a> CreateContexts<'a> {
    /// None.
    pub const NONE: Self = Self(&[]);

    /// Takes a list, which is empty or whole.
    ///
    /// # Errors
    /// One of them reaches beyond the list, or there are too many.
    pub fn parse(list: &'a [u8]) -> Result<Self, Malformed> {
        let mut left = list;
        for _ in 0..MAX_CONTEXTS {
            if left.is_empty() {
                return Ok(Self(list));
            }
            (_, left) = first(left)?;
        }
        if left.is_empty() {
            Ok(Self(list))
        } else {
            Err(Malformed)
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = CreateContext<'a>> + use<'a> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let (context, rest) = first(left).ok()?;
            left = rest;
            Some(context)
        })
    }

    /// What the first of a name says.
    pub fn get(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.iter()
            .find(|context| context.name == name)
            .map(|context| context.data)
    }

    /// Appends the list, from a multiple of eight on.
    pub(super) fn encode(&self, out: &mut Writer<'_>) {
        out.bytes(self.0);
    }
}

/// The first of a list that is not empty, and the list behind it.
fn first(list: &[u8]) -> Result<(CreateContext<'_>, &[u8]), Malformed> {
    let mut fields = Fields::over(list);
    let next = fields.u32()? as usize;
    let (name_offset, name_length) = (fields.u16()?, fields.u16()?);
    fields.skip(2)?;
    let (data_offset, data_length) = (fields.u16()?, fields.u32()? as usize);
    if next != 0 && (next < HEAD || !next.is_multiple_of(8)) {
        return Err(Malformed);
    }
    let (this, rest) = match next {
        0 => (list, &[][..]),
        next => list.split_at_checked(next).ok_or(Malformed)?,
    };
    if next != 0 && rest.is_empty() {
        return Err(Malformed);
    }
    let context = CreateContext {
        name: bytes_at(this, name_offset.into(), name_length.into())?,
        data: if data_length == 0 {
            &[]
        } else {
            bytes_at(this, data_offset.into(), data_length)?
        },
    };
    Ok((context, rest))
}

impl Default for CreateContexts<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

impl PartialEq for CreateContexts<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for CreateContexts<'_> {}

impl fmt::Debug for CreateContexts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A list under construction. An empty one takes no memory.
#[derive(Debug, Clone, Default)]
pub struct CreateContextList {
    bytes: Vec<u8>,
    /// Where the last context begins.
    last: usize,
}

impl CreateContextList {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a context of a request.
    pub fn request(&mut self, context: &RequestContext<'_>) {
        self.push(context.name(), |out| context.encode(out));
    }

    /// Adds a context of a response.
    pub fn response(&mut self, context: &ResponseContext<'_>) {
        self.push(context.name(), |out| context.encode(out));
    }

    /// Adds a context whose data `append` appends.
    pub fn push(&mut self, name: &[u8], append: impl FnOnce(&mut Writer<'_>)) {
        if !self.bytes.is_empty() {
            let padded = self.bytes.len().next_multiple_of(8);
            self.bytes.resize(padded, 0);
            let next = u32::try_from(padded - self.last).unwrap_or(u32::MAX);
            if let Some(place) = self.bytes.get_mut(self.last..self.last + 4) {
                place.copy_from_slice(&next.to_le_bytes());
            }
        }
        self.last = self.bytes.len();
        let mut out = Writer::here(&mut self.bytes);
        out.u32(0);
        let (name_offset, name_length) = (out.place16(), out.place16());
        out.u16(0);
        let (data_offset, data_length) = (out.place16(), out.place32());
        out.fill(name_offset, name_length, |out| out.bytes(name));
        out.pad(8);
        out.fill(data_offset, data_length, append);
    }

    /// The list.
    pub fn as_contexts(&self) -> CreateContexts<'_> {
        CreateContexts(&self.bytes)
    }
}

/// SMB2_LEASE_READ_CACHING.
pub const LEASE_READ: u32 = 1;
/// SMB2_LEASE_HANDLE_CACHING.
pub const LEASE_HANDLE: u32 = 2;
/// SMB2_LEASE_WRITE_CACHING.
pub const LEASE_WRITE: u32 = 4;
/// SMB2_LEASE_FLAG_BREAK_IN_PROGRESS.
pub const LEASE_BREAK_IN_PROGRESS: u32 = 2;
/// SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET.
pub const LEASE_PARENT_KEY_SET: u32 = 4;
/// SMB2_DHANDLE_FLAG_PERSISTENT.
pub const PERSISTENT: u32 = 2;

/// A lease as asked for or granted ([MS-SMB2] 2.2.13.2.8, 2.2.13.2.10, 2.2.14.2.10, 2.2.14.2.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseContext {
    /// Which of the client's leases.
    pub lease_key: [u8; 16],
    /// [`LEASE_READ`], [`LEASE_HANDLE`], [`LEASE_WRITE`].
    pub lease_state: u32,
    /// [`LEASE_BREAK_IN_PROGRESS`], [`LEASE_PARENT_KEY_SET`].
    pub lease_flags: u32,
    /// What version 2 says besides.
    pub version_2: Option<LeaseVersion2>,
}

/// What a lease of version 2 says besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseVersion2 {
    /// The lease of the folder, with [`LEASE_PARENT_KEY_SET`].
    pub parent_lease_key: [u8; 16],
    /// How often the lease's state has changed.
    pub epoch: u16,
}

impl LeaseContext {
    /// Bytes of version 1.
    const V1: usize = 32;

    /// Reads it; the length tells the version.
    ///
    /// # Errors
    /// Too short for either.
    pub fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(data);
        let (lease_key, lease_state, lease_flags) = (fields.guid()?, fields.u32()?, fields.u32()?);
        // LeaseDuration: reserved.
        fields.skip(8)?;
        let version_2 = if data.len() > Self::V1 {
            let version_2 = LeaseVersion2 {
                parent_lease_key: fields.guid()?,
                epoch: fields.u16()?,
            };
            fields.skip(2)?;
            Some(version_2)
        } else {
            None
        };
        Ok(Self {
            lease_key,
            lease_state,
            lease_flags,
            version_2,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.bytes(&self.lease_key);
        out.u32(self.lease_state);
        out.u32(self.lease_flags);
        out.u64(0);
        if let Some(version_2) = &self.version_2 {
            out.bytes(&version_2.parent_lease_key);
            out.u16(version_2.epoch);
            out.u16(0);
        }
    }
}

/// What a context of a request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestContext<'a> {
    /// FILE_FULL_EA_INFORMATION entries.
    ExtendedAttributes(&'a [u8]),
    /// The descriptor that a new file gets.
    SecurityDescriptor(&'a [u8]),
    /// The open is to survive a lost connection.
    DurableHandle,
    /// The open that survived, version 1.
    DurableReconnect {
        /// Its persistent part counts.
        file_id: FileId,
    },
    /// Bytes that a new file takes on disk.
    AllocationSize(u64),
    /// The most that this person may do with the file, if it has changed since.
    MaximalAccess {
        /// FILETIME.
        timestamp: Option<u64>,
    },
    /// The file as it was then: FILETIME.
    TimeWarp(u64),
    /// The file's id on disk.
    DiskId,
    /// A lease.
    Lease(LeaseContext),
    /// The open is to survive a lost connection, or more.
    DurableHandleV2 {
        /// How long, in milliseconds; 0 leaves it to the server.
        timeout: u32,
        /// [`PERSISTENT`], or 0.
        flags: u32,
        /// What tells a request sent again.
        create_guid: [u8; 16],
    },
    /// The open that survived, version 2.
    DurableReconnectV2 {
        /// Its persistent part counts.
        file_id: FileId,
        /// That of the request which opened it.
        create_guid: [u8; 16],
        /// [`PERSISTENT`], or 0.
        flags: u32,
    },
    /// Apple's extensions.
    Apple(&'a [u8]),
    /// Another.
    Other(CreateContext<'a>),
}

impl<'a> RequestContext<'a> {
    /// Reads what a context says.
    ///
    /// # Errors
    /// Too short for its name.
    pub fn parse(context: CreateContext<'a>) -> Result<Self, Malformed> {
        let mut fields = Fields::over(context.data);
        Ok(match context.name {
            name::EXTENDED_ATTRIBUTES => Self::ExtendedAttributes(context.data),
            name::SECURITY_DESCRIPTOR => Self::SecurityDescriptor(context.data),
            name::DURABLE_HANDLE => {
                fields.skip(16)?;
                Self::DurableHandle
            }
            name::DURABLE_RECONNECT => Self::DurableReconnect {
                file_id: fields.file_id()?,
            },
            name::ALLOCATION_SIZE => Self::AllocationSize(fields.u64()?),
            name::MAXIMAL_ACCESS => Self::MaximalAccess {
                timestamp: match context.data {
                    [] => None,
                    _ => Some(fields.u64()?),
                },
            },
            name::TIME_WARP => Self::TimeWarp(fields.u64()?),
            name::DISK_ID => Self::DiskId,
            name::LEASE => Self::Lease(LeaseContext::parse(context.data)?),
            name::DURABLE_HANDLE_V2 => {
                let (timeout, flags) = (fields.u32()?, fields.u32()?);
                fields.skip(8)?;
                Self::DurableHandleV2 {
                    timeout,
                    flags,
                    create_guid: fields.guid()?,
                }
            }
            name::DURABLE_RECONNECT_V2 => Self::DurableReconnectV2 {
                file_id: fields.file_id()?,
                create_guid: fields.guid()?,
                flags: fields.u32()?,
            },
            name::APPLE => Self::Apple(context.data),
            _ => Self::Other(context),
        })
    }

    fn name(&self) -> &'a [u8] {
        match self {
            Self::ExtendedAttributes(_) => name::EXTENDED_ATTRIBUTES,
            Self::SecurityDescriptor(_) => name::SECURITY_DESCRIPTOR,
            Self::DurableHandle => name::DURABLE_HANDLE,
            Self::DurableReconnect { .. } => name::DURABLE_RECONNECT,
            Self::AllocationSize(_) => name::ALLOCATION_SIZE,
            Self::MaximalAccess { .. } => name::MAXIMAL_ACCESS,
            Self::TimeWarp(_) => name::TIME_WARP,
            Self::DiskId => name::DISK_ID,
            Self::Lease(_) => name::LEASE,
            Self::DurableHandleV2 { .. } => name::DURABLE_HANDLE_V2,
            Self::DurableReconnectV2 { .. } => name::DURABLE_RECONNECT_V2,
            Self::Apple(_) => name::APPLE,
            Self::Other(context) => context.name,
        }
    }

    fn encode(&self, out: &mut Writer<'_>) {
        match self {
            Self::ExtendedAttributes(data) | Self::SecurityDescriptor(data) | Self::Apple(data) => {
                out.bytes(data);
            }
            Self::DurableHandle => out.zeros(16),
            Self::DurableReconnect { file_id } => out.file_id(*file_id),
            Self::AllocationSize(value) | Self::TimeWarp(value) => out.u64(*value),
            Self::MaximalAccess {
                timestamp: Some(time),
            } => out.u64(*time),
            Self::MaximalAccess { timestamp: None } | Self::DiskId => {}
            Self::Lease(lease) => lease.encode(out),
            Self::DurableHandleV2 {
                timeout,
                flags,
                create_guid,
            } => {
                out.u32(*timeout);
                out.u32(*flags);
                out.u64(0);
                out.bytes(create_guid);
            }
            Self::DurableReconnectV2 {
                file_id,
                create_guid,
                flags,
            } => {
                out.file_id(*file_id);
                out.bytes(create_guid);
                out.u32(*flags);
            }
            Self::Other(context) => out.bytes(context.data),
        }
    }
}

/// What a context of a response says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseContext<'a> {
    /// The open survives a lost connection.
    DurableHandle,
    /// So it does, version 2.
    DurableHandleV2 {
        /// How long, in milliseconds.
        timeout: u32,
        /// [`PERSISTENT`], or 0.
        flags: u32,
    },
    /// The most that this person may do with the file.
    MaximalAccess {
        /// NTSTATUS of finding out.
        query_status: u32,
        /// ACCESS_MASK.
        maximal_access: u32,
    },
    /// The file's id on disk.
    DiskId {
        /// The file's own.
        disk_file_id: u64,
        /// The volume's.
        volume_id: u64,
    },
    /// The lease as granted.
    Lease(LeaseContext),
    /// Apple's extensions.
    Apple(&'a [u8]),
    /// Another.
    Other(CreateContext<'a>),
}

impl<'a> ResponseContext<'a> {
    /// Reads what a context says.
    ///
    /// # Errors
    /// Too short for its name.
    pub fn parse(context: CreateContext<'a>) -> Result<Self, Malformed> {
        let mut fields = Fields::over(context.data);
        Ok(match context.name {
            name::DURABLE_HANDLE => {
                fields.skip(8)?;
                Self::DurableHandle
            }
            name::DURABLE_HANDLE_V2 => Self::DurableHandleV2 {
                timeout: fields.u32()?,
                flags: fields.u32()?,
            },
            name::MAXIMAL_ACCESS => Self::MaximalAccess {
                query_status: fields.u32()?,
                maximal_access: fields.u32()?,
            },
            name::DISK_ID => {
                let id = Self::DiskId {
                    disk_file_id: fields.u64()?,
                    volume_id: fields.u64()?,
                };
                fields.skip(16)?;
                id
            }
            name::LEASE => Self::Lease(LeaseContext::parse(context.data)?),
            name::APPLE => Self::Apple(context.data),
            _ => Self::Other(context),
        })
    }

    fn name(&self) -> &'a [u8] {
        match self {
            Self::DurableHandle => name::DURABLE_HANDLE,
            Self::DurableHandleV2 { .. } => name::DURABLE_HANDLE_V2,
            Self::MaximalAccess { .. } => name::MAXIMAL_ACCESS,
            Self::DiskId { .. } => name::DISK_ID,
            Self::Lease(_) => name::LEASE,
            Self::Apple(_) => name::APPLE,
            Self::Other(context) => context.name,
        }
    }

    fn encode(&self, out: &mut Writer<'_>) {
        match self {
            Self::DurableHandle => out.zeros(8),
            Self::DurableHandleV2 { timeout, flags } => {
                out.u32(*timeout);
                out.u32(*flags);
            }
            Self::MaximalAccess {
                query_status,
                maximal_access,
            } => {
                out.u32(*query_status);
                out.u32(*maximal_access);
            }
            Self::DiskId {
                disk_file_id,
                volume_id,
            } => {
                out.u64(*disk_file_id);
                out.u64(*volume_id);
                out.zeros(16);
            }
            Self::Lease(lease) => lease.encode(out),
            Self::Apple(data) => out.bytes(data),
            Self::Other(context) => out.bytes(context.data),
        }
    }
}
