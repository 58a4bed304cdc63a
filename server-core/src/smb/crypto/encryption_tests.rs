//! Encryption against published messages, and against change.

use proptest::prelude::*;

use super::*;
use crate::smb::crypto::SessionKeys;
use crate::smb::crypto::vectors::hex;
use crate::smb::wire::dialect::Dialect;

const ALL: [Cipher; 4] = [
    Cipher::Aes128Ccm,
    Cipher::Aes128Gcm,
    Cipher::Aes256Ccm,
    Cipher::Aes256Gcm,
];
const SESSION: SessionId = SessionId(0x1122_3344_5566_7788);

fn key(cipher: Cipher) -> CipherKey {
    CipherKey::new(cipher, &vec![0x42; cipher.key_length()])
}

fn encrypted(cipher: Cipher, text: &[u8]) -> Vec<u8> {
    let mut buffer = vec![0xEE; TRANSFORM_HEADER_SIZE];
    buffer.extend_from_slice(text);
    key(cipher).encrypt(SESSION, &mut buffer);
    buffer
}

struct Published {
    cipher: Cipher,
    session_id: SessionId,
    nonce: &'static str,
    plaintext: &'static str,
    message: &'static str,
}

/// A WRITE request a client encrypted with AES-128-CCM under SMB 3.0.
const WRITE_3_0: Published = Published {
    cipher: Cipher::Aes128Ccm,
    session_id: SessionId(0x0008_E400_1400_0011),
    nonce: "66E69A111892584FB5ED524A744DA3EE",
    plaintext: concat!(
        "FE534D4240000100000000000900400008000000000000000400000000000000FFFE0000010000001100001400E40800",
        "000000000000000000000000000000003100700017000000000000000000000015010000390000020100000039020000",
        "00000000000000007000000000000000536D623320656E6372797074696F6E2074657374696E67"
    ),
    message: concat!(
        "FD534D4281A286535415445DAE393921E44FA42E66E69A111892584FB5ED524A744DA3EE87000000000001001100001400E40800",
        "25C8FEE16605A437832D1CD52DA9F4645333482A175FE5384563F45FCDAFAEF38BC62BA4D5C62897996625A44C29BE5658DE2E61",
        "17585779E7B59FFD971278D08580D7FA899E410E910EABF5AA1DB43050B33B49182637759AC15D84BFCDF5B6B238993C0F4CF4D6",
        "012023F6C627297075D84B7803912D0A9639634453595EF3E33FFE4E7AC2AB"
    ),
};

/// The same with AES-128-GCM under SMB 3.1.1.
const WRITE_3_1_1: Published = Published {
    cipher: Cipher::Aes128Gcm,
    session_id: SessionId(0x1000_0000_0025),
    nonce: "C7D6822D269CAF48904C664C00000000",
    plaintext: concat!(
        "FE534D4240000100000000000900010008000000000000000500000000000000FFFE0000010000002500000000100000",
        "000000000000000000000000000000003100700017000000000000000000000006000000040000000100000004000000",
        "00000000000000007000000000000000536D623320656E6372797074696F6E2074657374696E67"
    ),
    message: concat!(
        "FD534D42BD73D97D2BC9001BCAFAC0FDFF5FEEBCC7D6822D269CAF48904C664C0000000087000000000001002500000000100000",
        "6ECDD2A7AFC7B47763057A041B8FD4DAFFE990B70C9E09D36C084E02D14EF247F8BDE38ACF6256F8B1D3B56F77FBDEB312FEA5E9",
        "2CBCC1ED8FB2EBBFAA75E49A4A394BB44576545567C24D4C014D47C9FBDFDAFD2C4F9B72F8D256452620A299F48E29E53D6B61D1",
        "C13A19E91AF013F00D17E3ABC2FC3D36C8C1B6B93973253852DBD442E46EE8"
    ),
};

fn check(published: &Published, key: &[u8]) {
    let key = CipherKey::new(published.cipher, key);
    let mut received = hex(published.message);
    assert_eq!(transform_session_id(&received), Some(published.session_id));
    assert_eq!(key.decrypt(&mut received).unwrap(), hex(published.plaintext));

    let mut sent = vec![0; TRANSFORM_HEADER_SIZE];
    sent.extend(hex(published.plaintext));
    key.encrypt_with(
        hex(published.nonce).try_into().unwrap(),
        published.session_id,
        &mut sent,
    );
    assert_eq!(sent, hex(published.message));
}

#[test]
fn a_published_smb_3_0_message_decrypts_and_encrypts() {
    let session_key: [u8; 16] = hex("B4546771B515F766A86735532DD6C4F0").try_into().unwrap();
    check(
        &WRITE_3_0,
        SessionKeys::derive(Dialect::Smb300, &session_key, &[0; 64], Some(Cipher::Aes128Ccm))
            .client_to_server(),
    );
}

#[test]
fn a_published_smb_3_1_1_message_decrypts_and_encrypts() {
    let session_key: [u8; 16] = hex("419FDDF34C1E001909D362AE7FB6AF79").try_into().unwrap();
    let preauth_hash: [u8; 64] = hex(concat!(
        "B23F3CBFD69487D9832B79B1594A367CDD950909B774C3A4C412B4FCEA9EDDDB",
        "A7DB256BA2EA30E977F11F9B113247578E0E915C6D2A513B8F2FCA5707DC8770"
    ))
    .try_into()
    .unwrap();
    check(
        &WRITE_3_1_1,
        SessionKeys::derive(
            Dialect::Smb311,
            &session_key,
            &preauth_hash,
            Some(Cipher::Aes128Gcm),
        )
        .client_to_server(),
    );
}

#[test]
fn what_was_encrypted_decrypts_to_the_same() {
    for cipher in ALL {
        for text in [&b"x"[..], b"a message", &[7; 70_000]] {
            let mut message = encrypted(cipher, text);
            assert_eq!(transform_session_id(&message), Some(SESSION));
            assert_eq!(u32_at(&message, 36).unwrap() as usize, text.len());
            assert_eq!(key(cipher).decrypt(&mut message).unwrap(), text, "{cipher:?}");
        }
    }
}

#[test]
fn the_plaintext_is_not_in_the_message() {
    for cipher in ALL {
        let message = encrypted(cipher, b"nobody may read this");
        assert!(!message.windows(6).any(|window| window == b"nobody"));
    }
}

#[test]
fn any_changed_byte_is_noticed() {
    for cipher in ALL {
        let message = encrypted(cipher, b"a message of some length");
        // That includes what no cipher uses: reserved bytes and the end of the nonce field.
        for at in 0..message.len() {
            let mut changed = message.clone();
            changed[at] ^= 1;
            assert!(
                key(cipher).decrypt(&mut changed).is_err(),
                "{cipher:?}, byte {at}"
            );
        }
    }
}

#[test]
fn another_key_or_cipher_does_not_decrypt() {
    for cipher in ALL {
        let message = encrypted(cipher, b"a message");
        let other = CipherKey::new(cipher, &vec![0x43; cipher.key_length()]);
        assert_eq!(other.decrypt(&mut message.clone()).unwrap_err(), DecryptError);
        for other in ALL.into_iter().filter(|other| *other != cipher) {
            assert_eq!(
                key(other).decrypt(&mut message.clone()).unwrap_err(),
                DecryptError
            );
        }
    }
}

#[test]
fn a_cut_or_padded_message_is_refused() {
    for cipher in ALL {
        let message = encrypted(cipher, b"a message");
        for length in 0..message.len() {
            assert!(key(cipher).decrypt(&mut message[..length].to_vec()).is_err());
        }
        let mut longer = message.clone();
        longer.push(0);
        assert_eq!(key(cipher).decrypt(&mut longer).unwrap_err(), DecryptError);
    }
}

#[test]
fn an_encrypted_message_without_content_is_refused() {
    for cipher in ALL {
        assert_eq!(
            key(cipher).decrypt(&mut encrypted(cipher, b"")).unwrap_err(),
            DecryptError
        );
    }
}

#[test]
fn nonces_do_not_repeat_and_unused_bytes_are_zero() {
    for cipher in ALL {
        let key = key(cipher);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let mut buffer = vec![0; TRANSFORM_HEADER_SIZE + 1];
            key.encrypt(SESSION, &mut buffer);
            let nonce = buffer[NONCE].to_vec();
            assert!(nonce[11..].iter().all(|byte| *byte == 0));
            assert!(seen.insert(nonce));
        }
    }
}

#[test]
fn a_key_of_another_length_leaves_nothing_to_read_and_decrypts_nothing() {
    for cipher in ALL {
        for length in [0, 15, 48 - cipher.key_length()] {
            let unusable = CipherKey::new(cipher, &vec![0x42; length]);
            let mut buffer = vec![0; TRANSFORM_HEADER_SIZE];
            buffer.extend_from_slice(b"a message");
            unusable.encrypt(SESSION, &mut buffer);
            assert_eq!(buffer[TRANSFORM_HEADER_SIZE..], [0; 9]);
            assert!(unusable.decrypt(&mut encrypted(cipher, b"a message")).is_err());
        }
    }
}

#[test]
fn only_a_transform_header_names_a_session() {
    let message = encrypted(Cipher::Aes128Gcm, b"a message");
    assert_eq!(transform_session_id(&message), Some(SESSION));
    for at in [0, 3, 42, 43] {
        let mut other = message.clone();
        other[at] ^= 4;
        assert_eq!(transform_session_id(&other), None, "byte {at}");
    }
    assert_eq!(transform_session_id(&message[..TRANSFORM_HEADER_SIZE - 1]), None);
}

#[test]
fn cipher_codes_go_both_ways() {
    for cipher in ALL {
        assert_eq!(Cipher::from_code(cipher as u16), Some(cipher));
    }
    assert_eq!((Cipher::from_code(0), Cipher::from_code(5)), (None, None));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), shape: bool) {
        if shape && bytes.len() >= TRANSFORM_HEADER_SIZE {
            let size = u32::try_from(bytes.len() - TRANSFORM_HEADER_SIZE).unwrap();
            bytes[..4].copy_from_slice(b"\xFDSMB");
            bytes[36..40].copy_from_slice(&size.to_le_bytes());
            bytes[42..44].copy_from_slice(&[1, 0]);
        }
        for cipher in ALL {
            prop_assert!(key(cipher).decrypt(&mut bytes.clone()).is_err());
        }
    }
}
