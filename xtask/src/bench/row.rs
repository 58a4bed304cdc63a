//! The rows of the table: what is done, how it is prepared, and how we know that it was done.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};

use super::client::{Clients, Protocol, Session};
use super::data::{self, Data};
use super::server::{Contender, Running};
use super::slow_disk::{self, SlowDisk};

const PLAIN: Protocol = Protocol::Smb("off");
const SIGNED: Protocol = Protocol::Smb("sign");
const ENCRYPTED: Protocol = Protocol::Smb("encrypt");
const GCM: Protocol = Protocol::Sftp("aes128-gcm@openssh.com");
const CHACHA20: Protocol = Protocol::Sftp("chacha20-poly1305@openssh.com");
const TREE_TO_DELETE: usize = 10_000;
/// More than what all small files take, with what the file system keeps for them.
const SMALL_WORKING_SET: u64 = 64 << 20;

#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) protocol: Protocol,
    work: Work,
}

#[derive(Debug, Clone, Copy)]
enum Work {
    PutBig,
    GetBig,
    PutSmall,
    GetSmall,
    /// Listing a folder of so many entries so many times; SFTP clients list long on demand.
    List {
        entries: usize,
        times: usize,
        is_long: bool,
    },
    Delete,
    /// Reading from a slow disk, so many at a time.
    SlowReads(usize),
    /// How long an ECHO takes behind a FLUSH of a slow disk.
    SlowEcho,
}

impl Work {
    const fn list(entries: usize, is_long: bool) -> Self {
        Self::List {
            entries,
            times: 100_000 / entries,
            is_long,
        }
    }
}

/// All rows that have a client script; one line each is the table of contents of the benchmark.
pub(super) const ROWS: [Row; 25] = [
    Row::new("smb-put-plain", PLAIN, Work::PutBig),
    Row::new("smb-get-plain", PLAIN, Work::GetBig),
    Row::new("smb-put-signed", SIGNED, Work::PutBig),
    Row::new("smb-get-signed", SIGNED, Work::GetBig),
    Row::new("smb-put-encrypted", ENCRYPTED, Work::PutBig),
    Row::new("smb-get-encrypted", ENCRYPTED, Work::GetBig),
    Row::new("smb-put-small", SIGNED, Work::PutSmall),
    Row::new("smb-get-small", SIGNED, Work::GetSmall),
    Row::new("smb-list-10k", SIGNED, Work::list(10_000, false)),
    Row::new("smb-list-100k", SIGNED, Work::list(100_000, false)),
    Row::new("smb-delete", SIGNED, Work::Delete),
    Row::new(slow_disk::ONE_READ, PLAIN, Work::SlowReads(1)),
    Row::new(slow_disk::READS_IN_FLIGHT, PLAIN, Work::SlowReads(32)),
    Row::new(slow_disk::ECHO_BEHIND_FLUSH, PLAIN, Work::SlowEcho),
    Row::new("sftp-put-aes128-gcm", GCM, Work::PutBig),
    Row::new("sftp-get-aes128-gcm", GCM, Work::GetBig),
    Row::new("sftp-put-chacha20", CHACHA20, Work::PutBig),
    Row::new("sftp-get-chacha20", CHACHA20, Work::GetBig),
    Row::new("sftp-put-small", GCM, Work::PutSmall),
    Row::new("sftp-get-small", GCM, Work::GetSmall),
    Row::new("sftp-list-10k", GCM, Work::list(10_000, false)),
    Row::new("sftp-list-10k-long", GCM, Work::list(10_000, true)),
    Row::new("sftp-list-100k", GCM, Work::list(100_000, false)),
    Row::new("sftp-list-100k-long", GCM, Work::list(100_000, true)),
    Row::new("sftp-delete", GCM, Work::Delete),
];

/// What the names of the rows mean.
pub(super) fn legend(data: &Data) -> String {
    format!(
        "put, get: one file of {} MiB; small: 2,000 files of 4 KiB in 20 folders; list-10k: ten times; \
         long: ls -l; delete: a tree of {TREE_TO_DELETE} files in 100 folders.
slow-disk: a disk that takes 5 ms for each read, of which there are 256 of 64 KiB, one after the other or 32 at a \
         time; echo: wall time until an ECHO is answered behind a FLUSH that takes 3 s; neither with the log-in.
SMB is signed and SFTP is encrypted by aes128-gcm where the row does not say otherwise.",
        data.big_length >> 20
    )
}

impl Row {
    const fn new(name: &'static str, protocol: Protocol, work: Work) -> Self {
        Self { name, protocol, work }
    }

    /// Whether the row needs a slow disk, and Python for it.
    pub(super) const fn is_on_slow_disk(&self) -> bool {
        matches!(self.work, Work::SlowReads(_) | Work::SlowEcho)
    }

    /// How many bytes the work writes at most, on both ends.
    pub(super) fn working_set(&self, data: &Data) -> u64 {
        match self.work {
            Work::PutBig | Work::GetBig => data.big_length,
            _ => SMALL_WORKING_SET,
        }
    }

    /// Brings the server's folder and the client's to where the work begins.
    pub(super) fn prepare(&self, contender: &Contender, data: &Data) -> Result<()> {
        self.clear(contender, data)?;
        let files = &contender.files;
        match self.work {
            Work::PutBig | Work::PutSmall | Work::SlowReads(_) | Work::SlowEcho => Ok(()),
            Work::GetBig => Ok(std::fs::hard_link(data.big(), files.join(Data::BIG))?),
            Work::GetSmall => data::make_tree(&files.join(Data::SMALL), 2_000),
            Work::List { entries, .. } => {
                let folder = files.join(list_name(entries));
                if folder.exists() {
                    return Ok(());
                }
                data::make_long_list(&folder, entries)
            }
            Work::Delete => data::make_tree(&files.join("tree"), TREE_TO_DELETE),
        }
    }

    /// The client, ready to do the work.
    pub(super) fn session(&self, clients: &Clients, server: &Running, data: &Data) -> Result<Session> {
        if self.is_on_slow_disk() {
            let script = slow_disk::client(&data.source)?;
            let file = format!("{}\\{}", SlowDisk::NAME, SlowDisk::FILE);
            return match self.work {
                Work::SlowReads(at_a_time) => {
                    clients.script(server, &script, &[&file, "reads", &at_a_time.to_string()])
                }
                _ => clients.script(server, &script, &[&file, "echo"]),
            };
        }
        let script = match (self.protocol, &server.sftp) {
            (Protocol::Sftp(_), Some(sftp)) => self.sftp_script(&sftp.root, data),
            _ => self.smb_script(data),
        };
        clients.session(self.protocol, server, &script)
    }

    /// How long the work took: `whole` is from the client's start to its end.
    pub(super) fn wall(&self, session: &Session, whole: Duration) -> Result<Duration> {
        if self.is_on_slow_disk() {
            slow_disk::measured(&session.printed()?)
        } else {
            Ok(whole)
        }
    }

    fn smb_script(&self, data: &Data) -> Vec<String> {
        let source = format!("lcd {}", data.source.display());
        let received = format!("lcd {}", data.received.display());
        let each = || ["recurse".to_owned(), "prompt".to_owned()];
        let mut script = Vec::new();
        match self.work {
            Work::PutBig => script.extend([source, format!("put {}", Data::BIG)]),
            Work::GetBig => script.extend([received, format!("get {}", Data::BIG)]),
            Work::PutSmall => {
                script.push(source);
                script.extend(each());
                script.push(format!("mput {}", Data::SMALL));
            }
            Work::GetSmall => {
                script.push(received);
                script.extend(each());
                script.push(format!("mget {}", Data::SMALL));
            }
            Work::List { entries, times, .. } => {
                script.push(format!("cd {}", list_name(entries)));
                script.extend(std::iter::repeat_n("ls".to_owned(), times));
            }
            Work::Delete => script.push("deltree tree".to_owned()),
            // These have a client of their own.
            Work::SlowReads(_) | Work::SlowEcho => {}
        }
        script
    }

    fn sftp_script(&self, root: &str, data: &Data) -> Vec<String> {
        let received = data.received.display();
        match self.work {
            Work::PutBig => vec![format!("put {} {root}/{}", data.big().display(), Data::BIG)],
            Work::GetBig => vec![format!("get {root}/{0} {received}/{0}", Data::BIG)],
            Work::PutSmall => vec![format!("put -r {} {root}/", data.small().display())],
            Work::GetSmall => vec![format!("get -r {root}/{} {received}/", Data::SMALL)],
            Work::List {
                entries,
                times,
                is_long,
            } => {
                let list = if is_long { "ls -l" } else { "ls -1" };
                let mut script = vec![format!("cd {root}/{}", list_name(entries))];
                script.extend(std::iter::repeat_n(list.to_owned(), times));
                script
            }
            Work::Delete => {
                let mut script: Vec<String> = data::tree_folders(TREE_TO_DELETE)
                    .flat_map(|name| {
                        [
                            format!("rm {root}/tree/{name}/*"),
                            format!("rmdir {root}/tree/{name}"),
                        ]
                    })
                    .collect();
                script.push(format!("rmdir {root}/tree"));
                script
            }
            Work::SlowReads(_) | Work::SlowEcho => Vec::new(),
        }
    }

    /// Fails unless the work was done. Large files are compared byte by byte only where `is_thorough`.
    pub(super) fn verify(
        &self,
        contender: &Contender,
        data: &Data,
        session: &Session,
        is_thorough: bool,
    ) -> Result<()> {
        let files = &contender.files;
        match self.work {
            Work::PutBig => verify_big(data, &files.join(Data::BIG), is_thorough),
            Work::GetBig => verify_big(data, &data.received.join(Data::BIG), is_thorough),
            Work::PutSmall => data::same(&data.small(), &files.join(Data::SMALL)),
            Work::GetSmall => data::same(&data.small(), &data.received.join(Data::SMALL)),
            Work::List { entries, times, .. } => {
                let shown = session.printed()?.matches("entry-").count();
                if shown != entries * times {
                    bail!("{shown} entries are listed, {} were expected", entries * times);
                }
                Ok(())
            }
            Work::Delete if files.join("tree").exists() => bail!("the tree is still there"),
            Work::Delete => Ok(()),
            // Their client fails where an answer is not what it should be.
            Work::SlowReads(_) | Work::SlowEcho => Ok(()),
        }
    }

    /// Removes what the work left; folders to list are kept for the next time.
    pub(super) fn clear(&self, contender: &Contender, data: &Data) -> Result<()> {
        for folder in [&contender.files, &data.received] {
            for name in [Data::BIG, Data::SMALL, "tree"] {
                remove(&folder.join(name))?;
            }
        }
        Ok(())
    }
}

fn list_name(entries: usize) -> String {
    format!("list-{entries}")
}

fn verify_big(data: &Data, arrived: &PathBuf, is_thorough: bool) -> Result<()> {
    let length = std::fs::metadata(arrived)?.len();
    if length != data.big_length {
        bail!("{length} bytes arrived of {}", data.big_length);
    }
    if is_thorough {
        data::same(&data.big(), arrived)?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    match path.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(metadata) if metadata.is_dir() => Ok(std::fs::remove_dir_all(path)?),
        Ok(_) => Ok(std::fs::remove_file(path)?),
    }
}
