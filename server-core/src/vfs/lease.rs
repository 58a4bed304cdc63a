//! Oplocks of one file as a state machine ([MS-FSA] 2.1.4.12 and 2.1.5.18): what clients may cache, and what they
//! must give up when others come. Sans-I/O: values in, decisions out; the open table delivers the notices.
//!
//! Levels are sets of rights to cache, as leases have them: level II is READ, exclusive READ and WRITE, batch all
//! three. An oplock belongs to one open.

use std::sync::Arc;

use bitflags::bitflags;

use super::lock::OpenId;

bitflags! {
    /// What a client may cache ([MS-SMB2] 2.2.13.2.8 LeaseState, same bits).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Caching: u8 {
        /// What it has read.
        const READ = 1;
        /// That the file is open, when its program has closed it.
        const HANDLE = 2;
        /// What it is going to write.
        const WRITE = 4;
    }
}

impl Caching {
    /// The oplock of this strength: an oplock without READ is none.
    fn as_oplock(self) -> Self {
        if self.contains(Self::READ) {
            self
        } else {
            Self::empty()
        }
    }
}

/// What a client is told when it must cache less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachingBroken {
    /// All that is left.
    pub to: Caching,
}

/// Hears of breaks for an open. Called without locks that matter to the caller; must not block.
pub trait BreakListener: Send + Sync + std::fmt::Debug {
    /// The open may cache less from now on.
    fn caching_broken(&self, broken: CachingBroken);
}

/// A wish to cache, and who hears when it ends.
#[derive(Debug, Clone)]
pub struct CachingRequest {
    /// What the client would like to cache.
    pub wanted: Caching,
    /// Hears of breaks.
    pub listener: Arc<dyn BreakListener>,
}

/// A notice to be delivered.
#[derive(Debug)]
pub(crate) struct Notice {
    listener: Arc<dyn BreakListener>,
    broken: CachingBroken,
}

impl Notice {
    pub(crate) fn deliver(self) {
        self.listener.caching_broken(self.broken);
    }
}

/// How an open that comes later touches what others cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It doesn't share what others have open: perhaps they only keep it open.
    Conflicting,
    /// It replaces the content.
    Replacing,
    /// It reads or writes beside the others.
    Sharing,
}

/// What comes of a contention.
#[derive(Debug, Default)]
pub(crate) struct Contention {
    pub(crate) notices: Vec<Notice>,
    /// A client has to answer first.
    pub(crate) waits: bool,
}

/// A break was acknowledged that nobody asked for, or at a level that is too high.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotBreaking;

/// The oplocks on one file.
#[derive(Debug, Default)]
pub(crate) struct FileCaching {
    holders: Vec<Holder>,
}

#[derive(Debug)]
struct Holder {
    open: OpenId,
    caching: Caching,
    /// What it was asked to go down to, while it has not answered.
    breaking: Option<Caching>,
    listener: Arc<dyn BreakListener>,
}

impl Holder {
    fn notice(&self, to: Caching) -> Notice {
        Notice {
            listener: Arc::clone(&self.listener),
            broken: CachingBroken { to },
        }
    }
}

impl FileCaching {
    /// Gives an open as much of what it wants as can be had beside the others.
    pub(crate) fn grant(
        &mut self,
        open: OpenId,
        request: &CachingRequest,
        others_open: bool,
        has_locks: bool,
    ) -> Caching {
        let mut caching = request.wanted;
        let writer = |holder: &Holder| holder.caching.contains(Caching::WRITE) || holder.breaking.is_some();
        if has_locks || self.holders.iter().any(writer) {
            caching = Caching::empty();
        } else if others_open || !self.holders.is_empty() {
            caching &= Caching::READ;
        }
        let caching = caching.as_oplock();
        if !caching.is_empty() {
            self.holders.push(Holder {
                open,
                caching,
                breaking: None,
                listener: Arc::clone(&request.listener),
            });
        }
        caching
    }

    /// Another open comes: who caches too much for it is told, and may have to answer first.
    pub(crate) fn contend(&mut self, arrival: Arrival) -> Contention {
        let mut contention = Contention::default();
        for holder in &mut self.holders {
            if holder.breaking.is_some() {
                contention.waits = true;
                continue;
            }
            let stands_in_the_way = match arrival {
                Arrival::Conflicting => Caching::HANDLE,
                Arrival::Replacing => Caching::READ,
                Arrival::Sharing => Caching::WRITE,
            };
            if !holder.caching.intersects(stands_in_the_way) {
                continue;
            }
            let to = if arrival == Arrival::Replacing {
                Caching::empty()
            } else {
                Caching::READ
            };
            contention.notices.push(holder.notice(to));
            if holder.caching == Caching::READ {
                holder.caching = to;
            } else {
                holder.breaking = Some(to);
                contention.waits = true;
            }
        }
        self.forget_the_empty();
        contention
    }

    /// The content changes: what others (and, with an oplock, the changing open itself) have read is stale.
    pub(crate) fn content_changes(&mut self) -> Vec<Notice> {
        let stale = |holder: &&mut Holder| holder.caching == Caching::READ && holder.breaking.is_none();
        let mut notices = Vec::new();
        for holder in self.holders.iter_mut().filter(stale) {
            notices.push(holder.notice(Caching::empty()));
            holder.caching = Caching::empty();
        }
        self.forget_the_empty();
        notices
    }

    /// A client answers a break: it goes down to `caching`.
    pub(crate) fn acknowledge(&mut self, open: OpenId, caching: Caching) -> Result<Caching, NotBreaking> {
        let holder = self.holders.iter_mut().find(|holder| holder.open == open);
        let holder = holder.ok_or(NotBreaking)?;
        let to = holder.breaking.take().ok_or(NotBreaking)?;
        let refused = !to.contains(caching);
        holder.caching = if refused { Caching::empty() } else { caching };
        self.forget_the_empty();
        if refused { Err(NotBreaking) } else { Ok(caching) }
    }

    /// Who was to answer and did not in time caches nothing any more ([MS-SMB2] 3.3.2.1).
    pub(crate) fn expire(&mut self) {
        self.holders.retain(|holder| holder.breaking.is_none());
    }

    /// An open goes.
    pub(crate) fn remove(&mut self, open: OpenId) {
        self.holders.retain(|holder| holder.open != open);
    }

    /// Whether a client has yet to answer.
    pub(crate) fn is_breaking(&self) -> bool {
        self.holders.iter().any(|holder| holder.breaking.is_some())
    }

    /// How many opens cache what they read while others may write.
    pub(crate) fn readers(&self) -> usize {
        let reads = |holder: &&Holder| holder.caching == Caching::READ;
        self.holders.iter().filter(reads).count()
    }

    fn forget_the_empty(&mut self) {
        self.holders.retain(|holder| !holder.caching.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;

    const BATCH: Caching = Caching::all();
    const EXCLUSIVE: Caching = Caching::READ.union(Caching::WRITE);
    const LEVEL_II: Caching = Caching::READ;

    #[derive(Debug, Default)]
    struct Heard(Mutex<Vec<Caching>>);

    impl BreakListener for Heard {
        fn caching_broken(&self, broken: CachingBroken) {
            self.0.lock().push(broken.to);
        }
    }

    fn ask(wanted: Caching) -> (CachingRequest, Arc<Heard>) {
        let heard = Arc::new(Heard::default());
        let listener: Arc<dyn BreakListener> = Arc::clone(&heard) as _;
        (CachingRequest { wanted, listener }, heard)
    }

    fn held(wanted: Caching) -> (FileCaching, Arc<Heard>) {
        let mut file = FileCaching::default();
        let (request, heard) = ask(wanted);
        assert_eq!(file.grant(1, &request, false, false), wanted);
        (file, heard)
    }

    fn deliver(notices: Vec<Notice>) {
        notices.into_iter().for_each(Notice::deliver);
    }

    #[test]
    fn the_first_gets_what_it_wants_and_the_second_level_ii() {
        let (mut file, heard) = held(BATCH);
        let contention = file.contend(Arrival::Sharing);
        assert!(contention.waits);
        deliver(contention.notices);
        assert_eq!(*heard.0.lock(), [LEVEL_II]);
        assert!(
            file.contend(Arrival::Sharing).notices.is_empty(),
            "it is told once"
        );
        assert_eq!(file.acknowledge(1, LEVEL_II), Ok(LEVEL_II));
        assert!(!file.contend(Arrival::Sharing).waits);
        assert_eq!(file.grant(2, &ask(BATCH).0, true, false), LEVEL_II);
    }

    #[test]
    fn a_conflicting_open_asks_only_those_who_keep_handles() {
        assert!(!held(EXCLUSIVE).0.contend(Arrival::Conflicting).waits);
        assert!(held(BATCH).0.contend(Arrival::Conflicting).waits);
    }

    #[test]
    fn replacing_takes_everything_and_waits_for_writers_only() {
        let (mut file, heard) = held(LEVEL_II);
        let contention = file.contend(Arrival::Replacing);
        assert!(!contention.waits);
        deliver(contention.notices);
        assert_eq!(*heard.0.lock(), [Caching::empty()]);
        assert!(held(EXCLUSIVE).0.contend(Arrival::Replacing).waits);
    }

    #[test]
    fn changed_content_ends_level_ii_and_nothing_stronger() {
        let (mut file, heard) = held(LEVEL_II);
        deliver(file.content_changes());
        assert_eq!(*heard.0.lock(), [Caching::empty()]);
        assert!(held(BATCH).0.content_changes().is_empty());
    }

    #[test]
    fn acknowledging_nothing_or_too_much_is_refused() {
        let (mut file, _) = held(BATCH);
        assert_eq!(file.acknowledge(1, LEVEL_II), Err(NotBreaking));
        file.contend(Arrival::Sharing);
        assert_eq!(file.acknowledge(1, BATCH), Err(NotBreaking));
        assert_eq!(file.readers(), 0);
    }

    #[test]
    fn silence_and_closing_end_an_oplock() {
        let (mut file, _) = held(BATCH);
        file.contend(Arrival::Sharing);
        file.expire();
        assert!(!file.contend(Arrival::Sharing).waits);
        let (mut file, _) = held(BATCH);
        file.remove(1);
        assert!(!file.contend(Arrival::Sharing).waits);
    }

    #[test]
    fn locks_and_other_opens_limit_what_is_granted() {
        let mut file = FileCaching::default();
        assert_eq!(file.grant(1, &ask(BATCH).0, false, true), Caching::empty());
        assert_eq!(file.grant(1, &ask(BATCH).0, true, false), LEVEL_II);
        assert_eq!(file.readers(), 1);
    }
}
