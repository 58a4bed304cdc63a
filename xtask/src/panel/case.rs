//! What became of a case: a line of a file, which the suites' own runners write as well (`tests/panel/verdicts.py`).

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    Skipped,
}

/// One case of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) verdict: Verdict,
    /// What it complained of, in a line.
    pub(super) detail: String,
}

impl Case {
    pub(super) fn new(name: impl Into<String>, verdict: Verdict, detail: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            verdict,
            detail: detail.into(),
        }
    }

    /// A case that passed if nothing was complained of.
    pub(super) fn judged(name: impl Into<String>, complaint: Option<String>) -> Self {
        match complaint {
            None => Self::new(name, Verdict::Passed, ""),
            Some(complaint) => Self::new(name, Verdict::Failed, complaint),
        }
    }

    /// `VERDICT<TAB>NAME<TAB>DETAIL`.
    fn parse(line: &str) -> Result<Self> {
        let mut fields = line.splitn(3, '\t');
        let verdict = match fields.next() {
            Some("passed") => Verdict::Passed,
            Some("failed") => Verdict::Failed,
            Some("skipped") => Verdict::Skipped,
            _ => bail!("no verdict in: {line}"),
        };
        let name = fields.next().with_context(|| format!("no name in: {line}"))?;
        Ok(Self::new(name, verdict, fields.next().unwrap_or_default()))
    }
}

/// Reads what a suite wrote down.
pub(super) fn read(path: &Path) -> Result<Vec<Case>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.lines().map(Case::parse).collect()
}

/// Writes down what became of the cases.
pub(super) fn write(path: &Path, cases: &[Case]) -> Result<()> {
    let mut text = String::new();
    for case in cases {
        let verdict = match case.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::Skipped => "skipped",
        };
        let in_a_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(
            text,
            "{verdict}\t{}\t{}",
            in_a_line(&case.name),
            in_a_line(&case.detail)
        )?;
    }
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_is_read_again() {
        let cases = [
            Case::judged("a.py::b[share]", None),
            Case::judged("ls -l", Some("expected 1\n\tgot 2".to_owned())),
            Case::new("c", Verdict::Skipped, "no leases"),
        ];
        let path = std::env::temp_dir().join(format!("verdicts-{}", std::process::id()));
        write(&path, &cases).unwrap();
        let again = read(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        assert_eq!(again[0], cases[0]);
        assert_eq!(again[1].detail, "expected 1 got 2");
        assert_eq!(again[2], cases[2]);
    }

    #[test]
    fn a_line_without_a_verdict_or_a_name_is_refused() {
        for line in ["", "passed", "maybe\ta"] {
            assert!(Case::parse(line).is_err(), "{line}");
        }
    }
}
