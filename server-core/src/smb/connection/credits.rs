//! The command sequence window ([MS-SMB2] 3.3.1.1, 3.3.4.1.2): which message ids a client may use.

use std::collections::VecDeque;

use crate::smb::settings::CreditStrategy;
use crate::smb::wire::ids::MessageId;

/// The window of message ids.
#[derive(Debug)]
pub(crate) struct CreditWindow {
    /// The lowest id not used yet.
    low: MessageId,
    /// For each id from `low` on: used already.
    used: VecDeque<bool>,
    /// Ids in the window not used yet: the credits that the client holds.
    held: usize,
}

/// A message id outside the window, or used before: the connection ends ([MS-SMB2] 3.3.5.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfWindow;

impl CreditWindow {
    /// One credit, for message id 0.
    pub(crate) fn new() -> Self {
        Self {
            low: MessageId(0),
            used: VecDeque::from([false]),
            held: 1,
        }
    }

    /// Uses `charge` ids from `first` on.
    pub(crate) fn consume(&mut self, first: MessageId, charge: u16) -> Result<(), OutOfWindow> {
        let charge = usize::from(charge.max(1));
        let start = first.0.checked_sub(self.low.0).ok_or(OutOfWindow)?;
        let start = usize::try_from(start).map_err(|_| OutOfWindow)?;
        let end = start.checked_add(charge).ok_or(OutOfWindow)?;
        if end > self.used.len() || self.used.range(start..end).any(|used| *used) {
            return Err(OutOfWindow);
        }
        self.used.range_mut(start..end).for_each(|used| *used = true);
        self.held -= charge;
        while self.used.front() == Some(&true) {
            self.used.pop_front();
            self.low = self.low.after(1);
        }
        Ok(())
    }

    /// Grants credits for a request that asked for `asked` and widens the window; returns how many.
    pub(crate) fn grant(&mut self, asked: u16, strategy: CreditStrategy) -> u16 {
        let held = u16::try_from(self.held).unwrap_or(u16::MAX);
        let granted = match strategy {
            CreditStrategy::Fixed(target) => target.max(1).saturating_sub(held),
            CreditStrategy::Adaptive { minimum, maximum } => {
                let room = maximum.max(1).saturating_sub(held);
                let needed = minimum.max(1).saturating_sub(held);
                asked.max(1).max(needed).min(room)
            }
        };
        // A window that a client keeps open at its low end must not grow without end.
        let room = 4 * usize::from(u16::MAX);
        let granted = if self.used.len() + usize::from(granted) > room {
            0
        } else {
            granted
        };
        self.used.resize(self.used.len() + usize::from(granted), false);
        self.held += usize::from(granted);
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ADAPTIVE: CreditStrategy = CreditStrategy::Adaptive {
        minimum: 1,
        maximum: 100,
    };

    #[test]
    fn an_id_can_be_used_once_and_only_when_granted() {
        let mut window = CreditWindow::new();
        assert_eq!(window.consume(MessageId(1), 1), Err(OutOfWindow));
        window.consume(MessageId(0), 1).unwrap();
        assert_eq!(window.consume(MessageId(0), 1), Err(OutOfWindow));
        assert_eq!(window.grant(10, ADAPTIVE), 10);
        window.consume(MessageId(5), 3).unwrap();
        assert_eq!(window.consume(MessageId(7), 1), Err(OutOfWindow));
        window.consume(MessageId(1), 4).unwrap();
        window.consume(MessageId(8), 3).unwrap();
        assert_eq!(window.consume(MessageId(11), 1), Err(OutOfWindow));
    }

    #[test]
    fn a_client_never_holds_more_than_the_maximum_and_never_none() {
        let mut window = CreditWindow::new();
        window.consume(MessageId(0), 1).unwrap();
        assert_eq!(window.grant(0, ADAPTIVE), 1);
        assert_eq!(window.grant(u16::MAX, ADAPTIVE), 99);
        assert_eq!(window.grant(1, ADAPTIVE), 0);
    }

    proptest! {
        #[test]
        fn held_credits_are_the_unused_ids(ops in proptest::collection::vec((0u64..200, 0u16..5, 0u16..20), 0..200)) {
            let mut window = CreditWindow::new();
            for (id, charge, asked) in ops {
                if window.consume(MessageId(id), charge).is_ok() { window.grant(asked, ADAPTIVE); }
                prop_assert_eq!(window.held, window.used.iter().filter(|used| !**used).count());
                prop_assert!(window.held <= 100);
            }
        }
    }
}
