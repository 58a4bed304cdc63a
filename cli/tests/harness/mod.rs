//! A data folder of its own for each test, the built `landfall` on it, and a server where one is wanted.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A data folder and a folder to share.
pub(crate) struct Home {
    folder: TempDir,
    data: PathBuf,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::with_data_in("data")
    }

    pub(crate) fn with_data_in(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("shared")).unwrap();
        let data = folder.path().join(name);
        Self { folder, data }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.data.clone()
    }

    pub(crate) fn shared(&self) -> PathBuf {
        self.folder.path().join("shared")
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.arg("--data-dir").arg(self.data());
        // No test touches the keyring of whoever runs it.
        command.env("LANDFALL_KEYRING", "off").env_remove("LANDFALL_LOG");
        command.stdin(Stdio::null());
        command
    }

    /// Runs a line, split at spaces.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_with(line, "")
    }

    /// Runs a line with something on standard input.
    pub(crate) fn run_with(&self, line: &str, input: &str) -> Outcome {
        let mut child = self
            .command()
            .args(line.split(' '))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing closes the pipe early, which is fine.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a line that must succeed without a word on standard error.
    pub(crate) fn ok(&self, line: &str) -> String {
        let outcome = self.run(line);
        assert_eq!(
            (outcome.code, outcome.stderr.as_str()),
            (Some(0), ""),
            "landfall {line}: {outcome:?}"
        );
        outcome.stdout
    }

    /// Runs a line with `--json` that must succeed.
    pub(crate) fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.ok(&format!("--json {line}"))).unwrap()
    }

    /// Runs a line that must fail.
    pub(crate) fn refused(&self, line: &str) -> Outcome {
        let outcome = self.run(line);
        assert_ne!(outcome.code, Some(0), "landfall {line}: {outcome:?}");
        assert!(
            outcome.stderr.starts_with("landfall: ") || outcome.stderr.starts_with("error: "),
            "{outcome:?}"
        );
        outcome
    }

    /// A server on free loopback ports, ready.
    pub(crate) fn serve(&self) -> Serving {
        self.serve_with(&[
            "--smb",
            "127.0.0.1:0",
            "--sftp",
            "127.0.0.1:0",
            "--netbios",
            "127.0.0.1:0",
        ])
    }

    pub(crate) fn serve_with(&self, options: &[&str]) -> Serving {
        let mut child = self
            .command()
            .args(["--json", "serve"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            let mut stderr = String::new();
            let _ = child.stderr.take().unwrap().read_to_string(&mut stderr);
            panic!("no server: {error}: {line:?} {stderr}");
        });
        assert_eq!(ready["event"], "ready");
        Serving { child, stdout, ready }
    }
}

/// A running server; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) stdout: BufReader<std::process::ChildStdout>,
    pub(crate) ready: Value,
}

impl Serving {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal; Unix has them.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.pid().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end after a signal.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
