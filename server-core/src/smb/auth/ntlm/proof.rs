//! The NTLMv2 proof and the keys that come of it ([MS-NLMP] 3.3.2, 3.4).

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use rc4::{Rc4, StreamCipher};
use zeroize::Zeroizing;

use super::messages::{Authenticate, Challenge, flags};
use crate::identity::NtHash;
use crate::smb::auth::AuthFailure;

const PROOF: usize = 16;

const CLIENT_SIGN: &[u8] = b"session key to client-to-server signing key magic constant\0";
const SERVER_SIGN: &[u8] = b"session key to server-to-client signing key magic constant\0";
const CLIENT_SEAL: &[u8] = b"session key to client-to-server sealing key magic constant\0";
const SERVER_SEAL: &[u8] = b"session key to server-to-client sealing key magic constant\0";

/// A proven log-in.
pub(crate) struct Proven {
    pub(crate) session_key: Zeroizing<[u8; 16]>,
    flags: u32,
}

/// Checks an AUTHENTICATE message against the person's NT hash.
pub(crate) fn prove(
    challenge: &Challenge,
    authenticate: &Authenticate,
    nt_hash: &NtHash,
) -> Result<Proven, AuthFailure> {
    if authenticate.is_ntlm_v1() {
        return Err(AuthFailure::TooOld);
    }
    if authenticate.has_no_response() {
        return Err(AuthFailure::WrongProof);
    }
    let (key, expected) = matching(challenge, authenticate, nt_hash)?.ok_or(AuthFailure::WrongProof)?;
    let session_key = session_keys(&key, &expected, authenticate.flags, &authenticate.encrypted_key)?;
    if let Some((mic, message)) = authenticate.mic() {
        let expected = hmac_md5(
            &*session_key,
            &[&challenge.negotiate, &challenge.message, &message],
        );
        if !same(&expected, &mic) {
            return Err(AuthFailure::Tampered);
        }
    }
    Ok(Proven {
        session_key,
        flags: authenticate.flags,
    })
}

/// Whether the proof is that of this NT hash.
pub(crate) fn fits(challenge: &Challenge, authenticate: &Authenticate, nt_hash: &NtHash) -> bool {
    !authenticate.is_ntlm_v1()
        && matching(challenge, authenticate, nt_hash).is_ok_and(|matching| matching.is_some())
}

/// The key and the proof that this NT hash gives, if it is the one that was sent.
#[expect(clippy::type_complexity, reason = "two secrets that are used at once")]
fn matching(
    challenge: &Challenge,
    authenticate: &Authenticate,
    nt_hash: &NtHash,
) -> Result<Option<(Zeroizing<[u8; 16]>, [u8; 16])>, AuthFailure> {
    let response = &authenticate.nt_response;
    let (proof, blob) = response.split_at_checked(PROOF).ok_or(AuthFailure::Malformed)?;
    let spellings = [
        simple_upper_case(&authenticate.user),
        authenticate.user.to_uppercase(),
    ];
    let mut made = spellings.iter().map(|user| {
        let key = ntowf_v2(nt_hash, user, &authenticate.domain);
        let expected = hmac_md5(&*key, &[&challenge.challenge, blob]);
        (key, expected)
    });
    Ok(made.find(|(_, expected)| same(expected, proof)))
}

/// Upper case as Windows and Samba understand it: a character that would become several stays, such as `ß`. Clients
/// whose language maps it to `SS` are asked for too, by the second spelling above.
fn simple_upper_case(name: &str) -> String {
    name.chars()
        .map(|char| {
            let mut upper = char.to_uppercase();
            upper.next().filter(|_| upper.next().is_none()).unwrap_or(char)
        })
        .collect()
}

/// NTOWFv2 of a name already in upper case; the domain counts as sent.
pub(crate) fn ntowf_v2(nt_hash: &NtHash, upper_user: &str, domain: &str) -> Zeroizing<[u8; 16]> {
    let text: Vec<u8> = upper_user
        .encode_utf16()
        .chain(domain.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    Zeroizing::new(hmac_md5(&nt_hash.0, &[&text]))
}

/// The session key: exchanged under RC4, or the base key itself.
pub(crate) fn session_keys(
    key: &[u8; 16],
    proof: &[u8; 16],
    flags: u32,
    encrypted: &[u8],
) -> Result<Zeroizing<[u8; 16]>, AuthFailure> {
    let base = Zeroizing::new(hmac_md5(key, &[proof]));
    if flags & flags::KEY_EXCHANGE == 0 || encrypted.is_empty() {
        return Ok(base);
    }
    let mut exchanged = Zeroizing::new(<[u8; 16]>::try_from(encrypted).map_err(|_| AuthFailure::Malformed)?);
    rc4(&base, exchanged.as_mut_slice());
    Ok(exchanged)
}

impl Proven {
    /// Checks the client's MIC over the SPNEGO mechanism list.
    pub(crate) fn verify_client_mic(&self, mech_types: &[u8], mic: &[u8]) -> bool {
        same(
            &seal_mic(
                &self.session_key,
                self.flags,
                CLIENT_SIGN,
                CLIENT_SEAL,
                mech_types,
            ),
            mic,
        )
    }

    /// The server's MIC over it.
    pub(crate) fn server_mic(&self, mech_types: &[u8]) -> [u8; 16] {
        seal_mic(
            &self.session_key,
            self.flags,
            SERVER_SIGN,
            SERVER_SEAL,
            mech_types,
        )
    }
}

/// The client's side of the same, for tests.
#[cfg(test)]
pub(crate) fn client_seal_mic(session_key: &[u8; 16], flags: u32, mech_types: &[u8]) -> [u8; 16] {
    seal_mic(session_key, flags, CLIENT_SIGN, CLIENT_SEAL, mech_types)
}

/// What a client expects from the server, for tests.
#[cfg(test)]
pub(crate) fn server_seal_mic(session_key: &[u8; 16], flags: u32, mech_types: &[u8]) -> [u8; 16] {
    seal_mic(session_key, flags, SERVER_SIGN, SERVER_SEAL, mech_types)
}

/// NTLM2 MAC with sequence number 0 ([MS-NLMP] 3.4.4.2).
fn seal_mic(session_key: &[u8; 16], flags: u32, sign: &[u8], seal: &[u8], message: &[u8]) -> [u8; 16] {
    let signing = purpose_key(session_key, sign);
    let checksum = hmac_md5(&*signing, &[&0u32.to_le_bytes(), message]);
    let mut sum: [u8; 8] = [0; 8];
    sum.copy_from_slice(&checksum[..8]);
    if flags & flags::KEY_EXCHANGE != 0 {
        let weakened = if flags & flags::KEY_128 != 0 {
            16
        } else if flags & flags::KEY_56 != 0 {
            7
        } else {
            5
        };
        let sealing = purpose_key(&session_key[..weakened], seal);
        rc4(&sealing, &mut sum);
    }
    let mut mac = [0; 16];
    mac[0] = 1;
    mac[4..12].copy_from_slice(&sum);
    mac
}

/// SIGNKEY and SEALKEY ([MS-NLMP] 3.4.5.2, 3.4.5.3), told apart by their constant.
fn purpose_key(session_key: &[u8], purpose: &[u8]) -> Zeroizing<[u8; 16]> {
    Zeroizing::new(
        Md5::new()
            .chain_update(session_key)
            .chain_update(purpose)
            .finalize()
            .into(),
    )
}

pub(super) fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(key) else {
        // HMAC takes keys of any length.
        return [0; 16];
    };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn rc4(key: &[u8; 16], data: &mut [u8]) {
    // RC4 takes keys of 5 to 256 bytes.
    if let Ok(mut cipher) = Rc4::new_from_slice(key) {
        cipher.apply_keystream(data);
    }
}

/// Compares without telling where the difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
