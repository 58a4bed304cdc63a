//! ssh-audit: what it has against each algorithm that is offered, against how fast a stranger may connect; and whether
//! another client is served while it makes the server compute key exchanges for nothing (`--dheat`).

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use super::case::Case;
use super::ground::{Ground, SFTP_PORT, USER};
use super::{Extent, Suite, sources};
use crate::background::Background;
use crate::shell::root;

/// What is offered, as ssh-audit names it.
const KINDS: [&str; 4] = ["kex", "key", "enc", "mac"];
/// Connections that `--dheat` holds.
const STRANGERS: &str = "10";
/// Log-ins of another client meanwhile, and how long each may take.
const LOG_INS: usize = 10;
const LOG_IN_LIMIT: Duration = Duration::from_secs(5);

pub(super) const SUITE: Suite = Suite {
    name: "ssh-audit",
    limit: Duration::from_secs(180),
    install,
    run,
};

fn install(_: Extent) -> Result<()> {
    sources::python().map(drop)
}

fn run(ground: &Ground, _: Extent) -> Result<Vec<Case>> {
    let output = ssh_audit()
        .args(["--json", "--port", SFTP_PORT, "127.0.0.1"])
        .output()
        .context("ssh-audit could not be started")?;
    let report = serde_json::from_slice(&output.stdout).context("ssh-audit gives no report")?;
    let mut cases = judged(&report);
    cases.push(Case::judged(
        "another client is served during --dheat",
        served_during_dheat(ground)?,
    ));
    Ok(cases)
}

fn ssh_audit() -> Command {
    Command::new(root().join("target/panel/venv/bin/ssh-audit"))
}

/// A case for each algorithm and for each remark on the whole.
fn judged(report: &Value) -> Vec<Case> {
    let algorithms = KINDS.iter().flat_map(|kind| {
        let offered = report[kind].as_array().into_iter().flatten();
        offered.filter_map(move |offered| {
            let name = offered["algorithm"].as_str()?;
            Some(Case::judged(format!("{kind} {name}"), against(&offered["notes"])))
        })
    });
    let remarks = report["additional_notes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let throttling = remarks
        .clone()
        .find(|remark| remark.contains("throttling"))
        .map(str::to_owned);
    algorithms
        .chain([Case::judged("connections are throttled", throttling)])
        .collect()
}

/// What is said against an algorithm.
fn against(notes: &Value) -> Option<String> {
    let said: Vec<&str> = ["fail", "warn"]
        .iter()
        .flat_map(|grade| notes[grade].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// Logs in again and again while strangers have the server compute; what went wrong.
fn served_during_dheat(ground: &Ground) -> Result<Option<String>> {
    // It has processes of its own, which end with the namespace.
    let mut attack = ssh_audit();
    attack.args(["--dheat", STRANGERS, "--port", SFTP_PORT, "127.0.0.1"]);
    let _attack = Background::start(&attack)?;
    for number in 1..=LOG_INS {
        let started = Instant::now();
        let logged_in = Command::new("timeout")
            .arg(LOG_IN_LIMIT.as_secs().to_string())
            .args(["sftp", "-q", "-F", "none", "-b", "-", "-P", SFTP_PORT, "-i"])
            .arg(&ground.key)
            .args(["-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"])
            .args(["-o", "UserKnownHostsFile=/dev/null"])
            .arg(format!("{USER}@127.0.0.1"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .context("sftp could not be started")?;
        let took = started.elapsed();
        println!("log-in {number} took {took:?}");
        if !logged_in.success() {
            return Ok(Some(format!(
                "log-in {number} failed after {took:?}: {logged_in}"
            )));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::case::Verdict;

    #[test]
    fn every_algorithm_is_a_case_that_fails_when_something_is_said_against_it() {
        let report = serde_json::json!({
            "kex": [
                {"algorithm": "curve25519-sha256", "notes": {"info": ["old"]}},
                {"algorithm": "group1", "notes": {"fail": ["broken"], "warn": ["small"]}},
            ],
            "mac": [{"algorithm": "hmac", "notes": {"warn": ["order"]}}],
            "additional_notes": ["insufficient connection throttling detected"],
        });
        let cases = judged(&report);
        let failed: Vec<(&str, &str)> = cases
            .iter()
            .filter(|case| case.verdict == Verdict::Failed)
            .map(|case| (case.name.as_str(), case.detail.as_str()))
            .collect();
        assert_eq!(cases.len(), 4);
        assert_eq!(
            failed,
            [
                ("kex group1", "broken; small"),
                ("mac hmac", "order"),
                (
                    "connections are throttled",
                    "insufficient connection throttling detected"
                ),
            ]
        );
    }
}
