//! Where the servers and clients keep everything: a folder for each run, removed in the end.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::slow_disk::unmount_below;
use crate::shell::root;

const PREFIX: &str = "landfall-bench-";

#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// In memory, or in the repository's `target/bench`. Removes what runs left that were killed.
    pub(super) fn create(is_on_disk: bool) -> Result<Self> {
        let parent = if is_on_disk {
            root().join("target/bench")
        } else {
            PathBuf::from("/dev/shm")
        };
        std::fs::create_dir_all(&parent)?;
        for entry in std::fs::read_dir(&parent)?.flatten() {
            let name = entry.file_name();
            let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
                unmount_below(&entry.path());
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        let folder = parent.join(format!("{PREFIX}{}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self(folder))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
