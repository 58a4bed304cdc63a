//! SESSION_SETUP ([MS-SMB2] 3.3.5.5): the steps of a log-in.

use std::net::IpAddr;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Connection;
use super::relay::MeantFor;
use crate::identity::{AuthError, Principal, login_name};
use crate::live::{ActivityKind, ActivityRecord, Event, Protocol, client_name};
use crate::smb::auth::{Acceptor, AcceptorConfig, AuthFailure, Step};
use crate::smb::commands::{Refusal, Reply};
use crate::smb::crypto::{PreauthHash, SigningKey};
use crate::smb::state::{End, Session};
use crate::smb::status::NtStatus;
use crate::smb::wire::body::Body;
use crate::smb::wire::header::{Command, Header, HeaderFlags};
use crate::smb::wire::ids::SessionId;
use crate::smb::wire::session_setup::{IS_GUEST, IS_NULL, SessionSetupRequest, SessionSetupResponse};
use crate::vfs::FileTime;

pub(super) const SIGNING_REQUIRED: u8 = 2;
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
    pub(super) preauth: PreauthHash,
    /// It is to bind a session that there is.
    binds: bool,
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
pub(super) struct Proven {
    pub(super) principal: Principal,
    pub(super) key: Option<Zeroizing<[u8; 16]>>,
    pub(super) token: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: &'static str,
    /// What the client calls itself.
    pub(super) client: Option<String>,
    pub(super) meant_for: MeantFor,
}

/// One SESSION_SETUP. On an existing session, or one `to_be_bound`, it was found to be protected as it must be.
pub(super) fn step(
    connection: &Connection,
    header: &Header,
    message: &[u8],
    to_be_bound: Option<&Arc<Session>>,
    reply: &mut Reply,
) -> Result<Stepped, Refusal> {
    let request = SessionSetupRequest::parse(message)?;
    if request.security_buffer.len() > LONGEST_TOKEN {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let (session_id, mut login) = connection.begin_or_continue(header.session_id, to_be_bound)?;
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
        Ok(Progressed::Proven(proven)) => match to_be_bound {
            Some(session) => connection.bind(session, &login, &proven, reply),
            None => connection.establish(session_id, &request, &login, *proven, reply),
        },
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
            meant_for: MeantFor::of(&accepted, &names, connection.way.map(|way| way.local)),
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

pub(super) fn refusal(error: &AuthError) -> NtStatus {
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
    pub(super) fn address(&self) -> IpAddr {
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
    pub(super) fn count_step(&self) -> Result<(), Refusal> {
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
    fn begin_or_continue(
        &self,
        session_id: SessionId,
        to_be_bound: Option<&Arc<Session>>,
    ) -> Result<(SessionId, Login), Refusal> {
        let is_new = session_id == SessionId::NONE;
        let binds = to_be_bound.is_some();
        if !is_new {
            if let Some(login) = self.logins.borrow_mut().remove(&session_id) {
                if login.binds != binds {
                    return Err(NtStatus::INVALID_PARAMETER.into());
                }
                return Ok((session_id, login));
            }
            if !binds && self.session(session_id).is_none() {
                return Err(NtStatus::USER_SESSION_DELETED.into());
            }
        }
        let limit = self.settings().sessions_per_connection;
        let sessions = self.bindings.borrow().len();
        let most = match sessions {
            0 => MAX_UNFINISHED_OF_STRANGERS,
            _ => MAX_UNFINISHED,
        };
        if (is_new || binds) && sessions >= limit || self.logins.borrow().len() >= most {
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
                binds,
            },
        ))
    }

    /// A log-in under way can't go on.
    pub(super) fn give_up_log_in(&self, session_id: SessionId) {
        self.logins.borrow_mut().remove(&session_id);
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
}
