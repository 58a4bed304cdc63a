//! Keys, signatures, encryption and preauthentication integrity ([MS-SMB2] 3.1.4). Bytes in, values out.

mod encryption;
mod kdf;
mod preauth;
mod signing;
#[cfg(test)]
pub(crate) mod vectors;

pub use encryption::{Cipher, CipherKey, DecryptError, TRANSFORM_HEADER_SIZE, transform_session_id};
pub use kdf::SessionKeys;
pub use preauth::PreauthHash;
pub use signing::{SigningAlgorithm, SigningKey};
