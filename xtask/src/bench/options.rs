//! What was asked for on the command line.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// Fewer turns tell nothing of the spread, nor give each contender each place in a turn.
const FEWEST_RUNS: usize = 3;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// Which rows.
    pub(super) glob: String,
    /// How often each contender is measured, after once to warm up.
    pub(super) runs: usize,
    /// Smaller files, for trying out.
    pub(super) is_quick: bool,
    /// On the disk of the repository, not in memory.
    pub(super) is_on_disk: bool,
    /// Where the raw figures go.
    pub(super) json: Option<PathBuf>,
    /// An earlier build of `landfall`, measured in the same run.
    pub(super) against: Option<PathBuf>,
    /// Fail where Landfall takes more processor time than its peer or the earlier build, or is beyond a limit.
    pub(super) is_gate: bool,
}

impl Options {
    pub(super) fn parse(arguments: &[&str]) -> Result<Self> {
        let mut options = Self {
            glob: "*".to_owned(),
            runs: FEWEST_RUNS,
            is_quick: false,
            is_on_disk: false,
            json: None,
            against: None,
            is_gate: false,
        };
        let mut rest = arguments.iter().copied();
        while let Some(word) = rest.next() {
            match word {
                "--runs" => {
                    let number = rest.next().and_then(|number| number.parse().ok());
                    options.runs = number
                        .filter(|number| *number >= FEWEST_RUNS)
                        .with_context(|| format!("--runs needs a number, {FEWEST_RUNS} or more"))?;
                }
                "--quick" => options.is_quick = true,
                "--disk" => options.is_on_disk = true,
                "--json" => options.json = Some(rest.next().context("--json needs a file")?.into()),
                "--against" => {
                    let binary = rest.next().context("--against needs a binary")?;
                    let binary = std::fs::canonicalize(binary).with_context(|| binary.to_owned())?;
                    options.against = Some(binary);
                }
                "--gate" => options.is_gate = true,
                option if option.starts_with('-') => bail!("unknown option {option}"),
                glob => options.glob = glob.to_owned(),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_in_any_order_beside_a_glob() {
        for words in [
            ["--runs", "5", "--quick", "smb-*"],
            ["smb-*", "--quick", "--runs", "5"],
        ] {
            let options = Options::parse(&words).unwrap();
            assert_eq!(
                (options.runs, options.is_quick, options.glob.as_str()),
                (5, true, "smb-*")
            );
        }
    }

    #[test]
    fn unknown_options_and_missing_values_are_refused() {
        for words in [
            &["--fast"] as &[&str],
            &["--runs"],
            &["--runs", "2"],
            &["--json"],
            &["--against"],
            &["--against", "/no/such/file"],
        ] {
            assert!(Options::parse(words).is_err(), "{words:?}");
        }
    }
}
