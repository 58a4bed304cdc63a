//! How a server process fares while it is treated badly: memory, threads, panics, and whether it goes on serving.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

use crate::raw::Raw;
use crate::server::Server;

/// What a process uses, out of `/proc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vitals {
    /// Resident memory in KiB.
    pub memory: u64,
    /// Threads.
    pub threads: u64,
    /// Open descriptors.
    pub descriptors: u64,
}

impl Vitals {
    /// Those of the server.
    pub fn of(server: &Server) -> Self {
        let process = format!("/proc/{}", server.pid());
        let status = std::fs::read_to_string(format!("{process}/status")).expect("the server lives");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let value = line.and_then(|line| line.split_whitespace().next());
            value
                .and_then(|value| value.parse().ok())
                .expect("a number in the process's status")
        };
        let descriptors = std::fs::read_dir(format!("{process}/fd")).expect("the server lives");
        Self {
            memory: field("VmRSS:"),
            threads: field("Threads:"),
            descriptors: descriptors.count() as u64,
        }
    }
}

/// What the bystander was served.
#[derive(Debug, Clone, Copy)]
pub struct Served {
    /// Rounds of CREATE, WRITE, FLUSH, READ and CLOSE.
    pub rounds: u32,
    /// The slowest of them.
    pub slowest: Duration,
}

/// What a server may keep of memory that it gave back: the allocator's, not ours. In KiB.
const KEPT: u64 = 48 * 1024;
/// Threads for work that blocks, and connections to the database, come and go as they are needed; each attack would
/// leave more behind if it left something.
const SPARE_THREADS: u64 = 2;
const SPARE_DESCRIPTORS: u64 = 14;
/// How long it may take to notice that clients are gone.
const TIDYING: Duration = Duration::from_secs(20);
/// On a machine that does other work at the same time.
const LONGEST_ROUND: Duration = Duration::from_secs(15);

/// What an attack may cost, beside a calm server.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    /// Memory that the server may have more of at any moment of it, in KiB.
    pub memory: u64,
    /// How many times as long as before the other client may wait in the middle of its rounds; nineteen in twenty of
    /// them may take twice that.
    pub slower: u32,
}

/// What no machine is asked to do faster, however calm it is.
const SHORTEST_ROUND: Duration = Duration::from_millis(10);
/// Rounds from which it is known how fast the calm server is.
const CALM_ROUNDS: usize = 20;

/// Measures a calm server that has the share `files`, then attacks it while another person works on it.
///
/// # Panics
/// The attack costs more than it may, or the other person was not served.
pub fn costs_at_most(server: &Server, other: &str, costs: Costs, attack: impl FnOnce()) {
    let mut client = Raw::enter(&server.smb, other);
    let calm = median(
        (0..CALM_ROUNDS)
            .map(|number| round(&mut client, number))
            .collect(),
    );
    let before = Vitals::of(server).memory;
    let stop = AtomicBool::new(false);
    let (peak, rounds) = std::thread::scope(|scope| {
        let peak = scope.spawn(|| {
            let mut peak = before;
            while !stop.load(Ordering::Relaxed) {
                peak = peak.max(Vitals::of(server).memory);
                std::thread::sleep(Duration::from_millis(10));
            }
            peak
        });
        let rounds = scope.spawn(|| {
            let mut rounds = Vec::new();
            while !stop.load(Ordering::Relaxed) || rounds.len() < CALM_ROUNDS {
                rounds.push(round(&mut client, rounds.len()));
            }
            rounds
        });
        let until = Until(&stop);
        attack();
        drop(until);
        (
            peak.join().expect("it only looks"),
            rounds.join().expect("the other person was served"),
        )
    });
    let grown = peak.saturating_sub(before);
    assert!(
        grown <= costs.memory,
        "{grown} KiB more memory, {} are allowed",
        costs.memory
    );
    let allowed = calm.max(SHORTEST_ROUND) * costs.slower;
    let (meanwhile, slow) = (median(rounds.clone()), slowest_but_one_in_twenty(rounds));
    assert!(
        meanwhile <= allowed && slow <= 2 * allowed,
        "a round took {meanwhile:?}, one in twenty {slow:?} and more, before the attack {calm:?}"
    );
    eprintln!("a round took {meanwhile:?}, one in twenty {slow:?} and more, before the attack {calm:?}");
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains('\x1b'), "{log}");
}

/// Until it is dropped, by a panic too, the others go on.
struct Until<'s>(&'s AtomicBool);

impl Drop for Until<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

fn slowest_but_one_in_twenty(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds[rounds.len() * 19 / 20]
}

/// CREATE, WRITE, READ and CLOSE, and how long they took.
fn round(client: &mut Raw, number: usize) -> Duration {
    let started = Instant::now();
    let data = number.to_le_bytes().repeat(500);
    let file = client.create("bystander");
    client.write(file, 0, &data);
    assert_eq!(client.read(file, 0, 4000), data);
    client.close(file);
    started.elapsed()
}

/// Treats a server badly that has the people alice and bob and the share `files`: alice attacks while bob works on it.
///
/// # Panics
/// The other client was not served, or the server panicked, or keeps what it should have given back.
pub fn survives(server: &Server, attack: impl FnOnce()) -> Served {
    // What a first client leaves behind for good (caches, connections to the database) is no leak.
    drop(Raw::enter(&server.smb, "bob"));
    let mut client = Raw::enter(&server.smb, "bob");
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let (at_work, first_round) = mpsc::channel();
    let bystander = std::thread::spawn(move || work(&mut client, &stopped, &at_work));
    first_round.recv().expect("the other client is at work");
    let before = Vitals::of(server);
    attack();
    let grew = |after: Vitals| {
        after.threads > before.threads + SPARE_THREADS
            || after.descriptors > before.descriptors + SPARE_DESCRIPTORS
    };
    let deadline = Instant::now() + TIDYING;
    while grew(Vitals::of(server)) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
    }
    let after = Vitals::of(server);
    stop.store(true, Ordering::Relaxed);
    let served = bystander.join().expect("the other client was served");
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains('\x1b'), "{log}");
    assert!(!grew(after), "threads or descriptors stay: {before:?}, {after:?}");
    assert!(
        after.memory < before.memory + KEPT,
        "memory stays: {before:?}, {after:?}"
    );
    assert!(served.rounds > 0 && served.slowest < LONGEST_ROUND, "{served:?}");
    Raw::enter(&server.smb, "bob").echo();
    served
}

/// Says after the first round that it is at work.
fn work(client: &mut Raw, stopped: &AtomicBool, at_work: &Sender<()>) -> Served {
    let mut served = Served {
        rounds: 0,
        slowest: Duration::ZERO,
    };
    while !stopped.load(Ordering::Relaxed) {
        let started = Instant::now();
        let data = served.rounds.to_le_bytes().repeat(1000);
        let file = client.create("bystander");
        client.write(file, 0, &data);
        client.flush(file);
        assert_eq!(client.read(file, 0, 4000), data);
        client.close(file);
        served.rounds += 1;
        if served.rounds == 1 {
            let _ = at_work.send(());
        }
        served.slowest = served.slowest.max(started.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    served
}
