//! How fast the disk under a share is, and with that where its calls run. Going to another thread and back costs more
//! than most calls do, so what a disk answers at once runs on the caller's thread; what may block waits in the pool.

use std::collections::HashMap;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::super::{Io, Lane};
use crate::sandbox::Admitted;

/// A call that took so long has kept its connection from hearing anything: the next ones wait in the pool.
const SLOW: Duration = Duration::from_millis(10);
/// For how long they do, after the last slow one.
const WARY: Duration = Duration::from_secs(5);

/// What a share's folder is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    /// Memory: nothing blocks, but what is mounted in a folder of it may.
    Memory,
    /// A disk of this computer: most calls are answered from memory.
    Disk,
    /// Behind a network or a program: any call may block, for as long as it likes.
    Remote,
}

/// How to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Here: it won't block, or not for long.
    Here,
    /// Here what is in memory, the rest in the pool.
    Cached,
    /// In the pool.
    InPool,
}

/// The disk under a share. Cloning is cheap.
#[derive(Debug, Clone)]
pub(super) struct Disk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    medium: Medium,
    /// The volume that the share's folder is on.
    volume: u64,
    /// Lets confined threads into the folder.
    admitted: Admitted,
    /// Other volumes that are mounted somewhere in the folder.
    mounted: Mutex<HashMap<u64, Disk>>,
    lane: Lane,
    started: Instant,
    /// Until when it is taken to be slow, in milliseconds since `started`; 0 for not at all.
    slow_until: AtomicU64,
    /// It can tell what is in memory and what isn't.
    tells_cached: AtomicBool,
}

impl Disk {
    pub(super) fn new(medium: Medium, volume: u64, lane: Lane, admitted: Admitted) -> Self {
        Self(Arc::new(Inner {
            medium,
            volume,
            admitted,
            mounted: Mutex::default(),
            lane,
            started: Instant::now(),
            slow_until: AtomicU64::new(0),
            tells_cached: AtomicBool::new(cfg!(target_os = "linux")),
        }))
    }

    pub(super) fn lane(&self) -> &Lane {
        &self.0.lane
    }

    /// The disk of a file on another volume, which is mounted somewhere in the folder; `None` for the share's own.
    pub(super) fn other(&self, volume: u64, medium: impl FnOnce() -> Medium) -> Option<Self> {
        if volume == self.0.volume {
            return None;
        }
        let mut mounted = self.0.mounted.lock();
        let other = mounted
            .entry(volume)
            .or_insert_with(|| Self::new(medium(), volume, self.0.lane.another(), self.0.admitted.clone()));
        Some(other.clone())
    }

    /// Whether it is behind a network or a program.
    pub(super) fn is_remote(&self) -> bool {
        self.0.medium == Medium::Remote
    }

    /// Whether calls may run on the caller's thread.
    fn is_prompt(&self) -> bool {
        if self.0.medium == Medium::Remote || !self.0.admitted.is_reached() {
            return false;
        }
        let until = self.0.slow_until.load(Ordering::Relaxed);
        until == 0 || self.0.since_start() >= until
    }

    pub(super) fn reading(&self) -> Reading {
        let tells = self.0.medium == Medium::Disk && self.0.tells_cached.load(Ordering::Relaxed);
        match (tells, self.is_prompt()) {
            (true, _) => Reading::Cached,
            (false, true) => Reading::Here,
            (false, false) => Reading::InPool,
        }
    }

    /// It can't tell what is in memory.
    #[cfg(target_os = "linux")]
    pub(super) fn does_not_tell(&self) {
        self.0.tells_cached.store(false, Ordering::Relaxed);
    }

    /// Runs a call here; remembers when it was slow.
    pub(super) fn here<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.watch(work)
    }

    /// Runs a call here if the disk is prompt, else in the pool, which then needs what it works on for itself.
    pub(super) fn run<S, A, T>(
        &self,
        subject: &Arc<S>,
        argument: &A,
        work: impl FnOnce(&S, &A) -> io::Result<T> + Send + 'static,
    ) -> Io<'static, T>
    where
        S: Send + Sync + 'static,
        A: Clone + Send + Sync + 'static,
        T: Send + 'static,
    {
        if self.is_prompt() {
            Io::now(self.0.watch(|| work(subject, argument)))
        } else {
            let (subject, argument) = (Arc::clone(subject), argument.clone());
            self.in_pool(move || work(&subject, &argument))
        }
    }

    /// Whether a call that writes runs here.
    pub(super) fn writes_here(&self) -> bool {
        self.is_prompt()
    }

    /// Runs a call that waits for the medium itself: in the pool unless that is memory.
    pub(super) fn run_slow<S, T>(
        &self,
        subject: &Arc<S>,
        work: impl FnOnce(&S) -> io::Result<T> + Send + 'static,
    ) -> Io<'static, T>
    where
        S: Send + Sync + 'static,
        T: Send + 'static,
    {
        if self.0.medium == Medium::Memory {
            Io::now(work(subject))
        } else {
            let subject = Arc::clone(subject);
            Io::Pending(self.0.lane.run(move || work(&subject)))
        }
    }

    /// Runs a call in the pool.
    pub(super) fn in_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Io<'static, T> {
        let inner = Arc::clone(&self.0);
        Io::Pending(self.0.lane.run(move || inner.watch(work)))
    }
}

impl Inner {
    fn since_start(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn watch<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.medium == Medium::Remote {
            return work();
        }
        let began = Instant::now();
        let outcome = work();
        if began.elapsed() >= SLOW {
            let until = self.since_start() + u64::try_from(WARY.as_millis()).unwrap_or(0);
            self.slow_until.fetch_max(until, Ordering::Relaxed);
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::backend::DiskPool;

    fn disk(medium: Medium) -> Disk {
        Disk::new(medium, 1, DiskPool::default().lane(), Admitted::default())
    }

    fn runs_here(disk: &Disk) -> bool {
        matches!(disk.run(&Arc::new(()), &(), |(), ()| Ok(())), Io::Ready(_))
    }

    #[test]
    fn what_is_behind_a_network_never_runs_on_the_callers_thread() {
        assert!(runs_here(&disk(Medium::Memory)));
        assert!(runs_here(&disk(Medium::Disk)));
        assert!(!runs_here(&disk(Medium::Remote)));
    }

    #[test]
    fn what_is_mounted_in_a_folder_is_a_disk_of_its_own() {
        let disk = disk(Medium::Memory);
        assert!(disk.other(1, || Medium::Remote).is_none());
        let mounted = disk.other(2, || Medium::Remote).unwrap();
        assert!(!runs_here(&mounted) && runs_here(&disk));
        let again = disk.other(2, || unreachable!("it is known")).unwrap();
        assert!(Arc::ptr_eq(&again.0, &mounted.0));
    }

    #[test]
    fn a_slow_call_makes_the_next_ones_wait_in_the_pool() {
        let disk = disk(Medium::Disk);
        disk.here(|| std::thread::sleep(SLOW));
        assert!(!runs_here(&disk));
    }
}
