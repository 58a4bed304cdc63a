//! Breaks that the client was told of on a connection from which nothing was heard since. A connection can be dead without
//! anybody being told, such as that of a cable that was pulled; where the session has other channels, it is told again on
//! another, long before those who wait for the answer go on without.

use std::collections::VecDeque;
use std::task::Context;
use std::time::Duration;

use tokio::time::Instant;

use super::alarm::Alarm;
use crate::smb::state::Notice;

/// A client that lives says something in such a time: it has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was told, and when.
#[derive(Debug, Default)]
pub(super) struct Unanswered {
    told: VecDeque<(Instant, Notice)>,
    alarm: Alarm,
}

impl Unanswered {
    /// The client is told this.
    pub(super) fn told(&mut self, notice: &Notice) {
        if notice.has_other_ways() {
            // What was said of the same before counts no more.
            self.told.retain(|(_, before)| !before.is_about_the_same(notice));
            self.told.push_back((Instant::now(), notice.clone()));
        }
    }

    /// Something was heard from it: the connection lives.
    pub(super) fn heard(&mut self) {
        if !self.told.is_empty() {
            self.told.clear();
            self.alarm.off();
        }
    }

    /// Tells again what nothing was heard of for too long.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) {
        while let Some((at, _)) = self.told.front() {
            if self.alarm.poll_at(*at + PATIENCE, context).is_pending() {
                return;
            }
            if let Some((_, notice)) = self.told.pop_front() {
                notice.tell_again();
            }
        }
        self.alarm.off();
    }

    /// The connection has ended: who knows what of it arrived.
    pub(super) fn hand_on(&mut self) {
        for (_, notice) in self.told.drain(..) {
            notice.tell_again();
        }
    }
}
