//! NEGOTIATE and the log-in by NTLM: what to send, and what to make of the answers.

use std::sync::Arc;
use std::time::SystemTime;

use crate::identity::NtHash;
use crate::smb::crypto::{Cipher, CipherKey, PreauthHash, SessionKeys, SigningAlgorithm, SigningKey};
use crate::smb::wire::body::Body;
use crate::smb::wire::dialect::Dialect;
use crate::smb::wire::ids::{ClientGuid, SessionId};
use crate::smb::wire::negotiate::{NegotiateContexts, NegotiateRequest, NegotiateResponse};
use crate::smb::wire::session_setup::{
    FLAG_BINDING, IS_GUEST, IS_NULL, SessionSetupRequest, SessionSetupResponse,
};

use super::core::{Ciphers, Core, Incoming, MORE_PROCESSING_REQUIRED};
use super::error::ClientError;
use super::ntlm;
use super::request::Outgoing;

const SIGNING_ENABLED: u8 = 1;
const CAP_ENCRYPTION: u32 = 0x40;
/// Ciphers in the order in which they are offered.
const CIPHERS: [Cipher; 4] = [
    Cipher::Aes128Gcm,
    Cipher::Aes128Ccm,
    Cipher::Aes256Gcm,
    Cipher::Aes256Ccm,
];
/// Signing algorithms likewise.
const SIGNING: [SigningAlgorithm; 3] = [
    SigningAlgorithm::AesGmac,
    SigningAlgorithm::AesCmac,
    SigningAlgorithm::HmacSha256,
];
/// 1601 to 1970 in 100 ns.
const UNIX_EPOCH_FILETIME: u64 = 116_444_736_000_000_000;

/// What a client offers in NEGOTIATE.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Codes of dialects in the client's order; there need be no dialect of a code.
    pub dialects: Vec<u16>,
    /// It can encrypt.
    pub encryption: bool,
    /// With the contexts of 3.1.1; some small clients list that dialect without them.
    pub contexts: bool,
    /// What tells this client from others, and salts its hash.
    pub client_guid: ClientGuid,
}

impl Offer {
    /// These dialects, without contexts.
    pub fn of(dialects: &[u16]) -> Self {
        Self {
            dialects: dialects.to_vec(),
            encryption: true,
            contexts: false,
            client_guid: ClientGuid([5; 16]),
        }
    }

    /// The request.
    pub(crate) fn request(&self) -> NegotiateRequest {
        NegotiateRequest {
            security_mode: SIGNING_ENABLED.into(),
            capabilities: if self.encryption { CAP_ENCRYPTION } else { 0 },
            client_guid: self.client_guid,
            dialects: self.dialects.clone(),
            negotiate_context_list: self.contexts.then(|| NegotiateContexts {
                preauth_sha512: true,
                salt: self.client_guid.0.to_vec(),
                ciphers: if self.encryption {
                    CIPHERS.map(|cipher| cipher as u16).to_vec()
                } else {
                    Vec::new()
                },
                signing_algorithms: SIGNING.map(|algorithm| algorithm as u16).to_vec(),
            }),
        }
    }
}

/// Who logs in.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The person's name.
    pub name: &'a str,
    /// The hash of the password.
    pub nt_hash: &'a NtHash,
    /// A session that was lost, to be replaced; [`SessionId::NONE`] for none.
    pub previous_session_id: SessionId,
}

/// A log-in whose last message is under way.
#[derive(Debug)]
#[must_use = "the answer tells whether there is a session"]
pub struct Attempt {
    session_key: [u8; 16],
    is_new: bool,
}

impl Core {
    /// NEGOTIATE.
    pub fn negotiate(&self, offer: &Offer) -> Outgoing {
        Outgoing::of(offer.request())
    }

    /// The answer to it: the dialect that was agreed on.
    ///
    /// # Errors
    /// Refused, or not understood.
    pub fn negotiated(&mut self, answer: &Incoming) -> Result<Dialect, ClientError> {
        let response: NegotiateResponse<'_> = answer.body_of()?;
        let dialect = Dialect::from_code(response.dialect_revision).ok_or(ClientError::Malformed)?;
        let is_3 = dialect >= Dialect::Smb300;
        self.dialect = Some(dialect);
        self.signing_algorithm = if is_3 {
            SigningAlgorithm::AesCmac
        } else {
            SigningAlgorithm::HmacSha256
        };
        self.cipher = match response.negotiate_context_list {
            Some(chosen) => {
                if let Some(code) = chosen.signing_algorithm {
                    self.signing_algorithm = SigningAlgorithm::from_code(code).unwrap_or_default();
                }
                chosen.cipher.and_then(Cipher::from_code)
            }
            None if is_3 && response.capabilities & CAP_ENCRYPTION != 0 => Some(Cipher::Aes128Ccm),
            None => None,
        };
        Ok(dialect)
    }

    /// Has the next log-in bind the session of another connection to this one ([MS-SMB2] 3.2.4.2.3): both speak the
    /// same dialect, and `session` is logged in.
    pub fn bind(&mut self, session: &Self) {
        self.binds = true;
        self.session_id = session.session_id;
        self.tree_id = session.tree_id;
        self.signing.clone_from(&session.signing);
        self.ciphers.clone_from(&session.ciphers);
    }

    /// A SESSION_SETUP with a token.
    pub fn session_setup(&self, token: &[u8], previous_session_id: SessionId) -> Outgoing {
        Outgoing::of(SessionSetupRequest {
            flags: if self.binds { FLAG_BINDING } else { 0 },
            security_mode: SIGNING_ENABLED,
            previous_session_id,
            security_buffer: token,
            ..SessionSetupRequest::default()
        })
    }

    /// The first message of a log-in, or of its renewal.
    pub fn begin_log_in(&mut self, who: &Credentials<'_>) -> Outgoing {
        self.session_preauth = None;
        self.session_setup(&ntlm::negotiate(), who.previous_session_id)
    }

    /// The answer to it, and the last message.
    ///
    /// # Errors
    /// Refused, not understood, or there is nothing random to be had.
    pub fn go_on_with_log_in(
        &mut self,
        answer: &Incoming,
        who: &Credentials<'_>,
    ) -> Result<(Outgoing, Attempt), ClientError> {
        answer.expect(MORE_PROCESSING_REQUIRED)?;
        let challenge = SessionSetupResponse::parse(&answer.message)?.security_buffer;
        let proof = ntlm::authenticate(challenge, who.name, who.nt_hash, random()?, filetime());
        let proof = proof.ok_or(ClientError::Malformed)?;
        let is_new = self.session_id == SessionId::NONE;
        self.session_id = answer.header.session_id;
        let attempt = Attempt {
            session_key: *proof.session_key,
            is_new,
        };
        Ok((
            self.session_setup(&proof.message, who.previous_session_id),
            attempt,
        ))
    }

    /// The answer to that: requests are signed from then on, unless the session is a guest's.
    ///
    /// # Errors
    /// Refused, or not understood.
    pub fn logged_in(&mut self, answer: &Incoming, attempt: &Attempt) -> Result<(), ClientError> {
        let response: SessionSetupResponse<'_> = answer.body_of()?;
        let preauth = self.session_preauth.take().unwrap_or_default();
        let has_key = response.session_flags & (IS_GUEST | IS_NULL) == 0;
        let binds = std::mem::take(&mut self.binds);
        if (attempt.is_new || binds) && has_key {
            let ciphers = self.ciphers.take();
            self.set_keys(&attempt.session_key, &preauth);
            if binds {
                // It encrypts with the session's keys, and signs with its own.
                self.ciphers = ciphers;
            }
        }
        Ok(())
    }

    fn set_keys(&mut self, session_key: &[u8; 16], preauth: &PreauthHash) {
        // Before 3.1.1 the hash counts for nothing.
        let preauth = if self.dialect >= Some(Dialect::Smb311) {
            *preauth.bytes()
        } else {
            [0; 64]
        };
        // Without NEGOTIATE the keys are those of the oldest.
        let dialect = self.dialect.unwrap_or(Dialect::Smb202);
        let keys = SessionKeys::derive(dialect, session_key, &preauth, self.cipher);
        self.signing = Some(Arc::new(SigningKey::new(self.signing_algorithm, keys.signing())));
        self.ciphers = self.cipher.map(|cipher| {
            Arc::new(Ciphers {
                encrypt: CipherKey::new(cipher, keys.client_to_server()),
                decrypt: CipherKey::new(cipher, keys.server_to_client()),
            })
        });
    }
}

fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(bytes)
}

fn filetime() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let hundreds = since.unwrap_or_default().as_nanos() / 100;
    UNIX_EPOCH_FILETIME + u64::try_from(hundreds).unwrap_or_default()
}
