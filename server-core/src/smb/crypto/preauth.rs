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
        self.0 = Sha512::new().chain_update(self.0).chain_update(message).finalize().into();
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
