//! What a storage answers: at once where it can, else later. A caller that awaits an answer which is there already
//! pays nothing for the possibility that it might not have been.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

type Later<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// An answer of a storage.
pub(crate) enum Io<'a, T> {
    /// It is here; `None` once it was taken.
    Ready(Option<io::Result<T>>),
    /// The storage has to wait for something: a disk, a network.
    Pending(Later<'a, T>),
}

impl<'a, T> Io<'a, T> {
    /// An answer that is here.
    pub(crate) fn now(answer: io::Result<T>) -> Self {
        Self::Ready(Some(answer))
    }

    /// An answer that comes later.
    pub(crate) fn later(answer: impl Future<Output = io::Result<T>> + Send + 'a) -> Self {
        Self::Pending(Box::pin(answer))
    }

    /// Makes something else of what is answered.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn map<U>(self, make: impl FnOnce(T) -> U + Send + 'a) -> Io<'a, U>
    where
        T: Send + 'a,
    {
        match self {
            Self::Ready(answer) => Io::Ready(answer.map(|answer| answer.map(make))),
            Self::Pending(answer) => Io::later(async move { answer.await.map(make) }),
        }
    }
}

impl<T> std::fmt::Debug for Io<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ready(_) => "Ready",
            Self::Pending(_) => "Pending",
        })
    }
}

/// Nothing in it is ever pinned but the boxed future, which pins itself.
impl<T> Unpin for Io<'_, T> {}

impl<T> Future for Io<'_, T> {
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Ready(answer) => Poll::Ready(
                answer
                    .take()
                    .unwrap_or_else(|| Err(io::Error::other("an answer was asked for twice"))),
            ),
            Self::Pending(answer) => answer.as_mut().poll(context),
        }
    }
}
