//! Share modes ([MS-FSA] 2.1.5.1.2.2): what the opens of one stream do and refuse, counted, so that a newcomer is
//! judged without looking at each of them.

use crate::security::AccessMask;
use crate::vfs::request::ShareMode;

const READS: AccessMask = AccessMask::READ_DATA.union(AccessMask::EXECUTE);
const WRITES: AccessMask = AccessMask::WRITE_DATA.union(AccessMask::APPEND_DATA);
const DELETES: AccessMask = AccessMask::DELETE;
const HARMLESS: AccessMask = AccessMask::READ_ATTRIBUTES
    .union(AccessMask::WRITE_ATTRIBUTES)
    .union(AccessMask::SYNCHRONIZE);
/// Each kind of access, and what must be shared for it.
const KINDS: [(AccessMask, ShareMode); 3] = [
    (READS, ShareMode::READ),
    (WRITES, ShareMode::WRITE),
    (DELETES, ShareMode::DELETE),
];

/// What one open does and lets others do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sharing {
    pub(crate) access: AccessMask,
    pub(crate) share_mode: ShareMode,
}

impl Sharing {
    /// An open for attributes alone takes no part in sharing ([MS-FSA] 2.1.5.1.2).
    fn takes_part(self) -> bool {
        self.access.intersects(READS | WRITES | DELETES)
    }

    /// It looks at the file or changes what is known of it, never the content: nobody's cache is in its way.
    pub(super) fn only_looks(self) -> bool {
        HARMLESS.contains(self.access)
    }

    /// The same for leases, in whose way the security descriptor's readers are not either.
    pub(super) fn only_inspects(self) -> bool {
        HARMLESS.union(AccessMask::READ_CONTROL).contains(self.access)
    }
}

/// The opens of one stream, counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sharers {
    /// All of them.
    pub(super) opens: usize,
    /// Those that do more than look.
    pub(super) active: usize,
    /// Those that do more than inspect.
    pub(super) active_for_leases: usize,
    /// Those that read, write, delete.
    doing: [usize; 3],
    /// Those that keep others from it.
    refusing: [usize; 3],
}

impl Sharers {
    pub(super) fn add(&mut self, open: Sharing) {
        self.count(open, |count| *count += 1);
    }

    pub(super) fn remove(&mut self, open: Sharing) {
        self.count(open, |count| *count = count.saturating_sub(1));
    }

    fn count(&mut self, open: Sharing, change: impl Fn(&mut usize)) {
        change(&mut self.opens);
        if !open.only_looks() {
            change(&mut self.active);
        }
        if !open.only_inspects() {
            change(&mut self.active_for_leases);
        }
        if !open.takes_part() {
            return;
        }
        for (kind, (access, share)) in KINDS.into_iter().enumerate() {
            if open.access.intersects(access) {
                change(&mut self.doing[kind]);
            }
            if !open.share_mode.contains(share) {
                change(&mut self.refusing[kind]);
            }
        }
    }

    /// Whether one more contradicts one of those that are there.
    pub(super) fn conflict_with(&self, open: Sharing) -> bool {
        open.takes_part()
            && KINDS.into_iter().enumerate().any(|(kind, (access, share))| {
                self.doing[kind] > 0 && !open.share_mode.contains(share)
                    || self.refusing[kind] > 0 && open.access.intersects(access)
            })
    }

    /// Whether someone keeps others from deleting or renaming.
    pub(super) fn refuse_deletion(&self) -> bool {
        self.refusing[2] > 0
    }
}
