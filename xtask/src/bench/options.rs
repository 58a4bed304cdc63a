//! What was asked for on the command line.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// Which rows.
    pub(super) glob: String,
    /// How often each work is measured, after once to warm up.
    pub(super) runs: usize,
    /// Smaller files, for trying out.
    pub(super) is_quick: bool,
    /// On the disk of the repository, not in memory.
    pub(super) is_on_disk: bool,
    /// Where the raw figures go.
    pub(super) json: Option<PathBuf>,
    /// Fail where Landfall takes more processor time than its peer.
    pub(super) is_gate: bool,
}

impl Options {
    pub(super) fn parse(arguments: &[&str]) -> Result<Self> {
        let mut options = Self {
            glob: "*".to_owned(),
            runs: 3,
            is_quick: false,
            is_on_disk: false,
            json: None,
            is_gate: false,
        };
        let mut runs = None;
        let mut rest = arguments.iter().copied();
        while let Some(word) = rest.next() {
            match word {
                "--runs" => {
                    let number = rest.next().and_then(|number| number.parse().ok());
                    runs = Some(
                        number
                            .filter(|number| *number > 0)
                            .context("--runs needs a number")?,
                    );
                }
                "--quick" => {
                    options.is_quick = true;
                    options.runs = 1;
                }
                "--disk" => options.is_on_disk = true,
                "--json" => options.json = Some(rest.next().context("--json needs a file")?.into()),
                "--gate" => options.is_gate = true,
                option if option.starts_with('-') => bail!("unknown option {option}"),
                glob => options.glob = glob.to_owned(),
            }
        }
        options.runs = runs.unwrap_or(options.runs);
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_are_asked_for_hold_with_quick_too() {
        for words in [["--runs", "2", "--quick"], ["--quick", "--runs", "2"]] {
            assert_eq!(Options::parse(&words).map(|options| options.runs).ok(), Some(2));
        }
        assert_eq!(
            Options::parse(&["--quick"]).map(|options| options.runs).ok(),
            Some(1)
        );
    }

    #[test]
    fn unknown_options_and_missing_values_are_refused() {
        for words in [&["--fast"] as &[&str], &["--runs"], &["--runs", "0"], &["--json"]] {
            assert!(Options::parse(words).is_err(), "{words:?}");
        }
    }
}
