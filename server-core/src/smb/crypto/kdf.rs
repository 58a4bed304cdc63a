//! Key derivation ([MS-SMB2] 3.1.4.2): SP800-108 in counter mode with HMAC-SHA256.

use ring::hmac;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Cipher;
use crate::smb::wire::dialect::Dialect;

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
    pub fn derive(
        dialect: Dialect,
        session_key: &[u8; 16],
        preauth: &[u8; 64],
        cipher: Option<Cipher>,
    ) -> Self {
        let length = cipher.map_or(16, Cipher::key_length);
        if dialect < Dialect::Smb300 {
            // No cipher takes an empty key: nothing can be encrypted by mistake with a known one.
            return Self {
                signing: *session_key,
                server_to_client: Vec::new(),
                client_to_server: Vec::new(),
            };
        }
        let v311 = dialect >= Dialect::Smb311;
        let one = |old: (&[u8], &[u8]), new: &[u8], length: usize| {
            if v311 {
                derive(session_key, new, preauth, length)
            } else {
                derive(session_key, old.0, old.1, length)
            }
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
    use crate::smb::crypto::vectors::hex;

    fn session_key(text: &str) -> [u8; 16] {
        hex(text).try_into().unwrap()
    }

    // The published examples call the keys as the client sees them: what it encrypts with, the server decrypts with.

    #[test]
    fn the_smb_3_0_keys_agree_with_the_published_example() {
        for dialect in [Dialect::Smb300, Dialect::Smb302] {
            let session_key = session_key("7CD451825D0450D235424E44BA6E78CC");
            let keys = SessionKeys::derive(dialect, &session_key, &[0xFF; 64], Some(Cipher::Aes128Ccm));
            assert_eq!(keys.signing()[..], hex("0B7E9C5CAC36C0F6EA9AB275298CEDCE"));
            assert_eq!(keys.client_to_server(), hex("FAD27796665B313EBB578F388632B4F7"));
            assert_eq!(keys.server_to_client(), hex("B0F0427F7CEB416D1D9DCC0CD4F99447"));
        }
    }

    #[test]
    fn the_smb_3_1_1_keys_agree_with_the_published_example() {
        let session_key = session_key("270E1BA896585EEB7AF3472D3B4C75A7");
        let preauth_hash: [u8; 64] = hex(concat!(
            "0DD13628CC3ED218EF9DF9772D436D0887AB9814BFAE63A80AA845F36909DB79",
            "28622DDDAD522D9751640A459762C5A9D6BB084CBB3CE6BDADEF5D5BCE3C6C01"
        ))
        .try_into()
        .unwrap();
        let keys = SessionKeys::derive(
            Dialect::Smb311,
            &session_key,
            &preauth_hash,
            Some(Cipher::Aes128Gcm),
        );
        assert_eq!(keys.signing()[..], hex("73FE7A9A77BEF0BDE49C650D8CCB5F76"));
        assert_eq!(keys.client_to_server(), hex("629BCBC54422A0F572B97F45989B6073"));
        assert_eq!(keys.server_to_client(), hex("E2AF0DCEFAC68DA71A0DFBD0D1350D74"));
    }

    #[test]
    fn before_smb_3_0_the_session_key_signs_and_nothing_encrypts() {
        for dialect in [Dialect::Smb202, Dialect::Smb210] {
            let keys = SessionKeys::derive(dialect, &[9; 16], &[1; 64], Some(Cipher::Aes128Gcm));
            assert_eq!(keys.signing(), &[9; 16]);
            assert!(keys.server_to_client().is_empty() && keys.client_to_server().is_empty());
        }
    }

    #[test]
    fn the_smb_3_1_1_keys_depend_on_the_preauth_hash_and_on_their_purpose() {
        let one = SessionKeys::derive(Dialect::Smb311, &[9; 16], &[1; 64], Some(Cipher::Aes128Gcm));
        let other = SessionKeys::derive(Dialect::Smb311, &[9; 16], &[2; 64], Some(Cipher::Aes128Gcm));
        assert_ne!(one.signing(), other.signing());
        assert_ne!(one.server_to_client(), other.server_to_client());
        assert_ne!(one.client_to_server(), other.client_to_server());
        assert_ne!(one.server_to_client(), one.client_to_server());
    }

    #[test]
    fn a_256_bit_cipher_gets_32_byte_keys_that_are_no_extension_of_the_short_ones() {
        let short = SessionKeys::derive(Dialect::Smb311, &[9; 16], &[1; 64], Some(Cipher::Aes128Gcm));
        let long = SessionKeys::derive(Dialect::Smb311, &[9; 16], &[1; 64], Some(Cipher::Aes256Gcm));
        assert_eq!(
            (long.server_to_client().len(), long.client_to_server().len()),
            (32, 32)
        );
        // The length is part of what is hashed.
        assert_ne!(long.server_to_client()[..16], short.server_to_client()[..]);
        assert_eq!(long.signing(), short.signing());
    }
}
