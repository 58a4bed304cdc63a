//! Text as SMB2 carries it: UTF-16, little endian. Borrowed both ways, from the message or from a `str`.

use std::fmt;

use super::cursor::Malformed;

/// UTF-16 text. Two texts are equal when their units are.
#[derive(Clone, Copy)]
pub struct Utf16<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// An even number of bytes.
    Wire(&'a [u8]),
    Text(&'a str),
}

impl<'a> Utf16<'a> {
    /// Nothing.
    pub const EMPTY: Self = Self(Source::Text(""));

    /// Bytes of a message.
    ///
    /// # Errors
    /// An odd number of them.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.len().is_multiple_of(2) {
            Ok(Self(Source::Wire(bytes)))
        } else {
            Err(Malformed)
        }
    }

    /// Its 16-bit units.
    pub fn units(self) -> impl Iterator<Item = u16> + 'a {
        let (wire, text): (&[u8], &str) = match self.0 {
            Source::Wire(bytes) => (bytes, ""),
            Source::Text(text) => (&[], text),
        };
        let units = wire.chunks_exact(2).map(|unit| match unit {
            [low, high] => u16::from_le_bytes([*low, *high]),
            _ => 0,
        });
        units.chain(text.encode_utf16())
    }

    /// Its units in a vector.
    pub fn to_vec(self) -> Vec<u16> {
        self.units().collect()
    }

    /// The text.
    ///
    /// # Errors
    /// A surrogate without the other one.
    pub fn to_text(self) -> Result<String, Malformed> {
        char::decode_utf16(self.units())
            .collect::<Result<_, _>>()
            .map_err(|_| Malformed)
    }

    /// The text, with a replacement character for what is none.
    pub fn to_text_lossy(self) -> String {
        char::decode_utf16(self.units())
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }

    /// Whether there is nothing.
    pub fn is_empty(self) -> bool {
        match self.0 {
            Source::Wire(bytes) => bytes.is_empty(),
            Source::Text(text) => text.is_empty(),
        }
    }

    /// Appends its bytes.
    pub(super) fn append_to(self, out: &mut Vec<u8>) {
        match self.0 {
            Source::Wire(bytes) => out.extend_from_slice(bytes),
            Source::Text(text) => out.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
        }
    }
}

impl<'a> From<&'a str> for Utf16<'a> {
    fn from(text: &'a str) -> Self {
        Self(Source::Text(text))
    }
}

impl Default for Utf16<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl PartialEq for Utf16<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.units().eq(other.units())
    }
}

impl Eq for Utf16<'_> {}

impl fmt::Debug for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_is_the_same_from_either_side(text: String) {
            let mut bytes = Vec::new();
            Utf16::from(text.as_str()).append_to(&mut bytes);
            let read = Utf16::from_bytes(&bytes).unwrap();
            prop_assert_eq!(read, Utf16::from(text.as_str()));
            prop_assert_eq!(read.is_empty(), text.is_empty());
            prop_assert_eq!(read.to_text(), Ok(text));
        }

        #[test]
        fn any_units_are_kept(units: Vec<u16>) {
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let read = Utf16::from_bytes(&bytes).unwrap();
            prop_assert_eq!(read.to_text().ok(), String::from_utf16(&units).ok());
            prop_assert_eq!(read.to_text_lossy(), String::from_utf16_lossy(&units));
            prop_assert_eq!(read.to_vec(), units);
        }
    }

    #[test]
    fn an_odd_number_of_bytes_is_no_text() {
        assert!(Utf16::from_bytes(&[1, 0, 2]).is_err());
    }
}
