//! `cargo xtask conformance [GLOB]`: Samba's smbtorture against a fresh server, one case a process, compared with
//! the list of cases that are expected to pass. A listed case that fails is run once more with no other beside it:
//! some measure times of their own, which a busy machine stretches. If it fails again it is a regression. One that
//! passes without being listed is worth adding. `--listed` runs the listed cases alone, which is what the tests do.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::glob::matches;
use crate::landfall::{Landfall, Serving};
use crate::setup;
use crate::shell::{output, root};

const EXPECTED: &str = "tests/conformance/expected.txt";
const CASE_LIMIT: Duration = Duration::from_secs(150);
/// When more listed cases than these fail, it is not because the machine is busy.
const MOST_RERUNS: usize = 20;
const PEOPLE: [(&str, &str); 2] = [("torture", "Passw0rd!"), ("alice", "Secret007!")];
const PASSED: &str = "success";
/// Cases run side by side, each on a share of its own.
const SHARES: [&str; 2] = ["first", "second"];
/// Helpers, scans and benchmarks: they end without a verdict, or never.
const NO_VERDICT: [&str; 12] = [
    "smb2.bench.*",
    "smb2.scan.*",
    "smb2.hold-oplock",
    "smb2.hold-sharemode",
    "smb2.check-sharemode",
    "smb2.set-sparse-ioctl",
    "smb2.zero-data-ioctl",
    "smb2.durable-open-disconnect.*",
    "smb2.timestamp_resolution.*",
    "smb2.aio_delay.*",
    "smb2.change_notify_disabled.*",
    "smb2.oplock.levelii501",
];

/// Which cases to run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Selection<'a> {
    /// Those of a name.
    Matching(&'a str),
    /// Those that are expected to pass.
    Listed,
}

#[derive(Debug, Default)]
struct Tally {
    passed: usize,
    run: usize,
    /// Listed cases that failed beside others, and how.
    failed_beside_others: Vec<(String, &'static str)>,
    regressions: Vec<String>,
}

/// Runs the cases against a build of `landfall`.
pub(crate) fn run(selection: Selection<'_>, binary: &Path) -> Result<()> {
    setup::packages(&["samba-testsuite"])?;
    let expected_text = std::fs::read_to_string(root().join(EXPECTED)).unwrap_or_default();
    let expected: BTreeSet<&str> = expected_text
        .lines()
        .filter(|line| line.starts_with("smb2."))
        .collect();
    let mut cases = cases()?;
    cases.retain(|case| match selection {
        Selection::Matching(glob) => {
            matches(glob, case) && !NO_VERDICT.iter().any(|helper| matches(helper, case))
        }
        Selection::Listed => expected.contains(case.as_str()),
    });
    let folder = root().join("target/conformance");
    let server = start(binary, &folder)?;
    let queue = Mutex::new(cases.into_iter());
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        let work = |share: &'static str| -> Result<()> {
            loop {
                let next = queue.lock().ok().and_then(|mut queue| queue.next());
                let Some(case) = next else { return Ok(()) };
                clear(&folder.join(share))?;
                let verdict = one(&case, server.smb, share, &folder)?;
                let is_listed = expected.contains(case.as_str());
                if let Ok(mut tally) = tally.lock() {
                    tally.count(case, verdict, is_listed);
                }
            }
        };
        let workers = SHARES.map(|share| scope.spawn(move || work(share)));
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a worker panicked")))
    })?;
    let mut tally = tally.into_inner().context("a worker panicked")?;
    let failed = std::mem::take(&mut tally.failed_beside_others);
    let is_chance = failed.len() <= MOST_RERUNS;
    for (case, verdict) in failed {
        let again = if is_chance {
            let [share, ..] = SHARES;
            clear(&folder.join(share))?;
            one(&case, server.smb, share, &folder)?
        } else {
            verdict
        };
        tally.judge(case, verdict, again);
    }
    println!("{} of {} cases pass", tally.passed, tally.run);
    if !tally.regressions.is_empty() {
        bail!("cases that used to pass: {}", tally.regressions.join(", "));
    }
    Ok(())
}

impl Tally {
    fn count(&mut self, case: String, verdict: &'static str, is_listed: bool) {
        self.run += 1;
        self.passed += usize::from(verdict == PASSED);
        match (verdict, is_listed) {
            (PASSED, true) => {}
            (PASSED, false) => println!("{case:<60} {verdict:<8} passes; not listed"),
            (_, true) => self.failed_beside_others.push((case, verdict)),
            _ => println!("{case:<60} {verdict}"),
        }
    }

    /// What the second run of a listed case says about it.
    fn judge(&mut self, case: String, beside_others: &str, alone: &str) {
        if alone == PASSED {
            self.passed += 1;
            println!("flipped: {case} failed beside others ({beside_others}), passed alone");
        } else {
            println!("{case:<60} {alone:<8} REGRESSION");
            self.regressions.push(case);
        }
    }
}

/// Every smb2 case that smbtorture has. A suite that repeats the name of its only case is named once.
fn cases() -> Result<Vec<String>> {
    let list = output(&["smbtorture", "--list"])?;
    let short = |name: &str| match name.rsplit_once('.') {
        Some((suite, case)) if suite.ends_with(&format!(".{case}")) => suite.to_owned(),
        _ => name.to_owned(),
    };
    Ok(list
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("smb2."))
        .map(short)
        .collect())
}

/// smbtorture's own word for the outcome.
fn one(case: &str, port: u16, share: &str, folder: &Path) -> Result<&'static str> {
    let [(user, password), (user2, password2)] = PEOPLE;
    // A file, not a pipe: nobody reads along while the case runs.
    let log = folder.join(format!("{share}.log"));
    let mut child = Command::new("smbtorture")
        .arg(format!("//127.0.0.1/{share}"))
        .arg(format!("-U{user}%{password}"))
        .args(["-p", &port.to_string(), "--option=torture:progress=no"])
        .arg(format!("--option=torture:user2name={user2}"))
        .arg(format!("--option=torture:user2password={password2}"))
        .arg(case)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&log)?)
        .stderr(Stdio::null())
        .spawn()
        .context("smbtorture could not be started")?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > CASE_LIMIT {
            child.kill()?;
            child.wait()?;
            return Ok("timeout");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let text = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    let verdict = text.lines().find_map(|line| {
        ["success:", "failure:", "error:", "skip:"]
            .into_iter()
            .find(|word| line.starts_with(word))
    });
    Ok(match verdict {
        Some("success:") if status.success() => PASSED,
        Some("skip:") => "skip",
        Some("error:") => "error",
        _ => "failure",
    })
}

fn clear(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            std::fs::remove_dir_all(path)?;
        } else {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// A server with empty shares and two people.
fn start(binary: &Path, folder: &Path) -> Result<Serving> {
    let landfall = Landfall::new(binary, &folder.join("data"));
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    for (name, password) in PEOPLE {
        landfall.add_person(name, password)?;
    }
    for share in SHARES {
        let shared = folder.join(share);
        std::fs::create_dir(&shared)?;
        landfall.add_share(share, &shared)?;
    }
    // Many cases send what nobody signed.
    landfall.run(&["settings", "set", "smb.require-signing=off"])?;
    landfall.serve("127.0.0.1:0", "off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_case_is_a_regression_only_when_it_fails_alone_too() {
        let mut tally = Tally::default();
        tally.count("smb2.flips".to_owned(), "failure", true);
        tally.count("smb2.fails".to_owned(), "timeout", true);
        tally.count("smb2.passes".to_owned(), PASSED, true);
        tally.count("smb2.unlisted".to_owned(), "failure", false);
        assert!(tally.regressions.is_empty());
        let failed = std::mem::take(&mut tally.failed_beside_others);
        assert_eq!(
            failed,
            [
                ("smb2.flips".to_owned(), "failure"),
                ("smb2.fails".to_owned(), "timeout")
            ]
        );
        for ((case, verdict), alone) in failed.into_iter().zip([PASSED, "failure"]) {
            tally.judge(case, verdict, alone);
        }
        assert_eq!(tally.regressions, ["smb2.fails"]);
        assert_eq!((tally.passed, tally.run), (2, 4));
    }
}
