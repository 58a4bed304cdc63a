//! `cargo xtask run | test | fuzz | cross | ci | conformance | panel | kernel | bench`: the only commands to remember.

mod background;
#[cfg(target_os = "linux")]
mod bench;
mod conformance;
#[cfg(target_os = "linux")]
mod cross;
#[cfg(target_os = "linux")]
mod fuzz;
mod glob;
#[cfg(target_os = "linux")]
mod kernel;
mod landfall;
mod licences;
mod package;
#[cfg(target_os = "linux")]
mod panel;
mod run;
mod setup;
mod shell;
mod test;
#[cfg(target_os = "linux")]
mod window;

#[cfg(target_os = "linux")]
use anyhow::Context;
use anyhow::{Result, bail};

use crate::conformance::Selection;
use crate::landfall::release_build;

const USAGE: &str = "usage: cargo xtask COMMAND
  run                  set everything up and start the desktop app
  run --headless       set everything up and serve ~/Landfall without it
  test                 set everything up and run every check and test
  package [KINDS]      build installable packages, such as deb,rpm,appimage;
                       with --test, install, start and remove the Debian one (as root)
  licences             write down anew whose work the app contains
  window               drive the app's real window through its story, and take pictures (Debian and Ubuntu)
  fuzz [SECONDS]       feed every parser with hostile input, each for 10 seconds or as long as said
  cross                check for Windows and macOS; run the Windows tests under Wine (Debian and Ubuntu)
  ci                   test, then cross
  conformance [GLOB]   run smbtorture cases against the server, compared with what is expected to pass
                       (--listed: those that are expected to pass, alone)
  panel [SUITE...] [--quick]
                       run test suites of other projects against the server, compared with what is expected to
                       fail, and why (Debian and Ubuntu)
  kernel [SCRIPT]      mount a share in a real Linux kernel and run a script on it, or the panel's suite of that
                       name (Debian and Ubuntu)
  bench [GLOB] [--runs N] [--quick] [--disk] [--json FILE] [--against BINARY] [--gate]
                       measure the server beside Samba's smbd and OpenSSH's sshd, and beside an earlier build
                       of landfall (Debian and Ubuntu, as root)";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run"] => run::run(),
        ["run", "--headless"] => run::headless(),
        ["test"] => test::run(),
        ["licences"] => licences::run(),
        ["package"] => package::run(None),
        #[cfg(target_os = "linux")]
        ["package", "--test"] => package::test(),
        ["package", kinds] => package::run(Some(kinds)),
        #[cfg(target_os = "linux")]
        ["window"] => window::run(),
        #[cfg(target_os = "linux")]
        ["fuzz"] => fuzz::run(10),
        #[cfg(target_os = "linux")]
        ["fuzz", seconds] => fuzz::run(seconds.parse().context("SECONDS is a number")?),
        #[cfg(target_os = "linux")]
        ["cross"] => cross::run(),
        #[cfg(target_os = "linux")]
        ["ci"] => test::run().and_then(|()| cross::run()),
        ["conformance"] => conformance::run(Selection::Matching("*"), &release_build()?),
        ["conformance", "--listed"] => conformance::run(Selection::Listed, &release_build()?),
        ["conformance", glob] => conformance::run(Selection::Matching(glob), &release_build()?),
        #[cfg(target_os = "linux")]
        ["panel", suites @ ..] => panel::run(suites),
        #[cfg(target_os = "linux")]
        ["kernel"] => panel::run(&["kernel"]),
        #[cfg(target_os = "linux")]
        ["kernel", script] => kernel::run(script),
        #[cfg(target_os = "linux")]
        ["panel-within", suite, extent] => panel::within(suite, extent),
        #[cfg(target_os = "linux")]
        ["bench", options @ ..] => bench::run(options),
        _ => bail!("{USAGE}"),
    }
}
