//! `cargo xtask conformance [GLOB]`: Samba's smbtorture against a fresh server, one case a process, compared with
//! the list of cases that are expected to pass. A listed case that fails is a regression; one that passes without
//! being listed is worth adding.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::glob::matches;
use crate::landfall::{Landfall, Serving, release_build};
use crate::setup;
use crate::shell::{output, root};

const EXPECTED: &str = "tests/conformance/expected.txt";
const CASE_LIMIT: Duration = Duration::from_secs(120);
const PEOPLE: [(&str, &str); 2] = [("torture", "Passw0rd!"), ("alice", "Secret007!")];

pub(crate) fn run(glob: &str) -> Result<()> {
    setup::packages(&["samba-testsuite"])?;
    let expected_text = std::fs::read_to_string(root().join(EXPECTED)).unwrap_or_default();
    let expected: BTreeSet<&str> = expected_text
        .lines()
        .filter(|line| line.starts_with("smb2."))
        .collect();
    let folder = root().join("target/conformance");
    let server = start(&folder)?;
    let mut regressions = Vec::new();
    let mut passed = 0;
    let all = cases()?;
    let chosen: Vec<&String> = all.iter().filter(|case| matches(glob, case)).collect();
    for case in &chosen {
        clear(&folder.join("share"))?;
        let verdict = one(case, server.smb)?;
        let listed = expected.contains(case.as_str());
        passed += usize::from(verdict == "success");
        let note = match (verdict, listed) {
            ("success", true) => continue,
            ("success", false) => "passes; not listed",
            (_, true) => {
                regressions.push((*case).clone());
                "REGRESSION"
            }
            _ => "",
        };
        println!("{case:<60} {verdict:<8} {note}");
    }
    println!("{passed} of {} cases pass", chosen.len());
    if !regressions.is_empty() {
        bail!("cases that used to pass: {}", regressions.join(", "));
    }
    Ok(())
}

/// Every smb2 case that smbtorture has, suites unfolded.
fn cases() -> Result<Vec<String>> {
    let list = output(&["smbtorture", "--list"])?;
    Ok(list
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("smb2."))
        .map(str::to_owned)
        .collect())
}

/// smbtorture's own word for the outcome.
fn one(case: &str, port: u16) -> Result<&'static str> {
    let [(user, password), (user2, password2)] = PEOPLE;
    let mut child = Command::new("smbtorture")
        .arg("//127.0.0.1/torture")
        .arg(format!("-U{user}%{password}"))
        .args(["-p", &port.to_string(), "--option=torture:progress=no"])
        .arg(format!("--option=torture:user2={user2}"))
        .arg(format!("--option=torture:user2password={password2}"))
        .arg(case)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
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
    let mut lines = child
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines)
        .map_while(Result::ok);
    let verdict = lines.find_map(|line| {
        ["success:", "failure:", "error:", "skip:"]
            .into_iter()
            .find(|word| line.starts_with(word))
    });
    Ok(match verdict {
        Some("success:") if status.success() => "success",
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

/// A server with an empty share and two people.
fn start(folder: &Path) -> Result<Serving> {
    let landfall = Landfall::new(&release_build()?, &folder.join("data"));
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let share = folder.join("share");
    std::fs::create_dir_all(&share)?;
    for (name, password) in PEOPLE {
        landfall.add_person(name, password)?;
    }
    landfall.add_share("torture", &share)?;
    landfall.serve("off")
}
