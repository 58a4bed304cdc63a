//! The command line: `landfall-app [--minimized] [--data-dir FOLDER]`.

use std::ffi::OsString;
use std::path::PathBuf;

use directories::ProjectDirs;

/// What the app was started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// The folder with Landfall's own data; the same as the command line's.
    pub(crate) data_dir: PathBuf,
    /// Start in the tray, without a window.
    pub(crate) minimized: bool,
}

impl Arguments {
    pub(crate) fn from_command_line() -> Result<Self, String> {
        let usual = ProjectDirs::from("", "", "Landfall").map(|folders| folders.data_dir().to_path_buf());
        parse(std::env::args_os().skip(1), usual)
    }
}

fn parse(mut words: impl Iterator<Item = OsString>, usual: Option<PathBuf>) -> Result<Arguments, String> {
    let (mut data_dir, mut minimized) = (usual, false);
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--minimized") => minimized = true,
            Some("--data-dir") => {
                let folder = words.next().ok_or("--data-dir needs a folder")?;
                data_dir = Some(std::path::absolute(&folder).unwrap_or_else(|_| PathBuf::from(&folder)));
            }
            _ => {
                return Err(format!(
                    "{} is not understood; usage: landfall-app [--minimized] [--data-dir FOLDER]",
                    word.to_string_lossy()
                ));
            }
        }
    }
    let data_dir = data_dir.ok_or("this account has no home folder; name a folder with --data-dir")?;
    Ok(Arguments { data_dir, minimized })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Arguments, String> {
        parse(words.iter().map(OsString::from), Some(PathBuf::from("/usual")))
    }

    #[test]
    fn a_folder_and_a_start_in_the_tray_can_be_asked_for() {
        let arguments = parsed(&["--minimized", "--data-dir", "/here"]).unwrap();
        assert!(arguments.minimized && arguments.data_dir.ends_with("here"));
        assert_eq!(parsed(&[]).unwrap().data_dir, PathBuf::from("/usual"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(parsed(&["--data-dir"]).is_err());
        assert!(
            parsed(&["--fast"])
                .unwrap_err()
                .starts_with("--fast is not understood")
        );
    }
}
