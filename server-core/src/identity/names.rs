//! What people, groups and shares may be called, and how clients write log-in names.

use super::IdentityError;

/// The most characters of a person's or group's name.
const LONGEST_NAME: usize = 64;
/// The most characters of a share's name ([MS-SRVS] 2.2.4.23).
const LONGEST_SHARE_NAME: usize = 80;
const NOT_IN_NAMES: &str = "/\\:*?\"<>|@%";
const NOT_IN_SHARE_NAMES: &str = "\\/[]:¦|<>+=;,*?\"";
/// Shares that Windows gives a meaning of its own.
const RESERVED_SHARES: [&str; 3] = ["ipc$", "admin$", "print$"];

/// The bare name of `DOMAIN\user`, `.\user`, `user@host` or `user`. Both protocols look people up by it.
pub fn login_name(given: &str) -> &str {
    let after_domain = given.rsplit('\\').next().unwrap_or(given);
    let bare = after_domain.split('@').next();
    bare.unwrap_or(after_domain).trim()
}

/// Whether a person or group may be called this.
pub(super) fn check_name(name: &str) -> Result<(), IdentityError> {
    check(name, LONGEST_NAME, NOT_IN_NAMES)
}

/// Whether a share may be called this.
pub(super) fn check_share_name(name: &str) -> Result<(), IdentityError> {
    check(name, LONGEST_SHARE_NAME, NOT_IN_SHARE_NAMES)?;
    if RESERVED_SHARES.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(invalid(name, "it is reserved"));
    }
    // SFTP shows shares as folders.
    if name == "." || name == ".." {
        return Err(invalid(name, "it means another folder"));
    }
    Ok(())
}

fn check(name: &str, longest: usize, forbidden: &str) -> Result<(), IdentityError> {
    if name.is_empty() {
        return Err(invalid(name, "it is empty"));
    }
    if name.chars().count() > longest {
        return Err(invalid(name, format!("it is longer than {longest} characters")));
    }
    if let Some(found) = name.chars().find(|c| c.is_control() || forbidden.contains(*c)) {
        // As it is, unless nobody could see it.
        let found = match found.is_control() {
            true => found.escape_default().to_string(),
            false => found.to_string(),
        };
        return Err(invalid(name, format!("it must not contain {found}")));
    }
    if name.starts_with([' ', '.']) || name.ends_with([' ', '.']) {
        return Err(invalid(name, "it must not begin or end with a space or a dot"));
    }
    if name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace) {
        return Err(invalid(name, "it must not begin or end with a space or a dot"));
    }
    Ok(())
}

fn invalid(name: &str, why: impl Into<String>) -> IdentityError {
    IdentityError::InvalidName {
        name: name.chars().take(LONGEST_SHARE_NAME).collect(),
        why: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_log_in_name_gives_the_bare_name() {
        for given in [
            "alice",
            "DOMAIN\\alice",
            ".\\alice",
            "alice@host.local",
            "DOMAIN\\alice@host",
            " alice ",
        ] {
            assert_eq!(login_name(given), "alice", "{given}");
        }
        assert_eq!(login_name(""), "");
        assert_eq!(login_name("\\"), "");
    }

    #[test]
    fn names_that_a_protocol_or_folder_would_stumble_on_are_refused() {
        for name in [
            "", " a", "a ", ".a", "a.", "a/b", "a\\b", "a:b", "a*", "a?", "a\"", "<a", "a>", "a|b", "a@b",
            "a%b", "a\nb", "a\0", "\u{a0}a",
        ] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(check_name(&"x".repeat(65)).is_err());
        // What is refused is shown as it was typed.
        let refused = check_name("a\\b").unwrap_err().to_string();
        assert!(refused.ends_with(r"it must not contain \"), "{refused}");
        assert!(check_name(&"ü".repeat(64)).is_ok());
        for name in ["alice", "Jürgen Müller", "o'neil", "a.b", "用户"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn share_names_follow_their_own_rules() {
        for name in [
            "ipc$", "ADMIN$", "Print$", "a[b", "a=b", "a;b", "a,b", "a+b", "..", ".", "", "a\tb",
        ] {
            assert!(check_share_name(name).is_err(), "{name:?}");
        }
        assert!(check_share_name(&"s".repeat(81)).is_err());
        for name in ["Scans", "C$", "50 %", "me@home", "Fotos 2026"] {
            assert!(check_share_name(name).is_ok(), "{name}");
        }
    }
}
