//! Shares as callers see them.

use std::sync::Arc;

use super::error::VfsError;
use super::info::{FileInfo, VolumeInfo};
use super::open::{OpenRequest, Opened};
use super::path::SharePath;
use crate::identity::{LiveGrant, Principal, ShareSettings};
use crate::live::LiveSession;
use crate::security::AccessMask;

/// Who is calling: a principal on a live session.
#[derive(Debug)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The session it came by; opens and bytes are counted there.
    pub session: Arc<LiveSession>,
}

/// A share entered by a caller (an SMB tree connect, an SFTP session's view of a share). Cloning is cheap.
#[derive(Debug, Clone)]
pub struct ShareView {}

impl ShareView {
    /// The share's settings as they were when it was entered.
    pub fn settings(&self) -> &ShareSettings {
        todo!()
    }
    /// The caller's live permission.
    pub fn grant(&self) -> &Arc<LiveGrant> {
        todo!()
    }
    /// False once the share was removed or its folder changed: the protocol then ends the tree.
    pub fn is_live(&self) -> bool {
        todo!()
    }
    /// The most a caller could be granted now on the root.
    pub fn maximal_access(&self) -> AccessMask {
        todo!()
    }
    /// The most a caller could be granted now on an open file (MxAc): permission, share and the file's attributes.
    pub fn maximal_access_for(&self, info: &FileInfo) -> AccessMask {
        todo!()
    }
    /// Opens or creates. May wait for other clients; dropping the future gives up and leaves nothing behind.
    ///
    /// # Errors
    /// See [`VfsError`].
    pub async fn open(&self, request: OpenRequest<'_>) -> Result<Opened, VfsError> {
        todo!()
    }
    /// Looks at a path without opening it; `follow` resolves a final symlink inside the share.
    ///
    /// # Errors
    /// NotFound, PathNotFound, AccessDenied.
    pub fn stat(&self, path: &SharePath, follow: bool, case_sensitive: bool) -> Result<FileInfo, VfsError> {
        todo!()
    }
    /// Reads a symlink's target.
    ///
    /// # Errors
    /// InvalidParameter when it is no link.
    pub fn read_link(&self, path: &SharePath) -> Result<String, VfsError> {
        todo!()
    }
    /// Makes a symlink. A target that would lead out of the share is refused.
    ///
    /// # Errors
    /// AccessDenied, AlreadyExists, NotSupported.
    pub fn symlink(&self, path: &SharePath, target: &str) -> Result<(), VfsError> {
        todo!()
    }
    /// The disk below.
    ///
    /// # Errors
    /// ShareUnavailable.
    pub fn volume(&self) -> Result<VolumeInfo, VfsError> {
        todo!()
    }
}
