//! Names are unique and looked up without case, in every script.

use unicode_normalization::UnicodeNormalization;

/// The form of a name by which it is compared: composed, in lower case.
pub fn name_key(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn names_that_differ_in_case_or_composition_are_the_same() {
        assert_eq!(name_key("Jürgen"), name_key("JU\u{308}RGEN"));
        assert_eq!(name_key("ΟΔΟΣ"), name_key("οδοσ"));
        assert_ne!(name_key("alice"), name_key("alicia"));
    }
}
