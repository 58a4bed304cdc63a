//! The one table that a run ends with.

use std::fmt;
use std::time::Duration;

use super::reasons::Comparison;

/// How one suite went.
#[derive(Debug)]
pub(super) struct Row {
    suite: &'static str,
    took: Duration,
    comparison: Comparison,
}

/// How all suites went.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Row>);

impl Row {
    pub(super) fn new(suite: &'static str, took: Duration, comparison: Comparison) -> Self {
        Self {
            suite,
            took,
            comparison,
        }
    }
}

impl Table {
    pub(super) fn add(&mut self, row: Row) {
        self.0.push(row);
    }

    pub(super) fn is_good(&self) -> bool {
        self.0.iter().all(|row| row.comparison.is_good())
    }
}

impl fmt::Display for Table {
    /// What is to be looked at, then the figures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row {
            suite, comparison, ..
        } in &self.0
        {
            for (case, complaint) in &comparison.failed_unexpectedly {
                writeln!(f, "{suite}: {case} fails: {complaint}")?;
            }
            for case in &comparison.passed_although_listed {
                writeln!(f, "{suite}: {case} passes although it is listed")?;
            }
            if comparison.missing > 0 {
                writeln!(
                    f,
                    "{suite}: {} fewer cases pass than must at least",
                    comparison.missing
                )?;
            }
        }
        writeln!(
            f,
            "{:<14} {:>7} {:>11} {:>13} {:>13} {:>8} {:>8}",
            "suite", "passed", "failed, as", "failed unex-", "passed alth-", "skipped", "seconds"
        )?;
        writeln!(
            f,
            "{:<14} {:>7} {:>11} {:>13} {:>13}",
            "", "", "expected", "pectedly", "ough listed"
        )?;
        for Row {
            suite,
            took,
            comparison,
        } in &self.0
        {
            writeln!(
                f,
                "{suite:<14} {:>7} {:>11} {:>13} {:>13} {:>8} {:>8}",
                comparison.passed,
                comparison.failed_expectedly,
                comparison.failed_unexpectedly.len(),
                comparison.passed_although_listed.len(),
                comparison.skipped,
                took.as_secs(),
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_what_is_to_be_looked_at_and_counts_the_rest() {
        let mut table = Table::default();
        table.add(Row::new(
            "pike",
            Duration::from_secs(61),
            Comparison {
                passed: 130,
                failed_expectedly: 12,
                failed_unexpectedly: vec![("lock.py::a".to_owned(), "1 != 2".to_owned())],
                passed_although_listed: vec!["acl.py::b".to_owned()],
                skipped: 38,
                missing: 3,
            },
        ));
        assert!(!table.is_good());
        let shown = table.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "pike: lock.py::a fails: 1 != 2");
        assert_eq!(lines[1], "pike: acl.py::b passes although it is listed");
        assert_eq!(lines[2], "pike: 3 fewer cases pass than must at least");
        let figures: Vec<&str> = lines[5].split_whitespace().collect();
        assert_eq!(figures, ["pike", "130", "12", "1", "1", "38", "61"]);
    }
}
