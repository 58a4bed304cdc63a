//! Clients that people really use, run as programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::server::{PASSWORD, Server};

/// What a client did.
#[derive(Debug)]
pub struct Ran {
    /// It ended with success.
    pub done: bool,
    /// What it printed.
    pub text: String,
}

impl Ran {
    /// Fails the test unless the client succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.done, "the client failed: {}", self.text);
        self.text
    }

    /// Fails the test unless the client failed, and said this.
    #[track_caller]
    pub fn refused(self, said: &str) {
        assert!(!self.done, "the client succeeded: {}", self.text);
        assert!(self.text.contains(said), "not {said}: {}", self.text);
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = [output.stdout, output.stderr].concat();
        Self {
            done: output.status.success(),
            text: String::from_utf8_lossy(&text).into_owned(),
        }
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output();
    output
        .unwrap_or_else(|error| panic!("{command:?} could not be started: {error}"))
        .into()
}

/// smbclient as a person, with options such as `-mSMB2_10`, running commands separated by semicolons.
pub fn smbclient(server: &Server, user: &str, share: &str, options: &[&str], commands: &str) -> Ran {
    let outcome = ran(Command::new("smbclient")
        .current_dir(server.scratch())
        .args(["-p", Server::port(&server.smb)])
        .arg(format!("//127.0.0.1/{share}"))
        .arg(if user.is_empty() {
            "-N".to_owned()
        } else {
            format!("-U{user}%{PASSWORD}")
        })
        .args(options)
        .args(["-c", commands]));
    // smbclient ends with success though a command in the middle was refused.
    Ran {
        done: outcome.done && !outcome.text.contains("NT_STATUS_"),
        ..outcome
    }
}

/// The list of shares as smbclient shows it.
pub fn list_shares(server: &Server, user: &str) -> Ran {
    ran(Command::new("smbclient")
        .args(["-p", Server::port(&server.smb), "-L", "//127.0.0.1"])
        .arg(if user.is_empty() {
            "-N".to_owned()
        } else {
            format!("-U{user}%{PASSWORD}")
        }))
}

const SSH_OPTIONS: [&str; 6] = [
    "-oStrictHostKeyChecking=no",
    "-oUserKnownHostsFile=/dev/null",
    "-oLogLevel=ERROR",
    "-oNumberOfPasswordPrompts=1",
    "-oPreferredAuthentications=password,publickey",
    "-oIdentitiesOnly=yes",
];

/// OpenSSH's sftp with a password, running a batch of commands.
pub fn sftp(server: &Server, user: &str, commands: &[&str]) -> Ran {
    let batch = server.scratch().join(format!("batch-{user}"));
    std::fs::write(&batch, commands.join("\n")).expect("the batch file");
    ran(Command::new("sshpass")
        .current_dir(server.scratch())
        .args([
            "-p",
            PASSWORD,
            "sftp",
            "-oBatchMode=no",
            "-P",
            Server::port(&server.sftp),
        ])
        .args(SSH_OPTIONS)
        .arg("-b")
        .arg(&batch)
        .arg(format!("{user}@127.0.0.1")))
}

/// The same with a private key.
pub fn sftp_with_key(server: &Server, user: &str, key: &Path, commands: &[&str]) -> Ran {
    let batch = server.scratch().join(format!("key-batch-{user}"));
    std::fs::write(&batch, commands.join("\n")).expect("the batch file");
    ran(Command::new("sftp")
        .current_dir(server.scratch())
        .args(["-P", Server::port(&server.sftp), "-i"])
        .arg(key)
        .args(SSH_OPTIONS)
        .arg("-b")
        .arg(&batch)
        .arg(format!("{user}@127.0.0.1")))
}

/// Gives a person a fresh key; the path of its private half.
pub fn add_key(server: &Server, person: &str) -> String {
    let key = server.scratch().join("id");
    let key = key.to_str().expect("temporary folders have Unicode names");
    program(
        server,
        &["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key],
    )
    .ok();
    server.cli(&["user", "key", "add", person, &format!("{key}.pub")]);
    key.to_owned()
}

/// OpenSSH's scp; a path that begins with `server:` is on the server.
pub fn scp(server: &Server, user: &str, from: &str, to: &str) -> Ran {
    let place = |path: &str| match path.strip_prefix("server:") {
        Some(path) => format!("{user}@127.0.0.1:{path}"),
        None => path.to_owned(),
    };
    ran(Command::new("sshpass")
        .current_dir(server.scratch())
        .args(["-p", PASSWORD, "scp", "-P", Server::port(&server.sftp)])
        .args(SSH_OPTIONS)
        .args([place(from), place(to)]))
}

/// A Python script of `tests/python` with the ports and the password; it fails by raising.
pub fn python(server: &Server, script: &str, arguments: &[&str]) -> Ran {
    ran(&mut python_command(server, script, arguments))
}

/// The same, to be started as the test likes.
pub fn python_command(server: &Server, script: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(interpreter());
    command
        .arg("-u")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script))
        .args([Server::port(&server.smb), Server::port(&server.sftp), PASSWORD])
        .args(arguments)
        .current_dir(server.scratch());
    command
}

/// `ssh-audit` with options, on the server's SSH port.
pub fn ssh_audit(server: &Server, options: &[&str]) -> Command {
    let mut command = Command::new(interpreter());
    command
        .args(["-m", "ssh_audit.ssh_audit", "-p", Server::port(&server.sftp)])
        .args(options)
        .arg("127.0.0.1")
        .stdin(Stdio::null());
    command
}

/// A Python with the libraries that the scripts need.
pub(crate) fn interpreter() -> PathBuf {
    std::env::var_os("LANDFALL_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/venv/bin/python"),
        PathBuf::from,
    )
}

/// Any other program.
pub fn program(server: &Server, words: &[&str]) -> Ran {
    ran(Command::new(words[0])
        .args(&words[1..])
        .current_dir(server.scratch()))
}
