//! What a person sees: `/` with the shares they may enter, and below each name its folder.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use russh_sftp::protocol::StatusCode;

use super::settings::SftpContext;
use super::status::Refusal;
use crate::identity::{Permission, ShareId, ShareSettings};
use crate::live::{ActivityKind, ActivityRecord, Event, Protocol};
use crate::vfs::{Caller, InvalidPath, SharePath, ShareView, VfsError};

/// No path is longer, at three bytes for each UTF-16 unit; a reply has it twice.
const LONGEST_PATH: usize = 96 * 1024;
/// No share has a longer name.
const LONGEST_SHOWN: usize = 80;

/// Where a path leads.
#[derive(Debug)]
pub(super) enum Place {
    /// `/`.
    Root,
    /// Inside a share.
    Inside(ShareView, SharePath),
}

/// One person's view; entered shares are kept.
#[derive(Debug)]
pub(super) struct Namespace {
    context: Arc<SftpContext>,
    caller: Arc<Caller>,
    entered: Mutex<HashMap<ShareId, ShareView>>,
}

impl Namespace {
    pub(super) fn new(context: Arc<SftpContext>, caller: Arc<Caller>) -> Self {
        Self {
            context,
            caller,
            entered: Mutex::default(),
        }
    }

    pub(super) fn caller(&self) -> &Arc<Caller> {
        &self.caller
    }

    /// An absolute path with `.` and `..` resolved; relative paths count from `/`.
    pub(super) fn canonical(path: &[u8]) -> Result<Vec<u8>, Refusal> {
        if path.len() > LONGEST_PATH {
            return Err(InvalidPath::TooLong.into());
        }
        let mut parts: Vec<&[u8]> = Vec::new();
        for part in path.split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        Ok([b"/".to_vec(), parts.join(&b'/')].concat())
    }

    /// Resolves a path. Inside a share `..` was taken lexically, so it can't leave the share by the disk.
    pub(super) async fn place(&self, path: &[u8]) -> Result<Place, Refusal> {
        let path = Self::canonical(path)?;
        let inner = path.strip_prefix(b"/").unwrap_or(&path);
        if inner.is_empty() {
            return Ok(Place::Root);
        }
        let (share, rest) = match inner.iter().position(|byte| *byte == b'/') {
            Some(at) => (&inner[..at], &inner[at + 1..]),
            None => (inner, &[][..]),
        };
        let view = self.enter(&String::from_utf8_lossy(share)).await?;
        Ok(Place::Inside(view, SharePath::from_sftp(rest)?))
    }

    /// A path that must be inside a share, below its root.
    pub(super) async fn inside(&self, path: &[u8]) -> Result<(ShareView, SharePath), Refusal> {
        let below_root = Self::canonical(path)?
            .iter()
            .filter(|byte| **byte == b'/')
            .count()
            > 1;
        if !below_root {
            return Err(Refusal::only_shares_here());
        }
        match self.place(path).await? {
            Place::Inside(view, path) if !path.is_root() => Ok((view, path)),
            _ => Err(Refusal::only_shares_here()),
        }
    }

    /// What a link at `link` in a share says to lead to `target`. On the disk, an absolute path is not what clients see
    /// there: one that leads into the same share becomes the way to it from the link's folder.
    pub(super) fn link_target(
        &self,
        view: &ShareView,
        link: &[u8],
        target: &[u8],
    ) -> Result<Vec<u8>, Refusal> {
        if !target.starts_with(b"/") {
            return Ok(target.to_vec());
        }
        let (link, absolute) = (Self::canonical(link)?, Self::canonical(target)?);
        let folder = parts(&link).count().saturating_sub(1);
        let leads_to = parts(&absolute).next().map(String::from_utf8_lossy);
        let share = leads_to.and_then(|name| self.context.identity.share(&name));
        if share.is_none_or(|share| share.id != view.settings().id) {
            return Ok(target.to_vec());
        }
        // The share's name may be written in two ways.
        let mut from: Vec<&[u8]> = parts(&link).take(folder).skip(1).collect();
        let mut to: Vec<&[u8]> = parts(&absolute).skip(1).collect();
        let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        from.drain(..shared);
        to.drain(..shared);
        let up = from.iter().map(|_| &b".."[..]);
        let way: Vec<&[u8]> = up.chain(to).collect();
        Ok(if way.is_empty() {
            b".".to_vec()
        } else {
            way.join(&b'/')
        })
    }

    /// Tells of a file that could not be put in, because its path leads to no share or none that may be entered:
    /// whoever typed it wrong on a device's panel reads here what the device doesn't show.
    pub(super) fn report(&self, refusal: &Refusal) {
        self.context.events.send(Event::Activity(ActivityRecord {
            protocol: Some(Protocol::Sftp),
            user: Some(self.caller.principal.name.clone()),
            address: Some(self.caller.session.address().ip()),
            ..ActivityRecord::new(
                ActivityKind::AccessRefused,
                format!("refused: {}", refusal.message),
            )
        }));
    }

    /// The shares to list: those that may be entered and are not hidden.
    pub(super) fn shares(&self) -> Vec<ShareSettings> {
        let mut shares = self.context.identity.enterable(&self.caller.principal);
        shares.retain(|share| !share.hidden);
        shares
    }

    async fn enter(&self, name: &str) -> Result<ShareView, Refusal> {
        let share = self.context.identity.share(name).ok_or_else(|| no_share(name))?;
        if let Some(view) = self.entered.lock().get(&share.id)
            && view.is_live()
        {
            return if view.grant().permission() == Permission::None {
                Err(Refusal::new(
                    StatusCode::PermissionDenied,
                    "this share may not be entered any more",
                ))
            } else {
                Ok(view.clone())
            };
        }
        let view = self
            .context
            .engine
            .enter(share.id, Arc::clone(&self.caller))
            .await
            .map_err(|error| match error {
                // Who may not enter it does not hear either that it is there.
                VfsError::AccessDenied(_) if share.hidden => no_share(name),
                VfsError::AccessDenied(_) => {
                    let effective = self.context.identity.effective(&self.caller.principal, &share);
                    Refusal::new(StatusCode::PermissionDenied, effective.why)
                }
                error => error.into(),
            })?;
        if self.entered.lock().insert(share.id, view.clone()).is_none() {
            self.caller.session.enter_share(&share.name);
        }
        Ok(view)
    }
}

fn no_share(name: &str) -> Refusal {
    let name: String = name
        .chars()
        .take(LONGEST_SHOWN)
        .filter(|c| !c.is_control())
        .collect();
    Refusal::new(StatusCode::NoSuchFile, format!("there is no share named {name}"))
}

/// The parts of a canonical path.
fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_absolute_and_never_climb_above_the_root() {
        for (given, expected) in [
            (".", "/"),
            ("", "/"),
            ("a/../..", "/"),
            ("/a//b/./c/..", "/a/b"),
            ("../../a", "/a"),
        ] {
            assert_eq!(
                Namespace::canonical(given.as_bytes()).unwrap(),
                expected.as_bytes(),
                "{given}"
            );
        }
    }
}
