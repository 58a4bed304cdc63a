//! Operations by path, for a protocol that has them (SFTP). Each opens through the same machine, so that share
//! modes, permissions and activity hold.

use super::error::VfsError;
use super::info::SetTimes;
use super::path::SharePath;
use super::request::{CreateOptions, Disposition, OpenRequest, Opened};
use super::share::ShareView;
use crate::security::AccessMask;

impl ShareView {
    /// Removes a file (a symbolic link itself).
    ///
    /// # Errors
    /// IsADirectory, NotFound, SharingViolation, AccessDenied.
    pub async fn remove_file(&self, path: &SharePath) -> Result<(), VfsError> {
        if self.remove_link(path).await? {
            return Ok(());
        }
        let opened = self
            .existing_for(path, AccessMask::DELETE, CreateOptions::NON_DIRECTORY_FILE)
            .await?;
        opened.open.set_delete_pending(true).await?;
        opened.open.close().await
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    /// DirectoryNotEmpty, NotADirectory, NotFound, SharingViolation, AccessDenied.
    pub async fn remove_directory(&self, path: &SharePath) -> Result<(), VfsError> {
        let opened = self
            .existing_for(path, AccessMask::DELETE, CreateOptions::DIRECTORY_FILE)
            .await?;
        opened.open.set_delete_pending(true).await?;
        opened.open.close().await
    }

    /// Creates a folder.
    ///
    /// # Errors
    /// AlreadyExists, PathNotFound, AccessDenied.
    pub async fn create_directory(&self, path: &SharePath, mode: Option<u32>) -> Result<(), VfsError> {
        let mut request = request(path, AccessMask::READ_ATTRIBUTES, CreateOptions::DIRECTORY_FILE);
        request.disposition = Disposition::Create;
        request.mode = mode;
        self.open(request).await?.open.close().await
    }

    /// Renames or moves within the share (a symbolic link itself).
    ///
    /// # Errors
    /// As `Open::rename`.
    pub async fn rename(&self, from: &SharePath, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        if self.rename_link(from, to, replace).await? {
            return Ok(());
        }
        let opened = self
            .existing_for(from, AccessMask::DELETE, CreateOptions::empty())
            .await?;
        opened.open.rename(to, replace).await?;
        opened.open.close().await
    }

    /// Sets times.
    ///
    /// # Errors
    /// NotFound, AccessDenied.
    pub async fn set_times(&self, path: &SharePath, times: SetTimes) -> Result<(), VfsError> {
        let opened = self
            .existing_for(path, AccessMask::WRITE_ATTRIBUTES, CreateOptions::empty())
            .await?;
        opened.open.set_times(times).await?;
        opened.open.close().await
    }

    /// Sets Unix permission bits.
    ///
    /// # Errors
    /// NotFound, AccessDenied, NotSupported.
    pub async fn set_mode(&self, path: &SharePath, mode: u32) -> Result<(), VfsError> {
        let opened = self
            .existing_for(path, AccessMask::WRITE_ATTRIBUTES, CreateOptions::empty())
            .await?;
        opened.open.set_mode(mode).await?;
        opened.open.close().await
    }

    /// Sets a file's size.
    ///
    /// # Errors
    /// NotFound, AccessDenied, DiskFull.
    pub async fn set_size(&self, path: &SharePath, size: u64) -> Result<(), VfsError> {
        let opened = self
            .existing_for(path, AccessMask::WRITE_DATA, CreateOptions::NON_DIRECTORY_FILE)
            .await?;
        opened.open.set_end_of_file(size).await?;
        opened.open.close().await
    }

    /// Adds a hard link.
    ///
    /// # Errors
    /// AlreadyExists, NotFound, NotSupported.
    pub async fn hard_link(&self, from: &SharePath, to: &SharePath) -> Result<(), VfsError> {
        let opened = self
            .existing_for(
                from,
                AccessMask::READ_ATTRIBUTES,
                CreateOptions::NON_DIRECTORY_FILE,
            )
            .await?;
        opened.open.link(to, false).await?;
        opened.open.close().await
    }

    async fn existing_for(
        &self,
        path: &SharePath,
        access: AccessMask,
        options: CreateOptions,
    ) -> Result<Opened, VfsError> {
        self.open(request(path, access, options)).await
    }
}

fn request(path: &SharePath, access: AccessMask, options: CreateOptions) -> OpenRequest<'_> {
    OpenRequest {
        options,
        case_sensitive: true,
        ..OpenRequest::new(path, access)
    }
}
