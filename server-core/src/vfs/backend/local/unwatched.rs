//! Where a program's changes to a shared file are not heard of.

use std::fs::File;
use std::io;
use std::sync::{Arc, Weak};

use cap_std::fs::Dir;

use super::super::DiskPath;
use super::super::watch::{FolderWatch, HearsOfFolders, HearsOfStrangers, NamesWatch, Watch};
use super::Root;
use crate::sandbox::Sandbox;
use crate::vfs::info::FileKey;

/// Watches nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watcher(());

impl Watcher {
    /// Nobody will hear of anything.
    pub(crate) fn new(_hears: Weak<dyn HearsOfStrangers>, _sandbox: Sandbox) -> Self {
        Self(())
    }

    /// # Errors
    /// Unsupported.
    pub(super) fn watch(&self, _key: FileKey, _file: &Arc<File>) -> io::Result<Arc<dyn Watch>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// # Errors
    /// Unsupported.
    pub(super) fn watch_folder(
        &self,
        _root: &Arc<Root>,
        _path: &DiskPath,
        _below: bool,
        _hears: &Weak<dyn HearsOfFolders>,
    ) -> io::Result<Box<dyn FolderWatch>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Nobody tells what changes.
    pub(super) fn watch_names(&self, _folder: &Dir) -> Option<Box<dyn NamesWatch>> {
        None
    }
}
