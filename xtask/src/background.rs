//! Servers that run while a command measures them, and never longer.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// A process that is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Background(Child);

impl Background {
    /// Starts `command` with pipes for its input and output. Linux kills it too when this program dies
    /// of a signal.
    pub(crate) fn start(command: &Command) -> Result<Self> {
        let program = command.get_program();
        let mut guarded = if cfg!(target_os = "linux") {
            let mut guarded = Command::new("setpriv");
            guarded.args(["--pdeathsig", "KILL", "--"]).arg(program);
            guarded
        } else {
            Command::new(program)
        };
        guarded.args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => guarded.env(name, value),
                None => guarded.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            guarded.current_dir(folder);
        }
        let child = guarded
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} could not be started", program.display()))?;
        Ok(Self(child))
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// The first line that the process prints: servers say so that they are ready. Empty if it ended without.
    pub(crate) fn first_line(&mut self) -> Result<String> {
        let mut line = String::new();
        let stdout = self.0.stdout.as_mut().context("no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
