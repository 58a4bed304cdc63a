//! What waits to be sent: frames in order. They are written as the client takes them, while the connection goes on
//! receiving. Several small ones leave by one system call; none is copied.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::time::Instant;

use super::alarm::Alarm;
use super::answers::Frame;
use crate::smb::state::Notice;

/// A client that takes nothing for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(120);
/// Frames that one system call takes at most.
const MOST_AT_ONCE: usize = 16;
/// With so many bytes it is not worth while to wait for more of them.
const WORTH_SENDING: usize = 64 * 1024;

/// The frames that wait.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    frames: VecDeque<Frame>,
    /// Bytes of the first frame that are sent already.
    sent: usize,
    /// Memory that the frames hold, in bytes.
    held: usize,
    /// Frames that have left so far.
    left: u64,
    /// What the client is told by the frames, and how many have left when it has been told.
    notices: VecDeque<(u64, Notice)>,
    /// Since when the client takes nothing.
    stalled: Option<Instant>,
    patience: Alarm,
}

impl Outbox {
    /// Puts a frame behind the others.
    pub(super) fn push(&mut self, frame: Frame) {
        self.held += frame.held();
        self.frames.push_back(frame);
    }

    /// Puts a frame behind the others that tells the client something.
    pub(super) fn push_notice(&mut self, frame: Frame, notice: Notice) {
        self.push(frame);
        let told = self.left + self.frames.len() as u64;
        self.notices.push_back((told, notice));
    }

    /// What the client was not told.
    pub(super) fn take_untold(&mut self) -> impl Iterator<Item = Notice> + use<> {
        std::mem::take(&mut self.notices)
            .into_iter()
            .map(|(_, notice)| notice)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Memory that waits here, in bytes.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Whether there is enough for a system call of its own, though more may come at once.
    pub(super) fn is_due(&self) -> bool {
        self.frames.len() >= MOST_AT_ONCE || self.held >= WORTH_SENDING
    }

    /// Drops the frames; what they were to tell remains.
    pub(super) fn clear(&mut self) {
        *self = Self {
            notices: std::mem::take(&mut self.notices),
            ..Self::default()
        };
    }

    /// Writes what the stream takes; ready when nothing is left.
    ///
    /// # Errors
    /// Those of the stream; `TimedOut` when the client took nothing for [`WRITE_TIMEOUT`].
    pub(super) fn poll_send(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while let Some(first) = self.frames.front() {
            let rest = first.bytes().get(self.sent..).unwrap_or_default();
            let written = if self.frames.len() > 1 && stream.is_write_vectored() {
                let mut slices = [IoSlice::new(&[]); MOST_AT_ONCE];
                let behind = self.frames.iter().skip(1).map(Frame::bytes);
                let mut count = 0;
                for (slice, bytes) in slices.iter_mut().zip(std::iter::once(rest).chain(behind)) {
                    *slice = IoSlice::new(bytes);
                    count += 1;
                }
                Pin::new(&mut *stream).poll_write_vectored(context, &slices[..count])
            } else {
                Pin::new(&mut *stream).poll_write(context, rest)
            };
            match written {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => self.taken(count),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    let since = *self.stalled.get_or_insert_with(Instant::now);
                    return self
                        .patience
                        .poll_at(since + WRITE_TIMEOUT, context)
                        .map(|()| Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        self.patience.off();
        Poll::Ready(Ok(()))
    }

    fn taken(&mut self, count: usize) {
        self.stalled = None;
        self.sent += count;
        while let Some(first) = self.frames.front()
            && first.bytes().len() <= self.sent
        {
            self.sent -= first.bytes().len();
            self.held -= first.held();
            self.frames.pop_front();
            self.left += 1;
        }
        while self.notices.front().is_some_and(|(told, _)| *told <= self.left) {
            self.notices.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::smb::wire::file_id::FileId;

    proptest::proptest! {
        #[test]
        fn frames_arrive_whole_and_in_order_however_little_is_taken_at_a_time(
            lengths in proptest::collection::vec(1usize..300, 0..40), capacity in 1usize..500,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(async {
                let mut outbox = Outbox::default();
                let mut expected = Vec::new();
                for (at, length) in lengths.iter().enumerate() {
                    let bytes = vec![u8::try_from(at).unwrap(); *length];
                    expected.extend_from_slice(&bytes);
                    outbox.push(Frame::plain(bytes));
                }
                let (mut near, mut far) = tokio::io::duplex(capacity);
                let sending = async {
                    poll_fn(|context| outbox.poll_send(&mut near, context)).await.unwrap();
                    drop(near);
                };
                let mut arrived = Vec::new();
                let (_, received) = tokio::join!(sending, far.read_to_end(&mut arrived));
                received.unwrap();
                assert_eq!(arrived, expected);
                assert!(outbox.is_empty() && outbox.held() == 0);
            });
        }
    }

    #[tokio::test]
    async fn what_did_not_leave_whole_was_not_told() {
        let notice = |level| Notice {
            session: std::sync::Weak::new(),
            channel: crate::smb::state::ChannelId::default(),
            encrypt: false,
            file_id: FileId::RELATED,
            news: crate::smb::state::News::Oplock { level },
            again: false,
        };
        let mut outbox = Outbox::default();
        outbox.push(Frame::plain(vec![0; 100]));
        outbox.push_notice(Frame::plain(vec![0; 50]), notice(1));
        outbox.push(Frame::plain(vec![0; 50]));
        outbox.push_notice(Frame::plain(vec![0; 50]), notice(2));
        let (mut near, far) = tokio::io::duplex(220);
        poll_fn(|context| {
            assert!(outbox.poll_send(&mut near, context).is_pending());
            Poll::Ready(())
        })
        .await;
        drop(far);
        let broken = poll_fn(|context| outbox.poll_send(&mut near, context)).await;
        assert!(broken.is_err());
        outbox.clear();
        let untold: Vec<_> = outbox.take_untold().map(|notice| notice.news).collect();
        assert!(matches!(
            untold[..],
            [crate::smb::state::News::Oplock { level: 2 }]
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_a_little_now_and_then_is_waited_for_and_who_takes_nothing_is_not() {
        let mut outbox = Outbox::default();
        outbox.push(Frame::plain(vec![0; 1000]));
        let (mut near, mut far) = tokio::io::duplex(100);
        let began = Instant::now();
        let taking = async {
            for _ in 0..5 {
                tokio::time::sleep(WRITE_TIMEOUT / 2).await;
                far.read_exact(&mut [0; 100]).await.unwrap();
            }
        };
        let sending = poll_fn(|context| outbox.poll_send(&mut near, context));
        let (sent, ()) = tokio::join!(sending, taking);
        assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), (WRITE_TIMEOUT / 2 * 7).as_secs());
    }
}
