//! A real `landfall serve` on free loopback ports, with a data folder of its own, ended with the test.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The password of everyone that [`Server::person`] adds.
pub const PASSWORD: &str = "Passw0rd!";

/// A running server.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    descriptors: Option<u32>,
    process: Child,
    /// `127.0.0.1:port` of SMB, SFTP and SMB in NetBIOS framing.
    pub smb: String,
    /// As above.
    pub sftp: String,
    /// As above.
    pub netbios: String,
}

/// The program under test: as `cargo xtask test` names it, or beside the test's own executable.
pub fn landfall() -> PathBuf {
    if let Some(path) = std::env::var_os("LANDFALL_BIN") {
        return path.into();
    }
    let mut path = std::env::current_exe().expect("a test has an executable");
    path.pop();
    path.pop();
    path.join("landfall")
}

/// Runs the command line on a data folder.
fn cli(data: &Path, arguments: &[&str], input: &str) -> (bool, String) {
    let mut child = Command::new(landfall())
        .env("LANDFALL_KEYRING", "off")
        .arg("--data-dir")
        .arg(data)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("landfall starts; build it with: cargo build -p landfall-cli");
    child
        .stdin
        .take()
        .expect("stdin is piped")
        .write_all(input.as_bytes())
        .expect("landfall reads its input");
    let output = child.wait_with_output().expect("landfall ends");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn serve(data: &Path, descriptors: Option<u32>) -> (Child, [String; 3]) {
    let log = std::fs::File::create(data.with_extension("log")).expect("the log can be written");
    let mut command = match descriptors {
        None => Command::new(landfall()),
        Some(descriptors) => {
            let mut shell = Command::new("sh");
            shell
                .args(["-c", &format!("ulimit -n {descriptors}; exec \"$@\""), "sh"])
                .arg(landfall());
            shell
        }
    };
    let mut process = command
        .env("LANDFALL_KEYRING", "off")
        .arg("--data-dir")
        .arg(data)
        .args([
            "serve",
            "--json",
            "--smb",
            "127.0.0.1:0",
            "--sftp",
            "127.0.0.1:0",
            "--netbios",
            "127.0.0.1:0",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("landfall starts");
    let stdout = process.stdout.take().expect("stdout is piped");
    let mut lines = BufReader::new(stdout).lines();
    let ready = loop {
        let line = lines
            .next()
            .expect("the server becomes ready")
            .expect("its output is text");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if value["event"] == "ready" {
            break value;
        }
    };
    let address = |protocol: &str| ready[protocol].as_str().expect("it listens").to_owned();
    let addresses = [address("smb"), address("sftp"), address("netbios")];
    // Nothing else is read from it, and a full pipe must not stop it.
    std::thread::spawn(move || lines.for_each(drop));
    (process, addresses)
}

impl Server {
    /// A server; `prepare` fills its data folder first.
    pub fn start(prepare: impl FnOnce(&Setup)) -> Self {
        Self::start_within(None, prepare)
    }

    /// A server that may open so many files and connections, no more.
    pub fn start_within(descriptors: Option<u32>, prepare: impl FnOnce(&Setup)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let setup = Setup {
            root: folder.path().to_owned(),
        };
        prepare(&setup);
        let (process, [smb, sftp, netbios]) = serve(&setup.data(), descriptors);
        Self {
            folder,
            descriptors,
            process,
            smb,
            sftp,
            netbios,
        }
    }

    /// One person, alice, and one share, files, in which everybody reads and writes.
    pub fn with_files() -> Self {
        Self::start(|setup| {
            setup.person("alice");
            setup.share("files", &["--default", "read-write"]);
        })
    }

    /// The same, and bob.
    pub fn with_two_people() -> Self {
        Self::start(|setup| {
            setup.person("alice");
            setup.person("bob");
            setup.share("files", &["--default", "read-write"]);
        })
    }

    /// The command line on the running server.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let (done, text) = cli(&self.setup().data(), arguments, "");
        assert!(done, "landfall {arguments:?}: {text}");
        text
    }

    /// The same; whether it succeeded, and what it printed.
    pub fn tried(&self, arguments: &[&str]) -> (bool, String) {
        cli(&self.setup().data(), arguments, "")
    }

    /// The same, as JSON.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let text = self.cli(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{arguments:?} gave no JSON ({error}): {text}"))
    }

    /// A share's folder on this computer.
    pub fn folder(&self, share: &str) -> PathBuf {
        self.setup().folder(share)
    }

    /// The server's data folder.
    pub fn data(&self) -> PathBuf {
        self.setup().data()
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// A folder for the client's files.
    pub fn scratch(&self) -> PathBuf {
        self.folder.path().join("client")
    }

    /// What the server logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.setup().data().with_extension("log")).unwrap_or_default()
    }

    /// Kills the server without warning (unless that was done already), and starts it again on the same data.
    pub fn crash_and_restart(&mut self) {
        let _ = self.process.kill();
        self.process.wait().expect("it was our child");
        let (process, [smb, sftp, netbios]) = serve(&self.setup().data(), self.descriptors);
        (self.process, self.smb, self.sftp, self.netbios) = (process, smb, sftp, netbios);
    }

    /// Asks the server to stop, and waits until it has; says how long that took.
    pub fn stop(&mut self) -> Duration {
        let started = Instant::now();
        self.ask_to_stop();
        let _ = self.process.wait();
        started.elapsed()
    }

    /// SIGTERM drains; false when it can't be sent.
    fn ask_to_stop(&self) -> bool {
        let pid = self.process.id().to_string();
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .is_ok_and(|status| status.success())
    }

    /// The port of an address.
    pub fn port(address: &str) -> &str {
        address.rsplit_once(':').expect("an address has a port").1
    }

    fn setup(&self) -> Setup {
        Setup {
            root: self.folder.path().to_owned(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- server log ---\n{}", self.log());
        }
        if let Ok(Some(_)) = self.process.try_wait() {
            return;
        }
        if !self.ask_to_stop() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// A data folder before its server runs.
#[derive(Debug)]
pub struct Setup {
    root: PathBuf,
}

impl Setup {
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// A share's folder.
    pub fn folder(&self, share: &str) -> PathBuf {
        self.root.join("shares").join(share)
    }

    /// The command line.
    pub fn cli(&self, arguments: &[&str]) {
        let (done, text) = cli(&self.data(), arguments, "");
        assert!(done, "landfall {arguments:?}: {text}");
    }

    /// Adds a person with [`PASSWORD`].
    pub fn person(&self, name: &str) {
        let (done, text) = cli(&self.data(), &["user", "add", name, "--password-stdin"], PASSWORD);
        assert!(done, "user add {name}: {text}");
        std::fs::create_dir_all(self.root.join("client")).expect("the scratch folder");
    }

    /// Adds a share.
    pub fn share(&self, name: &str, options: &[&str]) {
        let folder = self.folder(name);
        std::fs::create_dir_all(&folder).expect("the shared folder");
        std::fs::create_dir_all(self.root.join("client")).expect("the scratch folder");
        let folder = folder
            .to_str()
            .expect("temporary folders have Unicode names")
            .to_owned();
        self.cli(&[&["share", "add", name, &folder], options].concat());
    }
}
