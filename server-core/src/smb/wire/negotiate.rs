//! NEGOTIATE ([MS-SMB2] 2.2.3, 2.2.4) and the SMB1 message that may come before it (3.3.5.3).

use super::cursor::{Malformed, bytes_at, guid_at, pad_to, u16_at, u32_at};

const BODY: usize = 64;
/// More dialects or contexts than any client offers.
const MAX_OFFERS: usize = 64;

/// SMB2_PREAUTH_INTEGRITY_CAPABILITIES.
const CONTEXT_PREAUTH: u16 = 1;
/// SMB2_ENCRYPTION_CAPABILITIES.
const CONTEXT_ENCRYPTION: u16 = 2;
/// SMB2_SIGNING_CAPABILITIES.
const CONTEXT_SIGNING: u16 = 8;
/// SHA-512.
const HASH_SHA512: u16 = 1;

/// What a client offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NegotiateRequest {
    /// Signing enabled (1), required (2).
    pub security_mode: u16,
    /// SMB2_GLOBAL_CAP_*.
    pub capabilities: u32,
    /// The client's GUID.
    pub client_guid: [u8; 16],
    /// Dialects in the client's order.
    pub dialects: Vec<u16>,
    /// 3.1.1 contexts; `None` when the client sent none, though it may list 3.1.1.
    pub contexts: Option<NegotiateContexts>,
}

/// The 3.1.1 contexts that this server understands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NegotiateContexts {
    /// Offers SHA-512 preauthentication integrity.
    pub preauth_sha512: bool,
    /// Ciphers in the client's order.
    pub ciphers: Vec<u16>,
    /// Signing algorithms in the client's order; empty when it sent no such context.
    pub signing: Vec<u16>,
}

impl NegotiateRequest {
    /// Parses the message.
    ///
    /// # Errors
    /// Malformed.
    pub fn parse(message: &[u8]) -> Result<Self, Malformed> {
        if u16_at(message, BODY)? != 36 {
            return Err(Malformed);
        }
        let count = usize::from(u16_at(message, BODY + 2)?);
        if count > MAX_OFFERS {
            return Err(Malformed);
        }
        let dialects: Vec<u16> = (0..count)
            .map(|at| u16_at(message, BODY + 36 + 2 * at))
            .collect::<Result<_, _>>()?;
        let context_offset = u32_at(message, BODY + 28)? as usize;
        let context_count = usize::from(u16_at(message, BODY + 32)?);
        let has_contexts = dialects.contains(&0x0311) && context_offset != 0 && context_count != 0;
        Ok(Self {
            security_mode: u16_at(message, BODY + 4)?,
            capabilities: u32_at(message, BODY + 8)?,
            client_guid: guid_at(message, BODY + 12)?,
            dialects,
            contexts: if has_contexts {
                Some(parse_contexts(message, context_offset, context_count)?)
            } else {
                None
            },
        })
    }
}

fn parse_contexts(message: &[u8], mut offset: usize, count: usize) -> Result<NegotiateContexts, Malformed> {
    let mut contexts = NegotiateContexts::default();
    if count > MAX_OFFERS {
        return Err(Malformed);
    }
    for at in 0..count {
        let kind = u16_at(message, offset)?;
        let length = usize::from(u16_at(message, offset + 2)?);
        let data = bytes_at(message, offset + 8, length)?;
        match kind {
            CONTEXT_PREAUTH => {
                contexts.preauth_sha512 = list(data, 4)?.contains(&HASH_SHA512);
            }
            CONTEXT_ENCRYPTION => contexts.ciphers = list(data, 2)?,
            CONTEXT_SIGNING => contexts.signing = list(data, 2)?,
            _ => {}
        }
        if at + 1 < count {
            offset = (offset + 8 + length).next_multiple_of(8);
        }
    }
    Ok(contexts)
}

/// A count, then (after `start` bytes in all) that many 16-bit ids.
fn list(data: &[u8], start: usize) -> Result<Vec<u16>, Malformed> {
    let count = usize::from(u16_at(data, 0)?);
    (0..count.min(MAX_OFFERS))
        .map(|at| u16_at(data, start + 2 * at))
        .collect()
}

/// What the server answers.
#[derive(Debug)]
pub struct NegotiateResponse<'a> {
    /// Signing enabled (1), required (2).
    pub security_mode: u16,
    /// The dialect chosen, or 0x02FF.
    pub dialect: u16,
    /// The server's GUID.
    pub server_guid: [u8; 16],
    /// SMB2_GLOBAL_CAP_*.
    pub capabilities: u32,
    /// Largest transaction, read and write.
    pub max_transact: u32,
    /// Largest read.
    pub max_read: u32,
    /// Largest write.
    pub max_write: u32,
    /// FILETIME now.
    pub system_time: u64,
    /// The SPNEGO hint.
    pub token: &'a [u8],
    /// Contexts, for 3.1.1.
    pub contexts: Option<ChosenContexts>,
}

/// What was chosen of the 3.1.1 contexts.
#[derive(Debug, Clone, Copy)]
pub struct ChosenContexts {
    /// Random salt of the preauthentication context.
    pub salt: [u8; 32],
    /// The cipher; `None` when the client offered no cipher context, 0 when none is common.
    pub cipher: Option<u16>,
    /// The signing algorithm; `None` when the client sent no such context.
    pub signing: Option<u16>,
}

impl NegotiateResponse<'_> {
    /// Appends the body; `start` is where the header begins.
    pub fn encode(&self, out: &mut Vec<u8>, start: usize) {
        let body = out.len();
        let count = self.contexts.map_or(0, |chosen| {
            1 + u16::from(chosen.cipher.is_some()) + u16::from(chosen.signing.is_some())
        });
        out.extend_from_slice(&65u16.to_le_bytes());
        out.extend_from_slice(&self.security_mode.to_le_bytes());
        out.extend_from_slice(&self.dialect.to_le_bytes());
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(&self.server_guid);
        out.extend_from_slice(&self.capabilities.to_le_bytes());
        for size in [self.max_transact, self.max_read, self.max_write] {
            out.extend_from_slice(&size.to_le_bytes());
        }
        out.extend_from_slice(&self.system_time.to_le_bytes());
        // ServerStartTime: 0, as the specification asks for.
        out.extend_from_slice(&0u64.to_le_bytes());
        let token_offset = u16::try_from(body - start + 64).unwrap_or(0);
        out.extend_from_slice(&token_offset.to_le_bytes());
        out.extend_from_slice(&u16::try_from(self.token.len()).unwrap_or(0).to_le_bytes());
        out.extend_from_slice(&0u32.to_le_bytes());
        out.extend_from_slice(self.token);
        if let Some(chosen) = self.contexts {
            pad_to(out, start, 8);
            let offset = u32::try_from(out.len() - start).unwrap_or(0);
            out[body + 60..body + 64].copy_from_slice(&offset.to_le_bytes());
            chosen.encode(out, start);
        }
    }
}

impl ChosenContexts {
    fn encode(&self, out: &mut Vec<u8>, start: usize) {
        let mut data = Vec::with_capacity(38);
        for value in [1u16, 32, HASH_SHA512] {
            data.extend_from_slice(&value.to_le_bytes());
        }
        data.extend_from_slice(&self.salt);
        put_context(out, start, CONTEXT_PREAUTH, &data);
        for (kind, choice) in [(CONTEXT_ENCRYPTION, self.cipher), (CONTEXT_SIGNING, self.signing)] {
            if let Some(choice) = choice {
                let data: Vec<u8> = [1u16, choice]
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect();
                put_context(out, start, kind, &data);
            }
        }
    }
}

fn put_context(out: &mut Vec<u8>, start: usize, kind: u16, data: &[u8]) {
    pad_to(out, start, 8);
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&u16::try_from(data.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(&0u32.to_le_bytes());
    out.extend_from_slice(data);
}

/// What an SMB1 NEGOTIATE offers of SMB2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MultiProtocol {
    /// "SMB 2.???": any dialect; the client negotiates again.
    Any,
    /// "SMB 2.002" alone.
    Smb202,
    /// SMB1 only: it can't be served.
    Nothing,
}

/// Reads an SMB1 NEGOTIATE ([MS-SMB2] 3.3.5.3).
///
/// # Errors
/// Not an SMB1 NEGOTIATE.
pub fn parse_smb1_negotiate(message: &[u8]) -> Result<MultiProtocol, Malformed> {
    if message.get(..5) != Some(&[0xFF, b'S', b'M', b'B', 0x72]) {
        return Err(Malformed);
    }
    let words = usize::from(*message.get(32).ok_or(Malformed)?);
    let start = 33 + 2 * words;
    let length = usize::from(u16_at(message, start)?);
    let names = bytes_at(message, start + 2, length)?;
    let has = |wanted: &[u8]| {
        names
            .split(|byte| *byte == 0)
            .any(|name| name.strip_prefix(&[2]) == Some(wanted))
    };
    Ok(match (has(b"SMB 2.???"), has(b"SMB 2.002")) {
        (true, _) => MultiProtocol::Any,
        (false, true) => MultiProtocol::Smb202,
        (false, false) => MultiProtocol::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_smb1_negotiate_may_offer_smb2() {
        let mut message = vec![0xFF, b'S', b'M', b'B', 0x72];
        message.resize(32, 0);
        message.push(0);
        let names = b"\x02NT LM 0.12\0\x02SMB 2.002\0\x02SMB 2.???\0";
        message.extend_from_slice(&u16::try_from(names.len()).unwrap().to_le_bytes());
        message.extend_from_slice(names);
        assert_eq!(parse_smb1_negotiate(&message), Ok(MultiProtocol::Any));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_smb1_negotiate(&bytes);
            let mut message = vec![0; 64];
            message.extend_from_slice(&36u16.to_le_bytes());
            message.extend_from_slice(&bytes);
            let _ = NegotiateRequest::parse(&message);
        }
    }
}
