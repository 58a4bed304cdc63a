//! Making what an open is to create, and taking it back when the open comes to nothing: a client that is told of a
//! failure, or that gave up, finds nothing made.

use super::backend::{BackendFile, CreateMode, DiskPath, OpenHow, Stat};
use super::change::Change;
use super::completing::Completing;
use super::error::VfsError;
use super::machine::LeaseId;
use super::open::Open;
use super::open_table::Place;
use super::path::SharePath;
use super::request::ShareMode;
use super::share::ShareView;
use crate::security::AccessMask;

/// Permission bits of what clients create without saying.
const FILE_MODE: u32 = 0o666;
const FOLDER_MODE: u32 = 0o777;

/// A file or folder that is to be made.
#[derive(Clone)]
pub(super) struct New {
    pub(super) path: SharePath,
    pub(super) disk: DiskPath,
    /// The folder as it is before.
    pub(super) folder: Stat,
    pub(super) directory: bool,
    pub(super) mode: Option<u32>,
    /// The lease on the folder under which it is made.
    pub(super) by: Option<LeaseId>,
}

/// What was made; it is taken back unless it comes to an open.
pub(super) struct Made {
    made: Option<(Box<dyn BackendFile>, Stat)>,
    new: New,
    view: ShareView,
}

impl New {
    /// Makes it, and lets everyone know.
    pub(super) async fn make(self, view: ShareView) -> Result<Made, VfsError> {
        let (file, stat) = self.make_on_disk(&view).await?;
        let created = Change::Created {
            path: &self.path,
            disk: &self.disk,
            folder: &self.folder,
            directory: self.directory,
        };
        view.changed(created, self.by).await;
        Ok(Made {
            made: Some((file, stat)),
            new: self,
            view,
        })
    }

    async fn make_on_disk(&self, view: &ShareView) -> Result<(Box<dyn BackendFile>, Stat), VfsError> {
        let backend = view.backend();
        let opened = if self.directory {
            let mode = CreateMode(self.mode.unwrap_or(FOLDER_MODE));
            backend.create_directory(&self.disk, mode).await?;
            backend.open(&self.disk, OpenHow::READ).await
        } else {
            let how = OpenHow {
                write: true,
                create: Some(CreateMode(self.mode.unwrap_or(FILE_MODE))),
                itself: false,
            };
            Ok(backend.open(&self.disk, how).await?)
        };
        let failed = match opened {
            Err(error) => error,
            Ok(file) => match file.stat().await {
                Ok(stat) => return Ok((file, stat)),
                Err(error) => error,
            },
        };
        if let Ok(stat) = backend.stat(&self.disk, false).await {
            self.remove(view, &stat).await;
        }
        Err(failed.into())
    }

    /// Removes what was made, unless someone else uses it already; whether it is gone.
    async fn remove(&self, view: &ShareView, stat: &Stat) -> bool {
        let opens = &view.engine().opens;
        let unused = stat.size == 0
            && opens
                .check_sharing(stat.key, AccessMask::DELETE, ShareMode::empty())
                .is_ok();
        let backend = view.backend();
        unused
            && matches!(
                backend.remove_if(&self.disk, stat.key, self.directory).await,
                Ok(Some(_))
            )
    }

    /// Takes back what everyone has been told of.
    async fn take_back(&self, view: &ShareView, file: &dyn BackendFile) {
        let (Ok(stat), Ok(folder)) = (file.stat().await, view.folder_of(&self.disk).await) else {
            return;
        };
        if !self.remove(view, &stat).await {
            return;
        }
        let place = Place {
            share: view.settings().id,
            path: self.path.clone(),
            disk: self.disk.clone(),
        };
        let change = Change::Removed {
            place: &place,
            folder: &folder,
            directory: self.directory,
        };
        view.changed(change, self.by).await;
    }
}

impl Made {
    /// It comes to an open, which sees to what becomes of it.
    pub(super) fn keep(mut self) -> Option<(Box<dyn BackendFile>, Stat)> {
        self.made.take()
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let Some((file, _)) = self.made.take() else {
            return;
        };
        let (new, view) = (self.new.clone(), self.view.clone());
        let lane = self.view.backend().lane().clone();
        let taking = Completing::new(&lane, async move {
            new.take_back(&view, file.as_ref()).await;
        });
        taking.begin();
    }
}

/// An open for which the file was made, until its client is told of it: if that never comes, the file goes with it.
pub(super) struct Untold<'o>(Option<&'o Open>);

impl<'o> Untold<'o> {
    pub(super) fn new(open: &'o Open) -> Self {
        Self(Some(open).filter(|open| open.handle.created))
    }

    pub(super) fn told(mut self) {
        self.0 = None;
    }
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        if let Some(open) = self.0 {
            open.view
                .engine()
                .opens
                .set_delete_pending(&open.handle.link, true);
        }
    }
}
