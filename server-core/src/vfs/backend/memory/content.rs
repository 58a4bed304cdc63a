//! A file's content in blocks, of which only those take memory that were written or reserved.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

/// The allocation unit, in bytes.
pub(super) const BLOCK: u64 = 4096;
/// `off_t` ends there.
const MOST: u64 = i64::MAX as u64;

/// One block; `None` where room is reserved for it and nothing was written.
type Block = Option<Box<[u8]>>;

/// The bytes of a file.
#[derive(Debug, Default)]
pub(super) struct Content {
    blocks: BTreeMap<u64, Block>,
    size: u64,
}

/// What a volume has left, in blocks.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) free: u64,
}

impl Space {
    fn take(&mut self, blocks: u64) -> io::Result<()> {
        self.free = self
            .free
            .checked_sub(blocks)
            .ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
        Ok(())
    }
}

/// The part of a range that lies in one block.
struct Part {
    block: u64,
    /// Inside the block.
    within: Range<usize>,
}

/// Takes a range apart by blocks; its end must be a possible size.
fn parts(range: Range<u64>) -> impl Iterator<Item = Part> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        if at >= range.end {
            return None;
        }
        let block = at / BLOCK;
        let end = range.end.min((block + 1) * BLOCK);
        let start = block * BLOCK;
        // Both are less than a block's size.
        let within = (at - start) as usize..(end - start) as usize;
        at = end;
        Some(Part { block, within })
    })
}

/// Where a write of so many bytes ends.
fn end(offset: u64, length: usize) -> io::Result<u64> {
    let end = u64::try_from(length)
        .ok()
        .and_then(|length| offset.checked_add(length));
    end.filter(|end| *end <= MOST)
        .ok_or_else(|| io::ErrorKind::FileTooLarge.into())
}

impl Content {
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes that it takes of the volume.
    pub(super) fn allocated(&self) -> u64 {
        self.blocks.len() as u64 * BLOCK
    }

    /// Appends what is in a range, as far as the file goes.
    pub(super) fn read(&self, offset: u64, length: usize, out: &mut Vec<u8>) -> usize {
        let end = offset.saturating_add(length as u64).min(self.size);
        let before = out.len();
        for part in parts(offset..end) {
            match self.blocks.get(&part.block) {
                Some(Some(block)) => out.extend_from_slice(&block[part.within]),
                _ => out.resize(out.len() + part.within.len(), 0),
            }
        }
        out.len() - before
    }

    /// All or nothing.
    pub(super) fn write(&mut self, offset: u64, data: &[u8], space: &mut Space) -> io::Result<()> {
        let end = end(offset, data.len())?;
        if data.is_empty() {
            return Ok(());
        }
        self.allocate(offset..end, space)?;
        let mut rest = data;
        for part in parts(offset..end) {
            let (now, later) = rest.split_at(part.within.len());
            let block = self.blocks.entry(part.block).or_default();
            let bytes = block.get_or_insert_with(|| vec![0; BLOCK as usize].into_boxed_slice());
            bytes[part.within].copy_from_slice(now);
            rest = later;
        }
        self.size = self.size.max(end);
        Ok(())
    }

    pub(super) fn set_size(&mut self, size: u64, space: &mut Space) -> io::Result<()> {
        if size > MOST {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if size < self.size {
            let gone = self.blocks.split_off(&size.div_ceil(BLOCK));
            space.free += gone.len() as u64;
            // Or the old bytes would be there again when it grows.
            self.clear(size..size.next_multiple_of(BLOCK));
        }
        self.size = size;
        Ok(())
    }

    /// Reserves what is missing up to `size`.
    pub(super) fn reserve(&mut self, size: u64, space: &mut Space) -> io::Result<()> {
        if size > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.allocate(0..size, space)
    }

    /// Makes a hole.
    pub(super) fn punch(&mut self, range: Range<u64>, space: &mut Space) {
        let range = range.start..range.end.min(MOST);
        if range.is_empty() {
            return;
        }
        let whole = range.start.div_ceil(BLOCK)..range.end / BLOCK;
        if whole.is_empty() {
            self.clear(range);
            return;
        }
        let mut gone = self.blocks.split_off(&whole.start);
        let mut kept = gone.split_off(&whole.end);
        self.blocks.append(&mut kept);
        space.free += gone.len() as u64;
        self.clear(range.start..whole.start * BLOCK);
        self.clear(whole.end * BLOCK..range.end);
    }

    /// The written parts of a range.
    pub(super) fn ranges(&self, range: Range<u64>, most: usize) -> Vec<Range<u64>> {
        let range = range.start..range.end.min(self.size);
        let mut found: Vec<Range<u64>> = Vec::new();
        if range.is_empty() {
            return found;
        }
        let blocks = self.blocks.range(range.start / BLOCK..range.end.div_ceil(BLOCK));
        for (number, _) in blocks.filter(|(_, block)| block.is_some()) {
            let start = (number * BLOCK).max(range.start);
            let end = (number * BLOCK + BLOCK).min(range.end);
            let count = found.len();
            match found.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ if count == most => break,
                _ => found.push(start..end),
            }
        }
        found
    }

    fn allocate(&mut self, range: Range<u64>, space: &mut Space) -> io::Result<()> {
        let wanted = range.start / BLOCK..range.end.div_ceil(BLOCK);
        let there = self.blocks.range(wanted.clone()).count() as u64;
        // What can't be had is not counted through.
        space.take(wanted.end - wanted.start - there)?;
        for block in wanted {
            self.blocks.entry(block).or_default();
        }
        Ok(())
    }

    /// Writes zeros where something was written.
    fn clear(&mut self, range: Range<u64>) {
        for part in parts(range) {
            if let Some(Some(block)) = self.blocks.get_mut(&part.block) {
                block[part.within].fill(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(content: &Content) -> Vec<u8> {
        let mut out = Vec::new();
        content.read(0, usize::MAX, &mut out);
        out
    }

    #[derive(Debug, Clone)]
    enum Act {
        Write(u64, Vec<u8>),
        Size(u64),
        Punch(u64, u64),
        Reserve(u64),
    }

    fn act() -> impl Strategy<Value = Act> {
        let at = || 0u64..5 * BLOCK;
        prop_oneof![
            (at(), proptest::collection::vec(1u8.., 0..6000)).prop_map(|(at, data)| Act::Write(at, data)),
            at().prop_map(Act::Size),
            (at(), at()).prop_map(|(start, length)| Act::Punch(start, start + length)),
            at().prop_map(Act::Reserve),
        ]
    }

    proptest! {
        #[test]
        fn blocks_hold_what_a_plain_vector_holds(acts in proptest::collection::vec(act(), 0..20)) {
            let (mut content, mut space) = (Content::default(), Space { free: 1000 });
            let mut plain: Vec<u8> = Vec::new();
            for act in acts {
                match act {
                    Act::Write(at, data) => {
                        content.write(at, &data, &mut space).unwrap();
                        let end = at as usize + data.len();
                        if !data.is_empty() {
                            plain.resize(plain.len().max(end), 0);
                            plain[at as usize..end].copy_from_slice(&data);
                        }
                    }
                    Act::Size(size) => {
                        content.set_size(size, &mut space).unwrap();
                        plain.resize(size as usize, 0);
                    }
                    Act::Punch(start, end) => {
                        content.punch(start..end, &mut space);
                        let end = plain.len().min(end as usize);
                        plain[..end].iter_mut().skip(start as usize).for_each(|byte| *byte = 0);
                    }
                    Act::Reserve(size) => content.reserve(size, &mut space).unwrap(),
                }
                prop_assert_eq!(&read(&content), &plain);
                prop_assert_eq!(space.free + content.allocated() / BLOCK, 1000);
                let ranges = content.ranges(0..u64::MAX, usize::MAX);
                for (at, byte) in plain.iter().enumerate() {
                    let known = ranges.iter().any(|range| range.contains(&(at as u64)));
                    prop_assert!(known || *byte == 0);
                }
            }
        }
    }

    #[test]
    fn a_write_that_does_not_fit_changes_nothing() {
        let (mut content, mut space) = (Content::default(), Space { free: 2 });
        content.write(0, b"here", &mut space).unwrap();
        let error = content
            .write(BLOCK, &[1; 2 * BLOCK as usize], &mut space)
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!((read(&content), space.free), (b"here".to_vec(), 1));
        let error = content.reserve(MOST, &mut space).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let error = content.write(u64::MAX, b"x", &mut space).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
