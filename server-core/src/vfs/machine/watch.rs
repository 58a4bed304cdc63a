//! What one watch keeps until it is asked for ([MS-FSA] 2.1.5.11 and 2.1.4.1).

use std::sync::atomic::{AtomicUsize, Ordering};

use super::changes::{Change, ChangeAction, Changes};

/// The room that one change takes in an answer, besides its name.
const ENTRY: usize = 12;

/// Memory that all watches share.
#[derive(Debug)]
pub(crate) struct KeptMemory {
    used: AtomicUsize,
    most: usize,
}

impl KeptMemory {
    /// This many bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            used: AtomicUsize::new(0),
            most,
        }
    }

    /// Bytes in use.
    #[cfg(test)]
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }

    fn take(&self, bytes: usize) -> bool {
        let taken = self.used.fetch_add(bytes, Ordering::AcqRel) + bytes <= self.most;
        if !taken {
            self.give_back(bytes);
        }
        taken
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::AcqRel);
    }
}

/// What a watch keeps: what happened, or that it was too much.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Bytes of an answer that may be kept.
    room: usize,
    kept: Vec<Change>,
    /// Bytes of an answer that are kept.
    answer: usize,
    /// Bytes of memory that are kept.
    memory: usize,
    overflowed: bool,
    folder_goes: bool,
}

impl Kept {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            room,
            kept: Vec::new(),
            answer: 0,
            memory: 0,
            overflowed: false,
            folder_goes: false,
        }
    }

    /// Keeps a change, or the fact that it was one too many.
    pub(crate) fn keep(&mut self, action: ChangeAction, name: &str, memory: &KeptMemory) {
        if self.overflowed {
            return;
        }
        let again =
            |last: &Change| action == ChangeAction::Modified && last.action == action && last.name == name;
        if self.kept.last().is_some_and(again) {
            return;
        }
        self.answer += ENTRY + (2 * name.encode_utf16().count()).next_multiple_of(4);
        let bytes = size_of::<Change>() + name.len();
        if self.answer > self.room || !memory.take(bytes) {
            self.overflowed = true;
            self.forget(memory);
        } else {
            self.memory += bytes;
            let name = name.to_owned();
            self.kept.push(Change { action, name });
        }
    }

    /// The folder is going to be deleted: nothing else matters.
    pub(crate) fn folder_goes(&mut self) {
        self.folder_goes = true;
    }

    /// What there is to tell.
    pub(crate) fn take(&mut self, memory: &KeptMemory) -> Option<Changes> {
        if self.folder_goes {
            return Some(Changes::FolderGoes);
        }
        if std::mem::take(&mut self.overflowed) {
            self.answer = 0;
            return Some(Changes::TooMany);
        }
        let kept = self.forget(memory);
        (!kept.is_empty()).then_some(Changes::These(kept))
    }

    /// Forgets what is kept.
    pub(crate) fn forget(&mut self, memory: &KeptMemory) -> Vec<Change> {
        memory.give_back(std::mem::take(&mut self.memory));
        self.answer = 0;
        std::mem::take(&mut self.kept)
    }
}
