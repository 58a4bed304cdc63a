//! Room on a share's disk: what clients write leaves some of it to the computer. Most writes only count down what was
//! found free when somebody looked last.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicI64, Ordering};

use super::backend::SizeAfter;
use super::error::VfsError;
use super::info::VolumeInfo;
use super::open::Open;
use super::share::ShareView;

/// What is left alone by default: the smaller of the two.
const USUAL_PERCENT: u64 = 1;
const USUAL_BYTES: u64 = 256 << 20;
/// Written at most before somebody looks again.
const MOST_CREDIT: u64 = 1 << 30;
/// What a disk allocates at least, as it is shown.
const UNIT: u64 = 4096;

/// How much of each disk clients leave free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeepFree {
    /// One in a hundred bytes, and no more than 256 MiB.
    #[default]
    Usual,
    /// They may fill it.
    Nothing,
    /// So many bytes.
    Bytes(u64),
    /// So many in a hundred.
    Percent(u8),
}

impl KeepFree {
    /// Of a disk with so many bytes in all.
    pub fn of(self, total: u64) -> u64 {
        match self {
            Self::Usual => (total / 100 * USUAL_PERCENT).min(USUAL_BYTES),
            Self::Nothing => 0,
            Self::Bytes(bytes) => bytes,
            Self::Percent(percent) => total / 100 * u64::from(percent),
        }
    }
}

/// What may be written to a share before its disk is looked at again.
#[derive(Debug, Default)]
pub(super) struct Credit(AtomicI64);

impl Credit {
    fn spend(&self, bytes: u64) -> bool {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.0.load(Ordering::Relaxed) >= bytes && self.0.fetch_sub(bytes, Ordering::Relaxed) >= bytes
    }

    fn is(&self, bytes: u64) {
        self.0
            .store(i64::try_from(bytes).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// The disk is looked at before anything is written again.
    pub(super) fn end(&self) {
        self.is(0);
    }
}

impl ShareView {
    /// The disk below, with what is left of it for clients.
    ///
    /// # Errors
    /// ShareUnavailable.
    pub async fn volume(&self) -> Result<VolumeInfo, VfsError> {
        self.alive()?;
        let volume = self.backend().volume().await;
        let mut volume = volume.map_err(|_| VfsError::ShareUnavailable)?;
        let kept = self.engine.keep_free.with(|keep| keep.of(volume.total));
        volume.available = volume.available.saturating_sub(kept);
        Ok(volume)
    }

    /// What clients may still take of the disk; nothing where anything goes, or nobody can tell.
    async fn left(&self) -> Option<u64> {
        if self.engine.keep_free.with(|keep| *keep == KeepFree::Nothing) {
            return None;
        }
        Some(self.volume().await.ok()?.available)
    }
}

impl Open {
    /// Asks whether a range may be written: where the disk is as full as clients may make it, only what is there already
    /// is written over.
    pub(super) async fn take_room(&self, range: &Range<u64>) -> Result<(), VfsError> {
        let bytes = range.end - range.start;
        if self.view.credit().spend(bytes) {
            return Ok(());
        }
        match self.view.left().await {
            None => Ok(()),
            Some(left) if left >= bytes => {
                // Others write meanwhile, programs of this computer as well: half of it, then somebody looks again.
                self.view.credit().is(((left - bytes) / 2).min(MOST_CREDIT));
                Ok(())
            }
            Some(_) if range.end <= self.file().stat().await?.size => Ok(()),
            Some(_) => {
                let full = io::ErrorKind::StorageFull.into();
                Err(self.handle.not_written(range.start, full))
            }
        }
    }

    /// Reserves space: it is there now, and clients are shown it as allocated. What is reserved is not taken from the disk,
    /// or a file without content could fill it; a disk that takes it nevertheless gives it back with the last close.
    pub(super) async fn reserve(&self, size: u64) -> Result<(), VfsError> {
        let missing = size.saturating_sub(self.file().stat().await?.allocated);
        if self.view.left().await.is_some_and(|left| left < missing) {
            return Err(VfsError::DiskFull);
        }
        let mut own = self.handle.own_change();
        self.file().reserve(size).await?;
        own.done(SizeAfter::SAME);
        let shown = size.checked_next_multiple_of(UNIT).unwrap_or(size);
        self.handle.shared.reserve(shown);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_free_is_little_of_a_small_disk_and_not_much_of_a_large_one() {
        assert_eq!(KeepFree::Usual.of(10 << 30), (10 << 30) / 100);
        assert_eq!(KeepFree::Usual.of(10 << 40), 256 << 20);
        assert_eq!(KeepFree::Nothing.of(10 << 40), 0);
        assert_eq!(KeepFree::Bytes(5).of(10), 5);
        assert_eq!(KeepFree::Percent(50).of(1000), 500);
    }

    #[test]
    fn credit_is_spent_once() {
        let credit = Credit::default();
        assert!(!credit.spend(1) && credit.spend(0));
        credit.is(10);
        assert!(credit.spend(6) && !credit.spend(5) && credit.spend(4) && !credit.spend(1));
    }
}
