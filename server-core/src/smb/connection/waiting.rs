//! Requests that wait: for the disk, or for others. Each can be cancelled from its first moment on, and all of them
//! count against limits ([MS-SMB2] 3.3.4.2, 3.3.5.16).

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use super::Connection;
use super::chain::Incoming;
use crate::live::{LimitKind, Taken, Usage};
use crate::smb::commands::Refusal;
use crate::smb::state::Notice;
use crate::smb::status::NtStatus;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::header::{Command, Header, HeaderFlags};
use crate::smb::wire::ids::{AsyncId, MessageId};

/// Requests of one connection that may wait for others at a time, as many as Windows and Samba let; and as many
/// again that end by themselves.
const MAX_WAITING: usize = 512;
/// What a wait weighs besides its message: the state of its chain, and its part of the number that one person may have.
const OVERHEAD: usize = 32 * 1024;
/// The longest message that may wait for what may never happen: a LOCK of as many ranges as are taken.
const LONGEST_EVENT: usize = 32 * 1024;
/// Bytes of messages that may wait with work.
const MAX_WAITING_BYTES: usize = 16 << 20;

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Wait {
    /// What ends by itself, soon: the disk, or a break, which another client answers or lets expire.
    #[default]
    Work,
    /// What may never happen: a lock, a change in a folder.
    Event,
}

/// What a frame that waits keeps in memory, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    pub(super) wait: Wait,
    /// Of the request.
    pub(super) request: usize,
    /// Of the answers that are there, and of the one that is being made.
    pub(super) answer: usize,
}

/// How far a chain is: what CANCEL, break notifications and the limits need to know of it.
#[derive(Debug)]
pub(super) struct Progress {
    message_id: Cell<MessageId>,
    /// The id under which the client was told that the request waits.
    async_id: Cell<Option<AsyncId>>,
    command: Cell<Option<Command>>,
    cancelled: Cell<bool>,
    /// A request that CANCEL named before it began.
    doomed: Cell<Option<MessageId>>,
    /// Whom CANCEL wakes.
    waker: RefCell<Option<Waker>>,
    request: Cell<usize>,
    /// Bytes that the answers of the chain may come to.
    expected: Cell<usize>,
    weight: Cell<Weight>,
    is_counted: Cell<bool>,
    /// What waits for what may never happen is one of those that its person may have.
    taken: RefCell<Option<Taken>>,
    /// Opens with an oplock whose CREATE is answered when the chain is.
    opened: RefCell<Vec<FileId>>,
}

impl Progress {
    pub(super) fn new(incoming: &Incoming) -> Self {
        Self {
            message_id: Cell::default(),
            async_id: Cell::new(None),
            command: Cell::new(None),
            cancelled: Cell::new(false),
            doomed: Cell::new(None),
            waker: RefCell::default(),
            request: Cell::new(incoming.message.len()),
            expected: Cell::new(0),
            weight: Cell::default(),
            is_counted: Cell::new(false),
            taken: RefCell::default(),
            opened: RefCell::default(),
        }
    }

    /// The chain comes to its next request.
    pub(super) fn begin(&self, header: &Header) {
        self.message_id.set(header.message_id);
        self.command.set(Command::from_code(header.command));
        self.cancelled.set(self.doomed.get() == Some(header.message_id));
    }

    /// The id under which the client was told that the request waits, if it was.
    pub(super) fn async_id(&self) -> Option<AsyncId> {
        self.async_id.get()
    }

    /// The client is told that the request waits, and with it the answers before it.
    pub(super) fn go_async(&self, async_id: AsyncId) {
        self.async_id.set(Some(async_id));
        self.opened.borrow_mut().clear();
    }

    /// Bytes of the frame that are still needed.
    pub(super) fn needed(&self) -> usize {
        self.request.get()
    }

    /// The answers may come to so many bytes.
    pub(super) fn expect(&self, answers: usize) {
        self.expected.set(answers);
    }

    /// Bytes that the answers may come to.
    pub(super) fn expected(&self) -> usize {
        self.expected.get()
    }

    /// Less of the frame is needed from now on.
    pub(super) fn needs(&self, request: usize) {
        self.request.set(request);
    }

    /// An open whose answer has to wait for the rest of the chain.
    pub(super) fn has_opened(&self, file: FileId) {
        self.opened.borrow_mut().push(file);
    }

    /// The request named will be cancelled when it begins.
    pub(super) fn cancel_later(&self, message_id: MessageId) {
        self.doomed.set(Some(message_id));
    }

    /// The outcome, or CANCELLED as soon as the client wishes so.
    pub(super) async fn unless_cancelled<T>(
        &self,
        mut running: Pin<&mut impl Future<Output = Result<T, Refusal>>>,
    ) -> Result<T, Refusal> {
        poll_fn(|context| {
            if let Poll::Ready(outcome) = running.as_mut().poll(context) {
                return Poll::Ready(outcome);
            }
            if self.cancelled.get() {
                return Poll::Ready(Err(NtStatus::CANCELLED.into()));
            }
            let mut waker = self.waker.borrow_mut();
            match &mut *waker {
                Some(waker) => waker.clone_from(context.waker()),
                None => *waker = Some(context.waker().clone()),
            }
            Poll::Pending
        })
        .await
    }

    fn is_named_by(&self, cancel: &Header) -> bool {
        if cancel.flags.contains(HeaderFlags::ASYNC) {
            self.async_id.get() == Some(cancel.async_id)
        } else {
            self.message_id.get() == cancel.message_id
        }
    }

    fn cancel(&self) {
        self.cancelled.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// How much waits.
#[derive(Debug, Default)]
struct Load {
    count: usize,
    request: usize,
    answer: usize,
}

impl Load {
    fn add(&mut self, weight: Weight) {
        self.count += 1;
        self.request += weight.request;
        self.answer += weight.answer;
    }

    fn remove(&mut self, weight: Weight) {
        self.count -= 1;
        self.request -= weight.request;
        self.answer -= weight.answer;
    }
}

/// Every chain of a connection that waits.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    chains: Vec<Rc<Progress>>,
    work: Load,
    events: Load,
}

impl Waiting {
    /// A chain waits from now on.
    pub(super) fn add(&mut self, progress: Rc<Progress>) {
        progress.is_counted.set(true);
        self.load(progress.weight.get().wait).add(progress.weight.get());
        self.chains.push(progress);
    }

    /// A chain is through.
    pub(super) fn remove(&mut self, progress: &Rc<Progress>) {
        if let Some(at) = self.chains.iter().position(|chain| Rc::ptr_eq(chain, progress)) {
            self.chains.swap_remove(at);
            self.load(progress.weight.get().wait)
                .remove(progress.weight.get());
        }
    }

    /// What a request that waits keeps.
    ///
    /// # Errors
    /// INSUFFICIENT_RESOURCES when too much waits already for what may never happen, here or of the same person.
    fn weigh(
        &mut self,
        progress: &Progress,
        weight: Weight,
        usage: Option<&Arc<Usage>>,
    ) -> Result<(), Refusal> {
        let events = &self.events;
        if weight.wait == Wait::Event {
            if events.count >= MAX_WAITING || weight.request > LONGEST_EVENT {
                return Err(NtStatus::INSUFFICIENT_RESOURCES.into());
            }
            let taken = usage.map(|usage| usage.take(LimitKind::WaitingRequests, 1));
            *progress.taken.borrow_mut() = taken.transpose()?;
        }
        let before = progress.weight.replace(weight);
        if progress.is_counted.get() {
            self.load(before.wait).remove(before);
            self.load(weight.wait).add(weight);
        }
        Ok(())
    }

    /// A part of the answers is on its way, of so many bytes.
    pub(super) fn lighten(&mut self, progress: &Progress, sent: usize) {
        let mut weight = progress.weight.get();
        let sent = sent.min(weight.answer);
        weight.answer -= sent;
        progress.weight.set(weight);
        if progress.is_counted.get() {
            self.load(weight.wait).answer -= sent;
        }
    }

    fn load(&mut self, wait: Wait) -> &mut Load {
        match wait {
            Wait::Work => &mut self.work,
            Wait::Event => &mut self.events,
        }
    }

    /// Whether more work may be begun.
    pub(super) fn has_room(&self) -> bool {
        self.work.count < MAX_WAITING && self.work.request < MAX_WAITING_BYTES
    }

    /// Bytes that the work weighs which is waited for.
    pub(super) fn work(&self) -> usize {
        self.work.count * OVERHEAD + self.work.request
    }

    /// Bytes of answers that are there or being made.
    pub(super) fn answers(&self) -> usize {
        self.work.answer + self.events.answer
    }

    /// Ends the wait that a CANCEL names; false when there is none.
    pub(super) fn cancel(&self, header: &Header) -> bool {
        let named = self.chains.iter().find(|progress| progress.is_named_by(header));
        if let Some(progress) = named {
            progress.cancel();
        }
        named.is_some()
    }

    /// Whether the client has not been told yet of the open that a notice is about: it would not know it.
    pub(super) fn keeps_back(&self, notice: &Notice) -> bool {
        self.chains.iter().any(|progress| {
            progress.opened.borrow().contains(&notice.file_id)
                || progress.command.get() == Some(Command::Create) && notice.is_early()
        })
    }
}

impl Connection {
    /// See [`Waiting::weigh`].
    pub(super) fn weigh(&self, progress: &Progress, weight: Weight) -> Result<(), Refusal> {
        let usage = self.usage.borrow();
        self.waiting.borrow_mut().weigh(progress, weight, usage.as_ref())
    }
}
