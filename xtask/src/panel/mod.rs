//! `cargo xtask panel [SUITE...]`: test suites that others wrote for their own clients and servers, run against a fresh
//! server and compared with the lists of `tests/panel`, which give the reason of every case that is expected to fail.
//! Each suite runs in a process of its own (`within`), in a namespace where port 445 is free; this one installs what
//! the suites need, waits for them, and judges. `--quick` runs what fits beside the other tests.

mod case;
mod ground;
mod kernel;
mod namespace;
mod openssh;
mod paramiko;
mod pike;
mod pytest;
mod reasons;
mod smbprotocol;
mod sources;
mod ssh_audit;
mod table;

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use self::case::Case;
use self::ground::Ground;
use self::reasons::Reasons;
use self::table::{Row, Table};
use crate::landfall::release_build;
use crate::shell::root;

/// Suites that run side by side: one for each processor of a small machine.
const SIDE_BY_SIDE: usize = 2;

/// How much of a suite is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// What takes a minute or two.
    Quick,
}

/// A suite of tests.
struct Suite {
    /// What it is called here, as its list in `tests/panel`.
    name: &'static str,
    /// After which it is stuck.
    limit: Duration,
    /// Brings what it needs onto this machine.
    install: fn(Extent) -> Result<()>,
    run: fn(&Ground, Extent) -> Result<Vec<Case>>,
}

const SUITES: [Suite; 6] = [
    // The longest first.
    kernel::SUITE,
    pike::SUITE,
    smbprotocol::SUITE,
    paramiko::SUITE,
    openssh::SUITE,
    ssh_audit::SUITE,
];

/// Runs the suites that `words` name, or all, against the release build.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let extent = if words.contains(&"--quick") {
        Extent::Quick
    } else {
        Extent::Whole
    };
    let names: Vec<&str> = words.iter().copied().filter(|word| *word != "--quick").collect();
    run_against(&release_build()?, extent, &names)
}

/// Runs the suites that `names` name, or all, against a build of `landfall`.
pub(crate) fn run_against(binary: &Path, extent: Extent, names: &[&str]) -> Result<()> {
    let suites = chosen(names)?;
    for suite in &suites {
        (suite.install)(extent).with_context(|| format!("{} could not be installed", suite.name))?;
    }
    namespace::packages()?;
    let queue = Mutex::new(suites.into_iter());
    let table = Mutex::new(Table::default());
    let work = || -> Result<()> {
        loop {
            let next = queue.lock().ok().and_then(|mut queue| queue.next());
            let Some(suite) = next else { return Ok(()) };
            let row = judged(suite, binary, extent).with_context(|| suite.name)?;
            if let Ok(mut table) = table.lock() {
                table.add(row);
            }
        }
    };
    std::thread::scope(|scope| {
        let workers = [(); SIDE_BY_SIDE].map(|()| scope.spawn(work));
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a worker panicked")))
    })?;
    let table = table.into_inner().context("a worker panicked")?;
    print!("{table}");
    if !table.is_good() {
        bail!("suites have cases that fail without a reason, or too few that pass");
    }
    Ok(())
}

/// Runs one suite in the namespace that this process was started in, and writes down what became of its cases.
pub(crate) fn within(name: &str, extent: &str) -> Result<()> {
    let suite = SUITES
        .iter()
        .find(|suite| suite.name == name)
        .context("no such suite")?;
    let extent = match extent {
        "quick" => Extent::Quick,
        _ => Extent::Whole,
    };
    let ground = Ground::prepare(suite.name, &release_build()?)?;
    let cases = (suite.run)(&ground, extent)?;
    case::write(&ground::verdicts(suite.name), &cases)
}

fn chosen(names: &[&str]) -> Result<Vec<&'static Suite>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| SUITES.iter().all(|suite| suite.name != **name))
    {
        let known: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        bail!("there is no suite {unknown}; there are: {}", known.join(", "));
    }
    Ok(SUITES
        .iter()
        .filter(|suite| match names {
            [] => true,
            _ => names.contains(&suite.name),
        })
        .collect())
}

/// Runs one suite in a process of its own and compares.
fn judged(suite: &Suite, binary: &Path, extent: Extent) -> Result<Row> {
    let reasons = Reasons::read(&root().join(format!("tests/panel/{}.txt", suite.name)))?;
    let took = namespace::run(suite.name, binary, extent, suite.limit)?;
    let cases = case::read(&ground::verdicts(suite.name))?;
    Ok(Row::new(suite.name, took, reasons.compare(&cases, extent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_has_a_list_that_gives_reasons() {
        for suite in &SUITES {
            let path = root().join(format!("tests/panel/{}.txt", suite.name));
            Reasons::read(&path).unwrap();
        }
    }

    #[test]
    fn an_unknown_suite_is_refused_and_none_means_all() {
        assert!(chosen(&["torture"]).is_err());
        assert_eq!(chosen(&[]).unwrap().len(), SUITES.len());
        assert_eq!(chosen(&["pike"]).unwrap().len(), 1);
    }
}
