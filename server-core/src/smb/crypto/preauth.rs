//! The preauthentication integrity hash of 3.1.1 ([MS-SMB2] 3.1.4.4.1): SHA-512 over all that was said.

use sha2::{Digest, Sha512};

/// The hash so far.
#[derive(Clone)]
pub struct PreauthHash([u8; 64]);

impl PreauthHash {
    /// All zeros.
    pub fn new() -> Self {
        Self([0; 64])
    }
    /// Adds a message.
    pub fn update(&mut self, message: &[u8]) {
        self.0 = Sha512::new()
            .chain_update(self.0)
            .chain_update(message)
            .finalize()
            .into();
    }
    /// The value.
    pub fn bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl Default for PreauthHash {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for PreauthHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PreauthHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_hashed_together_with_the_value_before_it() {
        let mut chain = PreauthHash::new();
        chain.update(b"negotiate");
        let mut first = vec![0; 64];
        first.extend_from_slice(b"negotiate");
        let first: [u8; 64] = Sha512::digest(&first).into();
        assert_eq!(chain.bytes(), &first);

        chain.update(b"response");
        let mut second = first.to_vec();
        second.extend_from_slice(b"response");
        assert_eq!(chain.bytes()[..], Sha512::digest(&second)[..]);
    }

    #[test]
    fn the_order_of_messages_matters() {
        let (mut one, mut other) = (PreauthHash::new(), PreauthHash::new());
        one.update(b"a");
        one.update(b"b");
        other.update(b"b");
        other.update(b"a");
        assert_ne!(one.bytes(), other.bytes());
    }
}
