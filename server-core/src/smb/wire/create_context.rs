//! What each context of CREATE says ([MS-SMB2] 2.2.13.2 and 2.2.14.2).

use super::body::Fields;
use super::create_contexts::{CreateContext, CreateContextList};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::ids::{AppInstanceId, CreateGuid};
use super::lease::LeaseContext;
use super::writer::Writer;

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
    /// The application that opens the file.
    pub const APP_INSTANCE_ID: &[u8] = b"\x45\xBC\xA6\x6A\xEF\xA7\xF7\x4A\x90\x08\xFA\x46\x2E\x14\x4D\x74";
    /// How new it is.
    pub const APP_INSTANCE_VERSION: &[u8] =
        b"\xB9\x82\xD0\xB7\x3B\x56\x07\x4F\xA0\x7B\x52\x4A\x81\x16\xA0\x10";
    /// Apple's extensions.
    pub const APPLE: &[u8] = b"AAPL";
}

/// StructureSize of both contexts about applications.
const APP_INSTANCE_ID_SIZE: u16 = 20;
const APP_INSTANCE_VERSION_SIZE: u16 = 24;
/// SMB2_DHANDLE_FLAG_PERSISTENT.
pub const PERSISTENT: u32 = 2;

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
        create_guid: CreateGuid,
    },
    /// The open that survived, version 2.
    DurableReconnectV2 {
        /// Its persistent part counts.
        file_id: FileId,
        /// That of the request which opened it.
        create_guid: CreateGuid,
        /// [`PERSISTENT`], or 0.
        flags: u32,
    },
    /// The application that opens the file: what it has open elsewhere is to be closed.
    AppInstanceId(AppInstanceId),
    /// How new it is: one that is no newer closes nothing.
    AppInstanceVersion(AppInstanceVersion),
    /// Apple's extensions.
    Apple(&'a [u8]),
    /// Another.
    Other(CreateContext<'a>),
}

/// SMB2_CREATE_APP_INSTANCE_VERSION ([MS-SMB2] 2.2.13.2.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct AppInstanceVersion {
    /// Counts first.
    pub high: u64,
    /// Counts among those of the same `high`.
    pub low: u64,
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
                    create_guid: CreateGuid(fields.guid()?),
                }
            }
            name::DURABLE_RECONNECT_V2 => Self::DurableReconnectV2 {
                file_id: fields.file_id()?,
                create_guid: CreateGuid(fields.guid()?),
                flags: fields.u32()?,
            },
            name::APP_INSTANCE_ID => {
                fields.skip(4)?;
                Self::AppInstanceId(AppInstanceId(fields.guid()?))
            }
            name::APP_INSTANCE_VERSION => {
                fields.skip(8)?;
                Self::AppInstanceVersion(AppInstanceVersion {
                    high: fields.u64()?,
                    low: fields.u64()?,
                })
            }
            name::APPLE => Self::Apple(context.data),
            _ => Self::Other(context),
        })
    }

    /// Adds it to a list.
    pub fn add_to(&self, list: &mut CreateContextList) {
        list.push(self.name(), |out| self.encode(out));
    }

    fn name(&self) -> &'a [u8] {
        match self {
            Self::AppInstanceId(_) => name::APP_INSTANCE_ID,
            Self::AppInstanceVersion(_) => name::APP_INSTANCE_VERSION,
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
                out.bytes(&create_guid.0);
            }
            Self::DurableReconnectV2 {
                file_id,
                create_guid,
                flags,
            } => {
                out.file_id(*file_id);
                out.bytes(&create_guid.0);
                out.u32(*flags);
            }
            Self::AppInstanceId(id) => {
                out.u16(APP_INSTANCE_ID_SIZE);
                out.u16(0);
                out.bytes(&id.0);
            }
            Self::AppInstanceVersion(version) => {
                out.u16(APP_INSTANCE_VERSION_SIZE);
                out.zeros(6);
                out.u64(version.high);
                out.u64(version.low);
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

    /// Adds it to a list.
    pub fn add_to(&self, list: &mut CreateContextList) {
        list.push(self.name(), |out| self.encode(out));
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
