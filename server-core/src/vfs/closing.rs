//! The end of an open ([MS-FSA] 2.1.5.5): what is put off until then is done, and its error is the closer's to hear.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::change::Change;
use super::completing::Completing;
use super::error::VfsError;
use super::handle::Handle;
use super::open::Open;
use super::open_table::{CloseUnasked, HeldBy};
use super::share::ShareView;
use crate::live::ActivityKind;
use crate::security::AccessMask;

impl Open {
    /// Closes: releases locks, deletes when that is due. Idempotent; the operations on it then give `Closed`. The open
    /// has ended whatever comes of it, and comes to its end also if nobody waits for that.
    ///
    /// # Errors
    /// What went wrong with what was put off until now: a deletion, times, content that was staged.
    pub async fn close(&self) -> Result<(), VfsError> {
        match self.begin_close(true) {
            None => Ok(()),
            Some(closing) => closing.await,
        }
    }

    /// Closes for someone who won't wait for what comes of it.
    pub(crate) fn close_unheard(&self) {
        self.begin_close(false).and_then(Completing::begin);
    }

    /// Ends the open; what is left to be done, if something is. What comes of it is written down if nobody hears it.
    fn begin_close(&self, heard: bool) -> Option<Completing<Result<(), VfsError>>> {
        let handle = &self.handle;
        if self.left.load(Ordering::Acquire) {
            return None;
        }
        if handle.closed.swap(true, Ordering::AcqRel) {
            return None;
        }
        let plain = !handle.was_written() && !handle.deletes();
        if plain && !handle.leave(&self.view) {
            self.view.caller().session.file_closed();
            return None;
        }
        let (handle, view) = (Arc::clone(handle), self.view.clone());
        let lane = view.backend().lane().clone();
        Some(Completing::new(&lane, async move {
            let outcome = if plain {
                handle.remove(&view).await
            } else {
                handle.end(&view).await
            };
            if let Err(error) = &outcome
                && !handle.not_deleted.load(Ordering::Acquire)
            {
                let path = handle.place().path;
                tracing::warn!(%path, %error, heard, "what was put off until the close is not done");
                view.report(
                    ActivityKind::Unfinished,
                    &path,
                    &format!("not finished when it was closed: {error}"),
                );
            }
            view.caller().session.file_closed();
            outcome
        }))
    }
}

impl CloseUnasked for Open {
    fn close_unasked(&self) {
        self.close_unheard();
    }

    fn held_by(&self) -> HeldBy {
        HeldBy {
            user: self.view.caller().principal.name.clone(),
            durable: self.handle.durable.load(Ordering::Acquire),
            away: *self.handle.away_since.lock(),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.close_unheard();
    }
}

impl Handle {
    async fn end(&self, view: &ShareView) -> Result<(), VfsError> {
        let mut outcome = self.restore_sticky_times().await;
        if self.was_written() {
            outcome = outcome.and(self.file.finish().await.map_err(VfsError::from));
        }
        if self.deletes() {
            outcome = outcome.and(self.mark_at_close(view).await);
        }
        if self.leave(view) {
            return outcome.and(self.remove(view).await);
        }
        if self.link.is_unlinked() {
            // Another file has its name now, which did not change.
            return outcome;
        }
        if self.untold.swap(false, Ordering::AcqRel) {
            view.changed_content(&self.place().path, self.parent);
        }
        let path = self.place().path;
        if let Some(why) = self.unwritten.why() {
            view.report(
                ActivityKind::Unfinished,
                &path,
                &format!("not all of it was written: {why}"),
            );
        } else if self.was_written() && !self.directory && outcome.is_ok() {
            view.report(ActivityKind::FileWritten, &path, "written");
        }
        outcome
    }

    /// Leaves the table. True when the name is now to be removed from the disk.
    fn leave(&self, view: &ShareView) -> bool {
        view.engine().watches.end(self.id);
        view.engine().opens.leave(self.id)
    }

    /// Whether the name goes by what was asked of this open.
    fn deletes(&self) -> bool {
        self.delete_on_close || self.marked.load(Ordering::Acquire)
    }

    /// What this open asked to be deleted goes if the right to it is still there; if it was asked when it was opened, the
    /// name is marked now, if that is still possible.
    async fn mark_at_close(&self, view: &ShareView) -> Result<(), VfsError> {
        let allowed = view
            .alive()
            .and_then(|()| view.check(AccessMask::DELETE, self.subject()));
        if let Err(error) = allowed {
            if self.marked.load(Ordering::Acquire) {
                self.mark(view, false);
            }
            self.tell_that_it_stays(view, &error);
            return Err(error);
        }
        if !self.delete_on_close {
            return Ok(());
        }
        match self.check_still_deletable(view).await {
            Ok(()) => {
                let opens = &view.engine().opens;
                while let Some(wait) = opens.give_up_handles(self.id) {
                    // Whoever keeps it open for a program that closed it would keep the name from going.
                    wait.over_unheard(opens).await;
                }
                self.mark(view, true);
                Ok(())
            }
            // A folder that has become one with entries, or a file that has become read-only, stays: as on Windows that is
            // no failure of the close.
            Err(error @ (VfsError::DirectoryNotEmpty | VfsError::CannotDelete)) => {
                view.report_refusal(&self.place().path, &error);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn tell_that_it_stays(&self, view: &ShareView, why: &VfsError) {
        self.not_deleted.store(true, Ordering::Release);
        view.report_not_deleted(&self.place().path, why);
    }

    /// Removes the name that was marked, after its last open went.
    async fn remove(&self, view: &ShareView) -> Result<(), VfsError> {
        let place = self.place();
        // Whoever marked it may be gone; what became of the share since then holds for everyone.
        if let Err(error) = view.takes_deletions() {
            view.engine().opens.set_delete_pending(&self.link, false);
            view.engine().opens.finish_delete(self.key);
            self.tell_that_it_stays(view, &error);
            return Err(error);
        }
        let removed = view.remove_closed(&place, self).await;
        view.engine().opens.finish_delete(self.key);
        match removed {
            Ok(Some(folder)) => {
                let change = Change::Removed {
                    place: &place,
                    folder: &folder,
                    directory: self.directory,
                };
                view.changed(change, self.parent).await;
                Ok(())
            }
            // Someone on this computer moved or removed it already.
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
