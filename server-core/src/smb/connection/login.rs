//! SESSION_SETUP ([MS-SMB2] 3.3.5.5): the steps of a log-in, and the session that comes of it.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Connection;
use super::relay::MeantFor;
use crate::identity::{AuthError, Principal, login_name};
use crate::live::{
    ActivityKind, ActivityRecord, Event, LiveSession, Protocol, SessionSecurity as Shown, client_name,
};
use crate::net::{NoPlace, Visitor};
use crate::smb::auth::{Acceptor, AcceptorConfig, AuthFailure, Step};
use crate::smb::commands::{Refusal, Reply};
use crate::smb::crypto::{CipherKey, PreauthHash, SessionKeys, SigningKey};
use crate::smb::settings::{Dialect, Encryption};
use crate::smb::state::{End, NewChannel, NewSession, Session, SessionCiphers, SessionSecurity};
use crate::smb::status::NtStatus;
use crate::smb::wire::body::Body;
use crate::smb::wire::header::{Command, Header, HeaderFlags};
use crate::smb::wire::ids::SessionId;
use crate::smb::wire::session_setup::{
    ENCRYPT_DATA, FLAG_BINDING, IS_GUEST, IS_NULL, SessionSetupRequest, SessionSetupResponse,
};
use crate::vfs::{Caller, FileTime};

const SIGNING_REQUIRED: u8 = 2;
/// Log-ins begun and not finished on one connection, and on one without a session.
const MAX_UNFINISHED: usize = 16;
const MAX_UNFINISHED_OF_STRANGERS: usize = 2;
/// Steps of log-ins on a connection without a session. Clients try two or three passwords, of two or three steps each.
const MAX_STEPS_OF_STRANGERS: u32 = 32;
/// Names that guests come by.
const GUESTS: [&str; 2] = ["guest", "nobody"];
/// The longest token: those of real clients have a few hundred bytes, with Kerberos tickets a few thousand.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A log-in under way.
#[derive(Debug)]
pub(super) struct Login {
    acceptor: Acceptor,
    preauth: PreauthHash,
}

/// What a step came to.
#[derive(Debug)]
pub(super) struct Stepped {
    pub(super) status: NtStatus,
    pub(super) session_id: SessionId,
    /// The key that signs the response.
    pub(super) signing: Option<Arc<SigningKey>>,
}

/// Who logged in, and with what key.
struct Proven {
    principal: Principal,
    key: Option<Zeroizing<[u8; 16]>>,
    token: Vec<u8>,
    flags: u16,
    method: &'static str,
    /// What the client calls itself.
    client: Option<String>,
    meant_for: MeantFor,
}

/// One SESSION_SETUP. On an existing session it was found to be protected as it must be.
pub(super) fn step(
    connection: &Connection,
    header: &Header,
    message: &[u8],
    reply: &mut Reply,
) -> Result<Stepped, Refusal> {
    let request = SessionSetupRequest::parse(message)?;
    if request.flags & FLAG_BINDING != 0 {
        // Binding needs multichannel, which is not offered.
        return Err(NtStatus::REQUEST_NOT_ACCEPTED.into());
    }
    connection.count_step()?;
    if request.security_buffer.len() > LONGEST_TOKEN {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let (session_id, mut login) = connection.begin_or_continue(header.session_id)?;
    login.preauth.update(message);
    match authenticate(connection, &mut login, request.security_buffer) {
        Ok(Progressed::Continue(token)) => {
            reply.respond(&SessionSetupResponse {
                session_flags: 0,
                security_buffer: &token,
            });
            connection.logins.borrow_mut().insert(session_id, login);
            Ok(Stepped {
                status: NtStatus::MORE_PROCESSING_REQUIRED,
                session_id,
                signing: None,
            })
        }
        Ok(Progressed::Proven(proven)) => connection.establish(session_id, &request, &login, *proven, reply),
        Err(status) => {
            // A renewal that fails is the end of the session ([MS-SMB2] 3.3.5.5.3).
            if let Some(session) = connection.session(session_id) {
                session.end(End::Closed);
            }
            Ok(Stepped {
                status,
                session_id,
                signing: None,
            })
        }
    }
}

enum Progressed {
    Continue(Vec<u8>),
    Proven(Box<Proven>),
}

impl Progressed {
    fn guest(principal: Principal, token: Vec<u8>, flags: u16, client: Option<String>) -> Self {
        Self::Proven(Box::new(Proven {
            principal,
            key: None,
            token,
            flags,
            method: if flags == IS_NULL { "anonymous" } else { "guest" },
            client,
            meant_for: MeantFor::Us,
        }))
    }
}

fn authenticate(connection: &Connection, login: &mut Login, token: &[u8]) -> Result<Progressed, NtStatus> {
    match login.acceptor.step(token) {
        Ok(Step::Continue(token)) => Ok(Progressed::Continue(token)),
        Ok(Step::Anonymous) => {
            let principal = connection
                .context
                .identity
                .guest()
                .ok_or_else(|| connection.refuse_anonymous())?;
            let token = login.acceptor.accept_guest();
            Ok(Progressed::guest(principal, token, IS_NULL, None))
        }
        Ok(Step::NeedsNtHash {
            user, workstation, ..
        }) => prove(connection, login, &user, client_name(&workstation)),
        Err(failure) => {
            tracing::debug!(peer = %connection.peer, %failure, "a log-in could not be understood");
            let why = match failure {
                AuthFailure::NoMechanism => {
                    "a log-in was refused: the device offers no NTLM, only Kerberos or the like"
                }
                _ => "a log-in was refused: it could not be understood",
            };
            connection.report(ActivityKind::LogInRefused, None, why);
            Err(match failure {
                AuthFailure::Malformed => NtStatus::INVALID_PARAMETER,
                _ => NtStatus::LOGON_FAILURE,
            })
        }
    }
}

fn prove(
    connection: &Connection,
    login: &mut Login,
    given: &str,
    client: Option<String>,
) -> Result<Progressed, NtStatus> {
    let identity = &connection.context.identity;
    let from = connection.address();
    let name = login_name(given);
    if let Some(guest) = guest(connection, login, name) {
        let token = login.acceptor.accept_guest();
        return Ok(Progressed::guest(guest, token, IS_GUEST, client));
    }
    let refuse = |error: &AuthError| {
        identity.failed(name, from, Protocol::Smb, error);
        Err(refusal(error))
    };
    if login.acceptor.is_ntlm_v1() {
        // Before anything is looked up: nothing is compared, so nothing is counted.
        return refuse(&AuthError::OnlyNtlmV1);
    }
    let candidate = match identity.nt_candidate(name, from) {
        Ok(candidate) => candidate,
        Err(error) => return refuse(&error),
    };
    let fits_former = candidate
        .former()
        .is_some_and(|former| login.acceptor.fits(former));
    let accepted = match login.acceptor.prove(candidate.hash()) {
        Ok(accepted) => accepted,
        Err(failure) => {
            tracing::debug!(peer = %connection.peer, %failure, "the proof is wrong");
            match failure {
                AuthFailure::WrongProof => identity.disproven(name, from, &candidate, fits_former),
                AuthFailure::Tampered => identity.failed(name, from, Protocol::Smb, &AuthError::Tampered),
                AuthFailure::TooOld => identity.failed(name, from, Protocol::Smb, &AuthError::OnlyNtlmV1),
                AuthFailure::Malformed | AuthFailure::OutOfOrder | AuthFailure::NoMechanism => {
                    identity.failed(name, from, Protocol::Smb, &AuthError::NotUnderstood);
                }
            }
            return Err(NtStatus::LOGON_FAILURE);
        }
    };
    let settings = connection.settings();
    let names = [settings.computer_name.as_str(), settings.host_name.as_str()];
    match candidate.proven() {
        Ok(principal) => Ok(Progressed::Proven(Box::new(Proven {
            principal,
            flags: 0,
            method: "NTLMv2",
            client,
            meant_for: MeantFor::of(&accepted, &names, connection.local),
            key: Some(accepted.session_key),
            token: accepted.reply,
        }))),
        Err(error) => refuse(&error),
    }
}

/// The guest that a client comes in as where a share admits guests: it asks for one by name, or it has a name that
/// nobody has and no password. Somebody who mistyped their name has one, and hears that it is wrong.
fn guest(connection: &Connection, login: &Login, name: &str) -> Option<Principal> {
    let identity = &connection.context.identity;
    let guest = identity.guest()?;
    if identity.principal(name).is_some() {
        return None;
    }
    let by_name = GUESTS.iter().any(|guest| guest.eq_ignore_ascii_case(name));
    (by_name || login.acceptor.has_empty_password()).then_some(guest)
}

fn refusal(error: &AuthError) -> NtStatus {
    match error {
        AuthError::WrongCredentials
        | AuthError::UnknownKey
        | AuthError::OnlyNtlmV1
        | AuthError::Tampered
        | AuthError::NotUnderstood
        | AuthError::Store(_) => NtStatus::LOGON_FAILURE,
        AuthError::MeantForAnother(_) => NtStatus::ACCESS_DENIED,
        AuthError::Disabled => NtStatus::ACCOUNT_DISABLED,
        AuthError::ProtocolNotAllowed => NtStatus::ACCOUNT_RESTRICTION,
        AuthError::LockedOut(_) => NtStatus::ACCOUNT_LOCKED_OUT,
        AuthError::PasswordMustBeReset => NtStatus::PASSWORD_MUST_CHANGE,
    }
}

impl Connection {
    fn address(&self) -> IpAddr {
        self.peer.ip().to_canonical()
    }

    fn refuse_anonymous(&self) -> NtStatus {
        self.report(
            ActivityKind::LogInRefused,
            None,
            "a log-in without a name was refused: no share admits guests",
        );
        NtStatus::ACCESS_DENIED
    }

    /// Tells people who came or could not, and why, where `identity` had no part in it.
    pub(super) fn report(&self, kind: ActivityKind, name: Option<&str>, message: &str) {
        self.context.events.send(Event::Activity(ActivityRecord {
            protocol: Some(Protocol::Smb),
            user: name.map(str::to_owned),
            address: Some(self.address()),
            ..ActivityRecord::new(kind, message)
        }));
    }

    /// Who gets no session in so many steps is no client.
    fn count_step(&self) -> Result<(), Refusal> {
        let steps = match self.bindings.borrow().is_empty() {
            true => self.steps_without_session.get() + 1,
            false => 0,
        };
        self.steps_without_session.set(steps);
        if steps > MAX_STEPS_OF_STRANGERS {
            return Err(Refusal::disconnect());
        }
        Ok(())
    }

    /// The log-in that this message belongs to: a new one, the next step of one, or a renewal.
    fn begin_or_continue(&self, session_id: SessionId) -> Result<(SessionId, Login), Refusal> {
        let is_new = session_id == SessionId::NONE;
        if !is_new {
            if let Some(login) = self.logins.borrow_mut().remove(&session_id) {
                return Ok((session_id, login));
            }
            if self.session(session_id).is_none() {
                return Err(NtStatus::USER_SESSION_DELETED.into());
            }
        }
        let limit = self.settings().sessions_per_connection;
        let sessions = self.bindings.borrow().len();
        let most = match sessions {
            0 => MAX_UNFINISHED_OF_STRANGERS,
            _ => MAX_UNFINISHED,
        };
        if is_new && sessions >= limit || self.logins.borrow().len() >= most {
            return Err(NtStatus::INSUFFICIENT_RESOURCES.into());
        }
        let mut challenge = [0; 8];
        getrandom::fill(&mut challenge).map_err(|_| NtStatus::INTERNAL_ERROR)?;
        let acceptor = Acceptor::new(AcceptorConfig {
            computer_name: self.settings().computer_name.clone(),
            challenge,
            now_filetime: FileTime::now().0,
        });
        let id = if is_new {
            self.context.table.fresh_id()
        } else {
            session_id
        };
        Ok((
            id,
            Login {
                acceptor,
                preauth: self.preauth.borrow().clone(),
            },
        ))
    }

    /// A response that is not the last of a log-in belongs to its hash.
    pub(super) fn note_login_response(&self, response: &[u8]) {
        let Ok(header) = Header::parse(response) else {
            return;
        };
        if header.command == Command::SessionSetup as u16
            && header.status == NtStatus::MORE_PROCESSING_REQUIRED.0
            && !header.flags.contains(HeaderFlags::ASYNC)
            && let Some(login) = self.logins.borrow_mut().get_mut(&header.session_id)
        {
            login.preauth.update(response);
        }
    }

    fn establish(
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
        let (security, signing) = self.derive(&proven, dialect, login, request);
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
        let visitor = match proven.principal.user {
            Some(user) => Visitor::Person(user.0),
            None => Visitor::Guest,
        };
        self.place
            .logged_in(visitor)
            .map_err(|NoPlace| NtStatus::INSUFFICIENT_RESOURCES)?;
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
        let live = self.register(&proven, &security, signing.is_some());
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
        let channel = NewChannel {
            signing: signing.clone(),
            notices: self.notices.clone(),
            peer: self.peer,
        };
        let binding = session.bind(channel).ok_or(NtStatus::USER_SESSION_DELETED)?;
        // The first who logs in here is whom the connection's own work is charged to.
        self.usage
            .borrow_mut()
            .get_or_insert_with(|| Arc::clone(session.live.usage()));
        self.context.table.insert(&session);
        // The settings may have changed since they were looked at, before the session could be found by who changed them.
        if !session.meets(&self.settings()) {
            session.live.closing().cancel();
        }
        self.bindings.borrow_mut().insert(session_id, Rc::new(binding));
        self.had_session.set(true);
        Ok(Stepped {
            status: NtStatus::SUCCESS,
            session_id,
            signing,
        })
    }

    /// What the session demands and encrypts with, and the key that signs on this connection; a guest has none.
    fn derive(
        &self,
        proven: &Proven,
        dialect: Dialect,
        login: &Login,
        request: &SessionSetupRequest<'_>,
    ) -> (SessionSecurity, Option<Arc<SigningKey>>) {
        let Some(key) = &proven.key else {
            let security = SessionSecurity {
                dialect,
                has_key: false,
                signing_required: false,
                ciphers: None,
                encrypt_data: false,
            };
            return (security, None);
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
        let security = SessionSecurity {
            dialect,
            has_key: true,
            signing_required,
            encrypt_data: must_encrypt && ciphers.is_some(),
            ciphers,
        };
        let signing = SigningKey::new(negotiated.signing, keys.signing());
        (security, Some(Arc::new(signing)))
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

    fn register(&self, proven: &Proven, security: &SessionSecurity, has_key: bool) -> Arc<LiveSession> {
        let negotiated = self.negotiated();
        let dialect = negotiated.dialect.map_or("", Dialect::as_str);
        let signs = has_key && security.signing_required;
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
