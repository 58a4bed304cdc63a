//! Choosing cases and rows by name.

/// Whether `name` matches `glob`, which may have one `*`.
pub(crate) fn matches(glob: &str, name: &str) -> bool {
    match glob.split_once('*') {
        Some((head, tail)) => {
            name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
        }
        None => name == glob,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn one_asterisk_stands_for_any_characters() {
        for glob in ["smb-put-plain", "*", "smb-*", "*-plain", "smb-*-plain"] {
            assert!(matches(glob, "smb-put-plain"), "{glob}");
        }
        for glob in ["smb-put", "sftp-*", "*-signed", "smb-put-p*put-plain"] {
            assert!(!matches(glob, "smb-put-plain"), "{glob}");
        }
    }
}
