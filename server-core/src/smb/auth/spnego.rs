//! SPNEGO tokens (RFC 4178, [MS-SPNG]): the little of DER that they need, read strictly.

use super::AuthFailure;

/// 1.3.6.1.5.5.2
const OID_SPNEGO: &[u8] = &[0x06, 0x06, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02];
/// 1.3.6.1.4.1.311.2.2.10
const OID_NTLMSSP: &[u8] = &[
    0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A,
];

const APPLICATION: u8 = 0x60;
const SEQUENCE: u8 = 0x30;
const OCTETS: u8 = 0x04;
const ENUMERATED: u8 = 0x0A;
const GENERAL_STRING: u8 = 0x1B;
const fn tagged(number: u8) -> u8 {
    0xA0 | number
}

/// negState.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum NegState {
    AcceptCompleted = 0,
    AcceptIncomplete = 1,
}

/// A client's negTokenInit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Initial<'a> {
    /// The list of mechanisms as encoded, which the MIC protects.
    pub(super) mech_types: &'a [u8],
    pub(super) first_is_ntlm: bool,
    pub(super) offers_ntlm: bool,
    pub(super) token: Option<&'a [u8]>,
}

/// A client's negTokenResp.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Response<'a> {
    pub(super) token: Option<&'a [u8]>,
    pub(super) mic: Option<&'a [u8]>,
}

/// A DER element: its tag, its content, and all of its bytes.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

/// Takes an element off the front. Lengths may take more bytes than they need: some clients write them before they
/// know them.
fn element<'a>(input: &mut &'a [u8]) -> Result<Element<'a>, AuthFailure> {
    let all = *input;
    let (&tag, rest) = all.split_first().ok_or(AuthFailure::Malformed)?;
    let (&first, rest) = rest.split_first().ok_or(AuthFailure::Malformed)?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest
                .split_at_checked(usize::from(first & 0x7F))
                .ok_or(AuthFailure::Malformed)?;
            (
                bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte)),
                rest,
            )
        }
        _ => return Err(AuthFailure::Malformed),
    };
    let (content, rest) = rest.split_at_checked(length).ok_or(AuthFailure::Malformed)?;
    *input = rest;
    Ok(Element {
        tag,
        content,
        whole: &all[..all.len() - rest.len()],
    })
}

/// Takes the one element that there must be, with this tag.
fn only(mut input: &[u8], tag: u8) -> Result<&[u8], AuthFailure> {
    let content = expect(&mut input, tag)?;
    if input.is_empty() {
        Ok(content)
    } else {
        Err(AuthFailure::Malformed)
    }
}

/// Takes the fields of a sequence, each in its numbered tag: in order, none twice, none beyond the last.
fn numbered_fields(mut sequence: &[u8], last: u8) -> Result<Vec<Element<'_>>, AuthFailure> {
    let mut fields: Vec<Element<'_>> = Vec::new();
    while !sequence.is_empty() {
        let field = element(&mut sequence)?;
        let in_order = fields.last().is_none_or(|before| before.tag < field.tag);
        if !in_order || !(tagged(0)..=tagged(last)).contains(&field.tag) {
            return Err(AuthFailure::Malformed);
        }
        fields.push(field);
    }
    Ok(fields)
}

fn expect<'a>(input: &mut &'a [u8], tag: u8) -> Result<&'a [u8], AuthFailure> {
    let element = element(input)?;
    if element.tag == tag {
        Ok(element.content)
    } else {
        Err(AuthFailure::Malformed)
    }
}

/// Reads a client's first token.
pub(super) fn parse_initial(token: &[u8]) -> Result<Initial<'_>, AuthFailure> {
    let mut body = only(token, APPLICATION)?;
    if element(&mut body)?.whole != OID_SPNEGO {
        return Err(AuthFailure::Malformed);
    }
    let sequence = only(only(body, tagged(0))?, SEQUENCE)?;
    let mut initial = Initial {
        mech_types: &[],
        first_is_ntlm: false,
        offers_ntlm: false,
        token: None,
    };
    // Four fields, or five where the fourth is Microsoft's hints.
    for field in numbered_fields(sequence, 4)? {
        if field.tag == tagged(0) {
            initial.mech_types = field.content;
            let mut list = only(field.content, SEQUENCE)?;
            let mut first = true;
            while !list.is_empty() {
                let ntlm = element(&mut list)?.whole == OID_NTLMSSP;
                initial.first_is_ntlm |= first && ntlm;
                initial.offers_ntlm |= ntlm;
                first = false;
            }
        } else if field.tag == tagged(2) {
            initial.token = Some(only(field.content, OCTETS)?);
        }
    }
    Ok(initial)
}

/// Reads a client's later token.
pub(super) fn parse_response(token: &[u8]) -> Result<Response<'_>, AuthFailure> {
    let sequence = only(only(token, tagged(1))?, SEQUENCE)?;
    let mut response = Response {
        token: None,
        mic: None,
    };
    for field in numbered_fields(sequence, 3)? {
        if field.tag == tagged(2) {
            response.token = Some(only(field.content, OCTETS)?);
        } else if field.tag == tagged(3) {
            response.mic = Some(only(field.content, OCTETS)?);
        }
    }
    Ok(response)
}

/// An element around content.
fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..=0x7F) => out.push(length),
        Ok(length) => out.extend_from_slice(&[0x81, length]),
        Err(_) => {
            let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
            let skip = length.iter().take_while(|byte| **byte == 0).count();
            out.push(0x80 | u8::try_from(4 - skip).unwrap_or(4));
            out.extend_from_slice(&length[skip..]);
        }
    }
    out.extend_from_slice(content);
    out
}

/// The hint in the NEGOTIATE response: this server speaks NTLM ([MS-SPNG] 2.2.1).
pub fn negotiate_token() -> Vec<u8> {
    let mechanisms = wrap(tagged(0), &wrap(SEQUENCE, OID_NTLMSSP));
    let hint = wrap(
        tagged(0),
        &wrap(GENERAL_STRING, b"not_defined_in_RFC4178@please_ignore"),
    );
    let hints = wrap(tagged(3), &wrap(SEQUENCE, &hint));
    let fields = wrap(SEQUENCE, &[mechanisms, hints].concat());
    wrap(APPLICATION, &[OID_SPNEGO, &wrap(tagged(0), &fields)].concat())
}

/// A negTokenResp.
pub(super) fn response(
    state: NegState,
    name_mechanism: bool,
    token: Option<&[u8]>,
    mic: Option<&[u8]>,
) -> Vec<u8> {
    let mut fields = wrap(tagged(0), &wrap(ENUMERATED, &[state as u8]));
    if name_mechanism {
        fields.extend(wrap(tagged(1), OID_NTLMSSP));
    }
    if let Some(token) = token {
        fields.extend(wrap(tagged(2), &wrap(OCTETS, token)));
    }
    if let Some(mic) = mic {
        fields.extend(wrap(tagged(3), &wrap(OCTETS, mic)));
    }
    wrap(tagged(1), &wrap(SEQUENCE, &fields))
}

/// What clients send: for tests of the whole exchange.
#[cfg(test)]
pub(super) mod client {
    use super::*;

    /// A first token; `kerberos_first` puts another mechanism before NTLM.
    pub(crate) fn initial(kerberos_first: bool, token: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let kerberos: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02];
        let list = if kerberos_first {
            [kerberos, OID_NTLMSSP].concat()
        } else {
            OID_NTLMSSP.to_vec()
        };
        let list = wrap(SEQUENCE, &list);
        let fields = [wrap(tagged(0), &list), wrap(tagged(2), &wrap(OCTETS, token))].concat();
        let body = [OID_SPNEGO, &wrap(tagged(0), &wrap(SEQUENCE, &fields))].concat();
        (wrap(APPLICATION, &body), list)
    }

    /// A later token.
    pub(crate) fn response(token: &[u8], mic: Option<&[u8]>) -> Vec<u8> {
        super::response(NegState::AcceptIncomplete, false, Some(token), mic)
    }
}
