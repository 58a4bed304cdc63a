//! NEGOTIATE ([MS-SMB2] 2.2.3, 2.2.4) and the SMB1 message that may come before it (3.3.5.3).

use super::body::{Body, Fields};
use super::cursor::{Malformed, bytes_at, u16_at};
use super::ids::ClientGuid;
use super::writer::Writer;

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
/// The dialect that has contexts.
const SMB_3_1_1: u16 = 0x0311;

/// What a client offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NegotiateRequest {
    /// Signing enabled (1), required (2).
    pub security_mode: u16,
    /// SMB2_GLOBAL_CAP_*.
    pub capabilities: u32,
    /// The client's GUID.
    pub client_guid: ClientGuid,
    /// Dialects in the client's order.
    pub dialects: Vec<u16>,
    /// 3.1.1 contexts; `None` when the client sent none, though it may list 3.1.1.
    pub negotiate_context_list: Option<NegotiateContexts>,
}

/// The 3.1.1 contexts that this side understands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NegotiateContexts {
    /// Offers SHA-512 preauthentication integrity.
    pub preauth_sha512: bool,
    /// Random bytes of the preauthentication context.
    pub salt: Vec<u8>,
    /// Ciphers in the client's order.
    pub ciphers: Vec<u16>,
    /// Signing algorithms in the client's order; empty when it sent no such context.
    pub signing_algorithms: Vec<u16>,
}

impl Body<'_> for NegotiateRequest {
    const STRUCTURE_SIZE: u16 = 36;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let count = usize::from(fields.u16()?);
        if count > MAX_OFFERS {
            return Err(Malformed);
        }
        let security_mode = fields.u16()?;
        fields.skip(2)?;
        let (capabilities, client_guid) = (fields.u32()?, ClientGuid(fields.guid()?));
        let (context_offset, context_count) = (fields.u32()? as usize, usize::from(fields.u16()?));
        fields.skip(2)?;
        let dialects: Vec<u16> = (0..count).map(|_| fields.u16()).collect::<Result<_, _>>()?;
        let has_contexts = dialects.contains(&SMB_3_1_1) && context_offset != 0 && context_count != 0;
        let negotiate_context_list = if has_contexts {
            Some(NegotiateContexts::parse(message, context_offset, context_count)?)
        } else {
            None
        };
        Ok(Self {
            security_mode,
            capabilities,
            client_guid,
            dialects,
            negotiate_context_list,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        let count = out.place16();
        out.set(count, self.dialects.len());
        out.u16(self.security_mode);
        out.u16(0);
        out.u32(self.capabilities);
        out.bytes(&self.client_guid.0);
        let (context_offset, context_count) = (out.place32(), out.place16());
        out.u16(0);
        for dialect in &self.dialects {
            out.u16(*dialect);
        }
        let Some(contexts) = &self.negotiate_context_list else {
            return;
        };
        out.pad(8);
        let offset = out.position();
        out.set(context_offset, offset);
        let hashes: &[u16] = if contexts.preauth_sha512 {
            &[HASH_SHA512]
        } else {
            &[]
        };
        put_preauth(out, hashes, &contexts.salt);
        let mut count = 1;
        for (kind, ids) in [
            (CONTEXT_ENCRYPTION, &contexts.ciphers),
            (CONTEXT_SIGNING, &contexts.signing_algorithms),
        ] {
            if !ids.is_empty() {
                put_list(out, kind, ids);
                count += 1;
            }
        }
        out.set(context_count, count);
    }
}

/// Calls `take` with each context's kind and data.
fn each_context<'a>(
    message: &'a [u8],
    mut offset: usize,
    count: usize,
    mut take: impl FnMut(u16, &'a [u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    if count > MAX_OFFERS {
        return Err(Malformed);
    }
    for at in 0..count {
        let mut fields = Fields::over(message.get(offset..).ok_or(Malformed)?);
        let (kind, length) = (fields.u16()?, usize::from(fields.u16()?));
        fields.skip(4)?;
        take(kind, fields.bytes(length)?)?;
        if at + 1 < count {
            offset = (offset + 8 + length).next_multiple_of(8);
        }
    }
    Ok(())
}

impl NegotiateContexts {
    fn parse(message: &[u8], offset: usize, count: usize) -> Result<Self, Malformed> {
        let mut contexts = Self::default();
        each_context(message, offset, count, |kind, data| {
            match kind {
                CONTEXT_PREAUTH => {
                    let preauth = Preauth::parse(data)?;
                    contexts.preauth_sha512 = preauth.hashes.contains(&HASH_SHA512);
                    contexts.salt = preauth.salt.to_vec();
                }
                CONTEXT_ENCRYPTION => contexts.ciphers = list(data)?,
                CONTEXT_SIGNING => contexts.signing_algorithms = list(data)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(contexts)
    }
}

/// SMB2_PREAUTH_INTEGRITY_CAPABILITIES ([MS-SMB2] 2.2.3.1.1).
struct Preauth<'a> {
    hashes: Vec<u16>,
    salt: &'a [u8],
}

impl<'a> Preauth<'a> {
    fn parse(data: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(data);
        let (count, salt_length) = (usize::from(fields.u16()?), usize::from(fields.u16()?));
        let mut hashes = Fields::over(fields.bytes(count * 2)?);
        Ok(Self {
            hashes: (0..count.min(MAX_OFFERS))
                .map(|_| hashes.u16())
                .collect::<Result<_, _>>()?,
            salt: fields.bytes(salt_length)?,
        })
    }
}

/// A count, then that many 16-bit ids.
fn list(data: &[u8]) -> Result<Vec<u16>, Malformed> {
    let mut fields = Fields::over(data);
    let count = usize::from(fields.u16()?);
    (0..count.min(MAX_OFFERS)).map(|_| fields.u16()).collect()
}

fn put_context(out: &mut Writer<'_>, kind: u16, append: impl FnOnce(&mut Writer<'_>)) {
    out.pad(8);
    out.u16(kind);
    let length = out.place16();
    out.u32(0);
    out.measure(length, append);
}

fn put_preauth(out: &mut Writer<'_>, hashes: &[u16], salt: &[u8]) {
    put_context(out, CONTEXT_PREAUTH, |out| {
        let (count, salt_length) = (out.place16(), out.place16());
        out.set(count, hashes.len());
        for hash in hashes {
            out.u16(*hash);
        }
        out.measure(salt_length, |out| out.bytes(salt));
    });
}

fn put_list(out: &mut Writer<'_>, kind: u16, ids: &[u16]) {
    put_context(out, kind, |out| {
        let count = out.place16();
        out.set(count, ids.len());
        for id in ids {
            out.u16(*id);
        }
    });
}

/// What the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NegotiateResponse<'a> {
    /// Signing enabled (1), required (2).
    pub security_mode: u16,
    /// The dialect chosen, or 0x02FF.
    pub dialect_revision: u16,
    /// The server's GUID.
    pub server_guid: [u8; 16],
    /// SMB2_GLOBAL_CAP_*.
    pub capabilities: u32,
    /// Largest transaction in bytes.
    pub max_transact_size: u32,
    /// Largest read in bytes.
    pub max_read_size: u32,
    /// Largest write in bytes.
    pub max_write_size: u32,
    /// FILETIME now.
    pub system_time: u64,
    /// The SPNEGO hint.
    pub security_buffer: &'a [u8],
    /// Contexts, for 3.1.1.
    pub negotiate_context_list: Option<ChosenContexts>,
}

/// What was chosen of the 3.1.1 contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChosenContexts {
    /// Random salt of the preauthentication context; of a longer one its beginning.
    pub salt: [u8; 32],
    /// The cipher; `None` when the client offered no cipher context, 0 when none is common.
    pub cipher: Option<u16>,
    /// The signing algorithm; `None` when the client sent no such context.
    pub signing_algorithm: Option<u16>,
}

impl<'a> Body<'a> for NegotiateResponse<'a> {
    const STRUCTURE_SIZE: u16 = 65;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let (security_mode, dialect_revision) = (fields.u16()?, fields.u16()?);
        let context_count = usize::from(fields.u16()?);
        let (server_guid, capabilities) = (fields.guid()?, fields.u32()?);
        let (max_transact_size, max_read_size, max_write_size) =
            (fields.u32()?, fields.u32()?, fields.u32()?);
        let system_time = fields.u64()?;
        // ServerStartTime.
        fields.skip(8)?;
        let (security_offset, security_length) = (fields.u16()?, fields.u16()?);
        let context_offset = fields.u32()? as usize;
        Ok(Self {
            security_mode,
            dialect_revision,
            server_guid,
            capabilities,
            max_transact_size,
            max_read_size,
            max_write_size,
            system_time,
            security_buffer: fields.range(security_offset, security_length)?,
            negotiate_context_list: if dialect_revision == SMB_3_1_1 && context_count != 0 {
                Some(ChosenContexts::parse(message, context_offset, context_count)?)
            } else {
                None
            },
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(self.security_mode);
        out.u16(self.dialect_revision);
        let context_count = out.place16();
        out.bytes(&self.server_guid);
        out.u32(self.capabilities);
        for size in [self.max_transact_size, self.max_read_size, self.max_write_size] {
            out.u32(size);
        }
        out.u64(self.system_time);
        // ServerStartTime: 0, as the specification asks for.
        out.u64(0);
        let (security_offset, security_length) = (out.place16(), out.place16());
        let context_offset = out.place32();
        out.fill(security_offset, security_length, |out| {
            out.bytes(self.security_buffer);
        });
        let Some(chosen) = &self.negotiate_context_list else {
            return;
        };
        out.pad(8);
        let offset = out.position();
        out.set(context_offset, offset);
        put_preauth(out, &[HASH_SHA512], &chosen.salt);
        let mut count = 1;
        for (kind, choice) in [
            (CONTEXT_ENCRYPTION, chosen.cipher),
            (CONTEXT_SIGNING, chosen.signing_algorithm),
        ] {
            if let Some(choice) = choice {
                put_list(out, kind, &[choice]);
                count += 1;
            }
        }
        out.set(context_count, count);
    }
}

impl ChosenContexts {
    fn parse(message: &[u8], offset: usize, count: usize) -> Result<Self, Malformed> {
        let mut chosen = Self {
            salt: [0; 32],
            cipher: None,
            signing_algorithm: None,
        };
        each_context(message, offset, count, |kind, data| {
            match kind {
                CONTEXT_PREAUTH => {
                    let preauth = Preauth::parse(data)?;
                    let beginning = chosen.salt.iter_mut().zip(preauth.salt);
                    beginning.for_each(|(into, byte)| *into = *byte);
                }
                CONTEXT_ENCRYPTION => chosen.cipher = list(data)?.first().copied(),
                CONTEXT_SIGNING => chosen.signing_algorithm = list(data)?.first().copied(),
                _ => {}
            }
            Ok(())
        })?;
        Ok(chosen)
    }
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

/// The answer to an SMB1 NEGOTIATE none of whose dialects is spoken ([MS-CIFS] 2.2.4.52.2).
///
/// # Errors
/// It is none.
pub fn refuse_smb1_negotiate(request: &[u8]) -> Result<Vec<u8>, Malformed> {
    /// SMB_FLAGS_REPLY.
    const REPLY: u8 = 0x80;
    parse_smb1_negotiate(request)?;
    let mut answer = bytes_at(request, 0, 32)?.to_vec();
    answer[5..9].fill(0);
    answer[9] |= REPLY;
    // One word: the index of no dialect. No bytes.
    answer.extend_from_slice(&[1, 0xFF, 0xFF, 0, 0]);
    Ok(answer)
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
        }
    }
}
