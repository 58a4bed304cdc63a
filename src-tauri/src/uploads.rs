//! Gathers the files that a client uploads into one announcement. A scanner closes and opens its file between
//! pages, and a folder comes as many files: an upload is complete when the client has been quiet for a while.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Scanners pause up to four seconds between pages.
const QUIET: Duration = Duration::from_secs(5);

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
    /// Paths in the share, each once, the first one first.
    pub(crate) files: Vec<String>,
}

/// Uploads that may go on.
#[derive(Debug, Default)]
pub(crate) struct Uploads(HashMap<Source, Pending>);

#[derive(Debug)]
struct Pending {
    files: Vec<String>,
    last: Instant,
}

impl Uploads {
    /// A file was written.
    pub(crate) fn written(&mut self, source: Source, path: String, now: Instant) {
        let pending = self.0.entry(source).or_insert(Pending {
            files: Vec::new(),
            last: now,
        });
        pending.last = now;
        if !pending.files.contains(&path) {
            pending.files.push(path);
        }
    }

    /// When to ask for complete ones again.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.values().map(|pending| pending.last + QUIET).min()
    }

    /// Those that are complete now.
    pub(crate) fn complete(&mut self, now: Instant) -> Vec<Upload> {
        let complete = self.0.extract_if(|_, pending| pending.last + QUIET <= now);
        complete
            .map(|(source, pending)| Upload {
                source,
                files: pending.files,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_one_upload_after_its_quiet_period() {
        let scanner = Source {
            user: "scanner".to_owned(),
            share: "Scans".to_owned(),
        };
        let other = Source {
            user: "alice".to_owned(),
            ..scanner.clone()
        };
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut uploads = Uploads::default();
        uploads.written(scanner.clone(), "1.pdf".to_owned(), start);
        uploads.written(scanner.clone(), "1.pdf".to_owned(), after(4));
        uploads.written(other, "x".to_owned(), after(7));
        uploads.written(scanner.clone(), "2.pdf".to_owned(), after(8));
        assert_eq!(uploads.complete(after(11)), []);
        assert_eq!(uploads.next(), Some(after(12)));
        assert_eq!(uploads.complete(after(12)).len(), 1);
        let complete = uploads.complete(after(13));
        assert_eq!(
            complete,
            [Upload {
                source: scanner,
                files: vec!["1.pdf".to_owned(), "2.pdf".to_owned()]
            }]
        );
        assert_eq!(uploads.next(), None);
    }
}
