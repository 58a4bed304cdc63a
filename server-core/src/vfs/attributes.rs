//! Changing what is known of an open file: times, DOS attributes, Unix permission bits ([MS-FSA] 2.1.5.15.2).

use super::backend::{SizeAfter, Times};
use super::error::VfsError;
use super::info::{DosAttributes, SetTimes};
use super::metadata;
use super::notify::NotifyFilter;
use super::open::Open;
use crate::security::AccessMask;

impl Open {
    /// Sets times. A time set explicitly stays: later writes by this open don't move it.
    ///
    /// # Errors
    /// NotGranted without WRITE_ATTRIBUTES.
    pub async fn set_times(&self, times: SetTimes) -> Result<(), VfsError> {
        self.permit(AccessMask::WRITE_ATTRIBUTES)?;
        let keeps = self.backend().capabilities().keeps_attributes;
        let now = Times {
            accessed: times.accessed,
            modified: times.modified,
            created: times.created.filter(|_| keeps),
        };
        if now.accessed.is_some() || now.modified.is_some() || now.created.is_some() {
            let mut own = self.handle.own_change();
            self.file().set_times(now).await?;
            own.done(SizeAfter::SAME);
            drop(own);
            if let Some(modified) = times.modified {
                *self.handle.sticky.lock() = Some((modified, self.handle.shared.set_time()));
            }
        }
        if let Some(created) = times.created.filter(|_| !keeps) {
            metadata::set_created(self.store(), &self.file().stat().await?, created)?;
        }
        let mut changed = NotifyFilter::empty();
        changed.set(NotifyFilter::CREATION, times.created.is_some());
        changed.set(NotifyFilter::LAST_ACCESS, times.accessed.is_some());
        changed.set(NotifyFilter::LAST_WRITE, times.modified.is_some());
        self.tell(changed);
        Ok(())
    }

    /// Sets DOS attributes (SETTABLE bits; NORMAL alone clears them).
    ///
    /// # Errors
    /// NotGranted without WRITE_ATTRIBUTES; InvalidParameter for TEMPORARY on a folder, DIRECTORY on a file.
    pub async fn set_attributes(&self, attributes: DosAttributes) -> Result<(), VfsError> {
        self.permit(AccessMask::WRITE_ATTRIBUTES)?;
        let unfit = if self.handle.directory {
            DosAttributes::TEMPORARY
        } else {
            DosAttributes::DIRECTORY
        };
        if attributes.intersects(unfit) {
            return Err(VfsError::InvalidParameter);
        }
        let path = self.path();
        metadata::set_attributes(self.store(), self.backend(), self.file(), path.name(), attributes).await?;
        self.tell(NotifyFilter::ATTRIBUTES);
        Ok(())
    }

    /// Sets Unix permission bits (SFTP); NotSupported on Windows beyond the read-only bit.
    ///
    /// # Errors
    /// NotGranted without WRITE_ATTRIBUTES.
    pub async fn set_mode(&self, mode: u32) -> Result<(), VfsError> {
        self.permit(AccessMask::WRITE_ATTRIBUTES)?;
        self.file().set_mode(mode & 0o777).await?;
        self.tell(NotifyFilter::ATTRIBUTES | NotifyFilter::SECURITY);
        Ok(())
    }
}
