//! CREATE ([MS-SMB2] 2.2.13, 2.2.14) and its contexts.

use crate::vfs::LeaseState;

use super::cursor::{Malformed, bytes_at, pad_to, u16_at, u32_at, utf16_at};

const BODY: usize = 64;
/// More contexts than any client sends.
const MAX_CONTEXTS: usize = 64;

/// A CREATE request.
#[derive(Debug)]
pub struct CreateRequest<'a> {
    /// Oplock level asked for.
    pub oplock_level: u8,
    /// 0 to 3.
    pub impersonation_level: u32,
    /// ACCESS_MASK.
    pub desired_access: u32,
    /// FILE_ATTRIBUTE_*.
    pub file_attributes: u32,
    /// FILE_SHARE_*.
    pub share_access: u32,
    /// FILE_SUPERSEDE to FILE_OVERWRITE_IF.
    pub disposition: u32,
    /// FILE_* options.
    pub options: u32,
    /// The name.
    pub name: Vec<u16>,
    /// Contexts in the client's order.
    pub contexts: Vec<CreateContext<'a>>,
}

/// A create context ([MS-SMB2] 2.2.13.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateContext<'a> {
    /// Four letters or a GUID.
    pub name: &'a [u8],
    /// What it says.
    pub data: &'a [u8],
}

impl<'a> CreateRequest<'a> {
    /// Parses the message.
    ///
    /// # Errors
    /// Malformed.
    pub fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        if u16_at(message, BODY)? != 57 {
            return Err(Malformed);
        }
        let name_offset = usize::from(u16_at(message, BODY + 44)?);
        let name_length = usize::from(u16_at(message, BODY + 46)?);
        let name = if name_length == 0 {
            Vec::new()
        } else {
            utf16_at(message, name_offset, name_length)?
        };
        let contexts_offset = u32_at(message, BODY + 48)? as usize;
        let contexts_length = u32_at(message, BODY + 52)? as usize;
        let contexts = if contexts_length == 0 {
            Vec::new()
        } else {
            parse_contexts(bytes_at(message, contexts_offset, contexts_length)?)?
        };
        Ok(Self {
            oplock_level: *message.get(BODY + 3).ok_or(Malformed)?,
            impersonation_level: u32_at(message, BODY + 4)?,
            desired_access: u32_at(message, BODY + 24)?,
            file_attributes: u32_at(message, BODY + 28)?,
            share_access: u32_at(message, BODY + 32)?,
            disposition: u32_at(message, BODY + 36)?,
            options: u32_at(message, BODY + 40)?,
            name,
            contexts,
        })
    }

    /// The context of a name.
    pub fn context(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.contexts
            .iter()
            .find(|context| context.name == name)
            .map(|context| context.data)
    }
}

fn parse_contexts(mut list: &[u8]) -> Result<Vec<CreateContext<'_>>, Malformed> {
    let mut contexts = Vec::new();
    loop {
        let next = u32_at(list, 0)? as usize;
        let data_offset = usize::from(u16_at(list, 10)?);
        let data_length = u32_at(list, 12)? as usize;
        let this = if next == 0 {
            list
        } else {
            list.get(..next).ok_or(Malformed)?
        };
        contexts.push(CreateContext {
            name: bytes_at(this, usize::from(u16_at(list, 4)?), usize::from(u16_at(list, 6)?))?,
            data: if data_length == 0 {
                &[]
            } else {
                bytes_at(this, data_offset, data_length)?
            },
        });
        if next == 0 {
            return Ok(contexts);
        }
        if next < 16 || !next.is_multiple_of(8) || contexts.len() == MAX_CONTEXTS {
            return Err(Malformed);
        }
        list = list.get(next..).ok_or(Malformed)?;
    }
}

/// OplockLevel values ([MS-SMB2] 2.2.13).
const LEVEL_II: u8 = 1;
const EXCLUSIVE: u8 = 8;
const BATCH: u8 = 9;

/// What an oplock level lets a client cache; `None` for a level that is not defined, or a lease.
pub fn oplock_caching(level: u8) -> Option<LeaseState> {
    match level {
        0 => Some(LeaseState::empty()),
        LEVEL_II => Some(LeaseState::READ),
        EXCLUSIVE => Some(LeaseState::READ | LeaseState::WRITE),
        BATCH => Some(LeaseState::all()),
        _ => None,
    }
}

/// The oplock level of what a client may cache.
pub fn oplock_level(caching: LeaseState) -> u8 {
    if caching == LeaseState::all() {
        BATCH
    } else if caching == LeaseState::READ | LeaseState::WRITE {
        EXCLUSIVE
    } else if caching.contains(LeaseState::READ) {
        LEVEL_II
    } else {
        0
    }
}

/// Appends contexts; gives where they begin (from `start`) and their length, zero for none.
pub fn encode_contexts(out: &mut Vec<u8>, start: usize, contexts: &[(&[u8; 4], Vec<u8>)]) -> (u32, u32) {
    if contexts.is_empty() {
        return (0, 0);
    }
    pad_to(out, start, 8);
    let begin = out.len();
    let mut last = begin;
    for (position, (name, data)) in contexts.iter().enumerate() {
        if position > 0 {
            pad_to(out, begin, 8);
            let next = u32::try_from(out.len() - last).unwrap_or(0);
            out[last..last + 4].copy_from_slice(&next.to_le_bytes());
            last = out.len();
        }
        out.extend_from_slice(&0u32.to_le_bytes());
        for value in [16u16, 4, 0, 24] {
            out.extend_from_slice(&value.to_le_bytes());
        }
        out.extend_from_slice(&u32::try_from(data.len()).unwrap_or(0).to_le_bytes());
        out.extend_from_slice(*name);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(data);
    }
    (
        u32::try_from(begin - start).unwrap_or(0),
        u32::try_from(out.len() - begin).unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contexts_survive_the_round_trip() {
        let mut out = vec![0; 3];
        let (offset, length) = encode_contexts(&mut out, 3, &[(b"MxAc", vec![1; 8]), (b"QFid", vec![2; 32])]);
        let list = &out[3 + offset as usize..][..length as usize];
        let parsed = parse_contexts(list).unwrap();
        assert_eq!(
            parsed[0],
            CreateContext {
                name: b"MxAc",
                data: &[1; 8]
            }
        );
        assert_eq!(
            parsed[1],
            CreateContext {
                name: b"QFid",
                data: &[2; 32]
            }
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_contexts(&bytes);
            let mut message = vec![0; 64];
            message.extend_from_slice(&57u16.to_le_bytes());
            message.extend_from_slice(&bytes);
            let _ = CreateRequest::parse(&message);
        }
    }
}
