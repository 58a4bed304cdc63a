//! Reading what is in memory already, and nothing else (Linux, `RWF_NOWAIT`). The one place where the vector's room is
//! given to the kernel by address: rustix has this call for initialised memory only, and clearing the room of a large
//! READ costs a third of reading it.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// What came of it.
pub(super) enum Cached {
    /// So many bytes; 0 at the end of the file.
    Read(usize),
    /// The next byte is not in memory.
    NotHere,
    /// This file system can't tell.
    Unknown,
}

/// Appends at most `length` bytes from `offset` on to `out`, as far as they are in memory.
pub(super) fn read_cached(file: &File, offset: u64, length: usize, out: &mut Vec<u8>) -> io::Result<Cached> {
    out.reserve(length);
    let room = out.spare_capacity_mut();
    let part = libc::iovec {
        iov_base: room.as_mut_ptr().cast(),
        iov_len: length.min(room.len()),
    };
    let Ok(offset) = libc::off64_t::try_from(offset) else {
        return Ok(Cached::Read(0));
    };
    // SAFETY: `part` names room that this vector owns and nobody else refers to during the call, which writes no
    // more than `iov_len` bytes to it; the file is open for as long as it is borrowed.
    let count = unsafe { libc::preadv64v2(file.as_raw_fd(), &raw const part, 1, offset, libc::RWF_NOWAIT) };
    match usize::try_from(count) {
        Ok(count) => {
            // SAFETY: the kernel has filled the first `count` bytes of the room, and `count` is at most its length.
            unsafe { out.set_len(out.len() + count) };
            Ok(Cached::Read(count))
        }
        Err(_) => {
            let error = io::Error::last_os_error();
            match error.raw_os_error() {
                Some(libc::EAGAIN) => Ok(Cached::NotHere),
                Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL) => Ok(Cached::Unknown),
                Some(libc::EINTR) => Ok(Cached::NotHere),
                _ => Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_just_written_is_in_memory_or_nobody_can_tell() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"content").unwrap();
        let mut out = b"before ".to_vec();
        let file = File::open(&path).unwrap();
        match read_cached(&file, 0, 100, &mut out).unwrap() {
            Cached::Read(7) => assert_eq!(out, b"before content"),
            Cached::Unknown => assert_eq!(out, b"before "),
            Cached::Read(other) => panic!("{other} bytes"),
            Cached::NotHere => panic!("it was written just now"),
        }
        assert!(!matches!(
            read_cached(&file, u64::MAX, 1, &mut out).unwrap(),
            Cached::NotHere
        ));
    }
}
