//! Folders, and the root with its shares: opening and reading them.

use super::long_name::long_name;
use super::{Answer, Handle, Listing, MAX_PACKET, Session, request};
use crate::security::AccessMask;
use crate::sftp::namespace::Place;
use crate::sftp::status::Refusal;
use crate::sftp::wire::{Attributes, packet};
use crate::vfs::{CreateOptions, DirectoryEntry, FileInfo, Pattern};

/// Entries in one READDIR reply, and bytes after which no more are added to it.
const DIRECTORY_BATCH: usize = 256;
const DIRECTORY_BYTES: usize = MAX_PACKET / 2;
/// What an entry takes besides its name, which is there twice: attributes, and the line that `ls -l` shows.
const ENTRY_BYTES: usize = 160;

const S_IFDIR: u32 = 0o040_000;

impl Session {
    pub(super) async fn open_directory(&mut self, id: u32, path: &[u8]) -> Answer {
        let listing = match self.namespace.place(path).await? {
            Place::Root => Listing::Shares(self.namespace.shares()),
            Place::Inside(view, path) => {
                let access = AccessMask::READ_DATA | AccessMask::READ_ATTRIBUTES;
                let opened = view
                    .open(request(&path, access, CreateOptions::DIRECTORY_FILE))
                    .await?;
                let scan = opened.open.scan(&Pattern::all()).await?.showing_links();
                Listing::Folder {
                    open: opened.open,
                    scan,
                    started: false,
                }
            }
        };
        self.add_handle(id, Handle::Directory(listing))
    }

    pub(super) async fn read_directory(&mut self, id: u32, handle: &[u8]) -> Answer {
        let number = handle
            .try_into()
            .map(u32::from_be_bytes)
            .map_err(|_| Refusal::bad_handle())?;
        let Some(Handle::Directory(listing)) = self.handles.get_mut(&number) else {
            return Err(Refusal::bad_handle());
        };
        let entries: Vec<(Vec<u8>, Option<FileInfo>)> = match listing {
            Listing::Shares(shares) => std::mem::take(shares)
                .into_iter()
                .map(|share| (share.name.into_bytes(), None))
                .collect(),
            Listing::Folder { open, scan, started } => {
                let mut entries = Vec::new();
                if !std::mem::replace(started, true) {
                    let info = open.info().await?;
                    entries.push((b".".to_vec(), Some(info.clone())));
                    entries.push((b"..".to_vec(), Some(info)));
                }
                let mut bytes = 0;
                for _ in 0..DIRECTORY_BATCH {
                    let Some(entry) = scan.next().await else { break };
                    let DirectoryEntry { name, info } = entry?;
                    let name = crate::vfs::wire_to_sftp(&name);
                    bytes += ENTRY_BYTES + 2 * name.len();
                    entries.push((name, Some(info)));
                    if bytes > DIRECTORY_BYTES {
                        break;
                    }
                }
                entries
            }
        };
        if entries.is_empty() {
            return Err(Refusal::end_of_file());
        }
        self.replies.begin(packet::NAME);
        self.replies.u32(id);
        self.replies.u32(u32::try_from(entries.len()).unwrap_or(0));
        for (name, info) in entries {
            let attributes = info
                .as_ref()
                .map_or_else(root_attributes, |info| self.attributes(info));
            self.replies.string(&name);
            let links = info.map_or(1, |info| info.links);
            let long = long_name(&self.namespace.caller().principal.name, &name, &attributes, links);
            self.replies.string(&long);
            self.replies.attributes(&attributes);
        }
        self.replies.end();
        Ok(())
    }
}

/// `/` and the shares in it: folders that nobody changes through SFTP.
pub(super) fn root_attributes() -> Attributes {
    Attributes {
        size: Some(0),
        owner: Some((0, 0)),
        permissions: Some(S_IFDIR | 0o755),
        times: Some((0, 0)),
    }
}
