//! The rows of the table: what is done, how it is prepared, and how we know that it was done.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::client::{Protocol, Session};
use super::data::{self, Data};
use super::server::{Contender, Running};

const PLAIN: Protocol = Protocol::Smb("off");
const SIGNED: Protocol = Protocol::Smb("sign");
const ENCRYPTED: Protocol = Protocol::Smb("encrypt");
const GCM: Protocol = Protocol::Sftp("aes128-gcm@openssh.com");
const CHACHA20: Protocol = Protocol::Sftp("chacha20-poly1305@openssh.com");
const TREE_TO_DELETE: usize = 10_000;

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
pub(super) const ROWS: [Row; 22] = [
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
SMB is signed and SFTP is encrypted by aes128-gcm where the row does not say otherwise.",
        data.big_length >> 20
    )
}

impl Row {
    const fn new(name: &'static str, protocol: Protocol, work: Work) -> Self {
        Self { name, protocol, work }
    }

    /// Brings the server's folder and the client's to where the work begins.
    pub(super) fn prepare(&self, contender: &Contender, data: &Data) -> Result<()> {
        self.clear(contender, data)?;
        let files = &contender.files;
        match self.work {
            Work::PutBig | Work::PutSmall => Ok(()),
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

    /// The client's commands.
    pub(super) fn script(&self, server: &Running, data: &Data) -> Vec<String> {
        match (self.protocol, &server.sftp) {
            (Protocol::Sftp(_), Some(sftp)) => self.sftp_script(&sftp.root, data),
            _ => self.smb_script(data),
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
