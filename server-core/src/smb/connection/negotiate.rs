//! NEGOTIATE ([MS-SMB2] 3.3.5.3, 3.3.5.4): dialect, ciphers, signing. It happens once on a connection, before
//! anything else, and is about the connection alone.

use std::rc::Rc;

use super::Connection;
use crate::live::ActivityKind;
use crate::smb::auth::negotiate_token;
use crate::smb::commands::{Outcome, Refusal, Reply};
use crate::smb::crypto::{Cipher, SigningAlgorithm};
use crate::smb::framing::Framing;
use crate::smb::settings::{Dialect, Encryption, SmbSettings};
use crate::smb::state::{CAP_MULTI_CHANNEL, Negotiated};
use crate::smb::status::NtStatus;
use crate::smb::wire::body::Body;
use crate::smb::wire::negotiate::{
    ChosenContexts, MultiProtocol, NegotiateContexts, NegotiateRequest, NegotiateResponse,
};
use crate::vfs::FileTime;

const SIGNING_ENABLED: u16 = 1;
const SIGNING_REQUIRED: u16 = 2;
const CAP_LEASING: u32 = 0x02;
const CAP_LARGE_MTU: u32 = 0x04;
const CAP_DIRECTORY_LEASING: u32 = 0x20;
const CAP_ENCRYPTION: u32 = 0x40;
/// SMB 2.0.2 knows no multi-credit requests: 64 KiB each.
const SMALL_IO: u32 = 65_536;
/// The wildcard answer to an SMB1 client.
const DIALECT_ANY: u16 = 0x02FF;

/// Ciphers as this server likes them: AES-128-GCM first, it is the fastest.
const CIPHERS: [Cipher; 4] = [
    Cipher::Aes128Gcm,
    Cipher::Aes256Gcm,
    Cipher::Aes128Ccm,
    Cipher::Aes256Ccm,
];
/// Signing algorithms likewise.
const SIGNING: [SigningAlgorithm; 3] = [
    SigningAlgorithm::AesGmac,
    SigningAlgorithm::AesCmac,
    SigningAlgorithm::HmacSha256,
];
/// [MS-SMB2] 2.2.3.1.2: no cipher in common.
const NO_CIPHER: u16 = 0;

/// What the shares ask of a connection.
#[derive(Debug, Clone, Copy)]
struct Shares {
    /// A share admits guests. They have no key to sign with, and careful clients give up as guests of a server that
    /// demands signatures; so it does not demand them of everybody where people can be asked for something else at
    /// their log-in, which is encryption. People are held to one of the two at each request all the same.
    admit_guests: bool,
    /// It is the listener for old devices, which can't encrypt either: whoever comes as a person there signs unasked.
    for_old_devices: bool,
    /// The settings or a share want ciphers offered.
    may_encrypt: bool,
}

impl Shares {
    fn of(connection: &Connection, settings: &SmbSettings) -> Self {
        let identity = &connection.context.identity;
        let offered = settings.encryption != Encryption::Off;
        Self {
            admit_guests: identity.guest().is_some(),
            for_old_devices: connection.framing == Framing::NetBios,
            may_encrypt: offered || identity.shares().iter().any(|share| share.encrypt),
        }
    }
}

/// Answers a NEGOTIATE and fixes the connection's rules.
pub(super) fn handle(connection: &Connection, message: &[u8], reply: &mut Reply) -> Outcome {
    if connection.negotiated().dialect.is_some() {
        return Err(Refusal::disconnect());
    }
    let request = NegotiateRequest::parse(message)?;
    if request.dialects.is_empty() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let settings = connection.settings();
    let Some(dialect) = choose_dialect(&request, &settings) else {
        tell_of_old_dialects(connection, &request, &settings);
        return Err(NtStatus::NOT_SUPPORTED.into());
    };
    let contexts = request
        .negotiate_context_list
        .as_ref()
        .filter(|_| dialect == Dialect::Smb311);
    if contexts.is_some_and(|contexts| !contexts.preauth_sha512) {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let shares = Shares::of(connection, &settings);
    let negotiated = agree(&request, dialect, contexts, &settings, shares);
    let chosen = contexts
        .map(|contexts| choose_contexts(contexts, &negotiated))
        .transpose()?;
    respond(connection, &negotiated, dialect.code(), chosen, reply);
    let client = (dialect >= Dialect::Smb210).then(|| connection.context.clients.get(negotiated.client_guid));
    let negotiated = Negotiated { client, ..negotiated };
    *connection.negotiated.borrow_mut() = Rc::new(negotiated);
    Ok(NtStatus::SUCCESS)
}

/// A device that knows only older dialects than the settings allow never gets as far as a log-in: without this nobody
/// would learn why.
fn tell_of_old_dialects(connection: &Connection, request: &NegotiateRequest, settings: &SmbSettings) {
    let known = request
        .dialects
        .iter()
        .filter_map(|code| Dialect::from_code(*code));
    let Some(newest) = known.max().filter(|newest| *newest < settings.minimum_dialect) else {
        return;
    };
    let newest = newest.as_str();
    let message = format!(
        "a device could not connect: it speaks SMB {newest} at best, and the settings ask for {}",
        settings.minimum_dialect.as_str()
    );
    connection.report(ActivityKind::LogInRefused, None, &message);
}

/// Answers an SMB1 NEGOTIATE that offers SMB2.
pub(super) fn answer_multi_protocol(
    connection: &Connection,
    offer: MultiProtocol,
    reply: &mut Reply,
) -> Outcome {
    let settings = connection.settings();
    let request = NegotiateRequest {
        dialects: vec![Dialect::Smb202.code()],
        ..NegotiateRequest::default()
    };
    let shares = Shares::of(connection, &settings);
    let negotiated = agree(&request, Dialect::Smb202, None, &settings, shares);
    let only_old = offer == MultiProtocol::Smb202 || settings.maximum_dialect == Dialect::Smb202;
    if only_old {
        if settings.minimum_dialect > Dialect::Smb202 {
            return Err(NtStatus::NOT_SUPPORTED.into());
        }
        respond(connection, &negotiated, Dialect::Smb202.code(), None, reply);
        *connection.negotiated.borrow_mut() = Rc::new(negotiated);
    } else {
        let negotiated = Negotiated {
            max_io: settings.max_io,
            // The dialect is settled by the next NEGOTIATE, and with it whether signatures are demanded.
            server_security_mode: match shares.admit_guests {
                true => SIGNING_ENABLED,
                false => negotiated.server_security_mode,
            },
            ..negotiated
        };
        respond(connection, &negotiated, DIALECT_ANY, None, reply);
    }
    Ok(NtStatus::SUCCESS)
}

/// The newest that both sides speak. A client that lists 3.1.1 without the contexts that 3.1.1 needs (small
/// devices do) is served with the next best.
fn choose_dialect(request: &NegotiateRequest, settings: &SmbSettings) -> Option<Dialect> {
    let served = |dialect: &Dialect| {
        (settings.minimum_dialect..=settings.maximum_dialect).contains(dialect)
            && (*dialect != Dialect::Smb311 || request.negotiate_context_list.is_some())
    };
    request
        .dialects
        .iter()
        .filter_map(|code| Dialect::from_code(*code))
        .filter(served)
        .max()
}

fn agree(
    request: &NegotiateRequest,
    dialect: Dialect,
    contexts: Option<&NegotiateContexts>,
    settings: &SmbSettings,
    shares: Shares,
) -> Negotiated {
    let multi_credit = dialect >= Dialect::Smb210;
    let encrypts_by_capability = matches!(dialect, Dialect::Smb300 | Dialect::Smb302);
    let client_encrypts = shares.may_encrypt && request.capabilities & CAP_ENCRYPTION != 0;
    let cipher = match contexts {
        Some(contexts) if shares.may_encrypt => CIPHERS
            .into_iter()
            .find(|cipher| contexts.ciphers.contains(&(*cipher as u16))),
        None if encrypts_by_capability && client_encrypts => Some(Cipher::Aes128Ccm),
        _ => None,
    };
    let signing = match contexts {
        Some(contexts) if !contexts.signing_algorithms.is_empty() => SIGNING
            .into_iter()
            .find(|signing| contexts.signing_algorithms.contains(&(*signing as u16)))
            .unwrap_or(SigningAlgorithm::AesCmac),
        _ if dialect >= Dialect::Smb300 => SigningAlgorithm::AesCmac,
        _ => SigningAlgorithm::HmacSha256,
    };
    let mut capabilities = if multi_credit {
        CAP_LEASING | CAP_LARGE_MTU
    } else {
        0
    };
    if dialect >= Dialect::Smb300 {
        capabilities |= request.capabilities & (CAP_MULTI_CHANNEL | CAP_DIRECTORY_LEASING);
    }
    if encrypts_by_capability && client_encrypts {
        capabilities |= CAP_ENCRYPTION;
    }
    let may_come_unsigned = shares.admit_guests && (cipher.is_some() || shares.for_old_devices);
    let required = settings.require_signing && !may_come_unsigned;
    Negotiated {
        dialect: Some(dialect),
        client: None,
        max_io: if multi_credit { settings.max_io } else { SMALL_IO },
        multi_credit,
        client_guid: request.client_guid,
        client_capabilities: request.capabilities,
        client_security_mode: request.security_mode,
        client_dialects: request.dialects.clone(),
        server_capabilities: capabilities,
        server_security_mode: if required {
            SIGNING_ENABLED | SIGNING_REQUIRED
        } else {
            SIGNING_ENABLED
        },
        cipher,
        signing,
    }
}

fn choose_contexts(contexts: &NegotiateContexts, negotiated: &Negotiated) -> Result<ChosenContexts, Refusal> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(|_| NtStatus::INTERNAL_ERROR)?;
    Ok(ChosenContexts {
        salt,
        cipher: (!contexts.ciphers.is_empty())
            .then_some(negotiated.cipher.map_or(NO_CIPHER, |cipher| cipher as u16)),
        signing_algorithm: (!contexts.signing_algorithms.is_empty()).then_some(negotiated.signing as u16),
    })
}

fn respond(
    connection: &Connection,
    negotiated: &Negotiated,
    dialect: u16,
    contexts: Option<ChosenContexts>,
    reply: &mut Reply,
) {
    let response = NegotiateResponse {
        security_mode: negotiated.server_security_mode,
        dialect_revision: dialect,
        server_guid: connection.context.server_guid,
        capabilities: negotiated.server_capabilities,
        max_transact_size: negotiated.max_io,
        max_read_size: negotiated.max_io,
        max_write_size: negotiated.max_io,
        system_time: FileTime::now().0,
        security_buffer: &negotiate_token(),
        negotiate_context_list: contexts,
    };
    reply.respond(&response);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(dialects: &[u16], contexts: Option<NegotiateContexts>) -> NegotiateRequest {
        NegotiateRequest {
            dialects: dialects.to_vec(),
            negotiate_context_list: contexts,
            ..NegotiateRequest::default()
        }
    }

    #[test]
    fn five_dialects_without_contexts_give_3_0_2() {
        let request = offer(&[0x0202, 0x0210, 0x0300, 0x0302, 0x0311], None);
        assert_eq!(
            choose_dialect(&request, &SmbSettings::default()),
            Some(Dialect::Smb302)
        );
    }

    #[test]
    fn contexts_give_3_1_1_and_the_limits_hold() {
        let contexts = NegotiateContexts {
            preauth_sha512: true,
            ..NegotiateContexts::default()
        };
        let request = offer(&[0x0202, 0x0311], Some(contexts));
        assert_eq!(
            choose_dialect(&request, &SmbSettings::default()),
            Some(Dialect::Smb311)
        );
        let capped = SmbSettings {
            maximum_dialect: Dialect::Smb302,
            ..SmbSettings::default()
        };
        assert_eq!(choose_dialect(&request, &capped), Some(Dialect::Smb202));
        let modern = SmbSettings {
            minimum_dialect: Dialect::Smb300,
            ..SmbSettings::default()
        };
        assert_eq!(choose_dialect(&offer(&[0x0202], None), &modern), None);
    }
}
