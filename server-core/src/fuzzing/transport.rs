//! What is around messages: frames, signatures, encryption.

use crate::smb::crypto::{
    Cipher, CipherKey, SigningAlgorithm, SigningKey, TRANSFORM_HEADER_SIZE, transform_session_id,
};
use crate::smb::fuzzing::messages_in;
use crate::smb::wire::header::HEADER_SIZE;
use crate::smb::wire::ids::SessionId;

const KEY: [u8; 32] = *b"0123456789abcdef0123456789abcdef";
const SESSION: SessionId = SessionId(7);

/// A byte stream in NetBIOS framing: however it is cut on its way, the same messages arrive.
pub fn smb_frames(input: &[u8]) {
    const LIMIT: usize = 4096;
    let (&cut, stream) = input.split_first().unwrap_or((&0, &[]));
    let at_once = messages_in(stream, LIMIT, usize::MAX);
    let in_pieces = messages_in(stream, LIMIT, usize::from(cut).max(1));
    assert_eq!(at_once, in_pieces);
    assert!(at_once.iter().all(|message| message.len() <= LIMIT));
}

/// Which cipher, then a message that claims to be encrypted. What this side encrypts is decrypted again, and not
/// when a bit of it has changed.
pub fn smb_transform(input: &[u8]) {
    let Some((&number, message)) = input.split_first() else {
        return;
    };
    let Some(cipher) = Cipher::from_code(u16::from(number % 4) + 1) else {
        return;
    };
    let key = CipherKey::new(cipher, &KEY[..cipher.key_length()]);
    let plain_length = key.decrypt(&mut message.to_vec()).map(|plain| plain.len());
    if let Ok(length) = plain_length {
        assert_eq!(length + TRANSFORM_HEADER_SIZE, message.len());
        assert!(transform_session_id(message).is_some());
    }
    if message.is_empty() {
        return;
    }
    let mut sealed = [&[0; TRANSFORM_HEADER_SIZE], message].concat();
    key.encrypt(SESSION, &mut sealed);
    assert_eq!(transform_session_id(&sealed), Some(SESSION));
    let mut forged = sealed.clone();
    let at = 4 + usize::from(number) % (sealed.len() - 4);
    forged[at] ^= 1 << (number % 8);
    let opened = key.decrypt(&mut sealed);
    assert!(opened.is_ok_and(|plain| plain == message));
    // The reserved field alone is not looked at, but authenticated all the same.
    assert!(key.decrypt(&mut forged).is_err());
}

/// Which algorithm, then a message that claims to be signed.
pub fn smb_signature(input: &[u8]) {
    let Some((&number, message)) = input.split_first() else {
        return;
    };
    let Some(algorithm) = SigningAlgorithm::from_code(u16::from(number % 3)) else {
        return;
    };
    let key = SigningKey::new(algorithm, &[7; 16]);
    let mut given = message.to_vec();
    let _ = key.verify(&mut given);
    assert_eq!(given, message);
    if message.len() >= HEADER_SIZE {
        key.sign(&mut given);
        assert!(key.verify(&mut given));
        given[usize::from(number) % HEADER_SIZE] ^= 1;
        assert!(!key.verify(&mut given));
    }
}
