//! Changes that do not come through an open: programs on this computer write to shared files as to any other.

use std::time::Instant;

use super::{Machine, StreamKey};
use crate::vfs::info::FileKey;

impl Machine {
    /// Somebody else changed the content of a file, or took its last name. It has happened: nobody waits for anybody, and
    /// whoever cached something of it is to forget all of it, after writing what it still has to.
    pub(crate) fn changed_by_stranger(&mut self, now: Instant, file: FileKey) {
        let key = StreamKey::content(file);
        let Some(stream) = self.stream_mut(&key) else {
            return;
        };
        let mut steps = Vec::new();
        if stream.leases.changed_by_stranger(now, &mut steps) {
            stream.shared.changed_under_writer(true);
        }
        self.settle(&key, steps);
    }
}
