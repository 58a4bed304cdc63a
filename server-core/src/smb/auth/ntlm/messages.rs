//! NEGOTIATE, CHALLENGE and AUTHENTICATE ([MS-NLMP] 2.2.1), and AV_PAIRs (2.2.2.1).

use crate::smb::auth::{AcceptorConfig, AuthFailure};
use crate::smb::wire::cursor::{Malformed, bytes_at, put_utf16, u16_at, u32_at};

pub(super) const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
pub(super) const NEGOTIATE: u32 = 1;
pub(super) const CHALLENGE: u32 = 2;
/// The type of the last message.
pub(crate) const AUTHENTICATE: u32 = 3;

/// Negotiate flags ([MS-NLMP] 2.2.2.5).
pub(crate) mod flags {
    pub(crate) const UNICODE: u32 = 0x0000_0001;
    pub(crate) const REQUEST_TARGET: u32 = 0x0000_0004;
    pub(crate) const SIGN: u32 = 0x0000_0010;
    pub(crate) const SEAL: u32 = 0x0000_0020;
    pub(crate) const NTLM: u32 = 0x0000_0200;
    pub(crate) const ANONYMOUS: u32 = 0x0000_0800;
    pub(crate) const ALWAYS_SIGN: u32 = 0x0000_8000;
    pub(crate) const TARGET_TYPE_SERVER: u32 = 0x0002_0000;
    pub(crate) const EXTENDED_SESSION_SECURITY: u32 = 0x0008_0000;
    pub(crate) const TARGET_INFO: u32 = 0x0080_0000;
    pub(crate) const VERSION: u32 = 0x0200_0000;
    pub(crate) const KEY_128: u32 = 0x2000_0000;
    pub(crate) const KEY_EXCHANGE: u32 = 0x4000_0000;
    pub(crate) const KEY_56: u32 = 0x8000_0000;
}

/// What a server echoes when the client asks for it.
const ECHOED: u32 = flags::SIGN
    | flags::SEAL
    | flags::ALWAYS_SIGN
    | flags::EXTENDED_SESSION_SECURITY
    | flags::KEY_128
    | flags::KEY_EXCHANGE
    | flags::KEY_56;

const AV_EOL: u16 = 0;
const AV_NB_COMPUTER: u16 = 1;
const AV_NB_DOMAIN: u16 = 2;
const AV_DNS_COMPUTER: u16 = 3;
const AV_DNS_DOMAIN: u16 = 4;
const AV_FLAGS: u16 = 6;
const AV_TIMESTAMP: u16 = 7;
const AV_TARGET_NAME: u16 = 9;
/// MsvAvFlags: the AUTHENTICATE message has a MIC.
const AV_FLAG_MIC: u32 = 2;
/// Where AV_PAIRs begin in an NTLMv2 response: the proof and the fixed part of the client's blob.
const RESPONSE_PAIRS: usize = 16 + 28;
/// The size of NTLMv1 and LM responses.
const NTLM_V1_RESPONSE: usize = 24;
/// Where the MIC is in an AUTHENTICATE message.
const MIC: std::ops::Range<usize> = 72..88;

impl From<Malformed> for AuthFailure {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Whether a token is an NTLM message.
pub(crate) fn is_ntlm(token: &[u8]) -> bool {
    token.starts_with(SIGNATURE)
}

/// A message's type.
pub(crate) fn message_type(message: &[u8]) -> Option<u32> {
    is_ntlm(message).then(|| u32_at(message, 8).ok()).flatten()
}

/// The challenge sent, and the client's message before it: both are under the MIC.
#[derive(Debug)]
pub(crate) struct Challenge {
    pub(super) negotiate: Vec<u8>,
    pub(super) message: Vec<u8>,
    pub(super) challenge: [u8; 8],
}

impl Challenge {
    /// Answers a NEGOTIATE message.
    pub(crate) fn answer(negotiate: &[u8], config: &AcceptorConfig) -> Result<Self, AuthFailure> {
        if message_type(negotiate) != Some(NEGOTIATE) {
            return Err(AuthFailure::Malformed);
        }
        let asked = u32_at(negotiate, 12)?;
        let flags = (asked & ECHOED)
            | flags::UNICODE
            | flags::NTLM
            | flags::REQUEST_TARGET
            | flags::TARGET_TYPE_SERVER
            | flags::TARGET_INFO
            | flags::VERSION;
        let netbios: String = config.computer_name.to_uppercase().chars().take(15).collect();
        let mut target = Vec::new();
        put_utf16(&mut target, &netbios);
        let mut info = Vec::new();
        for (id, text) in [
            (AV_NB_DOMAIN, netbios.as_str()),
            (AV_NB_COMPUTER, netbios.as_str()),
            (AV_DNS_DOMAIN, ""),
            (AV_DNS_COMPUTER, config.computer_name.as_str()),
        ] {
            let mut value = Vec::new();
            put_utf16(&mut value, text);
            put_pair(&mut info, id, &value);
        }
        put_pair(&mut info, AV_TIMESTAMP, &config.now_filetime.to_le_bytes());
        put_pair(&mut info, AV_EOL, &[]);

        let mut message = Vec::with_capacity(64 + target.len() + info.len());
        message.extend_from_slice(SIGNATURE);
        message.extend_from_slice(&CHALLENGE.to_le_bytes());
        put_field(&mut message, target.len(), 56);
        message.extend_from_slice(&flags.to_le_bytes());
        message.extend_from_slice(&config.challenge);
        message.extend_from_slice(&[0; 8]);
        put_field(&mut message, info.len(), 56 + target.len());
        // Version: 10.0, NTLMSSP revision 15.
        message.extend_from_slice(&[10, 0, 0, 0, 0, 0, 0, 15]);
        message.extend_from_slice(&target);
        message.extend_from_slice(&info);
        Ok(Self {
            negotiate: negotiate.to_vec(),
            message,
            challenge: config.challenge,
        })
    }

    /// The message.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.message
    }
}

fn put_pair(out: &mut Vec<u8>, id: u16, value: &[u8]) {
    out.extend_from_slice(&id.to_le_bytes());
    out.extend_from_slice(&u16::try_from(value.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(value);
}

pub(super) fn put_field(out: &mut Vec<u8>, length: usize, offset: usize) {
    let length = u16::try_from(length).unwrap_or(0).to_le_bytes();
    out.extend_from_slice(&length);
    out.extend_from_slice(&length);
    out.extend_from_slice(&u32::try_from(offset).unwrap_or(0).to_le_bytes());
}

/// A client's AUTHENTICATE message.
pub(crate) struct Authenticate {
    pub(crate) user: String,
    pub(crate) domain: String,
    pub(crate) workstation: String,
    pub(super) flags: u32,
    pub(super) nt_response: Vec<u8>,
    pub(super) encrypted_key: Vec<u8>,
    lm_empty: bool,
    message: Vec<u8>,
    mic: Option<[u8; 16]>,
}

impl Authenticate {
    /// Parses the message.
    pub(crate) fn parse(message: &[u8]) -> Result<Self, AuthFailure> {
        if message_type(message) != Some(AUTHENTICATE) {
            return Err(AuthFailure::Malformed);
        }
        let field = |at: usize| -> Result<&[u8], AuthFailure> {
            let length = usize::from(u16_at(message, at)?);
            if length == 0 {
                return Ok(&[]);
            }
            Ok(bytes_at(message, u32_at(message, at + 4)? as usize, length)?)
        };
        let flags = u32_at(message, 60).unwrap_or(flags::UNICODE);
        let text = |at: usize| field(at).and_then(|bytes| decode(bytes, flags));
        let lm = field(12)?;
        let nt_response = field(20)?.to_vec();
        let mic = announces_mic(&nt_response).then(|| message.get(MIC).and_then(|mic| mic.try_into().ok()));
        let mic = match mic {
            Some(None) => return Err(AuthFailure::Malformed),
            Some(mic) => mic,
            None => None,
        };
        Ok(Self {
            user: text(36)?,
            domain: text(28)?,
            workstation: text(44)?,
            flags,
            encrypted_key: if u32_at(message, 60).is_ok() {
                field(52)?.to_vec()
            } else {
                Vec::new()
            },
            lm_empty: lm.is_empty() || lm == [0],
            nt_response,
            message: message.to_vec(),
            mic,
        })
    }

    /// No name and no proof ([MS-NLMP] 3.2.5.1.2).
    pub(crate) fn is_anonymous(&self) -> bool {
        self.user.is_empty() && self.nt_response.is_empty() && self.lm_empty
            || self.flags & flags::ANONYMOUS != 0 && self.nt_response.is_empty()
    }

    /// A name, and a proof of an empty password: no response at all.
    pub(crate) fn has_no_response(&self) -> bool {
        self.nt_response.is_empty() && self.lm_empty
    }

    /// The responses of LM and NTLMv1; nothing better was sent.
    pub(crate) fn is_ntlm_v1(&self) -> bool {
        self.nt_response.len() == NTLM_V1_RESPONSE || self.nt_response.is_empty() && !self.lm_empty
    }

    /// The service that the client believes to log in to, as in `cifs/server`; its proof vouches for it.
    pub(crate) fn target_name(&self) -> Option<String> {
        let value = pair(&self.nt_response, AV_TARGET_NAME)?;
        let name = decode(value, flags::UNICODE).ok()?;
        (!name.is_empty()).then_some(name)
    }

    /// Whether the client protected the exchange.
    pub(crate) fn has_mic(&self) -> bool {
        self.mic.is_some()
    }

    /// The MIC, and the message with zeros in its place.
    pub(super) fn mic(&self) -> Option<([u8; 16], Vec<u8>)> {
        let mic = self.mic?;
        let mut message = self.message.clone();
        message.get_mut(MIC)?.fill(0);
        Some((mic, message))
    }
}

/// Without the proof, which a password could be guessed from.
impl std::fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticate")
            .field("user", &self.user)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

fn decode(bytes: &[u8], flags: u32) -> Result<String, AuthFailure> {
    if flags & flags::UNICODE == 0 {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    }
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16(&units).map_err(|_| AuthFailure::Malformed)
}

/// Whether the pairs in an NTLMv2 response announce a MIC.
fn announces_mic(response: &[u8]) -> bool {
    let flags = pair(response, AV_FLAGS).and_then(|value| u32_at(value, 0).ok());
    flags.is_some_and(|flags| flags & AV_FLAG_MIC != 0)
}

/// One of the pairs in an NTLMv2 response.
fn pair(response: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut at = RESPONSE_PAIRS;
    while let (Ok(id), Ok(length)) = (u16_at(response, at), u16_at(response, at + 2)) {
        if id == AV_EOL {
            break;
        }
        if id == wanted {
            return bytes_at(response, at + 4, usize::from(length)).ok();
        }
        at += 4 + usize::from(length);
    }
    None
}
