//! SMB2 TRANSFORM_HEADER ([MS-SMB2] 2.2.41, 3.1.4.3): AES-CCM and AES-GCM, in place.

use std::sync::atomic::{AtomicU64, Ordering};

use aes::{Aes128, Aes256};
use ccm::Ccm;
use ccm::aead::{AeadInOut, KeyInit};
use ccm::consts::{U11, U16};
use ring::aead;
use thiserror::Error;

use crate::smb::wire::cursor::{u16_at, u32_at, u64_at};
use crate::smb::wire::ids::SessionId;

/// Bytes of a transform header.
pub const TRANSFORM_HEADER_SIZE: usize = 52;
const PROTOCOL_ID: [u8; 4] = *b"\xFDSMB";
/// Flags in 3.1.1, EncryptionAlgorithm before: the same value in both.
const ENCRYPTED: u16 = 1;
const SIGNATURE: std::ops::Range<usize> = 4..20;
const NONCE: std::ops::Range<usize> = 20..36;
/// What the AEAD authenticates besides the message: the header from the nonce on.
const AUTHENTICATED: std::ops::Range<usize> = 20..52;

/// A cipher, by its code in SMB2_ENCRYPTION_CAPABILITIES.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cipher {
    /// AES-128-CCM.
    Aes128Ccm = 1,
    /// AES-128-GCM.
    Aes128Gcm = 2,
    /// AES-256-CCM.
    Aes256Ccm = 3,
    /// AES-256-GCM.
    Aes256Gcm = 4,
}

impl Cipher {
    /// From its code.
    pub fn from_code(code: u16) -> Option<Self> {
        [Self::Aes128Ccm, Self::Aes128Gcm, Self::Aes256Ccm, Self::Aes256Gcm]
            .into_iter()
            .find(|cipher| *cipher as u16 == code)
    }
    /// Bytes of its key.
    pub fn key_length(self) -> usize {
        match self {
            Self::Aes128Ccm | Self::Aes128Gcm => 16,
            Self::Aes256Ccm | Self::Aes256Gcm => 32,
        }
    }
    /// Its usual name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aes128Ccm => "AES-128-CCM",
            Self::Aes128Gcm => "AES-128-GCM",
            Self::Aes256Ccm => "AES-256-CCM",
            Self::Aes256Gcm => "AES-256-GCM",
        }
    }
}

/// A message that can't be decrypted: malformed, or not by this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the encrypted message is malformed or forged")]
pub struct DecryptError;

/// A key for one direction, with its schedule computed once and a nonce that never repeats.
pub struct CipherKey {
    schedule: Schedule,
    next_nonce: AtomicU64,
}

enum Schedule {
    Gcm(Box<aead::LessSafeKey>),
    Ccm128(Box<Ccm<Aes128, U16, U11>>),
    Ccm256(Box<Ccm<Aes256, U16, U11>>),
    /// A key of the wrong length encrypts and decrypts nothing.
    Unusable,
}

impl std::fmt::Debug for CipherKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CipherKey(…)")
    }
}

/// The session that an encrypted message says it belongs to. `None` when it is no encrypted message.
pub fn transform_session_id(message: &[u8]) -> Option<SessionId> {
    let encrypted =
        message.starts_with(&PROTOCOL_ID) && u16_at(message, 42).is_ok_and(|flags| flags == ENCRYPTED);
    if encrypted {
        u64_at(message, 44).ok().map(SessionId)
    } else {
        None
    }
}

impl CipherKey {
    /// A key for a cipher.
    pub fn new(cipher: Cipher, key: &[u8]) -> Self {
        let gcm = |algorithm| {
            aead::UnboundKey::new(algorithm, key).map_or(Schedule::Unusable, |key| {
                Schedule::Gcm(Box::new(aead::LessSafeKey::new(key)))
            })
        };
        let schedule = match cipher {
            Cipher::Aes128Gcm => gcm(&aead::AES_128_GCM),
            Cipher::Aes256Gcm => gcm(&aead::AES_256_GCM),
            Cipher::Aes128Ccm => {
                Ccm::new_from_slice(key).map_or(Schedule::Unusable, |key| Schedule::Ccm128(Box::new(key)))
            }
            Cipher::Aes256Ccm => {
                Ccm::new_from_slice(key).map_or(Schedule::Unusable, |key| Schedule::Ccm256(Box::new(key)))
            }
        };
        Self {
            schedule,
            next_nonce: AtomicU64::new(1),
        }
    }

    /// Encrypts in place: `buffer` is room for the transform header, then the plain message.
    pub fn encrypt(&self, session_id: SessionId, buffer: &mut [u8]) {
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.next_nonce.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        self.encrypt_with(nonce, session_id, buffer);
    }

    fn encrypt_with(&self, nonce: [u8; 16], session_id: SessionId, buffer: &mut [u8]) {
        let Some((header, message)) = buffer.split_at_mut_checked(TRANSFORM_HEADER_SIZE) else {
            return;
        };
        header.fill(0);
        header[..4].copy_from_slice(&PROTOCOL_ID);
        header[NONCE].copy_from_slice(&nonce);
        header[36..40].copy_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_le_bytes());
        header[42..44].copy_from_slice(&ENCRYPTED.to_le_bytes());
        header[44..52].copy_from_slice(&session_id.0.to_le_bytes());
        let (head, authenticated) = header.split_at_mut(AUTHENTICATED.start);
        match self.seal(authenticated, message) {
            Some(tag) => head[SIGNATURE].copy_from_slice(&tag),
            // Never send the plain message by mistake.
            None => message.fill(0),
        }
    }

    fn seal(&self, authenticated: &[u8], message: &mut [u8]) -> Option<[u8; 16]> {
        match &self.schedule {
            Schedule::Gcm(key) => {
                let nonce = aead::Nonce::try_assume_unique_for_key(&authenticated[..12]).ok()?;
                let tag = key
                    .seal_in_place_separate_tag(nonce, aead::Aad::from(authenticated), message)
                    .ok()?;
                tag.as_ref().try_into().ok()
            }
            Schedule::Ccm128(key) => seal_ccm(key.as_ref(), authenticated, message),
            Schedule::Ccm256(key) => seal_ccm(key.as_ref(), authenticated, message),
            Schedule::Unusable => None,
        }
    }

    /// Decrypts in place; gives the plain message, which is the end of `message`.
    ///
    /// # Errors
    /// Malformed, or not encrypted by this key.
    pub fn decrypt<'m>(&self, message: &'m mut [u8]) -> Result<&'m mut [u8], DecryptError> {
        transform_session_id(message).ok_or(DecryptError)?;
        let length = u32_at(message, 36).map_err(|_| DecryptError)? as usize;
        let (header, payload) = message
            .split_at_mut_checked(TRANSFORM_HEADER_SIZE)
            .ok_or(DecryptError)?;
        if payload.len() != length || length == 0 {
            return Err(DecryptError);
        }
        let tag: [u8; 16] = header[SIGNATURE].try_into().map_err(|_| DecryptError)?;
        let authenticated = &header[AUTHENTICATED];
        match &self.schedule {
            Schedule::Gcm(key) => {
                let nonce =
                    aead::Nonce::try_assume_unique_for_key(&authenticated[..12]).map_err(|_| DecryptError)?;
                let aad = aead::Aad::from(authenticated);
                key.open_in_place_separate_tag(nonce, aad, aead::Tag::from(tag), payload, 0..)
                    .map_err(|_| DecryptError)?;
            }
            Schedule::Ccm128(key) => open_ccm(key.as_ref(), authenticated, payload, &tag)?,
            Schedule::Ccm256(key) => open_ccm(key.as_ref(), authenticated, payload, &tag)?,
            Schedule::Unusable => return Err(DecryptError),
        }
        Ok(payload)
    }
}

fn seal_ccm<K>(key: &K, authenticated: &[u8], message: &mut [u8]) -> Option<[u8; 16]>
where
    K: AeadInOut<NonceSize = U11, TagSize = U16>,
{
    let nonce: [u8; 11] = authenticated[..11].try_into().ok()?;
    let tag = key
        .encrypt_inout_detached(&nonce.into(), authenticated, message.into())
        .ok()?;
    Some(tag.into())
}

fn open_ccm<K>(key: &K, authenticated: &[u8], message: &mut [u8], tag: &[u8; 16]) -> Result<(), DecryptError>
where
    K: AeadInOut<NonceSize = U11, TagSize = U16>,
{
    let nonce: [u8; 11] = authenticated[..11].try_into().map_err(|_| DecryptError)?;
    key.decrypt_inout_detached(&nonce.into(), authenticated, message.into(), &(*tag).into())
        .map_err(|_| DecryptError)
}

#[cfg(test)]
#[path = "encryption_tests.rs"]
mod tests;
