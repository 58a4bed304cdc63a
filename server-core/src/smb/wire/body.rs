//! What all message bodies have in common: they read themselves from a message and append themselves to one.

use super::cursor::{Malformed, bytes_at};
use super::file_id::FileId;
use super::header::HEADER_SIZE;
use super::utf16::Utf16;
use super::writer::{Place, Writer};

/// The body of a request or a response.
pub trait Body<'a>: Sized {
    /// Its first field, which tells both sides that they mean the same structure.
    const STRUCTURE_SIZE: u16;

    /// Reads the body of `message`, which begins with its header: offsets count from there.
    ///
    /// # Errors
    /// Another StructureSize, or something reaches beyond the message.
    fn parse(message: &'a [u8]) -> Result<Self, Malformed>;

    /// Appends the body, StructureSize first. The header is there already, or has its room.
    fn encode(&self, out: &mut Writer<'_>);
}

/// Takes the fields of a structure one after the other.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// The fields of a body after its StructureSize.
    ///
    /// # Errors
    /// The StructureSize is not `structure_size`.
    pub fn of(message: &'a [u8], structure_size: u16) -> Result<Self, Malformed> {
        let mut fields = Self {
            message,
            at: HEADER_SIZE,
        };
        if fields.u16()? == structure_size {
            Ok(fields)
        } else {
            Err(Malformed)
        }
    }

    /// The fields of a structure that begins with `bytes`.
    pub fn over(bytes: &'a [u8]) -> Self {
        Self {
            message: bytes,
            at: 0,
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.bytes(N)?.try_into().map_err(|_| Malformed)
    }

    /// A byte.
    ///
    /// # Errors
    /// Beyond the message, as with all of these.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    /// A 16-bit number.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    /// A 32-bit number.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    /// A 64-bit number.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    /// A GUID or key.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn guid(&mut self) -> Result<[u8; 16], Malformed> {
        self.array()
    }

    /// A FileId.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn file_id(&mut self) -> Result<FileId, Malformed> {
        let id = FileId::parse(self.message, self.at)?;
        self.at += 16;
        Ok(id)
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let bytes = bytes_at(self.message, self.at, length)?;
        self.at += length;
        Ok(bytes)
    }

    /// Leaves out `length` reserved bytes.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn skip(&mut self, length: usize) -> Result<(), Malformed> {
        self.bytes(length).map(|_| ())
    }

    /// All that is left.
    pub fn rest(&self) -> &'a [u8] {
        self.message.get(self.at..).unwrap_or(&[])
    }

    /// What an offset and a length of this structure mean; the offset counts for nothing where there is nothing.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn range(&self, offset: impl Into<u32>, length: impl Into<u32>) -> Result<&'a [u8], Malformed> {
        let (offset, length) = (offset.into(), length.into());
        if length == 0 {
            return Ok(&[]);
        }
        let offset = usize::try_from(offset).map_err(|_| Malformed)?;
        bytes_at(
            self.message,
            offset,
            usize::try_from(length).map_err(|_| Malformed)?,
        )
    }

    /// The text that an offset and a length of this structure mean.
    ///
    /// # Errors
    /// Beyond the message, or an odd length.
    pub fn text(&self, offset: impl Into<u32>, length: impl Into<u32>) -> Result<Utf16<'a>, Malformed> {
        Utf16::from_bytes(self.range(offset, length)?)
    }
}

/// Reads entries that say where the next one begins ([MS-FSCC] 2.4): each has its NextEntryOffset taken already, on a
/// multiple of `align`.
///
/// # Errors
/// `entry` fails, or an entry leads nowhere.
pub(super) fn entries<'a, T>(
    list: &'a [u8],
    align: usize,
    entry: impl Fn(&mut Fields<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut entries = Vec::new();
    let mut left = list;
    while !left.is_empty() {
        let mut fields = Fields::over(left);
        let next = fields.u32()? as usize;
        entries.push(entry(&mut fields)?);
        if next == 0 {
            break;
        }
        left = left.get(next..).ok_or(Malformed)?;
        if left.is_empty() || !next.is_multiple_of(align) {
            return Err(Malformed);
        }
    }
    Ok(entries)
}

/// Appends such entries, from `out`'s beginning on.
pub(super) fn encode_entries<T>(
    entries: impl IntoIterator<Item = T>,
    align: usize,
    out: &mut Writer<'_>,
    encode: impl Fn(&T, &mut Writer<'_>),
) {
    let mut last: Option<(Place, usize)> = None;
    for entry in entries {
        if let Some((next_entry_offset, begin)) = last {
            out.pad(align);
            let distance = out.position() - begin;
            out.set(next_entry_offset, distance);
        }
        let begin = out.position();
        last = Some((out.place32(), begin));
        encode(&entry, out);
    }
}

/// A body of four bytes, of which two are reserved: there is nothing to say.
macro_rules! plain_body {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name;

        impl $crate::smb::wire::body::Body<'_> for $name {
            const STRUCTURE_SIZE: u16 = 4;

            fn parse(message: &[u8]) -> Result<Self, $crate::smb::wire::cursor::Malformed> {
                let mut fields = $crate::smb::wire::body::Fields::of(message, Self::STRUCTURE_SIZE)?;
                fields.skip(2)?;
                Ok(Self)
            }

            fn encode(&self, out: &mut $crate::smb::wire::writer::Writer<'_>) {
                out.u16(Self::STRUCTURE_SIZE);
                out.u16(0);
            }
        }
    };
}

pub(super) use plain_body;
