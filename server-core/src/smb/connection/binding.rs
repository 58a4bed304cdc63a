//! Binding a session to one more connection ([MS-SMB2] 3.3.5.5.2), which makes it a channel: the client says which one
//! under the signature of the session's own key, and proves again who it is. A key that signs on this connection alone
//! comes of it.

use std::sync::Arc;

use super::Connection;
use super::login::{Login, Proven, Stepped};
use crate::smb::commands::{Refusal, Reply};
use crate::smb::crypto::{SessionKeys, SigningAlgorithm, SigningKey};
use crate::smb::settings::Dialect;
use crate::smb::state::Session;
use crate::smb::status::NtStatus;
use crate::smb::wire::ids::SessionId;
use crate::smb::wire::session_setup::{ENCRYPT_DATA, SessionSetupResponse};

impl Connection {
    /// The session that is to be bound, and the key that the request has to be signed with.
    pub(super) fn to_be_bound(&self, id: SessionId) -> Result<(Arc<Session>, Arc<SigningKey>), NtStatus> {
        if id == SessionId::NONE {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let session = self.context.table.get(id);
        let session = session
            .filter(|session| !session.has_ended())
            .ok_or(NtStatus::USER_SESSION_DELETED)?;
        // A guest has no key: whoever knows the number could bind it.
        let key = session.security.signing.clone().ok_or(NtStatus::NOT_SUPPORTED)?;
        Ok((session, key))
    }

    /// Whether this connection is like those that the session is bound to: what its keys were made for.
    pub(super) fn check_likeness(&self, session: &Session) -> Result<(), NtStatus> {
        let negotiated = self.negotiated();
        let own = negotiated.signing;
        let of_session = session.security.signing.as_ref().map(|key| key.algorithm());
        if of_session != Some(own) {
            // As Windows has it. The two older ones may follow each other.
            if of_session == Some(SigningAlgorithm::AesGmac) {
                return Err(NtStatus::REQUEST_OUT_OF_SEQUENCE);
            }
            if own == SigningAlgorithm::AesGmac {
                return Err(NtStatus::NOT_SUPPORTED);
            }
        }
        if negotiated.dialect < Some(Dialect::Smb300) {
            return Err(NtStatus::REQUEST_NOT_ACCEPTED);
        }
        let security = &session.security;
        if negotiated.dialect != Some(security.dialect) || negotiated.cipher != security.cipher {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        if session.has_expired() {
            return Err(NtStatus::NETWORK_SESSION_EXPIRED);
        }
        Ok(())
    }

    /// Makes the connection a channel of the session, for the person who it is of.
    pub(super) fn bind(
        &self,
        session: &Arc<Session>,
        login: &Login,
        proven: &Proven,
        reply: &mut Reply,
    ) -> Result<Stepped, Refusal> {
        let person = &proven.principal;
        if person.user.is_none() || session.principal().user != person.user {
            tracing::info!(peer = %self.peer, session = %session.id, "another person's session was not bound");
            return Err(NtStatus::ACCESS_DENIED.into());
        }
        let key = proven.key.as_ref().ok_or(NtStatus::NOT_SUPPORTED)?;
        let negotiated = self.negotiated();
        let keys = SessionKeys::derive(
            session.security.dialect,
            key,
            login.preauth.bytes(),
            negotiated.cipher,
        );
        let signing = Arc::new(SigningKey::new(negotiated.signing, keys.signing()));
        self.take_place(person)?;
        self.bind_here(session, Some(Arc::clone(&signing)))?;
        self.context.identity.proven_again(&person.name, self.address());
        let session_flags = if session.security.encrypt_data {
            ENCRYPT_DATA
        } else {
            0
        };
        reply.respond(&SessionSetupResponse {
            session_flags,
            security_buffer: &proven.token,
        });
        Ok(Stepped {
            status: NtStatus::SUCCESS,
            session_id: session.id,
            signing: Some(signing),
        })
    }
}
