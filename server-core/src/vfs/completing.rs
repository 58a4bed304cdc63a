//! Operations of several steps that must not stop half-way. A client that cancels, or goes away, drops the future of its
//! request; what has begun to change the disk then comes to its end without it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::backend::Lane;

/// An operation that comes to its end even if it is dropped.
pub(super) struct Completing<T: Send + 'static> {
    running: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    lane: Lane,
}

impl<T: Send + 'static> Completing<T> {
    pub(super) fn new(lane: &Lane, operation: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            running: Some(Box::pin(operation)),
            lane: lane.clone(),
        }
    }

    /// Begins it for someone who won't wait; what came of it at once, if it has ended.
    pub(super) fn begin(mut self) -> Option<T> {
        let running = self.running.as_mut()?;
        match running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => {
                self.running = None;
                Some(done)
            }
            Poll::Pending => None,
        }
    }
}

impl<T: Send + 'static> Future for Completing<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(running) = self.running.as_mut() else {
            return Poll::Pending;
        };
        let done = running.as_mut().poll(context);
        if done.is_ready() {
            self.running = None;
        }
        done
    }
}

impl<T: Send + 'static> Drop for Completing<T> {
    fn drop(&mut self) {
        if let Some(rest) = self.running.take() {
            self.lane.see_through(Box::pin(async move {
                rest.await;
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::backend::DiskPool;

    #[test]
    fn what_is_dropped_half_way_comes_to_its_end() {
        let lane = DiskPool::default().lane();
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let (sender, seen) = std::sync::mpsc::channel();
        let operation = Completing::new(&lane, async move {
            gone.await.unwrap();
            sender.send(()).unwrap();
        });
        assert_eq!(operation.begin(), None);
        go.send(()).unwrap();
        seen.recv().unwrap();
    }
}
