//! File system information classes ([MS-FSCC] 2.5).

use crate::smb::wire::cursor::put_utf16;
use crate::vfs::VolumeInfo;

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

/// FileFsVolumeInformation.
pub fn volume(out: &mut Vec<u8>, volume: &VolumeInfo, label: &str) {
    out.extend_from_slice(&volume.created.0.to_le_bytes());
    out.extend_from_slice(&volume.serial.to_le_bytes());
    let at = out.len();
    out.extend_from_slice(&[0; 6]);
    let length = u32::try_from(put_utf16(out, label)).unwrap_or(0);
    out[at..at + 4].copy_from_slice(&length.to_le_bytes());
}

fn units(volume: &VolumeInfo) -> (u64, u64, u64, u32) {
    let unit = u64::from(volume.allocation_unit.max(BYTES_PER_SECTOR));
    let sectors = volume.allocation_unit.max(BYTES_PER_SECTOR) / BYTES_PER_SECTOR;
    (
        volume.total / unit,
        volume.available / unit,
        volume.free / unit,
        sectors,
    )
}

/// FileFsSizeInformation.
pub fn size(out: &mut Vec<u8>, volume: &VolumeInfo) {
    let (total, available, _, sectors) = units(volume);
    out.extend_from_slice(&total.to_le_bytes());
    out.extend_from_slice(&available.to_le_bytes());
    out.extend_from_slice(&sectors.to_le_bytes());
    out.extend_from_slice(&BYTES_PER_SECTOR.to_le_bytes());
}

/// FileFsFullSizeInformation.
pub fn full_size(out: &mut Vec<u8>, volume: &VolumeInfo) {
    let (total, available, free, sectors) = units(volume);
    for value in [total, available, free] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    out.extend_from_slice(&sectors.to_le_bytes());
    out.extend_from_slice(&BYTES_PER_SECTOR.to_le_bytes());
}

/// FileFsDeviceInformation: a disk, mounted.
pub fn device(out: &mut Vec<u8>) {
    out.extend_from_slice(&7u32.to_le_bytes());
    out.extend_from_slice(&0x20u32.to_le_bytes());
}

/// FileFsAttributeInformation.
pub fn attribute(out: &mut Vec<u8>, volume: &VolumeInfo) {
    let flags = CASE_SENSITIVE_SEARCH
        | CASE_PRESERVED_NAMES
        | UNICODE_ON_DISK
        | SUPPORTS_SPARSE_FILES
        | SUPPORTS_HARD_LINKS;
    out.extend_from_slice(&flags.to_le_bytes());
    out.extend_from_slice(&volume.max_component.to_le_bytes());
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    // What clients take for granted of a Windows disk; Samba answers the same.
    let length = u32::try_from(put_utf16(out, "NTFS")).unwrap_or(0);
    out[at..at + 4].copy_from_slice(&length.to_le_bytes());
}

/// FileFsControlInformation: no quotas.
pub fn control(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0; 24]);
    out.extend_from_slice(&u64::MAX.to_le_bytes());
    out.extend_from_slice(&u64::MAX.to_le_bytes());
    out.extend_from_slice(&0u64.to_le_bytes());
}

/// FileFsObjectIdInformation: the share's own id.
pub fn object_id(out: &mut Vec<u8>, volume: &VolumeInfo) {
    out.extend_from_slice(&volume.serial.to_le_bytes());
    out.extend_from_slice(&volume.created.0.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&[0; 48]);
}

/// FileFsSectorSizeInformation.
pub fn sector_size(out: &mut Vec<u8>, volume: &VolumeInfo) {
    let physical = volume.allocation_unit.clamp(BYTES_PER_SECTOR, 4096);
    for value in [BYTES_PER_SECTOR, physical, physical, physical, 0, 0, 0] {
        out.extend_from_slice(&value.to_le_bytes());
    }
}
