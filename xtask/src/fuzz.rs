//! `cargo xtask fuzz [SECONDS]`: every target of `tests/fuzz` for so long, on a stable toolchain. The same layout
//! serves cargo-fuzz, which adds a sanitizer and wants nightly.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::setup;
use crate::shell::{command, output, root, run_command};

/// What cargo-fuzz passes too: libFuzzer learns which branches an input reaches and what it was compared with.
const INSTRUMENTATION: [&str; 6] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
/// An input may not take longer, in seconds.
const TIMEOUT: u32 = 10;
/// Nor the whole run more memory, in MiB.
const MEMORY: u32 = 1024;
/// Lines of a failed run's log that are shown.
const TAIL: usize = 60;

pub(crate) fn run(seconds: u32) -> Result<()> {
    // libFuzzer is C++.
    setup::packages(&["g++"])?;
    let programs = build()?;
    let targets = targets()?;
    let folder = root().join("target/fuzz");
    let scratch = Scratch::new(&folder)?;
    let queue = Mutex::new(VecDeque::from(targets));
    let failed = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    println!("== fuzzing each target for {seconds} s, {workers} at a time");
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(target) = next(&queue) {
                    let run = Run {
                        target: &target,
                        program: &programs.join(&target),
                        folder: &folder,
                        scratch: &scratch.0,
                    };
                    match run.start(seconds) {
                        Ok(summary) => println!("{target:<22} {summary}"),
                        Err(error) => {
                            println!("{target:<22} FAILED\n{error:#}");
                            failed.lock().expect("no worker panics").push(target);
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no worker panics");
    if !failed.is_empty() {
        bail!("inputs were found that fail: {}", failed.join(", "));
    }
    Ok(())
}

fn next(queue: &Mutex<VecDeque<String>>) -> Option<String> {
    queue.lock().expect("no worker panics").pop_front()
}

/// Builds the targets; the folder with the programs.
fn build() -> Result<PathBuf> {
    let versions = output(&["rustc", "-vV"])?;
    let host = versions
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc does not say what it builds for")?;
    // Naming the target keeps build scripts and macros free of the instrumentation. The lock file follows the engine's
    // dependencies by itself.
    let mut build = command(&["cargo", "build", "--release", "--bins"]);
    build
        .args(["--manifest-path", "tests/fuzz/Cargo.toml"])
        .args(["--target-dir", "target/fuzz"])
        .args(["--target", host])
        .env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTATION.join("\u{1f}"));
    run_command(&mut build, "cargo build --bins (tests/fuzz)")?;
    Ok(root().join("target/fuzz").join(host).join("release"))
}

fn targets() -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for file in std::fs::read_dir(root().join("tests/fuzz/fuzz_targets"))? {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        targets.push(name.context("a target has a name")?.to_owned());
    }
    targets.sort();
    Ok(targets)
}

/// A folder in memory where there is one, for the files of the servers under test; they are killed, not ended.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: &Path) -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory } else { folder };
        let scratch = parent.join(format!("landfall-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        Ok(Self(scratch))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One target's run.
struct Run<'a> {
    target: &'a str,
    program: &'a Path,
    folder: &'a Path,
    scratch: &'a Path,
}

impl Run<'_> {
    /// Fuzzes; what libFuzzer says at the end.
    fn start(&self, seconds: u32) -> Result<String> {
        let place = |kind: &str| -> Result<PathBuf> {
            let path = self.folder.join(kind).join(self.target);
            std::fs::create_dir_all(&path)?;
            Ok(path)
        };
        // What a run finds is kept beside the seeds in version control, and is the next one's beginning.
        let (corpus, artifacts) = (place("corpus")?, place("artifacts")?);
        let log = self.folder.join(format!("{}.log", self.target));
        let output = File::create(&log)?;
        // No input fills the disk: writes beyond 64 MiB are refused instead.
        let status = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 131072; exec \"$@\"", "sh"])
            .arg(self.program)
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-timeout={TIMEOUT}"))
            .arg(format!("-rss_limit_mb={MEMORY}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .args(["-handle_xfsz=0", "-print_final_stats=1"])
            .arg(corpus)
            .arg(root().join("tests/fuzz/seeds").join(self.target))
            .env("TMPDIR", self.scratch)
            .env("RUST_BACKTRACE", "1")
            .stdout(output.try_clone()?)
            .stderr(output)
            .status()
            .with_context(|| format!("{} could not be started", self.program.display()))?;
        let said = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
        if !status.success() {
            let lines: Vec<&str> = said.lines().collect();
            bail!("{}", lines[lines.len().saturating_sub(TAIL)..].join("\n"));
        }
        Ok(summary(&said))
    }
}

/// Inputs tried, and how many of them reached something new.
fn summary(said: &str) -> String {
    let statistic = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.map_or("?", str::trim)
    };
    format!(
        "{:>9} inputs, {:>4} new, {:>4} MiB at most, {:>2} s for the slowest",
        statistic("stat::number_of_executed_units:"),
        statistic("stat::new_units_added:"),
        statistic("stat::peak_rss_mb:"),
        statistic("stat::slowest_unit_time_sec:"),
    )
}
