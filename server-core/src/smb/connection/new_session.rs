//! What a log-in that was proven comes to: a session, bound to the connection that it came by ([MS-SMB2] 3.3.5.5.3),
//! or more time for one that there is.

use std::rc::Rc;
use std::sync::Arc;

use super::Connection;
use super::login::{Login, Proven, SIGNING_REQUIRED, Stepped, refusal};
use super::relay::MeantFor;
use crate::identity::{AuthError, Principal};
use crate::live::{ActivityKind, LiveSession, Protocol, SessionSecurity as Shown};
use crate::net::{NoPlace, Visitor};
use crate::smb::commands::{Refusal, Reply};
use crate::smb::crypto::{CipherKey, SessionKeys, SigningKey};
use crate::smb::settings::{Dialect, Encryption};
use crate::smb::state::{End, NewChannel, NewSession, NoChannel, Session, SessionCiphers, SessionSecurity};
use crate::smb::status::NtStatus;
use crate::smb::wire::ids::SessionId;
use crate::smb::wire::session_setup::{ENCRYPT_DATA, SessionSetupRequest, SessionSetupResponse};
use crate::vfs::Caller;

impl Connection {
    /// Makes a session of a log-in, or renews the one that it was for.
    pub(super) fn establish(
        &self,
        session_id: SessionId,
        request: &SessionSetupRequest<'_>,
        login: &Login,
        proven: Proven,
        reply: &mut Reply,
    ) -> Result<Stepped, Refusal> {
        let settings = self.settings();
        let must_encrypt = settings.encryption == Encryption::Required;
        let dialect = self.negotiated().dialect.ok_or_else(Refusal::disconnect)?;
        let name = &proven.principal.name;
        if dialect < settings.minimum_dialect {
            // It was set after the two agreed: the client has to begin anew.
            return Err(Refusal::disconnect());
        }
        let security = self.derive(&proven, dialect, login, request);
        let signing = security.signing.clone();
        if must_encrypt && security.ciphers.is_none() {
            let message =
                format!("{name} was refused: encryption is required, and this client or guest can't");
            self.report(ActivityKind::LogInRefused, Some(name), &message);
            return Err(NtStatus::ACCESS_DENIED.into());
        }
        if let MeantFor::Another(server) = &proven.meant_for
            && !security.signing_required
            && !security.encrypt_data
        {
            let error = AuthError::MeantForAnother(server.clone());
            self.context
                .identity
                .failed(name, self.address(), Protocol::Smb, &error);
            return Err(refusal(&error).into());
        }
        let mut flags = proven.flags;
        if security.encrypt_data {
            flags |= ENCRYPT_DATA;
        }
        reply.respond(&SessionSetupResponse {
            session_flags: flags,
            security_buffer: &proven.token,
        });
        if let Some(binding) = self.binding(session_id) {
            // A renewal: the same person, the same keys' lifetime begins again.
            let session = &binding.session;
            if session.principal().user != proven.principal.user {
                session.end(End::Closed);
                return Err(NtStatus::ACCESS_DENIED.into());
            }
            session.renew(settings.session_lifetime);
            self.context.identity.proven_again(name, self.address());
            return Ok(Stepped {
                status: NtStatus::SUCCESS,
                session_id,
                signing: binding.channel.signing.clone(),
            });
        }
        self.take_place(&proven.principal)?;
        self.end_previous(request.previous_session_id, session_id, &proven.principal);
        match proven.principal.user {
            Some(_) => self
                .context
                .identity
                .succeeded(name, self.address(), Protocol::Smb),
            None => {
                let message = format!("{} logged in", proven.method);
                self.report(ActivityKind::LoggedIn, None, &message);
            }
        }
        let live = self.register(&proven, &security);
        let caller = Arc::new(Caller {
            principal: proven.principal,
            session: Arc::clone(&live),
        });
        let session = Session::new(NewSession {
            id: session_id,
            client: self.negotiated().client.clone(),
            caller,
            live,
            security,
            opens: Arc::clone(&self.context.opens),
        });
        session.renew(settings.session_lifetime);
        self.bind_here(&session, signing.clone())?;
        self.context.table.insert(&session);
        // The settings may have changed since they were looked at, before the session could be found by who changed them.
        if !session.meets(&self.settings()) {
            session.live.closing().cancel();
        }
        Ok(Stepped {
            status: NtStatus::SUCCESS,
            session_id,
            signing,
        })
    }

    /// Finds the connection its place among those of whom it is of.
    pub(super) fn take_place(&self, principal: &Principal) -> Result<(), NtStatus> {
        let visitor = match principal.user {
            Some(user) => Visitor::Person(user.0),
            None => Visitor::Guest,
        };
        self.place
            .logged_in(visitor)
            .map_err(|NoPlace| NtStatus::INSUFFICIENT_RESOURCES)
    }

    /// Makes the connection a channel of the session.
    pub(super) fn bind_here(
        &self,
        session: &Arc<Session>,
        signing: Option<Arc<SigningKey>>,
    ) -> Result<(), NtStatus> {
        let channel = NewChannel {
            signing,
            notices: self.notices.clone(),
            peer: self.peer,
        };
        let binding = session.bind(channel).map_err(|no_channel| match no_channel {
            NoChannel::Over => NtStatus::USER_SESSION_DELETED,
            NoChannel::TooMany => NtStatus::INSUFFICIENT_RESOURCES,
        })?;
        // The first who logs in here is whom the connection's own work is charged to.
        self.usage
            .borrow_mut()
            .get_or_insert_with(|| Arc::clone(session.live.usage()));
        self.bindings.borrow_mut().insert(session.id, Rc::new(binding));
        self.had_session.set(true);
        Ok(())
    }

    /// What the session demands, signs and encrypts with.
    fn derive(
        &self,
        proven: &Proven,
        dialect: Dialect,
        login: &Login,
        request: &SessionSetupRequest<'_>,
    ) -> SessionSecurity {
        let Some(key) = &proven.key else {
            return SessionSecurity {
                dialect,
                signing: None,
                cipher: None,
                signing_required: false,
                ciphers: None,
                encrypt_data: false,
            };
        };
        let negotiated = self.negotiated();
        let keys = SessionKeys::derive(dialect, key, login.preauth.bytes(), negotiated.cipher);
        let ciphers = negotiated.cipher.map(|cipher| {
            Arc::new(SessionCiphers {
                encrypt: CipherKey::new(cipher, keys.server_to_client()),
                decrypt: CipherKey::new(cipher, keys.client_to_server()),
            })
        });
        let settings = self.settings();
        let asked = request.security_mode & SIGNING_REQUIRED != 0;
        let signing_required = asked || settings.require_signing;
        // Where guests are admitted, NEGOTIATE does not demand signatures, and not every client signs unasked: they are
        // asked to encrypt, which they can be still. Likewise where nobody signs, and the log-in may be somebody else's.
        let hears_of_signing = asked || negotiated.server_security_mode & u16::from(SIGNING_REQUIRED) != 0;
        let unprotected = match settings.require_signing {
            true => !hears_of_signing,
            false => !asked && proven.meant_for != MeantFor::Us,
        };
        let must_encrypt = settings.encryption == Encryption::Required || unprotected;
        let signing = SigningKey::new(negotiated.signing, keys.signing());
        SessionSecurity {
            dialect,
            signing: Some(Arc::new(signing)),
            cipher: negotiated.cipher,
            signing_required,
            encrypt_data: must_encrypt && ciphers.is_some(),
            ciphers,
        }
    }

    /// The client lost this session and comes again ([MS-SMB2] 3.3.5.5.3): only the same person may end it.
    fn end_previous(&self, previous: SessionId, session_id: SessionId, principal: &Principal) {
        if previous == SessionId::NONE || previous == session_id {
            return;
        }
        if let Some(session) = self.context.table.get(previous)
            && session.may_be_replaced_by(principal)
        {
            let negotiated = self.negotiated();
            if negotiated
                .client
                .as_ref()
                .is_some_and(|client| !client.has(previous))
            {
                // Allowed, for it is the user who counts; a computer that was started anew has another name.
                tracing::info!(peer = %self.peer, session = %previous, "a session of another client is replaced");
            }
            // Ended first: its connection can tell that from an administrator's wish to see the client go.
            session.end(End::Left);
            session.live.closing().cancel();
            self.context.table.remove(previous);
        }
    }

    fn register(&self, proven: &Proven, security: &SessionSecurity) -> Arc<LiveSession> {
        let negotiated = self.negotiated();
        let dialect = negotiated.dialect.map_or("", Dialect::as_str);
        let signs = security.signing.is_some() && security.signing_required;
        let signing = signs.then(|| negotiated.signing.as_str().to_owned());
        let cipher = negotiated.cipher.filter(|_| security.encrypt_data);
        let shown = Shown {
            dialect: dialect.to_owned(),
            signing,
            cipher: cipher.map(|cipher| cipher.as_str().to_owned()),
            authentication: proven.method.to_owned(),
            client: proven.client.clone(),
            key: None,
        };
        let user = proven.principal.user.map(|user| user.0);
        self.context
            .sessions
            .register(Protocol::Smb, &proven.principal.name, user, self.peer, shown)
    }
}
