//! The list of a suite's cases that are expected to fail, each with its reason, and the comparison with it.
//!
//! A line is `CASE # REASON`; `least N` and `least N quickly` say how many cases pass at least, so that cases that are
//! skipped or not found all at once don't go unnoticed. Lines that begin with `#` are remarks.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::Extent;
use super::case::{Case, Verdict};

/// Why cases fail.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    listed: BTreeMap<String, String>,
    least: usize,
    least_quickly: usize,
}

/// How a run differs from what was expected of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) passed: usize,
    pub(super) failed_expectedly: usize,
    /// With what they complained of.
    pub(super) failed_unexpectedly: Vec<(String, String)>,
    pub(super) passed_although_listed: Vec<String>,
    pub(super) skipped: usize,
    /// How many more would have had to pass.
    pub(super) missing: usize,
}

impl Reasons {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let mut reasons = Self::default();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(least) = line.strip_prefix("least ") {
                let (number, place) = match least.strip_suffix(" quickly") {
                    Some(number) => (number, &mut reasons.least_quickly),
                    None => (least, &mut reasons.least),
                };
                *place = number.parse().with_context(|| line.to_owned())?;
                continue;
            }
            let Some((case, reason)) = line.rsplit_once(" # ") else {
                bail!("without a reason: {line}");
            };
            let earlier = reasons
                .listed
                .insert(case.trim().to_owned(), reason.trim().to_owned());
            ensure!(earlier.is_none(), "listed twice: {case}");
        }
        ensure!(reasons.least > 0, "no line `least N`");
        Ok(reasons)
    }

    pub(super) fn compare(&self, cases: &[Case], extent: Extent) -> Comparison {
        let mut comparison = Comparison::default();
        for case in cases {
            let is_listed = self.listed.contains_key(&case.name);
            match (case.verdict, is_listed) {
                (Verdict::Skipped, _) => comparison.skipped += 1,
                (Verdict::Failed, true) => comparison.failed_expectedly += 1,
                (Verdict::Failed, false) => comparison
                    .failed_unexpectedly
                    .push((case.name.clone(), case.detail.clone())),
                (Verdict::Passed, _) => {
                    comparison.passed += 1;
                    if is_listed {
                        comparison.passed_although_listed.push(case.name.clone());
                    }
                }
            }
        }
        let least = match extent {
            Extent::Whole => self.least,
            Extent::Quick => self.least_quickly,
        };
        comparison.missing = least.saturating_sub(comparison.passed);
        comparison
    }
}

impl Comparison {
    /// Whether nothing got worse.
    pub(super) fn is_good(&self) -> bool {
        self.failed_unexpectedly.is_empty() && self.missing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# What it takes.
least 2
least 1 quickly

a.py::lease[v1] # leases
b # extended attributes
";

    fn case(name: &str, verdict: Verdict) -> Case {
        Case::new(name, verdict, "complaint")
    }

    #[test]
    fn failures_are_told_apart_by_the_list() {
        let reasons = Reasons::parse(LIST).unwrap();
        let compared = reasons.compare(
            &[
                case("a.py::lease[v1]", Verdict::Failed),
                case("a.py::other", Verdict::Failed),
                case("b", Verdict::Passed),
                case("c", Verdict::Passed),
                case("d", Verdict::Skipped),
            ],
            Extent::Whole,
        );
        assert_eq!(
            compared,
            Comparison {
                passed: 2,
                failed_expectedly: 1,
                failed_unexpectedly: vec![("a.py::other".to_owned(), "complaint".to_owned())],
                passed_although_listed: vec!["b".to_owned()],
                skipped: 1,
                missing: 0,
            }
        );
        assert!(!compared.is_good());
    }

    #[test]
    fn a_suite_of_which_too_little_ran_is_not_good() {
        let reasons = Reasons::parse(LIST).unwrap();
        let cases = [case("c", Verdict::Passed), case("d", Verdict::Skipped)];
        let whole = reasons.compare(&cases, Extent::Whole);
        assert_eq!(whole.missing, 1);
        assert!(!whole.is_good());
        assert!(reasons.compare(&cases, Extent::Quick).is_good());
        assert!(!reasons.compare(&[], Extent::Quick).is_good());
    }

    #[test]
    fn a_list_gives_a_reason_for_each_case_and_names_it_once() {
        for text in [
            "least 1\na",
            "least 1\na #",
            "least 1\na # b\na # c",
            "least x",
            "a # no least",
        ] {
            assert!(Reasons::parse(text).is_err(), "{text}");
        }
    }
}
