//! The client's side: NTLMv2 without key exchange or MIC.

use zeroize::Zeroizing;

use super::messages::{self, flags};
use super::proof::{hmac_md5, ntowf_v2};
use crate::identity::NtHash;
use crate::smb::wire::cursor::{bytes_at, put_utf16, u16_at, u32_at};

const FLAGS: u32 = flags::UNICODE
    | flags::REQUEST_TARGET
    | flags::SIGN
    | flags::NTLM
    | flags::ALWAYS_SIGN
    | flags::EXTENDED_SESSION_SECURITY
    | flags::KEY_128;
/// The fixed part of an AUTHENTICATE message, without version and MIC.
const FIXED: usize = 64;

/// The first message.
pub fn negotiate() -> Vec<u8> {
    let mut message = messages::SIGNATURE.to_vec();
    message.extend_from_slice(&messages::NEGOTIATE.to_le_bytes());
    message.extend_from_slice(&FLAGS.to_le_bytes());
    message.resize(32, 0);
    message
}

/// The last message, and the key that both sides have from then on.
#[derive(Debug)]
pub struct Proof {
    /// AUTHENTICATE.
    pub message: Vec<u8>,
    /// SessionBaseKey ([MS-NLMP] 3.3.2).
    pub session_key: Zeroizing<[u8; 16]>,
}

/// The answer to a CHALLENGE; nothing when that is none. `nonce` is random, `filetime` the time now.
pub fn authenticate(
    challenge: &[u8],
    user: &str,
    nt_hash: &NtHash,
    nonce: [u8; 8],
    filetime: u64,
) -> Option<Proof> {
    if messages::message_type(challenge) != Some(messages::CHALLENGE) {
        return None;
    }
    let server_challenge = bytes_at(challenge, 24, 8).ok()?;
    let info_length = usize::from(u16_at(challenge, 40).ok()?);
    let info = bytes_at(challenge, u32_at(challenge, 44).ok()? as usize, info_length).ok()?;

    // NTLMv2_CLIENT_CHALLENGE ([MS-NLMP] 2.2.2.7).
    let mut blob = vec![1, 1, 0, 0, 0, 0, 0, 0];
    blob.extend_from_slice(&filetime.to_le_bytes());
    blob.extend_from_slice(&nonce);
    blob.extend_from_slice(&[0; 4]);
    blob.extend_from_slice(info);
    blob.extend_from_slice(&[0; 4]);
    let key = ntowf_v2(nt_hash, &user.to_uppercase(), "");
    let proof = hmac_md5(&*key, &[server_challenge, &blob]);
    let response = [&proof[..], &blob].concat();

    let mut name = Vec::new();
    put_utf16(&mut name, user);
    // LM response, NTLMv2 response, domain, user, workstation, session key.
    let fields: [&[u8]; 6] = [&[], &response, &[], &name, &[], &[]];
    let mut message = messages::SIGNATURE.to_vec();
    message.extend_from_slice(&messages::AUTHENTICATE.to_le_bytes());
    let mut offset = FIXED;
    for field in fields {
        messages::put_field(&mut message, field.len(), offset);
        offset += field.len();
    }
    message.extend_from_slice(&FLAGS.to_le_bytes());
    message.extend(fields.concat());
    Some(Proof {
        message,
        session_key: Zeroizing::new(hmac_md5(&*key, &[&proof])),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smb::auth::{Acceptor, AcceptorConfig, Step};

    fn log_in(password: &str) -> bool {
        let mut acceptor = Acceptor::new(AcceptorConfig {
            computer_name: "landfall".into(),
            challenge: [3; 8],
            now_filetime: 99,
        });
        let Ok(Step::Continue(challenge)) = acceptor.step(&negotiate()) else {
            panic!("no challenge");
        };
        let proof = authenticate(&challenge, "älice", &NtHash::of(password), [5; 8], 99).unwrap();
        let Ok(Step::NeedsNtHash { user, .. }) = acceptor.step(&proof.message) else {
            panic!("no proof");
        };
        assert_eq!(user, "älice");
        let accepted = acceptor.prove(&NtHash::of("right"));
        if let Ok(accepted) = &accepted {
            assert_eq!(accepted.session_key, proof.session_key);
        }
        accepted.is_ok()
    }

    #[test]
    fn the_server_s_side_believes_the_right_password_alone() {
        assert!(log_in("right"));
        assert!(!log_in("wrong"));
    }

    #[test]
    fn what_is_no_challenge_is_not_answered() {
        let hash = NtHash::of("right");
        for other in [&b"NTLMSSP\0\x02\0\0\0"[..], &negotiate()] {
            assert!(authenticate(other, "a", &hash, [0; 8], 0).is_none());
        }
    }
}
