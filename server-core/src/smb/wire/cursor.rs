//! Bounds-checked little-endian reads from a received message. Offsets in SMB2 requests count from the
//! header, so everything here takes the whole message.

use thiserror::Error;

/// A message that breaks its own lengths or offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("malformed message")]
pub struct Malformed;

/// `length` bytes at `offset`.
///
/// # Errors
/// They reach beyond the message.
pub fn bytes_at(message: &[u8], offset: usize, length: usize) -> Result<&[u8], Malformed> {
    message
        .get(offset..offset.checked_add(length).ok_or(Malformed)?)
        .ok_or(Malformed)
}

fn array_at<const N: usize>(message: &[u8], offset: usize) -> Result<[u8; N], Malformed> {
    bytes_at(message, offset, N)?.try_into().map_err(|_| Malformed)
}

/// A byte.
///
/// # Errors
/// Beyond the message.
pub fn u8_at(message: &[u8], offset: usize) -> Result<u8, Malformed> {
    message.get(offset).copied().ok_or(Malformed)
}

/// A 16-bit number.
///
/// # Errors
/// Beyond the message.
pub fn u16_at(message: &[u8], offset: usize) -> Result<u16, Malformed> {
    array_at(message, offset).map(u16::from_le_bytes)
}

/// A 32-bit number.
///
/// # Errors
/// Beyond the message.
pub fn u32_at(message: &[u8], offset: usize) -> Result<u32, Malformed> {
    array_at(message, offset).map(u32::from_le_bytes)
}

/// A 64-bit number.
///
/// # Errors
/// Beyond the message.
pub fn u64_at(message: &[u8], offset: usize) -> Result<u64, Malformed> {
    array_at(message, offset).map(u64::from_le_bytes)
}

/// UTF-16 text of `length` bytes at `offset`.
///
/// # Errors
/// Beyond the message, or an odd length.
pub fn utf16_at(message: &[u8], offset: usize, length: usize) -> Result<Vec<u16>, Malformed> {
    let bytes = bytes_at(message, offset, length)?;
    if !length.is_multiple_of(2) {
        return Err(Malformed);
    }
    Ok(bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect())
}

/// Appends text as UTF-16; returns its length in bytes.
pub fn put_utf16(out: &mut Vec<u8>, text: &str) -> usize {
    let before = out.len();
    out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    out.len() - before
}

/// Pads with zeros until `out.len() - start` is a multiple of `align`.
pub fn pad_to(out: &mut Vec<u8>, start: usize, align: usize) {
    let length = out.len() - start;
    out.resize(start + length.next_multiple_of(align), 0);
}
