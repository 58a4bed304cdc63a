//! The NTLMv2 proof and the keys that come of it ([MS-NLMP] 3.3.2, 3.4).

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use rc4::{Rc4, StreamCipher};
use zeroize::Zeroizing;

use super::messages::{Authenticate, Challenge, flags};
use crate::identity::NtHash;
use crate::smb::auth::AuthFailure;

/// The size of NTLMv1 and LM responses.
const NTLM_V1_RESPONSE: usize = 24;
const PROOF: usize = 16;

const CLIENT_SIGN: &[u8] = b"session key to client-to-server signing key magic constant\0";
const SERVER_SIGN: &[u8] = b"session key to server-to-client signing key magic constant\0";
const CLIENT_SEAL: &[u8] = b"session key to client-to-server sealing key magic constant\0";
const SERVER_SEAL: &[u8] = b"session key to server-to-client sealing key magic constant\0";

/// A proven log-in.
#[derive(Debug)]
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
    let response = &authenticate.nt_response;
    if response.len() == NTLM_V1_RESPONSE || response.is_empty() {
        return Err(AuthFailure::TooOld);
    }
    let (proof, blob) = response.split_at_checked(PROOF).ok_or(AuthFailure::Malformed)?;
    let key = ntowf_v2(nt_hash, &authenticate.user, &authenticate.domain);
    let expected = hmac_md5(&*key, &[&challenge.challenge, blob]);
    if !same(&expected, proof) {
        return Err(AuthFailure::WrongProof);
    }
    let session_key = session_keys(&key, &expected, authenticate.flags, &authenticate.encrypted_key)?;
    if let Some((mic, message)) = authenticate.mic() {
        let expected = hmac_md5(&*session_key, &[&challenge.negotiate, &challenge.message, &message]);
        if !same(&expected, &mic) {
            return Err(AuthFailure::Tampered);
        }
    }
    Ok(Proven { session_key, flags: authenticate.flags })
}

/// NTOWFv2: the name in upper case, the domain as sent.
pub(crate) fn ntowf_v2(nt_hash: &NtHash, user: &str, domain: &str) -> Zeroizing<[u8; 16]> {
    let upper: String = user.to_uppercase();
    let text: Vec<u8> = upper.encode_utf16().chain(domain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
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
        same(&seal_mic(&self.session_key, self.flags, CLIENT_SIGN, CLIENT_SEAL, mech_types), mic)
    }

    /// The server's MIC over it.
    pub(crate) fn server_mic(&self, mech_types: &[u8]) -> [u8; 16] {
        seal_mic(&self.session_key, self.flags, SERVER_SIGN, SERVER_SEAL, mech_types)
    }
}

/// The client's side of the same, for tests.
#[cfg(test)]
pub(crate) fn client_seal_mic(session_key: &[u8; 16], flags: u32, mech_types: &[u8]) -> [u8; 16] {
    seal_mic(session_key, flags, CLIENT_SIGN, CLIENT_SEAL, mech_types)
}

/// NTLM2 MAC with sequence number 0 ([MS-NLMP] 3.4.4.2).
fn seal_mic(session_key: &[u8; 16], flags: u32, sign: &[u8], seal: &[u8], message: &[u8]) -> [u8; 16] {
    let signing: [u8; 16] = Md5::new().chain_update(session_key).chain_update(sign).finalize().into();
    let checksum = hmac_md5(&signing, &[&0u32.to_le_bytes(), message]);
    let mut sum: [u8; 8] = [0; 8];
    sum.copy_from_slice(&checksum[..8]);
    if flags & flags::KEY_EXCHANGE != 0 {
        let used = if flags & flags::KEY_128 != 0 {
            16
        } else if flags & flags::KEY_56 != 0 {
            7
        } else {
            5
        };
        let sealing: [u8; 16] = Md5::new().chain_update(&session_key[..used]).chain_update(seal).finalize().into();
        rc4(&sealing, &mut sum);
    }
    let mut mac = [0; 16];
    mac[0] = 1;
    mac[4..12].copy_from_slice(&sum);
    mac
}

fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
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
mod tests {
    use super::*;

    /// [MS-NLMP] 4.2.2 and 4.2.4: User, Password, Domain.
    #[test]
    fn the_specification_s_example_comes_out() {
        let nt_hash = NtHash([0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca, 0xb6, 0x82, 0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52]);
        let key = ntowf_v2(&nt_hash, "User", "Domain");
        let expected = [0x0c, 0x86, 0x8a, 0x40, 0x3b, 0xfd, 0x7a, 0x93, 0xa3, 0x00, 0x1e, 0xf2, 0x2e, 0xf0, 0x2e, 0x3f];
        assert_eq!(*key, expected);
        let mut blob = vec![1, 1, 0, 0, 0, 0, 0, 0];
        blob.extend_from_slice(&[0; 8]);
        blob.extend_from_slice(&[0xaa; 8]);
        blob.extend_from_slice(&[0; 4]);
        for (id, text) in [(2u16, "Domain"), (1, "Server")] {
            blob.extend_from_slice(&id.to_le_bytes());
            blob.extend_from_slice(&12u16.to_le_bytes());
            blob.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        blob.extend_from_slice(&[0; 8]);
        let challenge = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
        let proof = hmac_md5(&*key, &[&challenge, &blob]);
        assert_eq!(proof, [0x68, 0xcd, 0x0a, 0xb8, 0x51, 0xe5, 0x1c, 0x96, 0xaa, 0xbc, 0x92, 0x7b, 0xeb, 0xef, 0x6a, 0x1c]);
        let base = session_keys(&key, &proof, 0, &[]).unwrap();
        assert_eq!(*base, [0x8d, 0xe4, 0x0c, 0xca, 0xdb, 0xc1, 0x4a, 0x82, 0xf1, 0x5c, 0xb0, 0xad, 0x0d, 0xe9, 0x5c, 0xa3]);
        let encrypted = [0xc5, 0xda, 0xd2, 0x54, 0x4f, 0xc9, 0x79, 0x90, 0x94, 0xce, 0x1c, 0xe9, 0x0b, 0xc9, 0xd0, 0x3e];
        let exchanged = session_keys(&key, &proof, flags::KEY_EXCHANGE, &encrypted).unwrap();
        assert_eq!(*exchanged, [0x55; 16]);
    }
}
