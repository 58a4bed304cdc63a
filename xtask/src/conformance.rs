//! `cargo xtask conformance [GLOB]`: Samba's smbtorture against a fresh server, one case a process, compared with
//! the list of cases that are expected to pass. A listed case that fails is a regression; one that passes without
//! being listed is worth adding.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::setup;
use crate::shell::{self, output, root};

const EXPECTED: &str = "tests/conformance/expected.txt";
const CASE_LIMIT: Duration = Duration::from_secs(120);
const PEOPLE: [(&str, &str); 2] = [("torture", "Passw0rd!"), ("alice", "Secret007!")];

pub(crate) fn run(glob: &str) -> Result<()> {
    setup::packages(&["samba-testsuite"])?;
    shell::run(&["cargo", "build", "--release", "--package", "landfall-cli"])?;
    let expected_text = std::fs::read_to_string(root().join(EXPECTED)).unwrap_or_default();
    let expected: BTreeSet<&str> = expected_text
        .lines()
        .filter(|line| line.starts_with("smb2."))
        .collect();
    let folder = root().join("target/conformance");
    let server = Server::start(&folder)?;
    let mut regressions = Vec::new();
    let mut passed = 0;
    let all = cases()?;
    let chosen: Vec<&String> = all.iter().filter(|case| matches(glob, case)).collect();
    for case in &chosen {
        clear(&folder.join("share"))?;
        let verdict = one(case, &server.smb)?;
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

fn matches(glob: &str, case: &str) -> bool {
    match glob.split_once('*') {
        Some((head, tail)) => case.starts_with(head) && case.ends_with(tail),
        None => case == glob,
    }
}

/// smbtorture's own word for the outcome.
fn one(case: &str, smb: &str) -> Result<&'static str> {
    let (host, port) = smb.rsplit_once(':').context("no port")?;
    let [(user, password), (user2, password2)] = PEOPLE;
    let mut child = Command::new("smbtorture")
        .arg(format!("//{host}/torture"))
        .arg(format!("-U{user}%{password}"))
        .args(["-p", port, "--option=torture:progress=no"])
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

/// A release server with a share and two people.
struct Server {
    process: Child,
    smb: String,
}

impl Server {
    fn start(folder: &Path) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        let share = folder.join("share");
        std::fs::create_dir_all(&share)?;
        let landfall = |arguments: &[&str]| {
            let mut command = Command::new(root().join("target/release/landfall"));
            command
                .env("LANDFALL_KEYRING", "off")
                .arg("--data-dir")
                .arg(folder.join("data"))
                .args(arguments);
            command
        };
        for (name, password) in PEOPLE {
            let mut add = landfall(&["user", "add", name, "--password-stdin"])
                .stdin(Stdio::piped())
                .spawn()?;
            add.stdin
                .take()
                .context("no stdin")?
                .write_all(password.as_bytes())?;
            if !add.wait()?.success() {
                bail!("the person {name} could not be added");
            }
        }
        landfall(&["share", "add", "torture"])
            .arg(&share)
            .args(["--default", "read-write"])
            .status()?;
        let mut process = landfall(&[
            "serve",
            "--smb",
            "127.0.0.1:0",
            "--sftp",
            "off",
            "--netbios",
            "off",
            "--json",
        ])
        .stdout(Stdio::piped())
        .spawn()?;
        let mut ready = String::new();
        let stdout = process.stdout.take().context("no stdout")?;
        BufReader::new(stdout).read_line(&mut ready)?;
        let smb = ready
            .split('"')
            .find(|word| word.starts_with("127.0.0.1:"))
            .context("no address")?
            .to_owned();
        Ok(Self { process, smb })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
