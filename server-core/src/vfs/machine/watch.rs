//! What happened in one folder, kept once for all who watch it until each of them was told ([MS-FSA] 2.1.5.11 and
//! 2.1.4.1). Values in, values out: what an event costs does not depend on how many watch.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::OpenId;
use super::changes::{Change, ChangeAction, Changes, NotifyFilter};
use crate::live::{LimitKind, LimitReached, Taken, Usage};

/// The room that one change takes in an answer, besides its name.
const ENTRY: usize = 12;
/// Bytes of answers that are kept of one folder: what fills one, and as much for those with another filter.
const ROOM: usize = 128 << 10;

/// Others who watch a folder and are asked whether they have room for what its payer has none for.
const MOST_ASKED: usize = 16;

/// What happened in a folder and was not told to everyone.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    /// The number of the first of them.
    first: u64,
    /// Bytes of an answer with all of them.
    answer: usize,
    readers: HashMap<OpenId, Reader>,
    /// How many readers are to be told of the entry with this number next. Those who have lost some are not counted.
    places: BTreeMap<u64, usize>,
    /// What any reader wants to hear of.
    filter: NotifyFilter,
    /// The memory, charged to one of the readers.
    charge: Option<Taken>,
    payer: OpenId,
    folder_goes: bool,
}

#[derive(Debug)]
struct Entry {
    change: Change,
    filter: NotifyFilter,
}

/// Someone who watches.
#[derive(Debug)]
pub(crate) struct Reader {
    /// The number of the first entry that it was not told of.
    next: u64,
    /// Bytes of an answer that are kept for it at most.
    room: usize,
    filter: NotifyFilter,
    usage: Arc<Usage>,
}

impl Entry {
    fn in_answer(&self) -> usize {
        ENTRY + (2 * self.change.name.encode_utf16().count()).next_multiple_of(4)
    }

    fn in_memory(&self) -> u64 {
        (size_of::<Self>() + self.change.name.len()) as u64
    }
}

impl Log {
    /// Somebody watches from now on.
    pub(crate) fn enter(&mut self, open: OpenId, filter: NotifyFilter, room: usize, usage: &Arc<Usage>) {
        if self.readers.is_empty() {
            self.payer = open;
        }
        let next = self.end();
        self.filter |= filter;
        *self.places.entry(next).or_default() += 1;
        let usage = Arc::clone(usage);
        let reader = Reader {
            next,
            room,
            filter,
            usage,
        };
        self.readers.insert(open, reader);
    }

    /// Somebody watches no more; true when nobody is left.
    pub(crate) fn leave(&mut self, open: OpenId) -> bool {
        let Some(reader) = self.readers.remove(&open) else {
            return self.readers.is_empty();
        };
        self.left(reader.next);
        if self.payer == open
            && let Some((next, payer)) = self.readers.iter().next()
        {
            self.payer = *next;
            if !Arc::ptr_eq(&payer.usage, &reader.usage) {
                self.charge_anew();
            }
        }
        self.forget_the_told();
        self.readers.is_empty()
    }

    /// The folder is going to be deleted: nothing else matters.
    pub(crate) fn folder_goes(&mut self) {
        self.folder_goes = true;
    }

    /// Keeps what happened, or the fact that it was one too many; whether there is news for somebody.
    pub(crate) fn keep(&mut self, action: ChangeAction, name: &str, filter: NotifyFilter) -> bool {
        if !self.filter.intersects(filter) || self.is_known(action, name, filter) {
            return false;
        }
        let change = Change {
            action,
            name: name.to_owned(),
        };
        let entry = Entry { change, filter };
        if self.charge(entry.in_memory()).is_err() && !self.charge_another(entry.in_memory()) {
            self.lose_all();
            return true;
        }
        self.answer += entry.in_answer();
        self.entries.push_back(entry);
        while self.answer > ROOM {
            self.pop();
        }
        true
    }

    /// What there is to tell somebody.
    pub(crate) fn take(&mut self, open: OpenId) -> Option<Changes> {
        let end = self.end();
        let reader = self.readers.get_mut(&open)?;
        if self.folder_goes {
            return Some(Changes::FolderGoes);
        }
        let before = std::mem::replace(&mut reader.next, end);
        let told = match usize::try_from(before.wrapping_sub(self.first)) {
            Ok(skip) if before >= self.first => reader.told(self.entries.iter().skip(skip)),
            _ => Some(Changes::TooMany),
        };
        if before != end {
            self.left(before);
            *self.places.entry(end).or_default() += 1;
            self.forget_the_told();
        }
        told
    }

    /// The number of what happens next.
    fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Whether it was the last thing that happened, and nobody was told of that yet.
    fn is_known(&self, action: ChangeAction, name: &str, filter: NotifyFilter) -> bool {
        let told = self.places.contains_key(&self.end());
        let again = |last: &Entry| {
            action == ChangeAction::Modified
                && last.change.action == action
                && last.change.name == name
                && last.filter.contains(filter)
        };
        !told && self.entries.back().is_some_and(again)
    }

    fn charge(&mut self, bytes: u64) -> Result<(), LimitReached> {
        if let Some(charge) = &mut self.charge {
            return charge.add(bytes);
        }
        let payer = self.readers.get(&self.payer).ok_or(LimitReached)?;
        self.charge = Some(payer.usage.take(LimitKind::WatchedBytes, bytes)?);
        Ok(())
    }

    fn charge_anew(&mut self) {
        let bytes = self.charge.take().map_or(0, |charge| charge.amount());
        if bytes > 0 && self.charge(bytes).is_err() && !self.charge_another(bytes) {
            self.lose_all();
        }
    }

    /// Charges what is kept, and more, to another of those who watch, because its payer has used up what is theirs
    /// elsewhere; false when none has room for it either.
    fn charge_another(&mut self, more: u64) -> bool {
        let bytes = more + self.charge.as_ref().map_or(0, Taken::amount);
        let mut tried: Vec<*const Usage> = Vec::new();
        tried.extend(
            self.readers
                .get(&self.payer)
                .map(|payer| Arc::as_ptr(&payer.usage)),
        );
        for (open, reader) in &self.readers {
            let usage = Arc::as_ptr(&reader.usage);
            if tried.contains(&usage) {
                continue;
            }
            if tried.len() > MOST_ASKED {
                break;
            }
            if let Ok(charge) = reader.usage.take(LimitKind::WatchedBytes, bytes) {
                self.payer = *open;
                self.charge = Some(charge);
                return true;
            }
            tried.push(usage);
        }
        false
    }

    /// Nobody is told what happened up to now, and of something that is not here: only that it was too much.
    pub(crate) fn lose_all(&mut self) {
        self.first = self.end() + 1;
        self.entries.clear();
        self.places.clear();
        self.answer = 0;
        self.charge = None;
    }

    fn pop(&mut self) {
        let Some(entry) = self.entries.pop_front() else {
            return;
        };
        self.answer -= entry.in_answer();
        if let Some(charge) = &mut self.charge {
            charge.give_back(entry.in_memory());
        }
        self.places.remove(&self.first);
        self.first += 1;
    }

    /// A reader is no longer at a place.
    fn left(&mut self, place: u64) {
        if let Some(here) = self.places.get_mut(&place) {
            *here -= 1;
            if *here == 0 {
                self.places.remove(&place);
            }
        }
    }

    fn forget_the_told(&mut self) {
        let next = self
            .places
            .first_key_value()
            .map_or(self.end(), |(next, _)| *next);
        while self.first < next && !self.entries.is_empty() {
            self.pop();
        }
        if self.entries.is_empty() {
            self.charge = None;
        }
    }
}

impl Reader {
    /// What it wants to hear of these.
    fn told<'e>(&self, entries: impl Iterator<Item = &'e Entry>) -> Option<Changes> {
        let mut changes: Vec<Change> = Vec::new();
        let mut answer = 0;
        for entry in entries.filter(|entry| self.filter.intersects(entry.filter)) {
            let again =
                entry.change.action == ChangeAction::Modified && changes.last() == Some(&entry.change);
            if again {
                continue;
            }
            answer += entry.in_answer();
            if answer > self.room {
                return Some(Changes::TooMany);
            }
            changes.push(entry.change.clone());
        }
        (!changes.is_empty()).then_some(Changes::These(changes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{Consumer, Limits};

    fn limits(bytes: u64, each: u64) -> Limits {
        let limits = Limits::default();
        limits.of(LimitKind::WatchedBytes).set(bytes, Some(each));
        limits
    }

    fn usage(limits: &Limits, id: i64) -> Arc<Usage> {
        limits.usage(Consumer::Person(id), "somebody")
    }

    fn added(log: &mut Log, name: &str) -> bool {
        log.keep(ChangeAction::Added, name, NotifyFilter::FILE_NAME)
    }

    fn names(log: &mut Log, open: OpenId) -> Vec<String> {
        match log.take(open) {
            Some(Changes::These(changes)) => changes.into_iter().map(|change| change.name).collect(),
            None => Vec::new(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_thousand_who_watch_keep_one_list_and_each_is_told_all_of_it_once() {
        let limits = limits(1 << 20, 1 << 20);
        let alice = usage(&limits, 1);
        let mut log = Log::default();
        for open in 0..1000 {
            log.enter(open, NotifyFilter::all(), 4096, &alice);
        }
        for name in ["a", "b"] {
            added(&mut log, name);
        }
        let kept = alice.used(LimitKind::WatchedBytes);
        assert!(kept > 0 && kept < 1000, "{kept}");
        for open in 0..999 {
            assert_eq!(names(&mut log, open), ["a", "b"]);
            assert_eq!(log.take(open), None);
        }
        added(&mut log, "c");
        assert_eq!(names(&mut log, 999), ["a", "b", "c"]);
        assert_eq!(names(&mut log, 0), ["c"]);
        for open in 0..1000 {
            assert_eq!(log.leave(open), open == 999);
        }
        assert_eq!(alice.used(LimitKind::WatchedBytes), 0);
    }

    #[test]
    fn who_has_used_up_what_is_theirs_elsewhere_takes_nothing_from_others() {
        let limits = limits(1 << 20, 300);
        let (alice, bob) = (usage(&limits, 1), usage(&limits, 2));
        let mut log = Log::default();
        log.enter(1, NotifyFilter::all(), 4096, &alice);
        log.enter(2, NotifyFilter::all(), 4096, &bob);
        added(&mut log, "a");
        let left = 300 - alice.used(LimitKind::WatchedBytes);
        let elsewhere = alice.take(LimitKind::WatchedBytes, left).unwrap();
        added(&mut log, "b");
        assert_eq!(names(&mut log, 2), ["a", "b"]);
        assert_eq!(names(&mut log, 1), ["a", "b"]);
        assert_eq!(alice.used(LimitKind::WatchedBytes), left);
        let alices = alice.take(LimitKind::WatchedBytes, 300 - left).unwrap();
        let bobs = bob.take(LimitKind::WatchedBytes, 300).unwrap();
        added(&mut log, "c");
        assert_eq!(log.take(2), Some(Changes::TooMany));
        drop((elsewhere, alices, bobs));
        log.leave(1);
        added(&mut log, "d");
        assert_eq!(names(&mut log, 2), ["d"]);
    }

    #[test]
    fn each_is_told_what_it_asked_for_and_one_with_little_room_costs_the_others_nothing() {
        let limits = limits(1 << 20, 1 << 20);
        let alice = usage(&limits, 1);
        let mut log = Log::default();
        log.enter(1, NotifyFilter::FILE_NAME, 4096, &alice);
        log.enter(2, NotifyFilter::SIZE, 4096, &alice);
        log.enter(3, NotifyFilter::FILE_NAME, 30, &alice);
        added(&mut log, "a");
        log.keep(ChangeAction::Modified, "a", NotifyFilter::SIZE);
        added(&mut log, "b");
        log.keep(ChangeAction::Modified, "a", NotifyFilter::SIZE);
        assert!(!log.keep(ChangeAction::Modified, "a", NotifyFilter::EA));
        assert_eq!(names(&mut log, 1), ["a", "b"]);
        assert_eq!(names(&mut log, 2), ["a"]);
        assert_eq!(log.take(3), Some(Changes::TooMany));
        added(&mut log, "c");
        assert_eq!(names(&mut log, 3), ["c"]);
    }

    #[test]
    fn writing_on_is_told_once_until_somebody_was_told() {
        let alice = usage(&limits(1 << 20, 1 << 20), 1);
        let mut log = Log::default();
        log.enter(1, NotifyFilter::all(), 4096, &alice);
        log.enter(2, NotifyFilter::all(), 4096, &alice);
        let written = |log: &mut Log| log.keep(ChangeAction::Modified, "a", NotifyFilter::SIZE);
        assert!(written(&mut log));
        assert!(!written(&mut log));
        assert_eq!(names(&mut log, 1), ["a"]);
        assert!(written(&mut log));
        assert_eq!(names(&mut log, 1), ["a"]);
        assert_eq!(names(&mut log, 2), ["a"]);
    }

    #[test]
    fn what_does_not_fit_is_told_as_too_much_and_takes_no_memory() {
        let limits = limits(1 << 30, 300);
        let alice = usage(&limits, 1);
        let mut log = Log::default();
        log.enter(1, NotifyFilter::all(), 4096, &alice);
        for number in 0..100 {
            added(&mut log, &format!("{number}"));
        }
        assert!(alice.used(LimitKind::WatchedBytes) <= 300);
        assert_eq!(log.take(1), Some(Changes::TooMany));
        assert_eq!((log.take(1), alice.used(LimitKind::WatchedBytes)), (None, 0));
        added(&mut log, "x");
        assert_eq!(names(&mut log, 1), ["x"]);
    }

    #[test]
    fn a_reader_who_never_comes_back_keeps_no_more_than_one_answer() {
        let limits = limits(1 << 30, 1 << 30);
        let alice = usage(&limits, 1);
        let mut log = Log::default();
        log.enter(1, NotifyFilter::all(), 1 << 16, &alice);
        log.enter(2, NotifyFilter::all(), 1 << 16, &alice);
        for number in 0..20_000 {
            added(&mut log, &format!("{number:0200}"));
            assert_ne!(log.take(2), Some(Changes::TooMany));
        }
        assert!(alice.used(LimitKind::WatchedBytes) < 1 << 18);
        assert_eq!(log.take(1), Some(Changes::TooMany));
        assert_eq!(alice.used(LimitKind::WatchedBytes), 0);
    }

    #[test]
    fn when_the_one_who_pays_leaves_another_does() {
        let limits = limits(1 << 20, 1 << 20);
        let (alice, bob) = (usage(&limits, 1), usage(&limits, 2));
        let mut log = Log::default();
        log.enter(1, NotifyFilter::all(), 4096, &alice);
        log.enter(2, NotifyFilter::all(), 4096, &bob);
        added(&mut log, "a");
        assert_eq!(bob.used(LimitKind::WatchedBytes), 0);
        assert!(!log.leave(1));
        assert_eq!(alice.used(LimitKind::WatchedBytes), 0);
        assert!(bob.used(LimitKind::WatchedBytes) > 0);
        assert_eq!(names(&mut log, 2), ["a"]);
    }
}
