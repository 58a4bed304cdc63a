//! The list of contexts of a CREATE ([MS-SMB2] 2.2.13.2), as it stands in a message and as it is made.

use std::fmt;

use super::body::Fields;
use super::cursor::{Malformed, bytes_at};
use super::writer::Writer;

/// More contexts than any client sends.
const MAX_CONTEXTS: usize = 64;
/// Bytes of a context before its name.
const HEAD: usize = 16;

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

    /// The first of a name.
    pub fn get(&self, name: &[u8]) -> Option<CreateContext<'a>> {
        self.iter().find(|context| context.name == name)
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
