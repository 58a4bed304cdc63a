//! Writes what happens into the store, in batches. Bounded by the event bus, and by a queue of its own for what people
//! did: what comes faster than the disk takes it is dropped, and the list says how much. Refusals come counted; their
//! rows are brought up to date while the count grows.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::admin::{DOCTOR_ACCOUNT, Settings};
use crate::live::{ActivityKind, ActivityRecord, Event, Events};
use crate::store::Store;

/// How long records are gathered before they are written.
const GATHER: Duration = Duration::from_millis(100);
/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// Records that wait for room on the disk; of more, the oldest are lost.
const WAITING: usize = 10_000;
/// The oldest are removed after so many new ones.
const PRUNE_AFTER: usize = 1_000;
/// A count that began so long ago has ended.
const COUNTED_LONGEST: Duration = Duration::from_secs(180);

/// The writer of the activity list. Lock order: `pending` before the store.
#[derive(Debug)]
pub(super) struct ActivityLog {
    store: Store,
    keep: AtomicU32,
    pending: Mutex<Pending>,
}

#[derive(Debug)]
struct Pending {
    events: Events,
    happened: Receiver<Event>,
    /// The rows of refusals that are being counted, by tally.
    counted: HashMap<u64, (i64, SystemTime)>,
    since_pruned: usize,
    /// What could not be written yet.
    waiting: VecDeque<ActivityRecord>,
    /// Records that were lost since then.
    lost: usize,
}

impl ActivityLog {
    pub(super) fn new(store: Store, events: &Events, settings: &Settings) -> Self {
        events.keep_deeds();
        Self {
            store,
            keep: AtomicU32::new(settings.activity_keep),
            pending: Mutex::new(Pending {
                events: events.clone(),
                happened: events.subscribe(),
                counted: HashMap::new(),
                // So that a lower limit set while no server ran counts at once.
                since_pruned: PRUNE_AFTER,
                waiting: VecDeque::new(),
                lost: 0,
            }),
        }
    }

    /// Keeps so many records from now on.
    pub(super) fn keep(&self, records: u32) {
        if self.keep.swap(records, Ordering::Relaxed) > records {
            self.pending.lock().since_pruned = PRUNE_AFTER;
        }
    }

    /// Writes everything that happened so far. Blocking.
    pub(super) fn flush(&self) {
        // Held while writing: a reader that flushes first then surely sees what happened before.
        let mut pending = self.pending.lock();
        let (new, counts) = pending.take();
        pending.await_room(new);
        pending.write(&self.store, &counts);
        if pending.since_pruned >= PRUNE_AFTER {
            pending.since_pruned = 0;
            let keep = usize::try_from(self.keep.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
            if let Err(error) = self.store.prune_activity(keep) {
                tracing::error!(%error, "old activity could not be removed");
            }
        }
    }
}

impl ActivityLog {
    /// Whether there are records that could not be written.
    fn is_behind(&self) -> bool {
        !self.pending.lock().waiting.is_empty()
    }
}

impl Pending {
    /// New records wait to be written; of a refusal that waits already, the count is the news.
    fn await_room(&mut self, new: Vec<ActivityRecord>) {
        for record in new {
            let mut waiting = self.waiting.iter_mut();
            match waiting.find(|waiting| record.tally != 0 && waiting.tally == record.tally) {
                Some(waiting) => waiting.count = record.count,
                None => self.waiting.push_back(record),
            }
        }
    }

    /// Writes what waits, and counts of what was written before; what can't be written waits on.
    fn write(&mut self, store: &Store, counts: &[(i64, u32)]) {
        if self.waiting.is_empty() && counts.is_empty() {
            return;
        }
        if self.lost > 0 {
            let message = format!("the disk was full: {} records are not in this list", self.lost);
            self.waiting
                .push_front(ActivityRecord::new(ActivityKind::Server, message));
        }
        match store.write_activity(self.waiting.make_contiguous(), counts) {
            Ok(ids) => {
                let written = Vec::from(std::mem::take(&mut self.waiting));
                self.since_pruned += written.len();
                self.remember(&written, &ids);
                self.lost = 0;
            }
            Err(error) => {
                if self.lost > 0 {
                    self.waiting.pop_front();
                }
                let over = self.waiting.len().saturating_sub(WAITING);
                self.waiting.drain(..over);
                self.lost += over;
                tracing::error!(%error, waiting = self.waiting.len(), lost = self.lost, "activity could not be stored");
            }
        }
    }

    /// New records in the order of their time, and new counts of old ones by row.
    fn take(&mut self) -> (Vec<ActivityRecord>, Vec<(i64, u32)>) {
        let (mut records, unheard) = self.events.take_deeds();
        let mut lost = unheard;
        let mut counts = Vec::new();
        loop {
            match self.happened.try_recv() {
                Ok(Event::Activity(record)) if record.kind.is_deed() && record.tally == 0 => {}
                Ok(Event::Activity(record)) => match self.counted.get(&record.tally) {
                    Some((row, _)) => counts.push((*row, record.count)),
                    None => records.push(record),
                },
                Ok(_) => {}
                Err(TryRecvError::Lagged(missed)) => lost += missed,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        for record in self.events.grown_refusals() {
            match self.counted.get(&record.tally) {
                Some((row, _)) => counts.push((*row, record.count)),
                // It was told of just now, if it was not lost.
                None => match records.iter_mut().find(|told| told.tally == record.tally) {
                    Some(told) => told.count = record.count,
                    None => records.push(record),
                },
            }
        }
        records.retain(kept);
        records.sort_by_key(|record| record.at);
        if lost > 0 {
            let message = format!("too much happened at once: {lost} events are not in this list");
            let told = ActivityRecord::new(ActivityKind::Server, message);
            let at = records.first().map_or(told.at, |first| first.at);
            records.insert(0, ActivityRecord { at, ..told });
        }
        (records, counts)
    }

    /// Notes the rows of what is being counted.
    fn remember(&mut self, records: &[ActivityRecord], ids: &[i64]) {
        let written = records.iter().zip(ids).filter(|(record, _)| record.tally != 0);
        self.counted
            .extend(written.map(|(record, id)| (record.tally, (*id, record.at))));
        let now = SystemTime::now();
        self.counted
            .retain(|_, (_, began)| now.duration_since(*began).is_ok_and(|age| age < COUNTED_LONGEST));
    }
}

/// Whether a record is for the list. The admin API stores its own records itself, and that the doctor logs in is no
/// news; that somebody else tries to under its name is.
fn kept(record: &ActivityRecord) -> bool {
    match record.kind {
        ActivityKind::Administered => false,
        ActivityKind::LoggedIn | ActivityKind::LoggedOut => record.user.as_deref() != Some(DOCTOR_ACCOUNT),
        _ => true,
    }
}

/// Flushes shortly after something happened, until stopped.
pub(super) fn spawn(log: Arc<ActivityLog>, events: &Events, stop: CancellationToken) -> JoinHandle<()> {
    let events = events.clone();
    let mut happened = events.subscribe();
    tokio::spawn(async move {
        loop {
            let counted = async {
                match events.next_end_of_refusals() {
                    Some(end) => tokio::time::sleep_until(end.into()).await,
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                () = stop.cancelled() => return,
                event = happened.recv() => Some(event),
                () = tokio::time::sleep(RETRY), if log.is_behind() => None,
                () = counted => {
                    events.end_refusals(Instant::now());
                    continue;
                }
            };
            match event {
                None | Some(Ok(Event::Activity(_)) | Err(RecvError::Lagged(_))) => {}
                Some(Ok(_)) => continue,
                Some(Err(RecvError::Closed)) => return,
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(GATHER) => {}
            }
            // What arrived meanwhile is written together.
            happened = happened.resubscribe();
            let log = Arc::clone(&log);
            let _ = tokio::task::spawn_blocking(move || log.flush()).await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(keep: u32) -> (tempfile::TempDir, Store, Events, ActivityLog) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let events = Events::new();
        let settings = Settings {
            activity_keep: keep,
            ..Settings::default()
        };
        let log = ActivityLog::new(store.clone(), &events, &settings);
        (folder, store, events, log)
    }

    #[test]
    fn what_happened_is_stored_but_not_what_the_admin_api_stores_itself() {
        let (_folder, store, events, log) = log(100);
        for kind in [ActivityKind::LoggedIn, ActivityKind::Administered] {
            events.send(Event::Activity(ActivityRecord::new(kind, "x")));
        }
        events.send(Event::ConfigurationChanged);
        log.flush();
        let stored = store.latest_activity(10).unwrap();
        assert_eq!(stored.len(), 1);
        assert_eq!(stored[0].record.kind, ActivityKind::LoggedIn);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let (_folder, store, events, log) = log(3);
        for n in 0..1_000 {
            events.send(Event::Activity(ActivityRecord::new(
                ActivityKind::Server,
                n.to_string(),
            )));
        }
        log.flush();
        let kept = store.latest_activity(10).unwrap();
        assert_eq!(
            kept.iter().map(|r| r.record.message.as_str()).collect::<Vec<_>>(),
            ["999", "998", "997"]
        );
    }

    #[test]
    fn refusals_are_one_row_whose_count_grows() {
        let (_folder, store, events, log) = log(100);
        let refused = || Event::Activity(ActivityRecord::new(ActivityKind::LogInRefused, "refused"));
        for _ in 0..10 {
            events.send(refused());
        }
        log.flush();
        let counts = || {
            let stored = store.latest_activity(10).unwrap();
            stored.iter().map(|row| row.record.count).collect::<Vec<_>>()
        };
        assert_eq!(counts(), [10]);
        for _ in 0..402 {
            events.send(refused());
        }
        log.flush();
        assert_eq!(counts(), [412]);
        // Long after, the count was told, and a new one begins.
        events.send(refused());
        events.end_refusals(Instant::now() + Duration::from_secs(60));
        log.flush();
        assert_eq!(counts(), [413]);
        events.send(refused());
        log.flush();
        assert_eq!(counts(), [1, 413]);
    }

    #[test]
    fn what_people_did_is_kept_while_the_bus_overflows() {
        let (_folder, store, events, log) = log(100_000);
        events.send(Event::Activity(ActivityRecord::new(
            ActivityKind::Removed,
            "removed",
        )));
        for n in 0..20_000 {
            let written = ActivityRecord::new(ActivityKind::FileWritten, "x");
            events.send(Event::Activity(written));
            let refused = ActivityRecord::new(ActivityKind::LogInRefused, format!("{n}"));
            events.send(Event::Activity(refused));
        }
        log.flush();
        let oldest = store.activity_since(0, 2).unwrap();
        assert!(oldest.iter().any(|row| row.record.kind == ActivityKind::Removed));
    }

    #[test]
    fn a_flood_is_cut_short_and_the_list_says_so() {
        let (_folder, store, events, log) = log(100_000);
        for _ in 0..10_000 {
            events.send(Event::Activity(ActivityRecord::new(
                ActivityKind::FileWritten,
                "x",
            )));
        }
        log.flush();
        let oldest = store.activity_since(0, 1).unwrap();
        assert!(oldest[0].record.message.contains("events are not in this list"));
    }
}
