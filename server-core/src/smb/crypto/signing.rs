//! Signatures ([MS-SMB2] 3.1.4.1): HMAC-SHA256 for 2.x, AES-128-CMAC for 3.x, AES-128-GMAC for 3.1.1.

use aes::cipher::BlockCipherEncrypt;
use cmac::digest::KeyInit;
use cmac::{Cmac, Mac};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use ring::hmac;

use crate::smb::wire::header::{HEADER_SIZE, SIGNATURE};

/// A signing algorithm, by its code in SMB2_SIGNING_CAPABILITIES.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SigningAlgorithm {
    /// HMAC-SHA256.
    #[default]
    HmacSha256 = 0,
    /// AES-128-CMAC.
    AesCmac = 1,
    /// AES-128-GMAC.
    AesGmac = 2,
}

impl SigningAlgorithm {
    /// From its code.
    pub fn from_code(code: u16) -> Option<Self> {
        [Self::HmacSha256, Self::AesCmac, Self::AesGmac]
            .into_iter()
            .find(|algorithm| *algorithm as u16 == code)
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
    Gmac(Box<Gmac>),
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
        Self(match algorithm {
            SigningAlgorithm::HmacSha256 => Schedule::Hmac(hmac::Key::new(hmac::HMAC_SHA256, key)),
            SigningAlgorithm::AesCmac => Schedule::Cmac(Box::new(Cmac::new(key.into()))),
            SigningAlgorithm::AesGmac => Schedule::Gmac(Box::new(Gmac::new(key))),
        })
    }

    /// What it signs with.
    pub fn algorithm(&self) -> SigningAlgorithm {
        match self.0 {
            Schedule::Hmac(_) => SigningAlgorithm::HmacSha256,
            Schedule::Cmac(_) => SigningAlgorithm::AesCmac,
            Schedule::Gmac(_) => SigningAlgorithm::AesGmac,
        }
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
        let Some(sent) = message
            .get(SIGNATURE)
            .and_then(|field| <[u8; 16]>::try_from(field).ok())
        else {
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
            Schedule::Gmac(key) => signature = key.compute(gmac_nonce(message), message),
        }
        signature
    }
}

/// AES-128-GCM with nothing to encrypt (NIST SP 800-38D section 6.4). ring's takes associated data a block at a
/// time, which makes signing dearer than encrypting; this one takes eight.
struct Gmac {
    cipher: aes::Aes128,
    /// Keyed, and fed nothing.
    hash: GHash,
}

impl Gmac {
    fn new(key: &[u8; 16]) -> Self {
        let cipher = aes::Aes128::new(key.into());
        let mut hash_key = ghash::Key::default();
        cipher.encrypt_block(&mut hash_key);
        Self {
            hash: GHash::new(&hash_key),
            cipher,
        }
    }

    fn compute(&self, nonce: [u8; 12], message: &[u8]) -> [u8; 16] {
        let mut hash = self.hash.clone();
        hash.update_padded(message);
        let mut lengths = ghash::Block::default();
        lengths[..8].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
        hash.update(&[lengths]);
        let mut mask = ghash::Block::default();
        mask[..12].copy_from_slice(&nonce);
        mask[15] = 1;
        self.cipher.encrypt_block(&mut mask);
        let mut tag = [0; 16];
        for (out, (hash, mask)) in tag.iter_mut().zip(hash.finalize().iter().zip(mask)) {
            *out = hash ^ mask;
        }
        tag
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
    use proptest::prelude::*;

    use super::*;
    use crate::smb::crypto::vectors::hex;

    const ALL: [SigningAlgorithm; 3] = [
        SigningAlgorithm::HmacSha256,
        SigningAlgorithm::AesCmac,
        SigningAlgorithm::AesGmac,
    ];
    const KEY: [u8; 16] = *b"0123456789abcdef";

    fn message() -> Vec<u8> {
        let mut message = vec![0; HEADER_SIZE];
        message[..4].copy_from_slice(b"\xFESMB");
        message[12..14].copy_from_slice(&9u16.to_le_bytes());
        message[24..32].copy_from_slice(&0x0102_0304_0506_0708u64.to_le_bytes());
        message.extend_from_slice(b"the body of a write request");
        message
    }

    #[test]
    fn cmac_agrees_with_rfc_4493() {
        let key: [u8; 16] = hex("2b7e151628aed2a6abf7158809cf4f3c").try_into().unwrap();
        let text = hex(concat!(
            "6bc1bee22e409f96e93d7e117393172a",
            "ae2d8a571e03ac9c9eb76fac45af8e51",
            "30c81c46a35ce411e5fbc1191a0a52ef",
            "f69f2445df4f9b17ad2b417be66c3710"
        ));
        let key = SigningKey::new(SigningAlgorithm::AesCmac, &key);
        for (length, mac) in [
            (0, "bb1d6929e95937287fa37d129b756746"),
            (16, "070a16b46b4d4144f79bdd9dd04a287c"),
            (40, "dfa66747de9ae63030ca32611497c827"),
            (64, "51f0bebf7e3b9d92fc49741779363cfe"),
        ] {
            assert_eq!(key.compute(&text[..length])[..], hex(mac)[..]);
        }
    }

    #[test]
    fn hmac_signs_with_the_first_half_of_the_digest() {
        // The published examples have other key lengths: the expectation comes from a second implementation.
        use ::hmac::{Hmac, KeyInit as _, Mac as _};
        let key = SigningKey::new(SigningAlgorithm::HmacSha256, &KEY);
        let other = Hmac::<sha2::Sha256>::new_from_slice(&KEY)
            .unwrap()
            .chain_update(message())
            .finalize();
        assert_eq!(key.compute(&message())[..], other.into_bytes()[..16]);
    }

    #[test]
    fn a_signed_message_verifies_and_stays_as_it_was() {
        for algorithm in ALL {
            let key = SigningKey::new(algorithm, &KEY);
            let mut signed = message();
            signed[SIGNATURE].fill(0xEE);
            key.sign(&mut signed);
            assert_ne!(signed[SIGNATURE], [0xEE; 16]);
            let before = signed.clone();
            assert!(key.verify(&mut signed), "{algorithm:?}");
            assert_eq!(signed, before);
        }
    }

    #[test]
    fn another_key_or_algorithm_does_not_verify() {
        for algorithm in ALL {
            let mut signed = message();
            SigningKey::new(algorithm, &KEY).sign(&mut signed);
            assert!(!SigningKey::new(algorithm, &[7; 16]).verify(&mut signed));
            for other in ALL.into_iter().filter(|other| *other != algorithm) {
                assert!(!SigningKey::new(other, &KEY).verify(&mut signed));
            }
        }
    }

    #[test]
    fn gmac_agrees_with_a_second_implementation() {
        use ring::aead;
        let key = aead::UnboundKey::new(&aead::AES_128_GCM, &KEY).unwrap();
        let key = aead::LessSafeKey::new(key);
        for length in [0, 1, 15, 16, 17, 64, 1000] {
            let message: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let nonce = [9; 12];
            let tag = key
                .seal_in_place_separate_tag(
                    aead::Nonce::assume_unique_for_key(nonce),
                    aead::Aad::from(&message),
                    &mut [],
                )
                .unwrap();
            assert_eq!(Gmac::new(&KEY).compute(nonce, &message)[..], *tag.as_ref());
        }
    }

    #[test]
    fn the_gmac_nonce_tells_sides_and_cancels_apart() {
        let mut request = message();
        assert_eq!(gmac_nonce(&request), [8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0]);
        request[12..14].copy_from_slice(&CANCEL.to_le_bytes());
        assert_eq!(gmac_nonce(&request)[8..], [2, 0, 0, 0]);
        let mut response = message();
        response[16..20].copy_from_slice(&1u32.to_le_bytes());
        assert_eq!(gmac_nonce(&response)[8..], [1, 0, 0, 0]);
    }

    #[test]
    fn algorithm_numbers_go_both_ways() {
        for algorithm in ALL {
            assert_eq!(SigningAlgorithm::from_code(algorithm as u16), Some(algorithm));
        }
        assert_eq!(SigningAlgorithm::from_code(3), None);
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
