//! The files of the log, `landfall.DAY.log` and, once one is full, `landfall.DAY.1.log` and so on. What others do can
//! make a server log much: each day keeps its first file, which says how things began, and its latest ones, and the
//! oldest days go, so that the whole is bounded.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Zoned;
use jiff::civil::Date;

use crate::private_file;

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    /// How many days.
    pub(crate) days: usize,
    /// How many files of a day.
    pub(crate) files: usize,
    /// How large a file may become.
    pub(crate) bytes: u64,
}

/// A file of the log: of which day, and which of that day's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    day: Date,
    number: u32,
}

/// Writes to the newest file, and begins another when that is full or of yesterday.
pub(crate) struct LogFiles {
    folder: PathBuf,
    kept: Kept,
    today: fn() -> Date,
    name: Name,
    file: File,
    bytes: u64,
}

impl LogFiles {
    /// Goes on where the log of today ended.
    ///
    /// # Errors
    /// The folder can't be made or written to.
    pub(crate) fn open(folder: PathBuf, kept: Kept) -> io::Result<Self> {
        Self::open_on(folder, kept, || Zoned::now().date())
    }

    fn open_on(folder: PathBuf, kept: Kept, today: fn() -> Date) -> io::Result<Self> {
        private_file::create_folder(&folder)?;
        let day = today();
        let names = names(&folder)?;
        for name in &names {
            private_file::keep_from_others(&name.path(&folder))?;
        }
        let newest = names.last().filter(|name| name.day == day);
        let name = newest.copied().unwrap_or(Name { day, number: 0 });
        let (file, bytes) = name.open(&folder)?;
        let files = Self {
            folder,
            kept,
            today,
            name,
            file,
            bytes,
        };
        files.clear()?;
        Ok(files)
    }

    /// Begins another file when this one is full or of yesterday.
    fn turn(&mut self, more: usize) -> io::Result<()> {
        let day = (self.today)();
        let is_full = self.bytes > 0 && self.bytes + more as u64 > self.kept.bytes;
        // A clock that is set back begins no day anew.
        let name = match (day > self.name.day, is_full) {
            (true, _) => Name { day, number: 0 },
            (false, true) => Name {
                number: self.name.number.saturating_add(1),
                ..self.name
            },
            (false, false) => return Ok(()),
        };
        (self.file, self.bytes) = name.open(&self.folder)?;
        self.name = name;
        self.clear()
    }

    /// Removes what is not kept.
    fn clear(&self) -> io::Result<()> {
        let names = names(&self.folder)?;
        let mut days: Vec<Date> = names.iter().map(|name| name.day).collect();
        days.dedup();
        let oldest = days.len().checked_sub(self.kept.days).map(|at| days[at]);
        for (at, name) in names.iter().enumerate() {
            let later = names[at + 1..]
                .iter()
                .filter(|later| later.day == name.day)
                .count();
            let is_middle = name.number > 0 && later + 1 >= self.kept.files;
            if is_middle || oldest.is_some_and(|oldest| name.day < oldest) {
                // What can't be removed now is tried again when the next file begins.
                let _ = std::fs::remove_file(name.path(&self.folder));
            }
        }
        Ok(())
    }
}

impl Write for LogFiles {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // A disk on which no other file can be made: the old one goes on, but not for ever.
        if let Err(error) = self.turn(line.len())
            && self.bytes >= self.kept.bytes * 2
        {
            return Err(error);
        }
        let written = self.file.write(line)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Name {
    fn path(self, folder: &Path) -> PathBuf {
        let Self { day, number } = self;
        folder.join(match number {
            0 => format!("landfall.{day}.log"),
            number => format!("landfall.{day}.{number}.log"),
        })
    }

    fn parse(name: &str) -> Option<Self> {
        let name = name.strip_prefix("landfall.")?.strip_suffix(".log")?;
        let (day, number) = match name.split_once('.') {
            Some((day, number)) => (day, number.parse().ok().filter(|number| *number > 0)?),
            None => (name, 0),
        };
        Some(Self {
            day: day.parse().ok()?,
            number,
        })
    }

    fn open(self, folder: &Path) -> io::Result<(File, u64)> {
        let file = private_file::options()
            .append(true)
            .create(true)
            .open(self.path(folder))?;
        let bytes = file.metadata()?.len();
        Ok((file, bytes))
    }
}

/// Those that are there, the oldest first.
fn names(folder: &Path) -> io::Result<Vec<Name>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.extend(entry?.file_name().to_str().and_then(Name::parse));
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    const KEPT: Kept = Kept {
        days: 3,
        files: 3,
        bytes: 100,
    };

    thread_local! {
        static DAY: Cell<Date> = const { Cell::new(Date::constant(2026, 11, 20)) };
    }

    fn open(folder: &Path) -> LogFiles {
        LogFiles::open_on(folder.join("logs"), KEPT, || DAY.get()).unwrap()
    }

    fn there(folder: &Path) -> Vec<String> {
        let folder = folder.join("logs");
        let names = names(&folder).unwrap().into_iter();
        names
            .map(|name| {
                name.path(&folder)
                    .file_name()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    }

    #[test]
    fn a_flood_leaves_how_the_day_began_and_what_came_last() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path());
        for line in 0..1_000 {
            writeln!(log, "line {line:04}").unwrap();
        }
        assert_eq!(
            there(folder.path()),
            [
                "landfall.2026-11-20.log",
                "landfall.2026-11-20.98.log",
                "landfall.2026-11-20.99.log"
            ]
        );
        let read = |name: &str| std::fs::read_to_string(folder.path().join("logs").join(name)).unwrap();
        assert!(read("landfall.2026-11-20.log").starts_with("line 0000\n"));
        assert!(read("landfall.2026-11-20.99.log").ends_with("line 0999\n"));
        for name in there(folder.path()) {
            assert!(read(&name).len() <= 100, "{name}");
        }
    }

    #[test]
    fn the_latest_days_are_kept_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path());
        let other = folder.path().join("logs/landfall.notes.log");
        std::fs::write(&other, "mine").unwrap();
        for day in 0..10 {
            DAY.set(date(2026, 11, 20) + day.days());
            log.write_all(&[b'x'; 60]).unwrap();
            log.write_all(&[b'x'; 60]).unwrap();
        }
        let wanted: Vec<String> = (27..30)
            .flat_map(|day| {
                [
                    format!("landfall.2026-11-{day}.log"),
                    format!("landfall.2026-11-{day}.1.log"),
                ]
            })
            .collect();
        assert_eq!(there(folder.path()), wanted);
        assert!(other.exists());
    }

    #[test]
    fn a_start_goes_on_with_the_file_of_the_day() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..3 {
            open(folder.path()).write_all(&[b'x'; 40]).unwrap();
        }
        let files = ["landfall.2026-11-20.log", "landfall.2026-11-20.1.log"];
        assert_eq!(there(folder.path()), files);
        // What is larger than a file is written all the same.
        open(folder.path()).write_all(&[b'x'; 400]).unwrap();
        assert_eq!(there(folder.path()).len(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_may_read_the_log() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        let before = logs.join("landfall.2026-11-19.log");
        std::fs::write(&before, "old").unwrap();
        for path in [&logs, &before] {
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        open(folder.path()).write_all(b"new").unwrap();
        assert_eq!(private_file::mode(&logs), 0o700);
        assert_eq!(private_file::mode(&before), 0o700);
        assert_eq!(private_file::mode(&logs.join("landfall.2026-11-20.log")), 0o600);
    }
}
