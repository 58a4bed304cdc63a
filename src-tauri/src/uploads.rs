//! Gathers the files that a client uploads into one announcement. A scanner closes and opens its file between
//! pages, and a folder comes as many files: an upload is complete when the client has been quiet for a while.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// Scanners pause up to four seconds between pages.
const QUIET: Duration = Duration::from_secs(5);
/// A file that stays open for writing so long after the last one was complete is not part of the upload.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// Names are kept to count each file once; beyond so many they are counted as they come.
const MOST_NAMES: usize = 10_000;

/// Who uploads where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    pub(crate) user: String,
    pub(crate) share: String,
}

/// A complete upload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) source: Source,
    /// The path of the first file in the share.
    pub(crate) first: String,
    /// How many files there are.
    pub(crate) files: usize,
}

/// Uploads that may go on.
#[derive(Debug, Default)]
pub(crate) struct Uploads(HashMap<Source, Pending>);

#[derive(Debug)]
struct Pending {
    first: String,
    names: HashSet<String>,
    files: usize,
    last: Instant,
    /// When to look again.
    due: Instant,
}

impl Uploads {
    /// A file was written.
    pub(crate) fn written(&mut self, source: Source, path: String, now: Instant) {
        let pending = self.0.entry(source).or_insert_with(|| Pending {
            first: path.clone(),
            names: HashSet::new(),
            files: 0,
            last: now,
            due: now,
        });
        pending.last = now;
        pending.due = now + QUIET;
        if pending.names.len() >= MOST_NAMES || pending.names.insert(path) {
            pending.files += 1;
        }
    }

    /// When to ask for complete ones again.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.values().map(|pending| pending.due).min()
    }

    /// Those that are complete now: quiet for a while, with nothing that their client still writes.
    pub(crate) fn complete(&mut self, now: Instant, writes: impl Fn(&Source) -> bool) -> Vec<Upload> {
        let complete = self.0.extract_if(|source, pending| {
            let is_due = pending.due <= now;
            let goes_on = is_due && pending.last + LONGEST_WAIT > now && writes(source);
            if goes_on {
                pending.due = now + QUIET;
            }
            is_due && !goes_on
        });
        complete
            .map(|(source, pending)| Upload {
                source,
                first: pending.first,
                files: pending.files,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(user: &str) -> Source {
        Source {
            user: user.to_owned(),
            share: "Scans".to_owned(),
        }
    }

    #[test]
    fn a_burst_is_one_upload_after_its_quiet_period() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut uploads = Uploads::default();
        uploads.written(source("scanner"), "1.pdf".to_owned(), start);
        uploads.written(source("scanner"), "1.pdf".to_owned(), after(4));
        uploads.written(source("alice"), "x".to_owned(), after(7));
        uploads.written(source("scanner"), "2.pdf".to_owned(), after(8));
        assert_eq!(uploads.complete(after(11), |_| false), []);
        assert_eq!(uploads.next(), Some(after(12)));
        assert_eq!(uploads.complete(after(12), |_| false).len(), 1);
        let complete = uploads.complete(after(13), |_| false);
        assert_eq!(
            complete,
            [Upload {
                source: source("scanner"),
                first: "1.pdf".to_owned(),
                files: 2,
            }]
        );
        assert_eq!(uploads.next(), None);
    }

    #[test]
    fn a_file_that_takes_long_is_waited_for_but_not_for_ever() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut uploads = Uploads::default();
        uploads.written(source("scanner"), "1.tif".to_owned(), start);
        assert_eq!(uploads.complete(after(5), |_| true), []);
        assert_eq!(uploads.next(), Some(after(10)));
        uploads.written(source("scanner"), "2.tif".to_owned(), after(9));
        assert_eq!(uploads.complete(after(14), |_| false)[0].files, 2);

        uploads.written(source("scanner"), "3.tif".to_owned(), start);
        assert_eq!(uploads.complete(after(599), |_| true), []);
        assert_eq!(uploads.complete(after(604), |_| true).len(), 1);
    }
}
