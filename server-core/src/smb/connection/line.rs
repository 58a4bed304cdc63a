//! The loop of a connection: it receives, runs and sends at the same time, on one thread. What a client makes it keep
//! is bounded: over the bound no more work is begun until the client has taken what it asked for, but what is small
//! and urgent is still heard.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::Connection;
use super::alarm::Alarm;
use super::answers::{self, Frame};
use super::backlog::Parked;
use super::chain::{self, Incoming, Outgoing};
use super::framing::{Frames, Received, accept_session};
use super::request::expected_answers;
use super::sessions::Closings;
use super::unanswered::Unanswered;
use super::waiting::Progress;
use crate::live::{LimitKind, UnderWay, Work};
use crate::smb::state::Notice;

/// Room in a frame besides the payload of the largest READ or WRITE.
const FRAME_SLACK: usize = 64 * 1024;
/// Answers that are ready, in bytes, from which on no more are made: one is sent while the next is made, and what lies
/// ready for longer goes cold in the processor's cache.
const READY: usize = 1 << 20;
/// A frame that is taken without making sure that there is room: it is no more than every connection may have.
const UNRESERVED: usize = 1 << 20;
/// The largest message of a client that has not logged in.
const STRANGER_FRAME: usize = 128 * 1024;
/// How long a client may stay silent that has no session left.
const LOGGED_OFF_GRACE: Duration = Duration::from_secs(600);
/// How long the last answers may take once the connection is to end.
const DRAIN_GRACE: Duration = Duration::from_secs(5);

type Running = Pin<Box<dyn Future<Output = Outgoing>>>;

/// Whether the connection goes on.
type Goes = std::ops::ControlFlow<()>;

/// The connection and its stream.
pub(super) struct Line<S> {
    connection: Rc<Connection>,
    stream: S,
    frames: Frames,
    /// Chains that wait.
    running: FuturesUnordered<Running>,
    noticed: mpsc::UnboundedReceiver<Notice>,
    /// Notices about opens that the client has not been told of.
    kept_back: Vec<Notice>,
    /// Those that it was told of and may not have heard.
    unanswered: Unanswered,
    closings: Closings,
    /// What the connection has under way; not counted before a log-in.
    work: Option<Work>,
    /// Their work lets more be begun, whoever it is charged to.
    may_begin: bool,
    started: Instant,
    /// Since when nothing was received, found out or on its way.
    silent: Option<Instant>,
    silence: Alarm,
}

/// What happened.
enum Event {
    /// Something that needs another look at everything.
    Changed,
    /// A chain that waited is answered.
    Answered(Outgoing),
    /// A frame came.
    Arrived(Received),
    /// A frame that came before may run now.
    Resumed(Incoming, Rc<Progress>),
    /// The server stops, or the client hung up or kept silent.
    Over,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    pub(super) fn new(
        connection: Rc<Connection>,
        stream: S,
        noticed: mpsc::UnboundedReceiver<Notice>,
    ) -> Self {
        let frames = Frames::new(connection.framing);
        Self {
            connection,
            stream,
            frames,
            running: FuturesUnordered::new(),
            noticed,
            kept_back: Vec::new(),
            unanswered: Unanswered::default(),
            closings: Closings::default(),
            work: None,
            may_begin: true,
            started: Instant::now(),
            silent: None,
            silence: Alarm::default(),
        }
    }

    /// Serves the client until the connection is to end; what was not sent by then is left to [`Self::finish`].
    ///
    /// # Errors
    /// Those of the stream.
    pub(super) async fn run(&mut self, stop: &CancellationToken) -> io::Result<()> {
        let mut stopped = pin!(stop.cancelled());
        loop {
            if self.connection.is_closing() && self.connection.end_closing_sessions() {
                return Ok(());
            }
            let event = poll_fn(|context| {
                if stopped.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Ok(Event::Over));
                }
                self.poll(context)
            });
            let goes = match event.await? {
                Event::Changed => Goes::Continue(()),
                Event::Answered(outgoing) => {
                    self.connection.waiting.borrow_mut().remove(&outgoing.progress);
                    self.answer(outgoing)
                }
                Event::Arrived(Received::Message(message)) => {
                    self.unanswered.heard();
                    self.receive(message)
                }
                Event::Arrived(Received::SessionRequest) => {
                    self.connection.queue(Frame::plain(accept_session()));
                    Goes::Continue(())
                }
                Event::Resumed(incoming, progress) => self.begin(incoming, progress),
                Event::Over => Goes::Break(()),
            };
            if goes.is_break() {
                return Ok(());
            }
            self.silent = None;
        }
    }

    /// Sends what is left, as far as the client takes it soon, and hangs up.
    pub(super) async fn finish(mut self) {
        let ending = async {
            let outbox = &self.connection.outbox;
            let stream = &mut self.stream;
            poll_fn(|context| outbox.borrow_mut().poll_send(stream, context)).await?;
            stream.shutdown().await
        };
        if timeout(DRAIN_GRACE, ending).await.is_err() {
            tracing::debug!(peer = %self.connection.peer, "the client did not take its last answers");
        }
        for notice in self.connection.outbox.borrow_mut().take_untold() {
            notice.deliver();
        }
    }

    /// Hands what the client was not told to its other channels, if there are any. Nothing more of it comes: the
    /// connection is bound to no session any more.
    pub(super) fn hand_on_notices(&mut self) {
        self.unanswered.hand_on();
        for notice in self.kept_back.drain(..) {
            notice.deliver();
        }
        while let Ok(notice) = self.noticed.try_recv() {
            notice.deliver();
        }
    }

    /// The next event.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Event>> {
        // First, or a stranger that never pauses would never be through.
        if self.is_stranger() && self.poll_login_grace(context).is_ready() {
            self.connection.place.too_slow();
            tracing::debug!(peer = %self.connection.peer, "no log-in in time");
            return Poll::Ready(Ok(Event::Over));
        }
        if self.connection.outbox.borrow().is_due() {
            self.poll_send(context)?;
        }
        if let Poll::Ready(Some(outgoing)) = self.running.poll_next_unpin(context) {
            return Poll::Ready(Ok(Event::Answered(outgoing)));
        }
        self.tell_notices(context);
        self.unanswered.poll(context);
        self.count_work(context);
        let bound = self.answers_bound();
        let is_open = self.is_open(bound);
        if is_open {
            let parked = self.connection.backlog.borrow_mut().resume();
            if let Some(parked) = parked {
                return Poll::Ready(Ok(Event::Resumed(parked.incoming, parked.progress)));
            }
            // What has arrived with others is run before their answers are sent: all of them may leave together.
            if !self.connection.outbox.borrow().is_due()
                && self.has_room_for_next()
                && let Some(received) = self.frames.take(self.longest_frame(), usize::MAX)?
            {
                return Poll::Ready(Ok(Event::Arrived(received)));
            }
        }
        self.poll_send(context)?;
        self.count_work(context);
        if is_open != self.is_open(bound) {
            return Poll::Ready(Ok(Event::Changed));
        }
        let room = match &self.work {
            _ if !is_open => self.connection.backlog.borrow().room(),
            // For more there must be room first.
            Some(_) => UNRESERVED,
            None => usize::MAX,
        };
        let limit = self.longest_frame();
        if let Poll::Ready(received) = self.frames.poll_next(&mut self.stream, limit, room, context)? {
            return Poll::Ready(Ok(received.map_or(Event::Over, Event::Arrived)));
        }
        if is_open && self.frames.next_length().is_some_and(|length| length > room) {
            if self.has_room_for_next() {
                let received = self
                    .frames
                    .poll_next(&mut self.stream, limit, usize::MAX, context)?;
                if let Poll::Ready(received) = received {
                    return Poll::Ready(Ok(received.map_or(Event::Over, Event::Arrived)));
                }
            } else {
                self.count_work(context);
                if self.may_begin {
                    return Poll::Ready(Ok(Event::Changed));
                }
            }
        }
        if self.closings.poll(&self.connection, context).is_ready() {
            return Poll::Ready(Ok(Event::Changed));
        }
        self.poll_silence(context).map(|()| {
            tracing::debug!(peer = %self.connection.peer, "closed for silence");
            Ok(Event::Over)
        })
    }

    fn poll_send(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let mut outbox = self.connection.outbox.borrow_mut();
        match outbox.poll_send(&mut self.stream, context) {
            Poll::Ready(Err(error)) => {
                // Nothing more can be sent: the stream may have ended amid a frame.
                outbox.clear();
                Err(error)
            }
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    /// Queues what the client is told unasked, as far as it knows what it is about.
    fn tell_notices(&mut self, context: &mut Context<'_>) {
        for notice in std::mem::take(&mut self.kept_back) {
            self.tell(notice);
        }
        while let Poll::Ready(Some(notice)) = self.noticed.poll_recv(context) {
            self.tell(notice);
        }
    }

    fn tell(&mut self, notice: Notice) {
        if self.connection.waiting.borrow().keeps_back(&notice) {
            self.kept_back.push(notice);
        } else if let Some(frame) = answers::notification(&notice) {
            self.unanswered.told(&notice);
            self.connection.outbox.borrow_mut().push_notice(frame, notice);
        }
    }

    /// Counts what is under way, and learns whether there may be more.
    fn count_work(&mut self, context: &mut Context<'_>) {
        let connection = &self.connection;
        if self.work.is_none()
            && let Some(usage) = &*connection.usage.borrow()
        {
            self.work = Some(Work::of(Arc::clone(usage)));
        }
        let Some(work) = &mut self.work else { return };
        let (waiting, outbox) = (connection.waiting.borrow(), connection.outbox.borrow());
        work.is_now(UnderWay {
            waiting_bytes: self.frames.held() + waiting.work() + connection.backlog.borrow().bytes(),
            unsent_bytes: waiting.answers() + outbox.held(),
        });
        self.may_begin = work.may_begin(context.waker());
    }

    /// Whether there is room for the frame that has begun to arrive, if one has.
    fn has_room_for_next(&mut self) -> bool {
        match (&mut self.work, self.frames.next_length()) {
            (Some(work), Some(length)) => work.reserve(LimitKind::WaitingBytes, length),
            _ => true,
        }
    }

    /// Bytes of answers from which on no more work is begun.
    fn answers_bound(&self) -> usize {
        2 * (self.connection.settings().max_io as usize + FRAME_SLACK)
    }

    /// Whether work may be begun: the client takes what it asked for, and not too much waits.
    fn is_open(&self, bound: usize) -> bool {
        let waiting = self.connection.waiting.borrow();
        let held = self.connection.outbox.borrow().held();
        self.may_begin && waiting.has_room() && held <= READY && held + waiting.answers() <= bound
    }

    fn longest_frame(&self) -> usize {
        if self.connection.bindings.borrow().is_empty() {
            STRANGER_FRAME
        } else {
            self.connection.settings().max_io as usize + FRAME_SLACK
        }
    }

    /// Whether nobody has logged in here yet.
    fn is_stranger(&self) -> bool {
        !self.connection.had_session.get()
    }

    /// Ready when a stranger has been here for as long as a log-in may take.
    fn poll_login_grace(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let grace = self.connection.settings().login_grace;
        self.silence.poll_at(self.started + grace, context)
    }

    /// Ready when the client has kept silent for too long. A client that is being sent something is not silent, and one
    /// that has something open may come back to it.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let settings = self.connection.settings();
        let since = match self.connection.bindings.borrow().is_empty() {
            true if self.is_stranger() => return Poll::Pending,
            true => Some(LOGGED_OFF_GRACE),
            false => settings.idle_timeout,
        };
        let Some(grace) = since else {
            self.silence.off();
            return Poll::Pending;
        };
        if !self.connection.outbox.borrow().is_empty() {
            self.silent = None;
            return Poll::Pending;
        }
        let silent = *self.silent.get_or_insert_with(Instant::now);
        ready!(self.silence.poll_at(silent + grace, context));
        if self.has_anything_open() {
            let now = Instant::now();
            self.silent = Some(now);
            return self.silence.poll_at(now + grace, context);
        }
        Poll::Ready(())
    }

    fn has_anything_open(&self) -> bool {
        let bindings = self.connection.bindings.borrow();
        bindings.values().any(|binding| !binding.session.opens.is_empty())
    }

    /// A frame came: it is run as far as it goes without waiting, or kept while no work may be begun.
    fn receive(&mut self, message: Vec<u8>) -> Goes {
        let connection = Rc::clone(&self.connection);
        let Some(mut incoming) = connection.open_frame(message) else {
            return Goes::Break(());
        };
        if !self.is_open(self.answers_bound()) || !connection.backlog.borrow().is_empty() {
            match connection.backlog.borrow_mut().park(incoming) {
                Some(urgent) => incoming = urgent,
                None => return Goes::Continue(()),
            }
        }
        let progress = Rc::new(Progress::new(&incoming));
        self.begin(incoming, progress)
    }

    fn begin(&mut self, incoming: Incoming, progress: Rc<Progress>) -> Goes {
        if let Some(work) = &mut self.work {
            let message = incoming.message.get(incoming.start..).unwrap_or_default();
            let max_io = self.connection.negotiated.borrow().max_io;
            let expected = expected_answers(message, max_io);
            if !work.reserve(LimitKind::UnsentBytes, expected) {
                let parked = Parked { incoming, progress };
                self.connection.backlog.borrow_mut().put_back(parked);
                return Goes::Continue(());
            }
            progress.expect(expected);
        }
        let chain = chain::run(Rc::clone(&self.connection), incoming, Rc::clone(&progress));
        let mut future: Running = Box::pin(chain);
        if let Some(outgoing) = future.as_mut().now_or_never() {
            return self.answer(outgoing);
        }
        self.connection.waiting.borrow_mut().add(progress);
        self.running.push(future);
        Goes::Continue(())
    }

    /// Queues the answer to a chain.
    fn answer(&self, outgoing: Outgoing) -> Goes {
        if let Some(frame) = outgoing.frame {
            self.connection.queue(frame);
        }
        self.connection.forget_ended_sessions();
        if outgoing.disconnect {
            Goes::Break(())
        } else {
            Goes::Continue(())
        }
    }
}
