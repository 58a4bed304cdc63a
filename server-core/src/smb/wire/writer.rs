//! Appends a message to a caller's buffer. Lengths and offsets that are known only later are left out and put in
//! when they are.

use super::file_id::FileId;
use super::utf16::Utf16;

/// Appends to `out`; offsets count from where the message's header begins.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

/// The place of a number that is put in later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a place that is never set says 0"]
pub struct Place {
    at: usize,
    size: usize,
}

impl<'a> Writer<'a> {
    /// Appends to `out`, in which the message's header begins at `start`.
    pub fn new(out: &'a mut Vec<u8>, start: usize) -> Self {
        Self { out, start }
    }

    /// Appends a structure that is counted from its own beginning.
    pub fn here(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// The buffer, for a payload that is put there by someone else.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Bytes from the header's beginning to here.
    pub fn position(&self) -> usize {
        self.out.len().saturating_sub(self.start)
    }

    /// Appends a byte.
    pub fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    /// Appends a 16-bit number.
    pub fn u16(&mut self, value: u16) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Appends a 32-bit number.
    pub fn u32(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Appends a 64-bit number.
    pub fn u64(&mut self, value: u64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Appends bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends `count` zeros.
    pub fn zeros(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, 0);
    }

    /// Appends text.
    pub fn utf16(&mut self, text: Utf16<'_>) {
        text.append_to(self.out);
    }

    /// Appends a FileId.
    pub fn file_id(&mut self, id: FileId) {
        self.bytes(&id.to_bytes());
    }

    /// Appends zeros until the position is a multiple of `align`.
    pub fn pad(&mut self, align: usize) {
        let padded = self.start + self.position().next_multiple_of(align);
        self.out.resize(padded, 0);
    }

    /// Leaves out a 16-bit number.
    pub fn place16(&mut self) -> Place {
        self.place(2)
    }

    /// Leaves out a 32-bit number.
    pub fn place32(&mut self) -> Place {
        self.place(4)
    }

    fn place(&mut self, size: usize) -> Place {
        let at = self.out.len();
        self.zeros(size);
        Place { at, size }
    }

    /// Puts a number in its place. One that is too large for it becomes the largest, which no reader takes: what a
    /// peer sent, and what the limits of this side admit, is never that large.
    pub fn set(&mut self, place: Place, value: usize) {
        let bytes = match place.size {
            2 => u64::from(u16::try_from(value).unwrap_or(u16::MAX)),
            _ => u64::from(u32::try_from(value).unwrap_or(u32::MAX)),
        }
        .to_le_bytes();
        let into = self.out.get_mut(place.at..place.at + place.size);
        if let (Some(into), Some(bytes)) = (into, bytes.get(..place.size)) {
            into.copy_from_slice(bytes);
        }
    }

    /// Runs `append`, and puts in where it began and how many bytes it appended.
    pub fn fill(&mut self, offset: Place, length: Place, append: impl FnOnce(&mut Self)) {
        let begin = self.position();
        self.set(offset, begin);
        append(self);
        self.set(length, self.position() - begin);
    }

    /// Runs `append`, and puts in how many bytes it appended.
    pub fn measure(&mut self, length: Place, append: impl FnOnce(&mut Self)) {
        let begin = self.position();
        append(self);
        self.set(length, self.position() - begin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_later_counts_from_the_header() {
        let mut out = vec![0xEE; 3];
        let mut writer = Writer::new(&mut out, 3);
        let (offset, length) = (writer.place16(), writer.place32());
        writer.pad(8);
        writer.fill(offset, length, |writer| writer.bytes(b"abc"));
        assert_eq!(out, [0xEE, 0xEE, 0xEE, 8, 0, 3, 0, 0, 0, 0, 0, b'a', b'b', b'c']);
    }

    #[test]
    fn what_no_place_can_say_is_the_largest_that_it_can() {
        let mut out = Vec::new();
        let mut writer = Writer::here(&mut out);
        let place = writer.place16();
        writer.set(place, 70_000);
        assert_eq!(out, [0xFF, 0xFF]);
    }
}
