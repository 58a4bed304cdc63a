//! `cargo xtask run | test | cross | bench | conformance`: the only commands to remember.

mod bench;
mod conformance;
mod cross;
mod run;
mod setup;
mod shell;
mod test;

use anyhow::{Result, bail};

const USAGE: &str = "usage: cargo xtask COMMAND
  run                  set everything up and serve ~/Landfall from this computer
  test                 set everything up and run every check and test
  cross                check for Windows and macOS; run the Windows tests under Wine (Debian and Ubuntu)
  bench                measure beside Samba and OpenSSH
  conformance [GLOB]   run smbtorture cases against the server, compared with what is expected to pass";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run"] => run::run(),
        ["test"] => test::run(),
        ["cross"] => cross::run_all(),
        ["bench"] => bench::run(),
        ["conformance"] => conformance::run("*"),
        ["conformance", glob] => conformance::run(glob),
        _ => bail!("{USAGE}"),
    }
}
