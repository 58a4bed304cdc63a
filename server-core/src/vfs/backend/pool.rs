//! The threads on which storages wait, one pool for all shares. Each volume has its own queue and a share of the threads:
//! one that hangs keeps nobody else's requests from running. Threads come when they are needed and go when they aren't.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};
use parking_lot::{Condvar, Mutex};
use tokio::sync::{Notify, oneshot};

use crate::sandbox::{Admitted, Sandbox};

/// Threads that one volume may have busy: a disk gains nothing from more requests at once, and one that hangs takes no more.
const BUSY_PER_VOLUME: usize = 16;
/// Requests of one volume that may wait for a thread: as many as there can be opens, all of which a disk that comes back
/// may find closed.
const QUEUED_PER_VOLUME: usize = 262_144;
/// A thread without work ends after this time.
const IDLE: Duration = Duration::from_secs(5);

type Job = Box<dyn FnOnce() + Send>;
/// What is to come to its end though nobody waits for it.
pub(crate) type Rest = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The pool. Cloning is cheap; the threads end with the last clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct DiskPool(Arc<Inner>);

/// One volume's place in the pool.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pool: DiskPool,
    number: u64,
}

#[derive(Debug, Default)]
struct Inner {
    /// Where the threads are in.
    sandbox: Sandbox,
    state: Mutex<State>,
    left: Mutex<Left>,
    came: Notify,
}

/// What clients left half done.
#[derive(Default)]
struct Left {
    rests: Vec<Rest>,
    /// There is a thread that sees it through.
    attended: bool,
}

impl std::fmt::Debug for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Left")
            .field("rests", &self.rests.len())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    /// Volumes with something queued or under way, in the order in which they have their turn.
    lanes: VecDeque<Queue>,
    last_lane: u64,
    /// Threads that wait for work. Who came last is called first, so that those who are not needed end.
    idle: Vec<Arc<Condvar>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("lanes", &self.lanes.len())
            .field("idle", &self.idle.len())
            .finish()
    }
}

struct Queue {
    lane: u64,
    jobs: VecDeque<Job>,
    busy: usize,
}

impl State {
    /// The next job whose volume may have another thread; volumes take turns.
    fn take(&mut self) -> Option<(u64, Job)> {
        for _ in 0..self.lanes.len() {
            let mut queue = self.lanes.pop_front()?;
            let job = if queue.busy < BUSY_PER_VOLUME {
                queue.jobs.pop_front()
            } else {
                None
            };
            queue.busy += usize::from(job.is_some());
            let lane = queue.lane;
            self.lanes.push_back(queue);
            if let Some(job) = job {
                return Some((lane, job));
            }
        }
        None
    }

    fn done(&mut self, lane: u64) {
        if let Some(at) = self.lanes.iter().position(|queue| queue.lane == lane) {
            self.lanes[at].busy -= 1;
            if self.lanes[at].busy == 0 && self.lanes[at].jobs.is_empty() {
                self.lanes.remove(at);
            }
        }
    }
}

impl DiskPool {
    /// A pool whose threads are confined.
    pub(crate) fn confined(sandbox: Sandbox) -> Self {
        Self(Arc::new(Inner {
            sandbox,
            ..Inner::default()
        }))
    }

    /// A place for another volume.
    pub(crate) fn lane(&self) -> Lane {
        let mut state = self.0.state.lock();
        state.last_lane += 1;
        Lane {
            pool: self.clone(),
            number: state.last_lane,
        }
    }

    fn push(&self, lane: u64, job: Job) -> io::Result<()> {
        let mut state = self.0.state.lock();
        let at = state.lanes.iter().position(|queue| queue.lane == lane);
        let at = at.unwrap_or_else(|| {
            state.lanes.push_back(Queue {
                lane,
                jobs: VecDeque::new(),
                busy: 0,
            });
            state.lanes.len() - 1
        });
        let queue = &mut state.lanes[at];
        if queue.jobs.len() >= QUEUED_PER_VOLUME {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        queue.jobs.push_back(job);
        if queue.busy >= BUSY_PER_VOLUME {
            // One of the volume's own threads takes it when it is done.
            return Ok(());
        }
        if let Some(idle) = state.idle.pop() {
            idle.notify_one();
            return Ok(());
        }
        drop(state);
        self.0.start()
    }
}

impl Inner {
    /// Starts a thread of the pool.
    fn start(self: &Arc<Self>) -> io::Result<()> {
        let inner = Arc::clone(self);
        self.sandbox.spawn("disk", move || {
            inner.sandbox.enter();
            inner.work();
        })
    }

    /// What a thread of the pool does, until there has been nothing to do for a while.
    fn work(self: &Arc<Self>) {
        let called = Arc::new(Condvar::new());
        loop {
            let mut state = self.state.lock();
            let (lane, job) = loop {
                if !self.sandbox.is_current() {
                    // What there is to do may be in a folder that this thread doesn't reach: another takes its place.
                    drop(state);
                    match self.start() {
                        Ok(()) => return,
                        Err(error) => tracing::error!(%error, "a thread of the pool can't be replaced"),
                    }
                    state = self.state.lock();
                }
                if let Some(taken) = state.take() {
                    break taken;
                }
                state.idle.push(Arc::clone(&called));
                let waited = called.wait_for(&mut state, IDLE);
                let called_already = !state.idle.iter().any(|idle| Arc::ptr_eq(idle, &called));
                state.idle.retain(|idle| !Arc::ptr_eq(idle, &called));
                if waited.timed_out() && !called_already {
                    return;
                }
            };
            drop(state);
            let _busy = Busy { inner: self, lane };
            job();
        }
    }
}

/// A volume's thread is busy, also if its job panics.
struct Busy<'i> {
    inner: &'i Inner,
    lane: u64,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.inner.state.lock().done(self.lane);
    }
}

impl Lane {
    /// A place for another volume.
    pub(crate) fn another(&self) -> Self {
        self.pool.lane()
    }

    /// Lets a folder into the sandbox of the pool's threads.
    pub(crate) fn admit(&self, folder: std::fs::File) -> Admitted {
        self.pool.0.sandbox.admit(folder)
    }

    /// Runs something that no client chose, and that may be anywhere on this computer.
    pub(crate) fn run_outside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = io::Result<T>> + Send>> {
        let sandbox = self.pool.0.sandbox.clone();
        if sandbox.confines() {
            Box::pin(async move { sandbox.outside(work).await })
        } else {
            self.run(work)
        }
    }

    /// Runs something that may block on a thread of the pool. It runs to its end even if nobody waits for it any more.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = io::Result<T>> + Send>> {
        let (sender, done) = oneshot::channel();
        let job = Box::new(move || {
            // Whoever asked may have gone.
            let _ = sender.send(work());
        });
        let pushed = self.pool.push(self.number, job);
        Box::pin(async move {
            pushed?;
            done.await
                .unwrap_or_else(|_| Err(io::Error::other("a request to the disk ended without an answer")))
        })
    }

    /// Sees to it that something comes to its end though nobody waits for it.
    pub(crate) fn see_through(&self, rest: Rest) {
        let mut left = self.pool.0.left.lock();
        left.rests.push(rest);
        if left.attended {
            self.pool.0.came.notify_one();
            return;
        }
        // Not a thread of the pool: what it sees through waits for those.
        let inner = Arc::clone(&self.pool.0);
        let started = self.pool.0.sandbox.spawn("disk-rest", move || {
            inner.sandbox.enter();
            wait(inner.see_through());
        });
        match started {
            Ok(_) => left.attended = true,
            Err(error) => {
                tracing::warn!(%error, "what a client left half done is brought to its end later");
            }
        }
    }
}

impl Inner {
    /// Runs what was left until there is nothing more.
    async fn see_through(&self) {
        let mut running = FuturesUnordered::new();
        loop {
            {
                let mut left = self.left.lock();
                running.extend(left.rests.drain(..));
                if running.is_empty() {
                    left.attended = false;
                    return;
                }
            }
            tokio::select! {
                _ = running.next() => {}
                () = self.came.notified() => {}
            }
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks this thread until a future is done: for callers that have nothing else to do.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// The same, but not for longer than this; the future is dropped then.
pub(crate) fn wait_for<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let until = Instant::now() + limit;
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return Some(done);
        }
        match until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => return None,
            left => std::thread::park_timeout(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn work_of_one_volume_runs_side_by_side() {
        let lane = DiskPool::default().lane();
        let together = Arc::new(Barrier::new(8));
        let all: Vec<_> = (0..8)
            .map(|number| {
                let together = Arc::clone(&together);
                lane.run(move || {
                    together.wait();
                    Ok(number)
                })
            })
            .collect();
        let answers: Vec<usize> = all.into_iter().map(|one| wait(one).unwrap()).collect();
        assert_eq!(answers, (0..8).collect::<Vec<_>>());
    }

    #[test]
    fn a_volume_that_hangs_keeps_no_other_waiting() {
        let pool = DiskPool::default();
        let (hangs, goes) = (pool.lane(), pool.lane());
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let stuck: Vec<_> = (0..3 * BUSY_PER_VOLUME)
            .map(|_| {
                let released = Arc::clone(&released);
                hangs.run(move || {
                    let _ = released.lock().recv();
                    Ok(())
                })
            })
            .collect();
        assert_eq!(wait(goes.run(|| Ok(7))).unwrap(), 7);
        drop(release);
        for one in stuck {
            wait(one).unwrap();
        }
        assert!(
            pool.0
                .state
                .lock()
                .lanes
                .iter()
                .all(|queue| queue.jobs.is_empty())
        );
    }

    #[test]
    fn what_nobody_waits_for_is_done_all_the_same() {
        let lane = DiskPool::default().lane();
        let done = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&done);
        drop(lane.run(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }));
        // In the order of the queue: when this one is done, that one was begun before it.
        let (sender, seen) = std::sync::mpsc::channel();
        let counted = Arc::clone(&done);
        lane.see_through(Box::pin(async move {
            while counted.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            sender.send(()).unwrap();
        }));
        seen.recv().unwrap();
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }
}
