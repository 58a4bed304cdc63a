//! The servers that are compared, each with a folder of its own, and as alike as their options allow: each takes
//! plain, signed and encrypted SMB, as the client asks, and logs SFTP clients in by key.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::process::Tree;
use crate::background::Background;
use crate::landfall::Landfall;
use crate::shell::output;

/// The name of the shares.
pub(super) const SHARE: &str = "files";
/// Accounts that every Debian has, since smbd logs in no one who is not one of the system's users.
pub(super) const SMB_USERS: [&str; 5] = [SMB_USER, "bin", "sys", "games", "man"];
pub(super) const SMB_USER: &str = "daemon";
pub(super) const PASSWORD: &str = "measured-7";
const START_LIMIT: Duration = Duration::from_secs(20);

/// One of the servers, set up but not running.
#[derive(Debug)]
pub(super) struct Contender {
    pub(super) name: &'static str,
    /// The folder that it serves.
    pub(super) files: PathBuf,
    /// Where it keeps everything.
    pub(super) folder: PathBuf,
    program: Program,
}

#[derive(Debug)]
enum Program {
    Landfall(Landfall),
    Smbd,
    Sshd,
}

/// A server that runs; dropping it ends all its processes.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) smb: Option<u16>,
    pub(super) sftp: Option<Sftp>,
    pub(super) tree: Tree,
    _process: Background,
}

/// Where and how an SFTP client finds the files.
#[derive(Debug)]
pub(super) struct Sftp {
    pub(super) port: u16,
    pub(super) user: &'static str,
    pub(super) root: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tree.kill();
    }
}

impl Contender {
    /// A build of `landfall`.
    pub(super) fn landfall(base: &Path, name: &'static str, binary: &Path, key: &Path) -> Result<Self> {
        let (folder, files) = folders(base, name)?;
        let landfall = Landfall::new(binary, &folder.join("data"));
        for user in SMB_USERS {
            landfall.add_person(user, PASSWORD)?;
        }
        landfall.add_share(SHARE, &files)?;
        landfall.run(&["user", "key", "add", SMB_USER, &public(key)])?;
        landfall.run(&["settings", "set", "smb.require-signing=off"])?;
        Ok(Self {
            name,
            files,
            folder,
            program: Program::Landfall(landfall),
        })
    }

    pub(super) fn smbd(base: &Path) -> Result<Self> {
        let (folder, files) = folders(base, "smbd")?;
        let contender = Self {
            name: "smbd",
            files,
            folder,
            program: Program::Smbd,
        };
        for state in ["private", "state", "lock", "cache", "pid", "ncalrpc"] {
            std::fs::create_dir(contender.folder.join(state))?;
        }
        contender.write_smb_conf()?;
        for user in SMB_USERS {
            contender.add_samba_account(user)?;
        }
        Ok(contender)
    }

    pub(super) fn sshd(base: &Path, key: &Path) -> Result<Self> {
        let (folder, files) = folders(base, "sshd")?;
        make_key(&folder.join("host_key"))?;
        std::fs::copy(public(key), folder.join("authorized_keys"))?;
        // sshd refuses to start without; Debian makes it when it starts its own.
        std::fs::create_dir_all("/run/sshd")?;
        let contender = Self {
            name: "sshd",
            files,
            folder,
            program: Program::Sshd,
        };
        contender.write_sshd_config()?;
        Ok(contender)
    }

    pub(super) fn start(&self) -> Result<Running> {
        match &self.program {
            Program::Landfall(landfall) => {
                let serving = landfall.serve("127.0.0.1:0", "127.0.0.1:0")?;
                Ok(Running {
                    smb: Some(serving.smb),
                    sftp: serving.sftp.map(|port| Sftp {
                        port,
                        user: SMB_USER,
                        root: format!("/{SHARE}"),
                    }),
                    tree: Tree::new(serving.process.id()),
                    _process: serving.process,
                })
            }
            Program::Smbd => {
                let port = free_port()?;
                let mut smbd = Command::new("/usr/sbin/smbd");
                smbd.args([
                    "--foreground",
                    "--no-process-group",
                    "-p",
                    &port.to_string(),
                    "-s",
                ])
                .arg(self.folder.join("smb.conf"));
                let process = Background::start(&smbd)?;
                self.wait_for(port)?;
                Ok(Running {
                    smb: Some(port),
                    sftp: None,
                    tree: Tree::new(process.id()),
                    _process: process,
                })
            }
            Program::Sshd => {
                let port = free_port()?;
                let mut sshd = Command::new("/usr/sbin/sshd");
                sshd.args(["-D", "-p", &port.to_string(), "-f"])
                    .arg(self.folder.join("sshd_config"))
                    .arg("-E")
                    .arg(self.folder.join("log"));
                let process = Background::start(&sshd)?;
                self.wait_for(port)?;
                Ok(Running {
                    smb: None,
                    sftp: Some(Sftp {
                        port,
                        user: "root",
                        root: self.files.display().to_string(),
                    }),
                    tree: Tree::new(process.id()),
                    _process: process,
                })
            }
        }
    }

    fn add_samba_account(&self, user: &str) -> Result<()> {
        let mut account = Command::new("smbpasswd")
            .arg("-c")
            .arg(self.folder.join("smb.conf"))
            .args(["-L", "-s", "-a", user])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("smbpasswd could not be started")?;
        let mut stdin = account.stdin.take().context("no stdin")?;
        write!(stdin, "{PASSWORD}\n{PASSWORD}\n")?;
        drop(stdin);
        if !account.wait()?.success() {
            bail!("smbpasswd made no account");
        }
        Ok(())
    }

    fn write_smb_conf(&self) -> Result<()> {
        let folder = self.folder.display();
        let files = self.files.display();
        let text = format!(
            "[global]
    server role = standalone server
    interfaces = 127.0.0.1/8
    bind interfaces only = yes
    passdb backend = tdbsam:{folder}/private/passdb.tdb
    private dir = {folder}/private
    state directory = {folder}/state
    lock directory = {folder}/lock
    cache directory = {folder}/cache
    pid directory = {folder}/pid
    ncalrpc dir = {folder}/ncalrpc
    log file = {folder}/log
    load printers = no
    disable spoolss = yes
[{SHARE}]
    path = {files}
    read only = no
"
        );
        Ok(std::fs::write(self.folder.join("smb.conf"), text)?)
    }

    fn write_sshd_config(&self) -> Result<()> {
        let folder = self.folder.display();
        let text = format!(
            "ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
PidFile none
LogLevel ERROR
Subsystem sftp /usr/lib/openssh/sftp-server
"
        );
        Ok(std::fs::write(self.folder.join("sshd_config"), text)?)
    }

    fn wait_for(&self, port: u16) -> Result<()> {
        let started = Instant::now();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > START_LIMIT {
                bail!(
                    "{} did not start; see {}",
                    self.name,
                    self.folder.join("log").display()
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// A server's folder, and in it the one that it serves, open to every account.
fn folders(base: &Path, name: &str) -> Result<(PathBuf, PathBuf)> {
    let folder = base.join(name);
    let files = folder.join("files");
    std::fs::create_dir_all(&files)?;
    std::fs::set_permissions(&files, std::fs::Permissions::from_mode(0o777))?;
    Ok((folder, files))
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// An SSH key without a passphrase.
pub(super) fn make_key(path: &Path) -> Result<()> {
    let path = path.to_str().context("the folder is not Unicode")?;
    output(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path])?;
    Ok(())
}

fn public(key: &Path) -> String {
    format!("{}.pub", key.display())
}
