//! Running other programs from the repository's root.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A command that runs in the root; `words` are its name and arguments.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(root());
    command
}

/// Runs a command, shows it, and fails as it does.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    run_command(&mut command(words), &words.join(" "))
}

/// Runs a prepared command.
pub(crate) fn run_command(command: &mut Command, shown: &str) -> Result<()> {
    println!("== {shown}");
    let status = command
        .status()
        .with_context(|| format!("{shown} could not be started"))?;
    if !status.success() {
        bail!("{shown} failed: {status}");
    }
    Ok(())
}

/// Whether a command runs and succeeds, quietly.
pub(crate) fn succeeds(words: &[&str]) -> bool {
    let quiet = command(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| status.success())
}

/// What a command prints.
pub(crate) fn output(words: &[&str]) -> Result<String> {
    let output = command(words)
        .output()
        .with_context(|| format!("{} could not be started", words[0]))?;
    if !output.status.success() {
        bail!(
            "{} failed: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
