//! NDR, little endian ([C706] chapter 14): a bounded reader and a writer that keeps alignment.

use super::error::PipeError;

/// Reads a request's stub.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    stub: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(stub: &'a [u8]) -> Self {
        Self { stub, at: 0 }
    }

    /// A 32-bit number.
    pub(super) fn u32(&mut self) -> Result<u32, PipeError> {
        let at = self.at.next_multiple_of(4);
        let bytes = self.stub.get(at..at + 4).ok_or(PipeError)?;
        self.at = at + 4;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A conformant-varying UTF-16 string.
    pub(super) fn string(&mut self) -> Result<String, PipeError> {
        let _maximum = self.u32()?;
        let offset = self.u32()?;
        let count = self.u32()? as usize;
        let bytes = count
            .checked_mul(2)
            .and_then(|length| self.at.checked_add(length))
            .ok_or(PipeError)?;
        let text = self.stub.get(self.at..bytes).ok_or(PipeError)?;
        if offset != 0 {
            return Err(PipeError);
        }
        self.at = bytes;
        let units: Vec<u16> = text
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        Ok(String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned())
    }

    /// A string behind a unique pointer.
    pub(super) fn unique_string(&mut self) -> Result<Option<String>, PipeError> {
        if self.u32()? == 0 {
            Ok(None)
        } else {
            self.string().map(Some)
        }
    }
}

/// Writes a response's stub. Strings behind pointers are written after the structures that point to them.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) stub: Vec<u8>,
    deferred: Vec<String>,
    next_referent: u32,
}

impl Writer {
    pub(super) fn u32(&mut self, value: u32) {
        self.align(4);
        self.stub.extend_from_slice(&value.to_le_bytes());
    }

    /// A pointer that is not null.
    pub(super) fn pointer(&mut self) {
        self.next_referent += 4;
        let referent = 0x0002_0000 + self.next_referent;
        self.u32(referent);
    }

    /// A pointer to a string, which comes later.
    pub(super) fn string_pointer(&mut self, text: &str) {
        self.pointer();
        self.deferred.push(text.to_owned());
    }

    /// The strings pointed to so far.
    pub(super) fn strings(&mut self) {
        for text in std::mem::take(&mut self.deferred) {
            let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
            let count = u32::try_from(units.len()).unwrap_or(0);
            self.u32(count);
            self.u32(0);
            self.u32(count);
            self.stub.extend(units.into_iter().flat_map(u16::to_le_bytes));
        }
    }

    fn align(&mut self, to: usize) {
        self.stub.resize(self.stub.len().next_multiple_of(to), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_and_numbers_survive_the_round_trip(texts in proptest::collection::vec("[^\0]{0,20}", 0..5), number: u32) {
            let mut writer = Writer::default();
            for text in &texts {
                writer.string_pointer(text);
                writer.strings();
            }
            writer.u32(number);
            let mut reader = Reader::new(&writer.stub);
            for text in &texts {
                prop_assert_eq!(reader.unique_string(), Ok(Some(text.clone())));
            }
            prop_assert_eq!(reader.u32(), Ok(number));
            prop_assert!(reader.u32().is_err());
        }
    }
}
