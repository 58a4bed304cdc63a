//! Whole exchanges against a client written here.

use proptest::prelude::*;

use super::ntlm::{client_seal_mic, flags, ntowf_v2, session_keys};
use super::*;

const HASH: NtHash = NtHash([7; 16]);

fn acceptor() -> Acceptor {
    Acceptor::new(AcceptorConfig { computer_name: "landfall".into(), challenge: [1, 2, 3, 4, 5, 6, 7, 8], now_filetime: 99 })
}

fn negotiate_message(flags: u32) -> Vec<u8> {
    let mut message = b"NTLMSSP\0".to_vec();
    message.extend_from_slice(&1u32.to_le_bytes());
    message.extend_from_slice(&flags.to_le_bytes());
    message.extend_from_slice(&[0; 16]);
    message
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    use ::hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<md5::Md5>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// An AUTHENTICATE message and the session key the client believes in.
fn authenticate_message(hash: &NtHash, negotiate: &[u8], challenge: &[u8], flags: u32, with_mic: bool) -> (Vec<u8>, [u8; 16]) {
    let key = ntowf_v2(hash, "alice", "HOME");
    let mut blob = vec![1, 1, 0, 0, 0, 0, 0, 0];
    blob.extend_from_slice(&[0; 20]);
    if with_mic {
        blob.extend_from_slice(&[6, 0, 4, 0, 2, 0, 0, 0]);
    }
    blob.extend_from_slice(&[0; 8]);
    let proof = hmac(&*key, &[&challenge[24..32], &blob]);
    let encrypted = if flags & flags::KEY_EXCHANGE != 0 { vec![9; 16] } else { Vec::new() };
    let session = *session_keys(&key, &proof, flags, &encrypted).unwrap();
    let response = [&proof[..], &blob].concat();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let fields = [Vec::new(), response, utf16("HOME"), utf16("alice"), utf16("PC"), encrypted];
    let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
    let mut offset = 88;
    for field in &fields {
        let length = u16::try_from(field.len()).unwrap().to_le_bytes();
        message.extend_from_slice(&length);
        message.extend_from_slice(&length);
        message.extend_from_slice(&u32::try_from(offset).unwrap().to_le_bytes());
        offset += field.len();
    }
    message.extend_from_slice(&flags.to_le_bytes());
    message.resize(88, 0);
    fields.iter().for_each(|field| message.extend_from_slice(field));
    if with_mic {
        let mic = hmac(&session, &[negotiate, challenge, &message]);
        message[72..88].copy_from_slice(&mic);
    }
    (message, session)
}

/// The NTLM message out of a SPNEGO response.
fn unwrapped(token: &[u8]) -> Vec<u8> {
    spnego::parse_response(token).unwrap().token.unwrap().to_vec()
}

#[test]
fn every_shape_of_exchange_ends_in_the_client_s_key() {
    for wrapped in [false, true] {
        for with_mic in [false, true] {
            for key_exchange in [false, true] {
                let flags = flags::UNICODE | flags::KEY_128 | if key_exchange { flags::KEY_EXCHANGE } else { 0 };
                let negotiate = negotiate_message(flags);
                let mut acceptor = acceptor();
                let (first, list) =
                    if wrapped { spnego::client::initial(false, &negotiate) } else { (negotiate.clone(), Vec::new()) };
                let Ok(Step::Continue(token)) = acceptor.step(&first) else { panic!("no challenge") };
                let challenge = if wrapped { unwrapped(&token) } else { token };
                let (message, session) = authenticate_message(&HASH, &negotiate, &challenge, flags, with_mic);
                let mic = client_seal_mic(&session, flags, &list);
                let last = if wrapped { spnego::client::response(&message, Some(&mic)) } else { message };
                let expected = Step::NeedsNtHash { user: "alice".into(), domain: "HOME".into(), workstation: "PC".into() };
                assert_eq!(acceptor.step(&last).unwrap(), expected);
                let accepted = acceptor.prove(&HASH).unwrap();
                assert_eq!(*accepted.session_key, session);
                assert_eq!(accepted.mic, with_mic);
                assert_eq!(accepted.reply.is_empty(), !wrapped);
            }
        }
    }
}

#[test]
fn a_client_that_prefers_kerberos_is_led_to_ntlm() {
    let negotiate = negotiate_message(flags::UNICODE);
    let mut acceptor = acceptor();
    let (first, _) = spnego::client::initial(true, b"a kerberos ticket");
    let Ok(Step::Continue(_)) = acceptor.step(&first) else { panic!("not led on") };
    let Ok(Step::Continue(token)) = acceptor.step(&spnego::client::response(&negotiate, None)) else { panic!("no challenge") };
    assert!(ntlm::is_ntlm(&unwrapped(&token)));
}

#[test]
fn a_wrong_password_and_a_changed_message_are_told_apart() {
    let negotiate = negotiate_message(flags::UNICODE);
    for (hash, flip, expected) in
        [(NtHash([8; 16]), false, AuthFailure::WrongProof), (HASH, true, AuthFailure::Tampered)]
    {
        let mut acceptor = acceptor();
        let Ok(Step::Continue(challenge)) = acceptor.step(&negotiate) else { panic!("no challenge") };
        let (mut message, _) = authenticate_message(&hash, &negotiate, &challenge, flags::UNICODE, true);
        if flip {
            message[72] ^= 1;
        }
        acceptor.step(&message).unwrap();
        assert_eq!(acceptor.prove(&HASH).unwrap_err(), expected);
    }
}

#[test]
fn no_name_and_no_token_are_anonymous() {
    assert_eq!(acceptor().step(&[]).unwrap(), Step::Anonymous);
    let mut acceptor = acceptor();
    acceptor.step(&negotiate_message(flags::UNICODE)).unwrap();
    let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
    message.resize(88, 0);
    message[60] = 1;
    assert_eq!(acceptor.step(&message).unwrap(), Step::Anonymous);
}

proptest! {
    #[test]
    fn arbitrary_tokens_never_panic(first in proptest::collection::vec(any::<u8>(), 0..200), second in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut one = acceptor();
        let _ = one.step(&first);
        let mut two = acceptor();
        two.step(&negotiate_message(flags::UNICODE)).unwrap();
        let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
        message.extend_from_slice(&second);
        if matches!(two.step(&message), Ok(Step::NeedsNtHash { .. })) { let _ = two.prove(&HASH); }
        let _ = spnego::parse_response(&first);
    }
}
