//! Looking at the folders of shares, whose disks may not answer: off to the side, each by a thread of its own, and nobody
//! waits longer than a limit for any of them. A folder that is being looked at already is not looked at once more, so that
//! a disk that hangs keeps one thread.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::Unavailable;
use crate::vfs::{OwnFolder, volume_of};

/// How long anyone waits for all that was asked together.
const LIMIT: Duration = Duration::from_secs(2);

/// What was seen of a share's folder.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// Why nobody can enter it.
    pub(super) unavailable: Option<Unavailable>,
    /// What the operating system said against listing it.
    pub(super) unlisted: Option<String>,
    /// This account may write there.
    pub(super) writable: bool,
    /// Bytes in all, and bytes that may still be written.
    pub(super) space: Option<(u64, u64)>,
}

impl Look {
    pub(super) fn at(folder: &Path, own: Option<&OwnFolder>) -> Self {
        Self {
            unavailable: Unavailable::of(folder, own),
            unlisted: std::fs::read_dir(folder).err().map(|error| error.to_string()),
            writable: writable(folder),
            space: volume_of(folder)
                .ok()
                .map(|volume| (volume.total, volume.available)),
        }
    }

    /// What is known of a folder whose disk does not answer.
    pub(super) fn silent() -> Self {
        Self {
            unavailable: Some(Unavailable::Silent),
            unlisted: None,
            writable: false,
            space: None,
        }
    }
}

/// What is asked of disks at present.
#[derive(Debug, Default)]
pub(super) struct Disks(Arc<Mutex<Asked>>);

type Asked = HashMap<PathBuf, Arc<Question>>;

#[derive(Debug, Default)]
struct Question {
    answer: Mutex<Option<Look>>,
    answered: Condvar,
}

impl Disks {
    /// Looks at folders, all at the same time; what each is like, in their order.
    pub(super) fn look<'f>(
        &self,
        folders: impl IntoIterator<Item = &'f Path>,
        own: Option<&Arc<OwnFolder>>,
    ) -> Vec<Look> {
        let asked = folders.into_iter().map(|folder| {
            let own = own.cloned();
            self.ask(folder, move |folder| Look::at(folder, own.as_deref()))
        });
        let asked: Vec<_> = asked.collect();
        let until = Instant::now() + LIMIT;
        asked
            .into_iter()
            .map(|question| question.wait(until).unwrap_or_else(Look::silent))
            .collect()
    }

    fn ask(&self, folder: &Path, look: impl FnOnce(&Path) -> Look + Send + 'static) -> Arc<Question> {
        let mut asked = self.0.lock();
        if let Some(question) = asked.get(folder) {
            return Arc::clone(question);
        }
        let question = Arc::<Question>::default();
        let (answering, all, at) = (Arc::clone(&question), Arc::clone(&self.0), folder.to_owned());
        let started = std::thread::Builder::new()
            .name("disk-look".to_owned())
            .spawn(move || {
                let seen = look(&at);
                all.lock().remove(&at);
                *answering.answer.lock() = Some(seen);
                answering.answered.notify_all();
            });
        match started {
            Ok(_) => {
                asked.insert(folder.to_owned(), Arc::clone(&question));
            }
            Err(error) => tracing::warn!(%error, "a disk can't be looked at"),
        }
        question
    }
}

impl Question {
    fn wait(&self, until: Instant) -> Option<Look> {
        let mut answer = self.answer.lock();
        while answer.is_none() {
            if self.answered.wait_until(&mut answer, until).timed_out() {
                break;
            }
        }
        answer.clone()
    }
}

/// Does something that asks a disk, on a thread of its own; `None` when it does not answer in time.
pub(super) fn within_limit<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, answer) = std::sync::mpsc::sync_channel(1);
    let asking = std::thread::Builder::new().name("disk-look".to_owned());
    // Who asked may have given up.
    asking.spawn(move || drop(sender.send(ask()))).ok()?;
    answer.recv_timeout(LIMIT).ok()
}

/// Whether this account may write in a folder.
#[cfg(unix)]
fn writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whether this account may write in a folder; access lists are not looked at.
#[cfg(not(unix))]
fn writable(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|metadata| !metadata.permissions().readonly())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_does_not_answer_is_asked_once_and_keeps_nobody_waiting() {
        let disks = Disks::default();
        let folder = tempfile::tempdir().unwrap();
        let hangs = folder.path().join("hangs");
        let (answer, hung) = std::sync::mpsc::channel::<()>();
        disks.ask(&hangs, move |folder| {
            let _ = hung.recv();
            Look::at(folder, None)
        });
        for _ in 0..2 {
            let seen = disks.look([hangs.as_path(), folder.path()], None);
            assert_eq!(seen[0].unavailable, Some(Unavailable::Silent));
            assert_eq!(seen[1].unavailable, None);
            assert!(seen[1].writable && seen[1].space.is_some());
        }
        assert_eq!(disks.0.lock().len(), 1);
        let question = Arc::clone(&disks.0.lock()[&hangs]);
        answer.send(()).unwrap();
        let seen = question.wait(Instant::now() + Duration::from_secs(60)).unwrap();
        assert_eq!(seen.unavailable, Some(Unavailable::Missing));
        assert!(disks.0.lock().is_empty());
    }
}
