//! What holds whatever three clients do.

use super::*;

impl Play {
    /// What holds after every step.
    pub(super) fn check(&self) {
        let machine = &self.world.machine;
        assert_eq!(machine.count(), self.live.len());
        let owned: usize = machine.owners.values().map(HashSet::len).sum();
        assert_eq!(owned, self.live.iter().filter(|mine| !mine.away).count());
        let mut waiting = 0;
        let mut due = self.live.iter().filter(|mine| mine.away).count();
        for (node, entry) in &machine.nodes {
            let opens: usize = entry.links.iter().map(|link| link.opens).sum();
            assert_eq!(opens, self.live.iter().filter(|mine| mine.key == *node).count());
            let content = std::iter::once((&None, &entry.content));
            for (name, stream) in content.chain(entry.named.iter().map(|(name, stream)| (&name.0, stream))) {
                self.check_stream(*node, name.as_ref(), stream);
                waiting += stream.waiting.len();
                due += usize::from(stream.due.is_some());
            }
        }
        assert_eq!(waiting, machine.tickets.len());
        assert_eq!(waiting, self.waits.len(), "somebody waits for nothing");
        // Those who are away and on their way out are due no more.
        assert!(machine.due.len() <= due);
    }

    fn check_stream(&self, node: FileKey, name: Option<&Arc<str>>, stream: &Stream) {
        let machine = &self.world.machine;
        let mut sharers = Sharers::default();
        let mut held: Vec<usize> = vec![0; stream.leases.held.len()];
        let theirs = machine
            .opens
            .values()
            .filter(|open| open.stream.node == node && open.stream.name.0.as_ref() == name);
        for open in theirs {
            sharers.add(open.sharing);
            let holder = stream
                .leases
                .held
                .iter()
                .position(|held| Some(held.holder) == open.holder);
            if let Some(at) = holder {
                held[at] += 1;
            }
        }
        assert_eq!(sharers, stream.sharers);
        let (mut holders, mut writers, mut readers) = (0, 0, 0);
        for (lease, opens) in stream.leases.held.iter().zip(held) {
            assert!(lease.opens == opens && opens > 0, "{lease:?}");
            assert!(lease.state.is_empty() || lease.state.contains(R), "{lease:?}");
            holders += usize::from(!lease.state.is_empty());
            readers += usize::from(lease.cached.reads.load(std::sync::atomic::Ordering::Acquire));
            if lease.state.contains(LeaseState::WRITE) {
                writers += 1;
                assert_eq!(
                    stream.sharers.active, lease.active,
                    "a writing cache is not alone"
                );
            }
            if self.strange == Some(node) && name.is_none() {
                let keeps = lease.breaking.map_or(lease.state, |breaking| breaking.required);
                assert!(keeps.is_empty(), "what it caches is wrong: {lease:?}");
            }
            if let Some(breaking) = lease.breaking {
                assert!(
                    lease.state.contains(breaking.requested)
                        && breaking.requested.contains(breaking.required)
                );
                assert!(breaking.until > self.world.now || self.world.machine.next_deadline().is_some());
            }
        }
        assert!(
            writers == 0 || (writers, holders) == (1, 1),
            "{:?}",
            stream.leases
        );
        assert_eq!(readers > 0, stream.shared.is_cached_by_others(None));
        for (_, waits_for) in &stream.waiting {
            assert!(waits_for.iter().all(|holder| stream.leases.is_breaking(*holder)));
        }
    }

    /// Everybody goes home: every wait ends, and nothing is left.
    pub(super) fn end_the_day(&mut self) {
        while let Some(deadline) = self.world.machine.next_deadline() {
            if self.dice.one_in(2) {
                self.acknowledge();
            } else {
                self.world.now = self.world.now.max(deadline);
                self.seen[EXPIRED] += self.world.machine.expire(self.world.now) as u64;
            }
            self.follow();
            self.check();
        }
        assert!(self.waits.is_empty(), "somebody waits for ever");
        while let Some(at) = self.any_open() {
            let shared = Arc::clone(&self.live[at].shared);
            self.close(at);
            self.follow();
            self.check();
            let held = shared.change_locks(|locks| locks.len());
            assert_eq!(held, shared.lock_count.load(std::sync::atomic::Ordering::Acquire));
        }
        assert!(self.lock_waits.is_empty());
        assert!(self.world.machine.is_empty(), "{:#?}", self.world.machine);
        self.asked.clear();
    }
}
