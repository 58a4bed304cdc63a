//! Frames that arrived while no more work may be begun: a few small ones are kept in order, so that what stands behind
//! them and is urgent (CANCEL, acknowledgments of breaks, ECHO) is heard.

use std::collections::VecDeque;
use std::rc::Rc;

use super::chain::Incoming;
use super::waiting::Progress;
use crate::smb::wire::header::{Command, HEADER_SIZE, Header};
use crate::smb::wire::ids::MessageId;

/// Frames kept at most.
const MOST_FRAMES: usize = 64;
/// Bytes of them at most; a frame that has begun to arrive is kept besides.
const MOST_BYTES: usize = 64 * 1024;
/// Urgent frames that are run while no other is: each has an answer, which waits too.
const MOST_URGENT: usize = 256;

/// A frame that waits for its turn.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) incoming: Incoming,
    pub(super) progress: Rc<Progress>,
}

/// The frames that wait.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    frames: VecDeque<Parked>,
    bytes: usize,
    urgent: usize,
}

impl Backlog {
    /// How large a frame may be that is still taken, in bytes.
    pub(super) fn room(&self) -> usize {
        if self.frames.len() >= MOST_FRAMES || self.urgent >= MOST_URGENT {
            0
        } else {
            MOST_BYTES.saturating_sub(self.bytes)
        }
    }

    /// The frame back, when it is to be run though nothing else is; otherwise it is kept.
    pub(super) fn park(&mut self, incoming: Incoming) -> Option<Incoming> {
        if is_urgent(&incoming) {
            self.urgent += 1;
            return Some(incoming);
        }
        self.bytes += incoming.message.len();
        let progress = Rc::new(Progress::new(&incoming));
        self.frames.push_back(Parked { incoming, progress });
        None
    }

    /// A frame that was to be resumed stays the next.
    pub(super) fn put_back(&mut self, parked: Parked) {
        self.bytes += parked.incoming.message.len();
        self.frames.push_front(parked);
    }

    /// Bytes of the frames that wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The next frame, now that work may be begun again.
    pub(super) fn resume(&mut self) -> Option<Parked> {
        self.urgent = 0;
        let parked = self.frames.pop_front()?;
        self.bytes -= parked.incoming.message.len();
        Some(parked)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// CANCEL of a request that has not begun: it will not wait for anything when it does.
    pub(super) fn cancel(&self, message_id: MessageId) {
        let names = |parked: &&Parked| message_ids(&parked.incoming).any(|id| id == message_id);
        if let Some(parked) = self.frames.iter().find(names) {
            parked.progress.cancel_later(message_id);
        }
    }
}

/// Requests that others may wait for, or that end waiting; a chain never is.
fn is_urgent(incoming: &Incoming) -> bool {
    let message = incoming.message.get(incoming.start..).unwrap_or_default();
    Header::parse(message).is_ok_and(|header| {
        header.next_command == 0
            && matches!(
                Command::from_code(header.command),
                Some(Command::Cancel | Command::Echo | Command::OplockBreak)
            )
    })
}

fn message_ids(incoming: &Incoming) -> impl Iterator<Item = MessageId> {
    let mut rest = incoming.message.get(incoming.start..);
    std::iter::from_fn(move || {
        let message = rest?;
        let header = Header::parse(message).ok()?;
        let next = header.next_command as usize;
        rest = (next >= HEADER_SIZE).then(|| message.get(next..)).flatten();
        Some(header.message_id)
    })
}
