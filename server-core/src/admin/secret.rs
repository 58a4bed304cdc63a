//! A password on its way through the admin API: wiped after use, never shown, and generated where
//! nobody needs to think one up.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Characters of generated passwords: no look-alikes (0/O, 1/l/I), nothing a keyboard layout moves
/// around among the common Latin ones except y and z, which are left out too.
const ALPHABET: &[u8] = b"abcdefghijkmnopqrstuvwxACDEFGHJKLMNPQRTUVWX2346789";
/// Groups of four: 16 characters of 50 make 90 bits.
const GROUPS: usize = 4;
const GROUP: usize = 4;

/// A password. Not shown by `Debug`, zeroized when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The password itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(password: String) -> Self {
        Self(password)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A password that is strong and can be read out over a telephone: `mT4k-pq9W-…`.
///
/// # Errors
/// The operating system has no randomness to give.
pub fn generate_password() -> Result<Secret, getrandom::Error> {
    let mut password = String::with_capacity(GROUPS * (GROUP + 1));
    let mut taken = 0;
    while taken < GROUPS * GROUP {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes)?;
        for byte in bytes {
            // Rejection keeps every character equally likely.
            let fair = u8::MAX - u8::MAX % (ALPHABET.len() as u8);
            if byte >= fair || taken == GROUPS * GROUP {
                continue;
            }
            if taken > 0 && taken % GROUP == 0 {
                password.push('-');
            }
            let letter = ALPHABET.get(usize::from(byte) % ALPHABET.len());
            password.extend(letter.map(|letter| char::from(*letter)));
            taken += 1;
        }
        bytes.zeroize();
    }
    Ok(Secret(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_passwords_have_four_groups_and_differ() {
        let first = generate_password().unwrap();
        let second = generate_password().unwrap();
        assert_eq!(first.expose().len(), 19);
        assert_eq!(first.expose().split('-').count(), 4);
        assert_ne!(first, second);
    }

    #[test]
    fn a_secret_is_not_shown_in_debug_output() {
        assert!(!format!("{:?}", Secret::from("hunter2".to_owned())).contains("hunter2"));
    }
}
