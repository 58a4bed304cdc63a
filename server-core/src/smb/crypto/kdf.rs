//! Key derivation ([MS-SMB2] 3.1.4.2): SP800-108 in counter mode with HMAC-SHA256.

use ring::hmac;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Cipher;

/// The keys of a session. 2.x signs with the session key itself.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SessionKeys {
    signing: [u8; 16],
    server_to_client: Vec<u8>,
    client_to_server: Vec<u8>,
}

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKeys(…)")
    }
}

impl SessionKeys {
    /// Derives the keys for a dialect. `preauth` is the session's hash, used by 3.1.1 alone.
    pub fn derive(dialect: u16, session_key: &[u8; 16], preauth: &[u8; 64], cipher: Option<Cipher>) -> Self {
        let length = cipher.map_or(16, Cipher::key_length);
        if dialect < 0x0300 {
            return Self { signing: *session_key, server_to_client: vec![0; length], client_to_server: vec![0; length] };
        }
        let v311 = dialect >= 0x0311;
        let one = |old: (&[u8], &[u8]), new: &[u8], length: usize| {
            if v311 { derive(session_key, new, preauth, length) } else { derive(session_key, old.0, old.1, length) }
        };
        let mut signing = [0; 16];
        let mut derived = one((b"SMB2AESCMAC\0", b"SmbSign\0"), b"SMBSigningKey\0", 16);
        signing.copy_from_slice(&derived);
        derived.zeroize();
        Self {
            signing,
            server_to_client: one((b"SMB2AESCCM\0", b"ServerOut\0"), b"SMBS2CCipherKey\0", length),
            client_to_server: one((b"SMB2AESCCM\0", b"ServerIn \0"), b"SMBC2SCipherKey\0", length),
        }
    }
    /// Signs and verifies.
    pub fn signing(&self) -> &[u8; 16] {
        &self.signing
    }
    /// Encrypts what the server sends.
    pub fn server_to_client(&self) -> &[u8] {
        &self.server_to_client
    }
    /// Decrypts what the client sends.
    pub fn client_to_server(&self) -> &[u8] {
        &self.client_to_server
    }
}

/// `length` is 16 or 32: one round of SHA-256 is enough.
fn derive(key: &[u8], label: &[u8], context: &[u8], length: usize) -> Vec<u8> {
    let mut input = Vec::with_capacity(label.len() + context.len() + 9);
    input.extend_from_slice(&1u32.to_be_bytes());
    input.extend_from_slice(label);
    input.push(0);
    input.extend_from_slice(context);
    input.extend_from_slice(&u32::try_from(length * 8).unwrap_or(128).to_be_bytes());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &input);
    tag.as_ref()[..length.min(32)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// The worked example that Microsoft published for SMB 3.0 signing.
    #[test]
    fn the_published_3_0_example_comes_out() {
        let key: [u8; 16] = hex("7CD451825D0450D235424E44BA6E78CC").try_into().unwrap();
        let keys = SessionKeys::derive(0x0300, &key, &[0; 64], Some(Cipher::Aes128Ccm));
        assert_eq!(keys.signing().to_vec(), hex("0B7E9C5CAC36C0F6EA9AB275298CEDCE"));
    }
}
