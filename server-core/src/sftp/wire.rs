//! SFTP packets (draft-ietf-secsh-filexfer-02, sections 3 to 7): a bounded reader over a received packet, and a
//! writer of replies. Names are bytes: they need not be UTF-8. Sans-I/O.

use russh_sftp::protocol::{FileAttr, StatusCode};
use thiserror::Error;

/// Packet types.
pub(super) mod packet {
    pub(crate) const INIT: u8 = 1;
    pub(crate) const VERSION: u8 = 2;
    pub(crate) const OPEN: u8 = 3;
    pub(crate) const CLOSE: u8 = 4;
    pub(crate) const READ: u8 = 5;
    pub(crate) const WRITE: u8 = 6;
    pub(crate) const LSTAT: u8 = 7;
    pub(crate) const FSTAT: u8 = 8;
    pub(crate) const SETSTAT: u8 = 9;
    pub(crate) const FSETSTAT: u8 = 10;
    pub(crate) const OPENDIR: u8 = 11;
    pub(crate) const READDIR: u8 = 12;
    pub(crate) const REMOVE: u8 = 13;
    pub(crate) const MKDIR: u8 = 14;
    pub(crate) const RMDIR: u8 = 15;
    pub(crate) const REALPATH: u8 = 16;
    pub(crate) const STAT: u8 = 17;
    pub(crate) const RENAME: u8 = 18;
    pub(crate) const READLINK: u8 = 19;
    pub(crate) const SYMLINK: u8 = 20;
    pub(crate) const STATUS: u8 = 101;
    pub(crate) const HANDLE: u8 = 102;
    pub(crate) const DATA: u8 = 103;
    pub(crate) const NAME: u8 = 104;
    pub(crate) const ATTRS: u8 = 105;
    pub(crate) const EXTENDED: u8 = 200;
    pub(crate) const EXTENDED_REPLY: u8 = 201;
}

/// A packet that breaks its own lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("malformed packet")]
pub(super) struct Malformed;

/// Reads a packet's fields in order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(packet: &'a [u8]) -> Self {
        Self(packet)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        self.take().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        self.take().map(u64::from_be_bytes)
    }

    pub(super) fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u32()? as usize;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn attributes(&mut self) -> Result<Attributes, Malformed> {
        let flags = FileAttr::from_bits_retain(self.u32()?);
        let mut attributes = Attributes::default();
        if flags.contains(FileAttr::SIZE) {
            attributes.size = Some(self.u64()?);
        }
        if flags.contains(FileAttr::UIDGID) {
            attributes.owner = Some((self.u32()?, self.u32()?));
        }
        if flags.contains(FileAttr::PERMISSIONS) {
            attributes.permissions = Some(self.u32()?);
        }
        if flags.contains(FileAttr::ACMODTIME) {
            attributes.times = Some((self.u32()?, self.u32()?));
        }
        if flags.contains(FileAttr::EXTENDED) {
            for _ in 0..self.u32()? {
                self.string()?;
                self.string()?;
            }
        }
        Ok(attributes)
    }
}

/// File attributes (section 5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) size: Option<u64>,
    /// uid and gid.
    pub(super) owner: Option<(u32, u32)>,
    pub(super) permissions: Option<u32>,
    /// Access and modification, seconds since 1970.
    pub(super) times: Option<(u32, u32)>,
}

/// Replies under construction, one packet after the other.
#[derive(Debug, Default)]
pub(super) struct Replies {
    pub(super) bytes: Vec<u8>,
    start: usize,
}

impl Replies {
    /// Begins a packet.
    pub(super) fn begin(&mut self, kind: u8) {
        self.start = self.bytes.len();
        self.bytes.extend_from_slice(&[0, 0, 0, 0, kind]);
    }

    /// Ends it: its length is known now.
    pub(super) fn end(&mut self) {
        let length = u32::try_from(self.bytes.len() - self.start - 4).unwrap_or(0);
        self.bytes[self.start..self.start + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// Takes back the packet begun last.
    pub(super) fn take_back(&mut self) {
        self.bytes.truncate(self.start);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn string(&mut self, bytes: &[u8]) {
        self.u32(u32::try_from(bytes.len()).unwrap_or(0));
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn attributes(&mut self, attributes: &Attributes) {
        let mut flags = FileAttr::empty();
        flags.set(FileAttr::SIZE, attributes.size.is_some());
        flags.set(FileAttr::UIDGID, attributes.owner.is_some());
        flags.set(FileAttr::PERMISSIONS, attributes.permissions.is_some());
        flags.set(FileAttr::ACMODTIME, attributes.times.is_some());
        self.u32(flags.bits());
        if let Some(size) = attributes.size {
            self.u64(size);
        }
        for (a, b) in [attributes.owner].into_iter().flatten() {
            self.u32(a);
            self.u32(b);
        }
        if let Some(permissions) = attributes.permissions {
            self.u32(permissions);
        }
        if let Some((accessed, modified)) = attributes.times {
            self.u32(accessed);
            self.u32(modified);
        }
    }

    /// A whole STATUS packet.
    pub(super) fn status(&mut self, id: u32, code: StatusCode, message: &str) {
        self.begin(packet::STATUS);
        self.u32(id);
        self.u32(code as u32);
        self.string(message.as_bytes());
        self.string(b"en");
        self.end();
    }

    /// A whole HANDLE packet.
    pub(super) fn handle(&mut self, id: u32, handle: u32) {
        self.begin(packet::HANDLE);
        self.u32(id);
        self.string(&handle.to_be_bytes());
        self.end();
    }

    /// A whole ATTRS packet.
    pub(super) fn attrs(&mut self, id: u32, attributes: &Attributes) {
        self.begin(packet::ATTRS);
        self.u32(id);
        self.attributes(attributes);
        self.end();
    }

    /// A whole NAME packet with one name and no attributes (REALPATH, READLINK).
    pub(super) fn name(&mut self, id: u32, name: &[u8]) {
        self.begin(packet::NAME);
        self.u32(id);
        self.u32(1);
        self.string(name);
        self.string(name);
        self.attributes(&Attributes::default());
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn attributes_survive_the_round_trip(
            size: Option<u64>, owner: Option<(u32, u32)>, permissions: Option<u32>, times: Option<(u32, u32)>
        ) {
            let attributes = Attributes { size, owner, permissions, times };
            let mut replies = Replies::default();
            replies.attributes(&attributes);
            prop_assert_eq!(Reader::new(&replies.bytes).attributes(), Ok(attributes));
        }

        #[test]
        fn fields_survive_the_round_trip(number: u32, long: u64, text in proptest::collection::vec(any::<u8>(), 0..50)) {
            let mut replies = Replies::default();
            replies.u32(number);
            replies.string(&text);
            replies.u64(long);
            let mut reader = Reader::new(&replies.bytes);
            prop_assert_eq!((reader.u32(), reader.string(), reader.u64()), (Ok(number), Ok(text.as_slice()), Ok(long)));
            prop_assert!(reader.u8().is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut reader = Reader::new(&bytes);
            while reader.attributes().is_ok() && reader.string().is_ok() {}
        }
    }
}
