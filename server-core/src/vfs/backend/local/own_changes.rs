//! Which changes of a watched file are ours. inotify tells of all alike and merges what follows on each other, so that
//! counting them is no use: what the file looks like is compared with how the last change of ours left it.
//!
//! Between two changes of ours that follow at once, a stranger's is seen by the size alone.

use super::super::watch::SizeAfter;

/// How a file looked. Not the time of its last change of any kind: renames and permissions move that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) size: u64,
    /// Seconds and nanoseconds.
    pub(super) modified: (i64, i64),
    /// It has no name any more. Most editors write another file and rename it over the old one.
    pub(super) nameless: bool,
}

/// What we did to a file, and how it looked afterwards.
#[derive(Debug)]
pub(super) struct OwnChanges {
    under_way: usize,
    /// Some of those under way began before others ended.
    overlapped: bool,
    /// The size that ours come to, where that can be known.
    size: Option<u64>,
    seen: Stamp,
}

impl OwnChanges {
    pub(super) fn new(seen: Stamp) -> Self {
        Self {
            under_way: 0,
            overlapped: false,
            size: None,
            seen,
        }
    }

    pub(super) fn begins(&mut self) {
        if self.under_way == 0 {
            self.size = Some(self.seen.size);
        }
        self.overlapped = self.under_way > 0;
        self.under_way += 1;
    }

    /// One has ended. True when none is under way any more: the file is to be looked at, for [`settled`](Self::settled).
    pub(super) fn ends(&mut self, size: SizeAfter) -> bool {
        self.under_way = self.under_way.saturating_sub(1);
        self.size = match size {
            SizeAfter::AtLeast(end) => self.size.map(|size| size.max(end)),
            // Which of several came last, nobody knows.
            SizeAfter::Exactly(size) => Some(size).filter(|_| !self.overlapped && self.under_way == 0),
            SizeAfter::Unknown => None,
        };
        self.under_way == 0
    }

    /// How ours left the file. True when somebody else changed it at the same time.
    pub(super) fn settled(&mut self, now: Stamp) -> bool {
        let resized = self.size.is_some_and(|size| size != now.size);
        let strange = resized || now.nameless != self.seen.nameless;
        self.seen = now;
        self.overlapped = false;
        strange
    }

    /// The file is looked at because something happened to it. True when that was not us.
    pub(super) fn differs(&mut self, now: Stamp) -> bool {
        // It is looked at when ours have ended, and what they have left can't be told from what happens meanwhile.
        let strange = self.under_way == 0 && now != self.seen;
        if self.under_way == 0 {
            self.seen = now;
        }
        strange
    }

    pub(super) fn any_under_way(&self) -> bool {
        self.under_way > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Stamp = Stamp {
        size: 10,
        modified: (1, 0),
        nameless: false,
    };

    fn stamp(size: u64, seconds: i64) -> Stamp {
        Stamp {
            size,
            modified: (seconds, 0),
            ..OLD
        }
    }

    #[test]
    fn what_we_wrote_is_ours_however_late_it_is_heard_of() {
        let mut ours = OwnChanges::new(OLD);
        ours.begins();
        assert!(!ours.differs(stamp(12, 2)), "it is under way");
        assert!(ours.ends(SizeAfter::AtLeast(15)));
        assert!(!ours.settled(stamp(15, 3)));
        assert!(!ours.differs(stamp(15, 3)));
        assert!(ours.differs(stamp(15, 4)), "that was somebody else");
        assert!(!ours.differs(stamp(15, 4)), "it is told once");
    }

    #[test]
    fn what_a_stranger_appends_while_we_write_is_seen_by_the_size() {
        let mut ours = OwnChanges::new(OLD);
        ours.begins();
        ours.ends(SizeAfter::AtLeast(4));
        assert!(ours.settled(stamp(11, 2)));
        ours.begins();
        ours.ends(SizeAfter::Exactly(3));
        assert!(!ours.settled(stamp(3, 3)));
    }

    #[test]
    fn what_several_of_ours_come_to_is_known_only_if_they_only_add() {
        let mut ours = OwnChanges::new(OLD);
        for order in [
            [SizeAfter::AtLeast(20), SizeAfter::Exactly(5)],
            [SizeAfter::Exactly(5), SizeAfter::AtLeast(20)],
        ] {
            ours.begins();
            ours.begins();
            assert!(!ours.ends(order[0]));
            assert!(ours.ends(order[1]));
            assert!(!ours.settled(stamp(20, 2)));
        }
        ours.begins();
        ours.begins();
        ours.ends(SizeAfter::AtLeast(30));
        ours.ends(SizeAfter::AtLeast(25));
        assert!(ours.settled(stamp(31, 3)));
        ours.begins();
        ours.ends(SizeAfter::Unknown);
        assert!(!ours.settled(stamp(1, 4)));
    }

    #[test]
    fn a_name_that_somebody_takes_is_a_change() {
        let mut ours = OwnChanges::new(OLD);
        let nameless = Stamp {
            nameless: true,
            ..OLD
        };
        assert!(ours.differs(nameless));
        assert!(!ours.differs(nameless));
    }
}
