//! What a server costs, read from `/proc`: processor time and memory of a process and all its descendants, since
//! smbd and sshd fork for each connection.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::time::{ClockId, clock_gettime};
use rustix::process::{Pid, Signal, kill_process};

/// The unit of the times in `/proc/PID/stat`.
const TICK: Duration = Duration::from_millis(10);
const SAMPLE_EVERY: Duration = Duration::from_millis(20);
const SETTLE_STEP: Duration = Duration::from_millis(50);
/// What a server at rest may use in one step, for its timers.
const AT_REST: Duration = Duration::from_millis(1);
const SETTLE_LIMIT: Duration = Duration::from_secs(20);
const KILL_STEP: Duration = Duration::from_millis(50);
const KILL_LIMIT: Duration = Duration::from_secs(2);

/// A server's processes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree {
    root: u32,
}

impl Tree {
    pub(super) fn new(root: u32) -> Self {
        Self { root }
    }

    /// The server's process, then all its descendants that live.
    pub(super) fn members(self) -> Vec<u32> {
        let mut members = vec![self.root];
        let mut next = 0;
        while let Some(process) = members.get(next) {
            members.extend(children(*process));
            next += 1;
        }
        members
    }

    /// User and system time of all of them, with the descendants that have ended and were waited for.
    pub(super) fn processor_time(self) -> Duration {
        self.members().into_iter().filter_map(processor_time).sum()
    }

    /// Waits until the processes that came after `before` are gone and nothing is worked on; the processor
    /// time then.
    pub(super) fn settled(self, before: &[u32]) -> Result<Duration> {
        let started = Instant::now();
        let mut last = self.processor_time();
        loop {
            std::thread::sleep(SETTLE_STEP);
            let now = self.processor_time();
            if now.saturating_sub(last) < AT_REST
                && self.members().iter().all(|process| before.contains(process))
            {
                return Ok(now);
            }
            if started.elapsed() > SETTLE_LIMIT {
                bail!("the server is still at work {SETTLE_LIMIT:?} after its client has gone");
            }
            last = now;
        }
    }

    /// Lets the peaks of memory begin at what is used now.
    pub(super) fn reset_peaks(self) -> Result<()> {
        for process in self.members() {
            std::fs::write(file(process, "clear_refs"), "5")
                .with_context(|| format!("the peak memory of process {process} can't be reset"))?;
        }
        Ok(())
    }

    /// Runs `work` and watches the memory of the processes that serve it: those that are not among `before`, or
    /// the server's own process if it needs no others. The highest sum of their peaks, in bytes.
    pub(super) fn watch_memory<T>(self, before: &[u32], work: impl FnOnce() -> T) -> (T, u64) {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut highest = 0;
                loop {
                    let is_last = done.load(Ordering::Acquire);
                    let added: u64 = self
                        .members()
                        .iter()
                        .filter(|process| !before.contains(process))
                        .filter_map(|process| peak_memory(*process))
                        .sum();
                    highest = highest.max(added);
                    if is_last {
                        return highest;
                    }
                    std::thread::sleep(SAMPLE_EVERY);
                }
            });
            let result = work();
            done.store(true, Ordering::Release);
            let added = watcher.join().unwrap_or_default();
            let peak = if added > 0 {
                added
            } else {
                peak_memory(self.root).unwrap_or_default()
            };
            (result, peak)
        })
    }

    /// The memory of all of them in bytes, where pages that several share count once.
    pub(super) fn proportional_memory(self) -> u64 {
        self.members()
            .into_iter()
            .filter_map(|process| kilobytes(&file(process, "smaps_rollup"), "Pss:"))
            .sum()
    }

    /// Kills all of them; the descendants first, so that the server can wait for them and no zombies stay.
    pub(super) fn kill(self) {
        let started = Instant::now();
        while started.elapsed() < KILL_LIMIT {
            let descendants: Vec<u32> = self.members().into_iter().skip(1).collect();
            if descendants.is_empty() {
                break;
            }
            descendants.into_iter().for_each(kill);
            std::thread::sleep(KILL_STEP);
        }
        self.members().into_iter().for_each(kill);
    }
}

fn kill(process: u32) {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    if let Some(process) = process {
        // It may have ended by itself.
        let _ = kill_process(process, Signal::KILL);
    }
}

fn file(process: u32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{process}/{name}"))
}

/// The children of all threads of a process.
fn children(process: u32) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(file(process, "task")) else {
        return Vec::new();
    };
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|list| {
            list.split_ascii_whitespace()
                .filter_map(|process| process.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect()
}

/// What a process used, by its clock, which counts nanoseconds and the threads that have ended too; and, in ticks, what
/// its children used that it waited for (cutime and cstime of proc(5)).
fn processor_time(process: u32) -> Option<Duration> {
    let id = nix::unistd::Pid::from_raw(i32::try_from(process).ok()?);
    let own: Duration = clock_gettime(ClockId::pid_cpu_clock_id(id).ok()?).ok()?.into();
    let stat = std::fs::read_to_string(file(process, "stat")).ok()?;
    // The name, in parentheses, may hold anything; the third field comes after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u32 = fields
        .split_ascii_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    Some(own + TICK * ticks)
}

fn peak_memory(process: u32) -> Option<u64> {
    kilobytes(&file(process, "status"), "VmHWM:")
}

fn kilobytes(file: &PathBuf, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024)
}
