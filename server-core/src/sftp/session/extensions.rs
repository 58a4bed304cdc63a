//! Requests beyond the draft: OpenSSH's, and those that others have in common with it.

use russh_sftp::protocol::StatusCode;

use super::{Answer, MAX_DATA, MAX_HANDLES, MAX_PACKET, Session};
use crate::sftp::namespace::{Namespace, Place};
use crate::sftp::status::Refusal;
use crate::sftp::wire::{Reader, packet};
use crate::vfs::{ShareView, VolumeInfo};

/// Extensions that are announced, with their versions.
pub(super) const EXTENSIONS: [(&str, &str); 10] = [
    ("posix-rename@openssh.com", "1"),
    ("statvfs@openssh.com", "2"),
    ("fstatvfs@openssh.com", "2"),
    ("hardlink@openssh.com", "1"),
    ("fsync@openssh.com", "1"),
    ("lsetstat@openssh.com", "1"),
    ("limits@openssh.com", "1"),
    ("expand-path@openssh.com", "1"),
    ("copy-data", "1"),
    ("home-directory", "1"),
];

impl Session {
    pub(super) async fn extended(&mut self, id: u32, name: &[u8], mut reader: Reader<'_>) -> Answer {
        match name {
            b"posix-rename@openssh.com" => {
                let (from, to) = (reader.string()?, reader.string()?);
                self.rename(id, from, to, true).await
            }
            b"hardlink@openssh.com" => {
                let (view, from) = self.namespace.inside(reader.string()?).await?;
                let (other, to) = self.namespace.inside(reader.string()?).await?;
                if view.settings().id != other.settings().id {
                    return Err(Refusal::new(
                        StatusCode::Failure,
                        "the two are in different shares",
                    ));
                }
                view.hard_link(&from, &to).await?;
                self.done(id)
            }
            b"fsync@openssh.com" => {
                self.file(reader.string()?)?.flush().await?;
                self.done(id)
            }
            b"lsetstat@openssh.com" => {
                let path = reader.string()?;
                self.set_stat(path, reader.attributes()?, false).await?;
                self.done(id)
            }
            b"statvfs@openssh.com" => match self.namespace.place(reader.string()?).await? {
                Place::Inside(view, _) => self.volume(id, &view).await,
                Place::Root => {
                    let share = self.namespace.shares().into_iter().next();
                    let name = share
                        .map(|share| share.name)
                        .ok_or_else(Refusal::only_shares_here)?;
                    match self.namespace.place(name.as_bytes()).await? {
                        Place::Inside(view, _) => self.volume(id, &view).await,
                        Place::Root => Err(Refusal::only_shares_here()),
                    }
                }
            },
            b"fstatvfs@openssh.com" => {
                let view = self.file(reader.string()?)?.view().clone();
                self.volume(id, &view).await
            }
            b"limits@openssh.com" => {
                self.replies.begin(packet::EXTENDED_REPLY);
                self.replies.u32(id);
                self.replies.u64(MAX_PACKET as u64);
                self.replies.u64(MAX_DATA.into());
                self.replies.u64(MAX_DATA.into());
                self.replies.u64(MAX_HANDLES as u64);
                self.replies.end();
                Ok(())
            }
            b"expand-path@openssh.com" => {
                let path = reader.string()?;
                let path = path.strip_prefix(b"~").unwrap_or(path);
                self.replies.name(id, &Namespace::canonical(path)?);
                Ok(())
            }
            b"home-directory" => {
                self.replies.name(id, b"/");
                Ok(())
            }
            b"copy-data" => self.copy_data(id, reader).await,
            _ => Err(Refusal::new(
                StatusCode::OpUnsupported,
                "this extension is not known",
            )),
        }
    }

    pub(super) async fn volume(&mut self, id: u32, view: &ShareView) -> Answer {
        let VolumeInfo {
            total,
            free,
            available,
            allocation_unit,
            serial,
            files,
            max_component,
            ..
        } = view.volume().await?;
        let unit = u64::from(allocation_unit.max(1));
        let read_only = u64::from(view.settings().read_only);
        self.replies.begin(packet::EXTENDED_REPLY);
        self.replies.u32(id);
        for value in [
            unit,
            unit,
            total / unit,
            free / unit,
            available / unit,
            files.0,
            files.1,
            files.1,
            serial.into(),
            read_only,
            max_component.into(),
        ] {
            self.replies.u64(value);
        }
        self.replies.end();
        Ok(())
    }
}
