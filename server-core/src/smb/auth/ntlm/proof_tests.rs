//! The NTLMv2 example of [MS-NLMP] 4.2: user "User", domain "Domain", password "Password".

use super::*;
use crate::smb::auth::AcceptorConfig;
use crate::smb::crypto::vectors::hex;

const SERVER_CHALLENGE: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];

/// 4.2.4.3, from its first byte to its last.
const AUTHENTICATE_MESSAGE: &str = concat!(
    "4e544c4d535350000300000018001800",
    "6c00000054005400840000000c000c00",
    "48000000080008005400000010001000",
    "5c00000010001000d8000000358288e2",
    "0501280a0000000f44006f006d006100",
    "69006e00550073006500720043004f00",
    "4d005000550054004500520086c35097",
    "ac9cec102554764a57cccc19aaaaaaaa",
    "aaaaaaaa68cd0ab851e51c96aabc927b",
    "ebef6a1c010100000000000000000000",
    "00000000aaaaaaaaaaaaaaaa00000000",
    "02000c0044006f006d00610069006e00",
    "01000c00530065007200760065007200",
    "0000000000000000c5dad2544fc97990",
    "94ce1ce90bc9d03e",
);

/// The challenge that the example answers.
fn challenge() -> Challenge {
    let config = AcceptorConfig {
        computer_name: "Server".into(),
        challenge: SERVER_CHALLENGE,
        now_filetime: 0,
    };
    Challenge::answer(&[&b"NTLMSSP\0\x01\0\0\0"[..], &[0; 20]].concat(), &config).unwrap()
}

#[test]
fn the_example_message_is_read_as_it_was_meant() {
    let message = Authenticate::parse(&hex(AUTHENTICATE_MESSAGE)).unwrap();
    assert_eq!(
        (message.user.as_str(), message.domain.as_str()),
        ("User", "Domain")
    );
    assert_eq!(message.workstation, "COMPUTER");
    assert!(!message.has_mic() && !message.is_anonymous());
}

#[test]
fn the_example_log_in_ends_in_the_example_session_key() {
    let message = Authenticate::parse(&hex(AUTHENTICATE_MESSAGE)).unwrap();
    let proven = prove(&challenge(), &message, &NtHash::of("Password")).unwrap();
    assert_eq!(*proven.session_key, [0x55; 16]);
}

#[test]
fn the_example_message_proves_nothing_for_another_password_or_challenge() {
    let message = Authenticate::parse(&hex(AUTHENTICATE_MESSAGE)).unwrap();
    let refused = |challenge, password| prove(&challenge, &message, &NtHash::of(password)).err();
    assert_eq!(refused(challenge(), "password"), Some(AuthFailure::WrongProof));
    let mut other = challenge();
    other.challenge[0] ^= 1;
    assert_eq!(refused(other, "Password"), Some(AuthFailure::WrongProof));
}

#[test]
fn the_example_s_intermediate_values_come_out() {
    let key = ntowf_v2(&NtHash::of("Password"), "USER", "Domain");
    assert_eq!(key[..], hex("0c868a403bfd7a93a3001ef22ef02e3f"));
    let proof: [u8; 16] = hex("68cd0ab851e51c96aabc927bebef6a1c").try_into().unwrap();
    let base = session_keys(&key, &proof, 0, &[]).unwrap();
    assert_eq!(base[..], hex("8de40ccadbc14a82f15cb0ad0de95ca3"));
}

#[test]
fn the_example_s_signing_and_sealing_keys_come_out() {
    // 4.2.4.4, with the session key 55…55.
    assert_eq!(
        purpose_key(&[0x55; 16], CLIENT_SIGN)[..],
        hex("4788dc861b4782f35d43fd98fe1a2d39")
    );
    assert_eq!(
        purpose_key(&[0x55; 16], CLIENT_SEAL)[..],
        hex("59f600973cc4960a25480a7c196e4c58")
    );
}

#[test]
fn the_example_s_signature_comes_out_after_its_sealed_text() {
    // GSS_WrapEx seals the text first, so its checksum is sealed with what follows in the key stream.
    let mut text: Vec<u8> = "Plaintext".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mac = seal_mic(
        &[0x55; 16],
        flags::KEY_EXCHANGE | flags::KEY_128,
        CLIENT_SIGN,
        CLIENT_SEAL,
        &text,
    );
    let mut checksum: [u8; 8] = mac[4..12].try_into().unwrap();
    let sealing = purpose_key(&[0x55; 16], CLIENT_SEAL);
    rc4(&sealing, &mut checksum);
    text.extend_from_slice(&checksum);
    rc4(&sealing, &mut text);
    assert_eq!(text[..18], hex("54e50165bf1936dc996020c1811b0f06fb5f"));
    assert_eq!(text[18..], hex("7fb38ec5c55d4976"));
    assert_eq!((&mac[..4], &mac[12..]), (&[1, 0, 0, 0][..], &[0; 4][..]));
}

#[test]
fn a_response_as_long_as_an_ntlm_v1_one_is_refused() {
    let mut message = hex(AUTHENTICATE_MESSAGE);
    message[20..24].copy_from_slice(&[24, 0, 24, 0]);
    let message = Authenticate::parse(&message).unwrap();
    assert_eq!(
        prove(&challenge(), &message, &NtHash::of("Password")).err(),
        Some(AuthFailure::TooOld)
    );
}

#[test]
fn upper_case_keeps_what_would_become_longer() {
    assert_eq!(simple_upper_case("Jörg Strauß ÿ"), "JÖRG STRAUß Ÿ");
}
