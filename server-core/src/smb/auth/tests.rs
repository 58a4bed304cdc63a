//! Whole exchanges against a client written here.

use proptest::prelude::*;

use super::ntlm::{client_seal_mic, flags, ntowf_v2, server_seal_mic, session_keys};
use super::*;

const HASH: NtHash = NtHash([7; 16]);
const SERVER_CHALLENGE: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
const MIC: std::ops::Range<usize> = 72..88;

fn acceptor() -> Acceptor {
    Acceptor::new(AcceptorConfig {
        computer_name: "landfall".into(),
        challenge: SERVER_CHALLENGE,
        now_filetime: 99,
    })
}

/// A client's choices.
struct Client {
    user: &'static str,
    /// The name as the client puts it into its proof.
    upper: &'static str,
    hash: NtHash,
    flags: u32,
    with_mic: bool,
}

const ALICE: Client = Client {
    user: "alice",
    upper: "ALICE",
    hash: HASH,
    flags: flags::UNICODE | flags::KEY_128 | flags::KEY_EXCHANGE,
    with_mic: true,
};

impl Client {
    fn negotiate(&self) -> Vec<u8> {
        let mut message = b"NTLMSSP\0\x01\0\0\0".to_vec();
        message.extend_from_slice(&self.flags.to_le_bytes());
        message.resize(32, 0);
        message
    }

    /// The AUTHENTICATE message, and the session key the client believes in.
    fn authenticate(&self, challenge: &[u8]) -> (Vec<u8>, [u8; 16]) {
        let key = ntowf_v2(&self.hash, self.upper, "HOME");
        let mut blob = vec![1, 1];
        blob.resize(28, 0);
        if self.with_mic {
            blob.extend_from_slice(&[6, 0, 4, 0, 2, 0, 0, 0]);
        }
        blob.resize(blob.len() + 8, 0);
        let proof = hmac(&*key, &[&challenge[24..32], &blob]);
        let exchanges = self.flags & flags::KEY_EXCHANGE != 0;
        let encrypted = if exchanges { vec![9; 16] } else { Vec::new() };
        let session = *session_keys(&key, &proof, self.flags, &encrypted).unwrap();
        let response = [&proof[..], &blob].concat();
        let names =
            ["HOME", self.user, "PC"].map(|text| text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        let [domain, user, workstation] = names;
        let fields: [Vec<u8>; 6] = [Vec::new(), response, domain, user, workstation, encrypted];

        let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
        let mut offset = MIC.end;
        for field in &fields {
            let length = u16::try_from(field.len()).unwrap().to_le_bytes();
            message.extend_from_slice(&[length, length].concat());
            message.extend_from_slice(&u32::try_from(offset).unwrap().to_le_bytes());
            offset += field.len();
        }
        message.extend_from_slice(&self.flags.to_le_bytes());
        message.resize(MIC.end, 0);
        message.extend(fields.concat());
        if self.with_mic {
            let mic = hmac(&session, &[&self.negotiate(), challenge, &message]);
            message[MIC].copy_from_slice(&mic);
        }
        (message, session)
    }

    /// A raw exchange up to the proof.
    fn log_in(&self) -> (Acceptor, [u8; 16]) {
        let mut acceptor = acceptor();
        let challenge = reply(&mut acceptor, &self.negotiate());
        let (message, session) = self.authenticate(&challenge);
        let Step::NeedsNtHash { user, .. } = acceptor.step(&message).unwrap() else {
            panic!("no proof")
        };
        assert_eq!(user, self.user);
        (acceptor, session)
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    use ::hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<md5::Md5>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// The token that a step is answered with.
fn reply(acceptor: &mut Acceptor, token: &[u8]) -> Vec<u8> {
    match acceptor.step(token) {
        Ok(Step::Continue(reply)) => reply,
        other => panic!("no reply but {other:?}"),
    }
}

/// The NTLM message out of a SPNEGO response.
fn unwrapped(token: &[u8]) -> Vec<u8> {
    spnego::parse_response(token).unwrap().token.unwrap().to_vec()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn every_shape_of_exchange_ends_in_the_client_s_key() {
    let shapes =
        [false, true].map(|wrapped| [false, true].map(|mic| [false, true].map(|key| (wrapped, mic, key))));
    for (wrapped, with_mic, key_exchange) in shapes.as_flattened().as_flattened().iter().copied() {
        let exchange = if key_exchange { flags::KEY_EXCHANGE } else { 0 };
        let client = Client {
            flags: flags::UNICODE | flags::KEY_128 | exchange,
            with_mic,
            ..ALICE
        };
        let mut acceptor = acceptor();
        let raw = client.negotiate();
        let (first, list) = spnego::client::initial(false, &raw);
        let token = reply(&mut acceptor, if wrapped { &first } else { &raw });
        let challenge = if wrapped { unwrapped(&token) } else { token };
        let (message, session) = client.authenticate(&challenge);
        let list_mic = client_seal_mic(&session, client.flags, &list);
        let last = if wrapped {
            spnego::client::response(&message, Some(&list_mic))
        } else {
            message
        };
        let expected = Step::NeedsNtHash {
            user: "alice".into(),
            domain: "HOME".into(),
            workstation: "PC".into(),
        };
        assert_eq!(acceptor.step(&last).unwrap(), expected);
        let accepted = acceptor.prove(&HASH).unwrap();
        assert_eq!(*accepted.session_key, session);
        assert_eq!(accepted.mic, with_mic);
        if wrapped {
            let ours = server_seal_mic(&session, client.flags, &list);
            assert_eq!(
                spnego::parse_response(&accepted.reply).unwrap().mic,
                Some(&ours[..])
            );
        } else {
            assert!(accepted.reply.is_empty());
        }
    }
}

#[test]
fn a_client_without_a_mechanism_list_mic_gets_none() {
    let client = Client {
        with_mic: false,
        flags: flags::UNICODE,
        ..ALICE
    };
    let mut acceptor = acceptor();
    let token = reply(
        &mut acceptor,
        &spnego::client::initial(false, &client.negotiate()).0,
    );
    let (message, _) = client.authenticate(&unwrapped(&token));
    acceptor.step(&spnego::client::response(&message, None)).unwrap();
    let accepted = acceptor.prove(&HASH).unwrap();
    assert_eq!(
        spnego::parse_response(&accepted.reply).unwrap(),
        spnego::Response {
            token: None,
            mic: None
        }
    );
}

#[test]
fn a_changed_mechanism_list_is_noticed() {
    let mut acceptor = acceptor();
    let token = reply(
        &mut acceptor,
        &spnego::client::initial(false, &ALICE.negotiate()).0,
    );
    let (message, session) = ALICE.authenticate(&unwrapped(&token));
    // The client had offered more than what arrived.
    let (_, offered) = spnego::client::initial(true, &[]);
    let mic = client_seal_mic(&session, ALICE.flags, &offered);
    acceptor
        .step(&spnego::client::response(&message, Some(&mic)))
        .unwrap();
    assert_eq!(acceptor.prove(&HASH).unwrap_err(), AuthFailure::Tampered);
}

#[test]
fn a_client_that_prefers_kerberos_is_led_to_ntlm_and_logs_in() {
    let ntlm_oid = [0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A];
    for raw_from_then_on in [false, true] {
        let mut acceptor = acceptor();
        let (first, list) = spnego::client::initial(true, b"a kerberos ticket");
        let choice = reply(&mut acceptor, &first);
        assert!(contains(&choice, &ntlm_oid));
        let negotiate = ALICE.negotiate();
        let next = if raw_from_then_on {
            negotiate
        } else {
            spnego::client::response(&negotiate, None)
        };
        let token = reply(&mut acceptor, &next);
        assert!(!contains(&token, &ntlm_oid), "the mechanism is named once");
        let (message, session) = ALICE.authenticate(&unwrapped(&token));
        let mic = client_seal_mic(&session, ALICE.flags, &list);
        acceptor
            .step(&spnego::client::response(&message, Some(&mic)))
            .unwrap();
        assert_eq!(*acceptor.prove(&HASH).unwrap().session_key, session);
    }
}

#[test]
fn a_wrong_password_and_a_changed_message_are_told_apart() {
    let wrong = Client {
        hash: NtHash([8; 16]),
        ..ALICE
    };
    assert_eq!(
        wrong.log_in().0.prove(&HASH).unwrap_err(),
        AuthFailure::WrongProof
    );

    let mut acceptor = acceptor();
    let challenge = reply(&mut acceptor, &ALICE.negotiate());
    let (mut message, _) = ALICE.authenticate(&challenge);
    message[MIC.start] ^= 1;
    acceptor.step(&message).unwrap();
    assert_eq!(acceptor.prove(&HASH).unwrap_err(), AuthFailure::Tampered);
}

#[test]
fn a_changed_negotiate_message_breaks_the_mic() {
    let mut acceptor = acceptor();
    let mut changed = ALICE.negotiate();
    // Somebody on the way takes the key exchange out.
    changed[15] &= !0x40;
    let challenge = reply(&mut acceptor, &changed);
    acceptor.step(&ALICE.authenticate(&challenge).0).unwrap();
    assert_eq!(acceptor.prove(&HASH).unwrap_err(), AuthFailure::Tampered);
}

#[test]
fn a_name_is_accepted_in_either_upper_case() {
    for upper in ["STRAUß", "STRAUSS"] {
        let (mut acceptor, session) = Client {
            user: "strauß",
            upper,
            ..ALICE
        }
        .log_in();
        assert_eq!(*acceptor.prove(&HASH).unwrap().session_key, session);
    }
    let mut other = Client {
        user: "strauß",
        upper: "STRAUS",
        ..ALICE
    }
    .log_in()
    .0;
    assert_eq!(other.prove(&HASH).unwrap_err(), AuthFailure::WrongProof);
}

#[test]
fn the_challenge_answers_what_the_client_asked_for_and_names_the_server() {
    let asked = flags::UNICODE | flags::SIGN | flags::KEY_128;
    let challenge = reply(
        &mut acceptor(),
        &Client {
            flags: asked,
            ..ALICE
        }
        .negotiate(),
    );
    let answered = u32::from_le_bytes(challenge[20..24].try_into().unwrap());
    assert_eq!(
        answered & (flags::SIGN | flags::KEY_128),
        flags::SIGN | flags::KEY_128
    );
    assert_eq!(answered & (flags::SEAL | flags::KEY_EXCHANGE | flags::KEY_56), 0);
    assert_ne!(answered & flags::TARGET_INFO, 0);
    assert_eq!(challenge[24..32], SERVER_CHALLENGE);
    let utf16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    for (id, value) in [
        (1, utf16("LANDFALL")),
        (2, utf16("LANDFALL")),
        (3, utf16("landfall")),
        (7, vec![99, 0]),
    ] {
        let length = if id == 7 {
            8
        } else {
            u8::try_from(value.len()).unwrap()
        };
        assert!(
            contains(&challenge, &[&[id, 0, length, 0][..], &value].concat()),
            "pair {id}"
        );
    }
}

#[test]
fn no_name_and_no_token_are_anonymous() {
    assert_eq!(acceptor().step(&[]).unwrap(), Step::Anonymous);
    let mut acceptor = acceptor();
    acceptor.step(&ALICE.negotiate()).unwrap();
    let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
    message.resize(MIC.end, 0);
    message[60] = 1;
    assert_eq!(acceptor.step(&message).unwrap(), Step::Anonymous);
}

#[test]
fn a_log_in_goes_forward_only() {
    let (mut acceptor, _) = ALICE.log_in();
    acceptor.prove(&HASH).unwrap();
    assert_eq!(acceptor.prove(&HASH).unwrap_err(), AuthFailure::OutOfOrder);
    assert_eq!(
        acceptor.step(&ALICE.negotiate()).unwrap_err(),
        AuthFailure::OutOfOrder
    );

    let unchallenged = ALICE.authenticate(&[0; 32]).0;
    assert_eq!(
        super::tests::acceptor().step(&unchallenged).unwrap_err(),
        AuthFailure::OutOfOrder
    );
}

#[test]
fn nothing_secret_shows_when_a_log_in_is_printed() {
    let (mut acceptor, session) = ALICE.log_in();
    let (message, _) = ALICE.authenticate(&[&[0; 24][..], &SERVER_CHALLENGE].concat());
    let before = format!("{acceptor:?}");
    assert!(before.contains("alice"));
    assert!(!before.contains(&format!("{:?}", &message[MIC.end..MIC.end + 8]).replace(['[', ']'], "")));
    let after = format!("{:?}", acceptor.prove(&HASH).unwrap());
    assert!(!after.contains(&format!("{session:?}")));
}

#[test]
fn spnego_is_read_strictly() {
    let (first, _) = spnego::client::initial(false, b"NTLMSSP\0");
    let later = spnego::client::response(b"NTLMSSP\0", Some(&[1; 16]));
    assert!(spnego::parse_initial(&first).is_ok() && spnego::parse_response(&later).is_ok());
    for length in 0..first.len() {
        assert!(spnego::parse_initial(&first[..length]).is_err());
    }
    for length in 0..later.len() {
        assert!(spnego::parse_response(&later[..length]).is_err());
    }
    let trailing = |token: &[u8]| [token, &[0]].concat();
    assert!(spnego::parse_initial(&trailing(&first)).is_err());
    assert!(spnego::parse_response(&trailing(&later)).is_err());
    // [2] twice, and [3] before [2].
    assert!(spnego::parse_response(&[0xA1, 10, 0x30, 8, 0xA2, 2, 4, 0, 0xA2, 2, 4, 0]).is_err());
    assert!(spnego::parse_response(&[0xA1, 10, 0x30, 8, 0xA3, 2, 4, 0, 0xA2, 2, 4, 0]).is_err());
    // A length in the indefinite form, and one that takes more bytes than it needs.
    assert!(spnego::parse_response(&[0xA1, 0x80, 0x30, 0, 0, 0]).is_err());
    assert!(spnego::parse_response(&[0xA1, 0x82, 0, 6, 0x30, 4, 0xA2, 2, 4, 0]).is_ok());
}

#[test]
fn the_hint_in_the_negotiate_response_is_a_readable_first_token() {
    let token = negotiate_token();
    let hint = spnego::parse_initial(&token).unwrap();
    assert!(hint.first_is_ntlm && hint.offers_ntlm && hint.token.is_none());
}

#[test]
fn a_client_that_offers_no_ntlm_is_refused() {
    let mut token = spnego::client::initial(false, &ALICE.negotiate()).0;
    let at = token
        .windows(3)
        .position(|window| window == [0x37, 0x02, 0x02])
        .unwrap();
    token[at] ^= 1;
    assert_eq!(acceptor().step(&token).unwrap_err(), AuthFailure::NoMechanism);
}

proptest! {
    #[test]
    fn tokens_of_any_length_survive_their_wrapping(length in 0usize..70_000, with_mic: bool, kerberos_first: bool) {
        let token = vec![5; length];
        let (first, mech_types) = spnego::client::initial(kerberos_first, &token);
        let initial = spnego::parse_initial(&first).unwrap();
        prop_assert_eq!(initial.token, Some(token.as_slice()));
        prop_assert_eq!(initial.mech_types, mech_types.as_slice());
        prop_assert_eq!(initial.first_is_ntlm, !kerberos_first);
        let mic = [6; 16];
        let mic = with_mic.then_some(mic.as_slice());
        let later = spnego::client::response(&token, mic);
        let response = spnego::parse_response(&later).unwrap();
        prop_assert_eq!((response.token, response.mic), (Some(token.as_slice()), mic));
        for cut in [1, 2, 5, length / 2, length, later.len() - 1] {
            prop_assert!(spnego::parse_response(&later[..cut.min(later.len() - 1)]).is_err());
        }
    }

    #[test]
    fn arbitrary_tokens_never_panic(
        first in proptest::collection::vec(any::<u8>(), 0..200),
        second in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut one = acceptor();
        let _ = one.step(&first);
        let mut two = acceptor();
        two.step(&ALICE.negotiate()).unwrap();
        let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
        message.extend_from_slice(&second);
        if matches!(two.step(&message), Ok(Step::NeedsNtHash { .. })) { let _ = two.prove(&HASH); }
        let _ = spnego::parse_response(&first);
    }

    /// Nearly right messages get further into the parsers than random ones, and none of them ends in a log-in.
    #[test]
    fn a_right_message_with_a_changed_byte_never_panics_nor_logs_in_as_somebody_else(at in 0usize..400, bit in 0u8..8) {
        let mut acceptor = acceptor();
        let first = spnego::client::initial(false, &ALICE.negotiate()).0;
        let challenge = unwrapped(&reply(&mut acceptor, &first));
        let (message, session) = ALICE.authenticate(&challenge);
        let mut token = spnego::client::response(&message, None);
        let at = at % token.len();
        token[at] ^= 1 << bit;
        if matches!(acceptor.step(&token), Ok(Step::NeedsNtHash { .. })) && let Ok(accepted) = acceptor.prove(&HASH) {
            prop_assert_eq!(*accepted.session_key, session);
        }
    }
}
