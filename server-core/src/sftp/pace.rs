//! How fast a client may have us work. A stranger's packets are taken in while it is their connection's turn: there are
//! as many turns as processors, so that key exchanges, however many come at once, leave the computer to others. And
//! everybody has an allowance for what we have to say besides answers about files, above all for key exchanges, which a
//! client may ask for as often as it likes (RFC 4253 section 9): over it, nothing more is read until it has grown again.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::PollSemaphore;

/// What is said besides answers: how much at once, and how much each second.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    bytes: i64,
    per_second: i64,
}

/// A key exchange takes us about 2 KiB.
const STRANGERS: Allowance = Allowance {
    bytes: 16 << 10,
    per_second: 256,
};
/// About a key exchange in two seconds; OpenSSH asks for one an hour, and for one each GiB.
const PEOPLE: Allowance = Allowance {
    bytes: 64 << 10,
    per_second: 1 << 10,
};
/// What may be earned before it is sent: more than all channels of a connection have under way.
const MOST_EARNED: i64 = 16 << 20;

/// A connection's turn and allowance, told by those who talk with the client.
#[derive(Debug)]
pub(super) struct Pace {
    /// Key exchange and first words are over: from here on nothing costs much.
    is_greeted: AtomicBool,
    is_person: AtomicBool,
    /// What a packet of data takes besides the data.
    envelope: AtomicUsize,
    left: AtomicI64,
    grown: Mutex<Instant>,
}

impl Pace {
    fn new() -> Self {
        Self {
            is_greeted: AtomicBool::new(false),
            is_person: AtomicBool::new(false),
            envelope: AtomicUsize::new(0),
            left: AtomicI64::new(STRANGERS.bytes),
            grown: Mutex::new(Instant::now()),
        }
    }

    /// The first key exchange is done. What costs much from here on waits for its turn by itself: a connection would
    /// hold one while it waits to refuse a log-in.
    pub(super) fn greeted(&self) {
        self.is_greeted.store(true, Ordering::Relaxed);
    }

    /// Somebody logged in; a packet of data takes so much besides the data.
    pub(super) fn logged_in(&self, envelope: usize) {
        self.envelope.store(envelope, Ordering::Relaxed);
        self.is_person.store(true, Ordering::Relaxed);
        self.left.store(PEOPLE.bytes, Ordering::Relaxed);
    }

    /// So many bytes of requests were answered by so many, in packets of that size: what goes out for it is no chatter.
    pub(super) fn answered(&self, requests: usize, answers: usize, packet: usize) {
        let packets = answers.div_ceil(packet.max(1));
        let envelopes = packets.saturating_mul(self.envelope.load(Ordering::Relaxed));
        // Besides the answers the client is told that there is room again for what came in.
        let bytes = answers.saturating_add(envelopes).saturating_add(requests >> 14);
        self.add(i64::try_from(bytes).unwrap_or(i64::MAX), MOST_EARNED);
    }

    fn allowance(&self) -> Allowance {
        match self.is_person.load(Ordering::Relaxed) {
            true => PEOPLE,
            false => STRANGERS,
        }
    }

    /// Adds to what is left, as far as that is not more than `most` then.
    fn add(&self, bytes: i64, most: i64) -> i64 {
        let more = |left: i64| left.saturating_add(bytes).min(most).max(left);
        let before = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(more(left)));
        more(before.unwrap_or_else(|left| left))
    }

    fn said(&self, bytes: usize) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.left.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// How long nothing is to be read.
    fn pause(&self) -> Option<Duration> {
        if self.left.load(Ordering::Relaxed) >= 0 {
            return None;
        }
        let Allowance { bytes, per_second } = self.allowance();
        let mut grown = self.grown.lock();
        let now = Instant::now();
        let earned =
            now.saturating_duration_since(*grown).as_millis() * u128::from(per_second.unsigned_abs()) / 1000;
        *grown = now;
        let left = self.add(i64::try_from(earned).unwrap_or(i64::MAX), bytes);
        let missing = u64::try_from(-left).ok().filter(|missing| *missing > 0)?;
        Some(Duration::from_millis(
            missing * 1000 / per_second.unsigned_abs() + 1,
        ))
    }
}

/// A stream at that pace.
#[derive(Debug)]
pub(super) struct Paced<S> {
    stream: S,
    pace: Arc<Pace>,
    turns: PollSemaphore,
    /// Held from the moment a packet is read until the next one is asked for or an answer is sent.
    turn: Option<OwnedSemaphorePermit>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    /// A stranger's stream.
    pub(super) fn new(stream: S, turns: Arc<Semaphore>) -> (Self, Arc<Pace>) {
        let pace = Arc::new(Pace::new());
        let paced = Self {
            stream,
            pace: Arc::clone(&pace),
            turns: PollSemaphore::new(turns),
            turn: None,
            pause: None,
        };
        (paced, pace)
    }

    fn poll_pause(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            match self.pace.pause() {
                None => return Poll::Ready(()),
                Some(pause) => self.pause = Some(Box::pin(sleep(pause))),
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.turn = None;
        ready!(self.poll_pause(context));
        if self.pace.is_greeted.load(Ordering::Relaxed) {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let turn = ready!(self.turns.poll_acquire(context));
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.turn = turn;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.turn = None;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            self.pace.said(*count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::poll;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn turns(count: usize) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(count))
    }

    #[tokio::test]
    async fn a_stranger_s_packet_is_taken_in_when_no_other_stranger_is_being_worked_for() {
        let turns = turns(1);
        let (mut first, _) = Paced::new(&b"ab"[..], Arc::clone(&turns));
        let (mut second, pace) = Paced::new(&b"cd"[..], Arc::clone(&turns));
        assert_eq!(first.read_u8().await.unwrap(), b'a');
        assert!(poll!(Box::pin(second.read_u8())).is_pending());
        // Who waits for more is done with what came.
        drop(first);
        assert_eq!(second.read_u8().await.unwrap(), b'c');
        pace.greeted();
        assert_eq!(second.read_u8().await.unwrap(), b'd');
        assert_eq!(turns.available_permits(), 1);
    }

    #[tokio::test]
    async fn a_silent_stranger_holds_no_turn() {
        let turns = turns(1);
        let (_theirs, ours) = tokio::io::duplex(16);
        let (mut silent, _) = Paced::new(ours, Arc::clone(&turns));
        let mut reading = Box::pin(silent.read_u8());
        assert!(poll!(&mut reading).is_pending());
        assert_eq!(turns.available_permits(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn key_exchanges_without_end_are_slowed_and_answers_about_files_are_not() {
        let (mut paced, pace) =
            Paced::new(tokio::io::join(tokio::io::repeat(0), tokio::io::sink()), turns(1));
        pace.greeted();
        pace.logged_in(80);
        let began = Instant::now();
        // A day's work: gigabytes read, in answers of 32 KiB one by one and in many that are sent together.
        let answer = vec![0; (32 << 10) + 80];
        for _ in 0..(1 << 12) {
            pace.answered(60, 32 << 10, 32 << 10);
            paced.write_all(&answer).await.unwrap();
            paced.read_u8().await.unwrap();
        }
        for _ in 0..(1 << 10) {
            (0..64).for_each(|_| pace.answered(60, 32 << 10, 32 << 10));
            paced.write_all(&answer.repeat(64)).await.unwrap();
            paced.read_u8().await.unwrap();
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        // A thousand key exchanges.
        for _ in 0..1_000 {
            paced.write_all(&[0; 2_000]).await.unwrap();
            paced.read_u8().await.unwrap();
        }
        let took = began.elapsed().as_secs();
        assert!((1_500..2_500).contains(&took), "{took}");
        // One more after a pause is at once.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let began = Instant::now();
        paced.write_all(&[0; 2_000]).await.unwrap();
        paced.read_u8().await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stranger_gets_a_few_key_exchanges_and_then_one_every_few_seconds() {
        let (mut paced, pace) =
            Paced::new(tokio::io::join(tokio::io::repeat(0), tokio::io::sink()), turns(1));
        pace.greeted();
        let began = Instant::now();
        for _ in 0..8 {
            paced.write_all(&[0; 2_000]).await.unwrap();
            paced.read_u8().await.unwrap();
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        for _ in 0..20 {
            paced.write_all(&[0; 2_000]).await.unwrap();
            paced.read_u8().await.unwrap();
        }
        assert!(began.elapsed() > Duration::from_secs(120));
    }
}
