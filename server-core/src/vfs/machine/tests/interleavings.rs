//! Three clients do whatever comes to their minds with two files, in any order, and what must always hold does.
//!
//! A failure prints its seed. `LANDFALL_INTERLEAVING=SEED` runs that one alone, `LANDFALL_INTERLEAVINGS=STEPS` other
//! than a million steps.

mod promises;

use std::collections::BTreeSet;

use super::*;
use crate::vfs::request::LockRange;

/// Steps until everybody goes home and nothing may be left.
const DAY: u64 = 250;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, sides: usize) -> usize {
        usize::try_from(self.throw() % sides as u64).unwrap()
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// An open as its client knows it.
struct Mine {
    id: OpenId,
    client: u64,
    shared: Arc<FileShared>,
    link: Arc<Link>,
    key: FileKey,
    lease: Option<LeaseId>,
    away: bool,
}

struct WaitingLock {
    ticket: Ticket,
    open: OpenId,
    shared: Arc<FileShared>,
}

struct Play {
    world: World,
    dice: Dice,
    live: Vec<Mine>,
    /// Breaks that nobody answered yet.
    asked: Vec<(Holder, LeaseState)>,
    waits: BTreeSet<Ticket>,
    lock_waits: Vec<WaitingLock>,
    last_ticket: u64,
    places: [Place; 2],
    listener: Arc<dyn BreakListener>,
    /// The file that somebody changed in this step who doesn't come through us.
    strange: Option<FileKey>,
    /// How often each thing happened that had to be seen happening.
    seen: [u64; 6],
}

const ADMITTED: usize = 0;
const WAITED: usize = 1;
const REFUSED: usize = 2;
const EXPIRED: usize = 3;
const RETURNED: usize = 4;
const LOCK_WAITED: usize = 5;

impl Play {
    fn new(seed: u64) -> Self {
        Self {
            world: World::new(),
            dice: Dice(seed),
            live: Vec::new(),
            asked: Vec::new(),
            waits: BTreeSet::new(),
            lock_waits: Vec::new(),
            last_ticket: 0,
            places: [place("dir/a"), place("dir/b")],
            listener: Arc::new(Deaf),
            strange: None,
            seen: [0; 6],
        }
    }

    fn any_open(&mut self) -> Option<usize> {
        (!self.live.is_empty()).then(|| self.dice.below(self.live.len()))
    }

    fn step(&mut self) {
        self.strange = None;
        match self.dice.below(20) {
            0..=6 => self.open(),
            7 | 8 => {
                if let Some(at) = self.any_open() {
                    self.close(at);
                }
            }
            9 if self.dice.one_in(2) => {
                // A program on this computer writes.
                let file = self.dice.pick(&[FILE, OTHER]);
                self.world.machine.changed_by_stranger(self.world.now, file);
                self.strange = Some(file);
            }
            10 if self.dice.one_in(2) => self.change_listing(),
            9 | 10 => {
                // A write or a truncation.
                if let Some(at) = self.any_open() {
                    self.world
                        .machine
                        .content_changes(self.world.now, self.live[at].id);
                }
            }
            11 => self.lock(),
            12 => self.unlock_or_cancel(),
            13 => self.rename(),
            14 => self.mark_for_deletion(),
            15 | 16 => self.acknowledge(),
            17 => {
                let seconds = self.dice.pick(&[1, 5, 20, 40]);
                self.world.passes(seconds);
                self.seen[EXPIRED] += self.world.machine.expire(self.world.now) as u64;
            }
            18 => self.leave_or_return(),
            _ => {
                // Somebody who waited has had enough.
                if let Some(ticket) = self.waits.pop_first() {
                    self.world.machine.stop_waiting(ticket);
                }
            }
        }
        self.follow();
    }

    /// Something happens in what may be a cached folder, under a lease on it or not.
    fn change_listing(&mut self) {
        let folder = FoldedPath::of(&self.places[self.dice.below(2)].path);
        let mine = self.any_open().and_then(|at| self.live[at].lease);
        let machine = &mut self.world.machine;
        machine.folder_changes(self.world.now, SHARE, &folder, mine);
        for (_, (key, _)) in machine.paths.at(SHARE, folder.as_str()) {
            let content = machine.nodes.get(key).map(|node| &node.content);
            for held in content.into_iter().flat_map(|content| &content.leases.held) {
                let reads = held.cached.reads.load(std::sync::atomic::Ordering::Acquire);
                let is_own = mine.is_some_and(|mine| held.is_lease(mine));
                assert!(!reads || is_own, "its listing is stale: {held:?}");
            }
        }
    }

    fn open(&mut self) {
        let file = self.dice.below(2);
        let client = self.dice.throw() % 3;
        let mut access = AccessMask::READ_ATTRIBUTES;
        for right in [AccessMask::READ_DATA, AccessMask::WRITE_DATA, AccessMask::DELETE] {
            access.set(right, !self.dice.one_in(3));
        }
        let share_mode = if self.dice.one_in(4) {
            ShareMode::from_bits_truncate(u32::try_from(self.dice.throw() % 8).unwrap())
        } else {
            ShareMode::all()
        };
        let key = [FILE, OTHER][file];
        let wanted = self
            .dice
            .pick(&[R, RH, RWH, R | LeaseState::WRITE, LeaseState::HANDLE]);
        // Each client has a lease key for each file, and one that it uses for both.
        let name = self.dice.pick(&[u8::try_from(file).unwrap(), 9]);
        let id = lease(u8::try_from(client).unwrap(), name);
        let lease = match self.dice.below(5) {
            0 | 1 => None,
            v2 => Some(LeaseRequest {
                id,
                epoch: (v2 == 2).then_some(7),
                parent: None,
            }),
        };
        let caching = (!self.dice.one_in(3)).then(|| CachingRequest {
            wanted,
            lease,
            listener: Arc::clone(&self.listener),
        });
        let lease = caching
            .as_ref()
            .and_then(|caching| caching.lease)
            .map(|lease| lease.id);
        let stream = if self.dice.one_in(8) {
            StreamName::named("s")
        } else {
            StreamName::default()
        };
        let ask = Admission {
            key,
            stream,
            place: self.places[file].clone(),
            access,
            granted: access,
            share_mode,
            replaces: self.dice.one_in(6),
            caching,
            ..ask(LiveSessionId(client))
        };
        match self.world.open(ask) {
            Ok(Entry::Admitted(admitted)) => {
                self.seen[ADMITTED] += 1;
                self.live.push(Mine {
                    id: admitted.id,
                    client,
                    shared: admitted.shared,
                    link: admitted.link,
                    key,
                    lease,
                    away: false,
                });
            }
            Ok(Entry::Waits(ticket)) => self.wait(ticket),
            Err(
                VfsError::SharingViolation
                | VfsError::DeletePending
                | VfsError::TooManyOpens
                | VfsError::InvalidParameter,
            ) => self.seen[REFUSED] += 1,
            Err(error) => panic!("{error}"),
        }
    }

    fn wait(&mut self, ticket: Ticket) {
        self.seen[WAITED] += 1;
        assert!(self.waits.insert(ticket));
    }

    fn close(&mut self, at: usize) {
        let mine = self.live.swap_remove(at);
        let left = self.world.machine.close(mine.id).expect("it was open");
        let (abandoned, granted) = mine.shared.change_locks(|locks| locks.release_all(mine.id));
        self.lock_waits
            .retain(|waiting| !abandoned.contains(&waiting.ticket));
        self.granted(&granted);
        assert!(self.lock_waits.iter().all(|waiting| waiting.open != mine.id));
        if left.delete {
            let same_name = |other: &Mine| Arc::ptr_eq(&other.link, &mine.link);
            assert!(!self.live.iter().any(same_name), "somebody still has it open");
            self.world.machine.finish_delete(mine.key);
        }
    }

    fn granted(&mut self, tickets: &[Ticket]) {
        for ticket in tickets {
            let at = self
                .lock_waits
                .iter()
                .position(|waiting| waiting.ticket == *ticket);
            self.lock_waits.swap_remove(at.expect("it waited"));
        }
    }

    fn range(&mut self) -> LockRange {
        LockRange {
            offset: self.dice.throw() % 8,
            length: self.dice.throw() % 4,
            exclusive: self.dice.one_in(2),
        }
    }

    fn lock(&mut self) {
        let Some(at) = self.any_open() else { return };
        let ranges = [self.range(), self.range()];
        let ranges = &ranges[..=usize::from(self.dice.one_in(3))];
        let wait = self.dice.one_in(2);
        let mine = &self.live[at];
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        let waits = mine
            .shared
            .change_locks(|locks| match locks.acquire(mine.id, ranges) {
                Err(VfsError::LockNotGranted) if wait => locks.wait(ticket, mine.id, ranges).is_ok(),
                _ => false,
            });
        if waits {
            self.seen[LOCK_WAITED] += 1;
            self.lock_waits.push(WaitingLock {
                ticket,
                open: mine.id,
                shared: Arc::clone(&mine.shared),
            });
        }
    }

    fn unlock_or_cancel(&mut self) {
        if !self.lock_waits.is_empty() && self.dice.one_in(2) {
            let at = self.dice.below(self.lock_waits.len());
            let waiting = self.lock_waits.swap_remove(at);
            let stopped = waiting
                .shared
                .change_locks(|locks| locks.stop_waiting(waiting.ticket));
            assert!(stopped);
        } else if let Some(at) = self.any_open() {
            let range = self.range();
            let mine = &self.live[at];
            let (_, granted) = mine.shared.change_locks(|locks| locks.release(mine.id, &[range]));
            self.granted(&granted);
        }
    }

    fn rename(&mut self) {
        let Some(at) = self.any_open() else { return };
        let (id, key, link) = (
            self.live[at].id,
            self.live[at].key,
            Arc::clone(&self.live[at].link),
        );
        if let Some(ticket) = self.world.machine.give_up_handles(self.world.now, id) {
            return self.wait(ticket);
        }
        let file = usize::from(key == OTHER);
        if link.is_unlinked() {
            return;
        }
        if self.dice.one_in(2) {
            let to = place(self.dice.pick(&[["dir/a", "else/a"], ["dir/b", "Else/b"]][file]));
            self.world.machine.moved(&link, &to);
            self.places[file] = to;
        } else {
            // Over the other file.
            let (target, at) = ([OTHER, FILE][file], self.places[1 - file].clone());
            match self.world.machine.may_be_replaced(self.world.now, target) {
                Ok(Some(ticket)) => self.wait(ticket),
                Ok(None) => self.world.machine.replaced(target, &at),
                Err(VfsError::AccessDenied(Denial::InUse)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn mark_for_deletion(&mut self) {
        if self.dice.one_in(4) {
            let folder = FoldedPath::of(&place("dir").path);
            let wait = self
                .world
                .machine
                .give_up_handles_below(self.world.now, SHARE, &folder);
            wait.into_iter().for_each(|ticket| self.wait(ticket));
            return;
        }
        let Some(at) = self.any_open() else { return };
        let delete = self.dice.one_in(2);
        match self
            .world
            .machine
            .give_up_handles(self.world.now, self.live[at].id)
        {
            Some(ticket) => self.wait(ticket),
            None => self.world.machine.set_delete_pending(&self.live[at].link, delete),
        }
    }

    fn acknowledge(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let at = self.dice.below(self.asked.len());
        let (holder, to) = self.asked.swap_remove(at);
        // Right, or at a wrong level, or too late.
        let to = if self.dice.one_in(5) {
            self.dice.pick(&[NONE, R, RH, RWH])
        } else {
            to
        };
        if let Ok(now) = self.world.machine.acknowledge(self.world.now, holder, to) {
            assert_eq!(now, to);
        }
    }

    fn leave_or_return(&mut self) {
        let Some(at) = self.any_open() else { return };
        if self.live[at].away {
            let (id, owner) = (self.live[at].id, LiveSessionId(self.live[at].client));
            let lease = self.live[at].lease;
            if self.world.machine.reconnect(id, owner, lease).is_ok() {
                self.seen[RETURNED] += 1;
                self.live[at].away = false;
            }
        } else {
            let until = self.world.now + Duration::from_secs(self.dice.pick(&[10, 100]));
            if self.world.machine.disconnect(self.live[at].id, until) {
                self.live[at].away = true;
            } else {
                self.close(at);
            }
        }
    }

    /// Does what the machine decided, until it decides nothing more.
    fn follow(&mut self) {
        loop {
            let effects = self.world.heard();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Break(notice) => {
                        assert!(
                            notice.from.contains(notice.to) && notice.from != notice.to,
                            "{notice:?}"
                        );
                        if notice.ack_required {
                            self.asked.push((notice.holder, notice.to));
                        }
                    }
                    Effect::Wake(ticket) => assert!(self.waits.remove(&ticket), "it waits no more"),
                    Effect::Close(open) => {
                        if let Some(at) = self.live.iter().position(|mine| mine.id == open) {
                            assert!(self.live[at].away, "its client is there");
                            self.close(at);
                        }
                    }
                    Effect::Ended(_) => {}
                }
            }
        }
    }
}

/// Prints the seed when something didn't hold.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("run it again with LANDFALL_INTERLEAVING={}", self.0);
        }
    }
}

fn day(seed: u64) -> [u64; 6] {
    let _seed = Seed(seed);
    let mut play = Play::new(seed);
    for _ in 0..DAY {
        play.step();
        play.check();
    }
    play.end_the_day();
    play.seen
}

fn asked_for(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn a_million_steps_of_three_clients_keep_every_promise() {
    if let Some(seed) = asked_for("LANDFALL_INTERLEAVING") {
        day(seed);
        return;
    }
    let steps = asked_for("LANDFALL_INTERLEAVINGS").unwrap_or(1_000_000);
    let mut seen = [0; 6];
    for seed in 0..steps / DAY {
        let of_day = day(seed);
        seen.iter_mut().zip(of_day).for_each(|(all, day)| *all += day);
    }
    assert!(
        seen.iter().all(|seen| *seen > steps / 10_000),
        "too little happened: {seen:?}"
    );
}
