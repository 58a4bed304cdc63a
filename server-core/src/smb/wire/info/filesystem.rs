//! File system information classes ([MS-FSCC] 2.5).

use crate::smb::wire::body::Fields;
use crate::smb::wire::cursor::Malformed;
use crate::smb::wire::utf16::Utf16;
use crate::smb::wire::writer::Writer;

/// Class numbers.
#[allow(missing_docs)]
pub mod class {
    pub const VOLUME: u8 = 1;
    pub const LABEL: u8 = 2;
    pub const SIZE: u8 = 3;
    pub const DEVICE: u8 = 4;
    pub const ATTRIBUTE: u8 = 5;
    pub const CONTROL: u8 = 6;
    pub const FULL_SIZE: u8 = 7;
    pub const OBJECT_ID: u8 = 8;
    pub const SECTOR_SIZE: u8 = 11;
}

const CASE_SENSITIVE_SEARCH: u32 = 0x1;
const CASE_PRESERVED_NAMES: u32 = 0x2;
const UNICODE_ON_DISK: u32 = 0x4;
const SUPPORTS_SPARSE_FILES: u32 = 0x40;
const SUPPORTS_HARD_LINKS: u32 = 0x0040_0000;
const BYTES_PER_SECTOR: u32 = 512;

/// FileFsVolumeInformation ([MS-FSCC] 2.5.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFsVolumeInformation<'a> {
    /// FILETIME.
    pub volume_creation_time: u64,
    /// Stable for the share.
    pub volume_serial_number: u32,
    /// The share's name.
    pub volume_label: Utf16<'a>,
}

impl<'a> FileFsVolumeInformation<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(buffer);
        let (volume_creation_time, volume_serial_number) = (fields.u64()?, fields.u32()?);
        let length = fields.u32()? as usize;
        // SupportsObjects, Reserved.
        fields.skip(2)?;
        Ok(Self {
            volume_creation_time,
            volume_serial_number,
            volume_label: Utf16::from_bytes(fields.bytes(length)?)?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u64(self.volume_creation_time);
        out.u32(self.volume_serial_number);
        let length = out.place32();
        out.u16(0);
        out.measure(length, |out| out.utf16(self.volume_label));
    }
}

/// Room on a disk, in units: FileFsFullSizeInformation ([MS-FSCC] 2.5.4), and of that FileFsSizeInformation (2.5.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFsFullSizeInformation {
    /// Units in all.
    pub total_allocation_units: u64,
    /// Units that the caller may take.
    pub caller_available_allocation_units: u64,
    /// Units that are free.
    pub actual_available_allocation_units: u64,
    /// Sectors of a unit.
    pub sectors_per_allocation_unit: u32,
    /// Bytes of a sector.
    pub bytes_per_sector: u32,
}

impl FileFsFullSizeInformation {
    /// Of a disk with so many bytes in all, to be had and free, and such a unit.
    pub fn of(total: u64, available: u64, free: u64, allocation_unit: u32) -> Self {
        let unit = allocation_unit.max(BYTES_PER_SECTOR);
        Self {
            total_allocation_units: total / u64::from(unit),
            caller_available_allocation_units: available / u64::from(unit),
            actual_available_allocation_units: free / u64::from(unit),
            sectors_per_allocation_unit: unit / BYTES_PER_SECTOR,
            bytes_per_sector: BYTES_PER_SECTOR,
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(buffer);
        Ok(Self {
            total_allocation_units: fields.u64()?,
            caller_available_allocation_units: fields.u64()?,
            actual_available_allocation_units: fields.u64()?,
            sectors_per_allocation_unit: fields.u32()?,
            bytes_per_sector: fields.u32()?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u64(self.total_allocation_units);
        out.u64(self.caller_available_allocation_units);
        out.u64(self.actual_available_allocation_units);
        out.u32(self.sectors_per_allocation_unit);
        out.u32(self.bytes_per_sector);
    }

    /// Appends FileFsSizeInformation.
    pub fn encode_size(&self, out: &mut Writer<'_>) {
        out.u64(self.total_allocation_units);
        out.u64(self.caller_available_allocation_units);
        out.u32(self.sectors_per_allocation_unit);
        out.u32(self.bytes_per_sector);
    }
}

/// FileFsDeviceInformation ([MS-FSCC] 2.5.10): a disk, mounted.
pub fn device(out: &mut Writer<'_>) {
    out.u32(7);
    out.u32(0x20);
}

/// FileFsAttributeInformation ([MS-FSCC] 2.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFsAttributeInformation<'a> {
    /// FILE_SUPPORTS_* and others.
    pub file_system_attributes: u32,
    /// The longest name of a component, in UTF-16 units.
    pub maximum_component_name_length: u32,
    /// What kind of file system it is.
    pub file_system_name: Utf16<'a>,
}

impl<'a> FileFsAttributeInformation<'a> {
    /// What this server's file systems can.
    pub fn with(maximum_component_name_length: u32) -> Self {
        Self {
            file_system_attributes: CASE_SENSITIVE_SEARCH
                | CASE_PRESERVED_NAMES
                | UNICODE_ON_DISK
                | SUPPORTS_SPARSE_FILES
                | SUPPORTS_HARD_LINKS,
            maximum_component_name_length,
            // What clients take for granted of a Windows disk; Samba answers the same.
            file_system_name: "NTFS".into(),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(buffer);
        let (file_system_attributes, maximum_component_name_length) = (fields.u32()?, fields.u32()?);
        let length = fields.u32()? as usize;
        Ok(Self {
            file_system_attributes,
            maximum_component_name_length,
            file_system_name: Utf16::from_bytes(fields.bytes(length)?)?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u32(self.file_system_attributes);
        out.u32(self.maximum_component_name_length);
        let length = out.place32();
        out.measure(length, |out| out.utf16(self.file_system_name));
    }
}

/// FileFsControlInformation ([MS-FSCC] 2.5.2): no quotas.
pub fn control(out: &mut Writer<'_>) {
    out.zeros(24);
    out.u64(u64::MAX);
    out.u64(u64::MAX);
    out.u64(0);
}

/// FileFsObjectIdInformation ([MS-FSCC] 2.5.6): the share's own id.
pub fn object_id(out: &mut Writer<'_>, volume_serial_number: u32, volume_creation_time: u64) {
    out.u32(volume_serial_number);
    out.u64(volume_creation_time);
    out.zeros(4 + 48);
}

/// FileFsSectorSizeInformation ([MS-FSCC] 2.5.7).
pub fn sector_size(out: &mut Writer<'_>, allocation_unit: u32) {
    let physical = allocation_unit.clamp(BYTES_PER_SECTOR, 4096);
    for value in [BYTES_PER_SECTOR, physical, physical, physical, 0, 0, 0] {
        out.u32(value);
    }
}
