//! Signatures ([MS-SMB2] 3.1.4.1): HMAC-SHA256 for 2.x, AES-128-CMAC for 3.x, AES-128-GMAC for 3.1.1.

use cmac::digest::KeyInit;
use cmac::{Cmac, Mac};
use ring::{aead, hmac};

use crate::smb::wire::header::{HEADER_SIZE, SIGNATURE};

/// A signing algorithm, by its code in SMB2_SIGNING_CAPABILITIES.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// HMAC-SHA256.
    HmacSha256 = 0,
    /// AES-128-CMAC.
    AesCmac = 1,
    /// AES-128-GMAC.
    AesGmac = 2,
}

impl SigningAlgorithm {
    /// From its code.
    pub fn from_code(code: u16) -> Option<Self> {
        [Self::HmacSha256, Self::AesCmac, Self::AesGmac].into_iter().find(|algorithm| *algorithm as u16 == code)
    }
    /// Its usual name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "HMAC-SHA256",
            Self::AesCmac => "AES-CMAC",
            Self::AesGmac => "AES-GMAC",
        }
    }
}

/// A key with its schedule computed once.
pub struct SigningKey(Schedule);

enum Schedule {
    Hmac(hmac::Key),
    Cmac(Box<Cmac<aes::Aes128>>),
    Gmac(Box<aead::LessSafeKey>),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// CANCEL has a nonce of its own in GMAC.
const CANCEL: u16 = 12;
const FLAG_RESPONSE: u8 = 1;

impl SigningKey {
    /// A key for an algorithm.
    pub fn new(algorithm: SigningAlgorithm, key: &[u8; 16]) -> Self {
        let hmac = || Schedule::Hmac(hmac::Key::new(hmac::HMAC_SHA256, key));
        Self(match algorithm {
            SigningAlgorithm::HmacSha256 => hmac(),
            SigningAlgorithm::AesCmac => Schedule::Cmac(Box::new(Cmac::new(key.into()))),
            SigningAlgorithm::AesGmac => match aead::UnboundKey::new(&aead::AES_128_GCM, key) {
                Ok(key) => Schedule::Gmac(Box::new(aead::LessSafeKey::new(key))),
                // A 16-byte key is always taken.
                Err(ring::error::Unspecified) => hmac(),
            },
        })
    }

    /// Signs a message, header first; whatever the signature field held is replaced.
    pub fn sign(&self, message: &mut [u8]) {
        if message.len() >= HEADER_SIZE {
            message[SIGNATURE].fill(0);
            let signature = self.compute(message);
            message[SIGNATURE].copy_from_slice(&signature);
        }
    }

    /// Whether the signature is right. The field is zero for a moment, and then as it was.
    pub fn verify(&self, message: &mut [u8]) -> bool {
        let Some(sent) = message.get(SIGNATURE).and_then(|field| <[u8; 16]>::try_from(field).ok()) else {
            return false;
        };
        message[SIGNATURE].fill(0);
        let right = self.compute(message);
        message[SIGNATURE].copy_from_slice(&sent);
        right.iter().zip(sent).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }

    /// The signature over a message whose signature field is zero.
    fn compute(&self, message: &[u8]) -> [u8; 16] {
        let mut signature = [0; 16];
        match &self.0 {
            Schedule::Hmac(key) => signature.copy_from_slice(&hmac::sign(key, message).as_ref()[..16]),
            Schedule::Cmac(key) => {
                let mut mac = (**key).clone();
                mac.update(message);
                signature.copy_from_slice(&mac.finalize().into_bytes());
            }
            Schedule::Gmac(key) => {
                let nonce = aead::Nonce::assume_unique_for_key(gmac_nonce(message));
                if let Ok(tag) = key.seal_in_place_separate_tag(nonce, aead::Aad::from(message), &mut []) {
                    signature.copy_from_slice(tag.as_ref());
                }
            }
        }
        signature
    }
}

/// MessageId, then a bit for the sender and one for CANCEL.
fn gmac_nonce(message: &[u8]) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&message[24..32]);
    nonce[8] = message[16] & FLAG_RESPONSE;
    if message[12..14] == CANCEL.to_le_bytes() {
        nonce[8] |= 2;
    }
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cmac_follows_rfc_4493() {
        let key = [0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c];
        let signing = SigningKey::new(SigningAlgorithm::AesCmac, &key);
        let expected = [0xbb, 0x1d, 0x69, 0x29, 0xe9, 0x59, 0x37, 0x28, 0x7f, 0xa3, 0x7d, 0x12, 0x9b, 0x75, 0x67, 0x46];
        assert_eq!(signing.compute(&[]), expected);
    }

    proptest! {
        #[test]
        fn a_changed_byte_breaks_the_signature(
            algorithm in 0u16..3, key: [u8; 16], mut message in proptest::collection::vec(any::<u8>(), 64..300), at in 0usize..300
        ) {
            let key = SigningKey::new(SigningAlgorithm::from_code(algorithm).unwrap(), &key);
            key.sign(&mut message);
            let signed = message.clone();
            prop_assert!(key.verify(&mut message));
            prop_assert_eq!(&message, &signed);
            let at = at % message.len();
            message[at] ^= 0x40;
            prop_assert!(!key.verify(&mut message));
        }

        #[test]
        fn short_messages_never_panic(mut message in proptest::collection::vec(any::<u8>(), 0..64)) {
            let key = SigningKey::new(SigningAlgorithm::AesGmac, &[1; 16]);
            key.sign(&mut message);
            prop_assert!(!key.verify(&mut message));
        }
    }
}
