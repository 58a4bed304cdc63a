//! Log-in tokens: SPNEGO around NTLM ([MS-SPNG], [MS-NLMP]), or NTLM alone. Sans-I/O: tokens in, tokens and
//! questions out. This is the seam behind which a second mechanism (Kerberos) can stand: it ends in a person
//! and a session key too.

mod ntlm;
mod spnego;

use thiserror::Error;
use zeroize::Zeroizing;

use self::ntlm::{Authenticate, Challenge};
use self::spnego::{Initial, NegState};
use crate::identity::NtHash;

pub use ntlm::client as ntlm_client;
pub use spnego::negotiate_token;

/// What a log-in needs to begin with; time and randomness come from outside.
#[derive(Debug, Clone)]
pub struct AcceptorConfig {
    /// The name clients are told.
    pub computer_name: String,
    /// Random.
    pub challenge: [u8; 8],
    /// Now, as FILETIME.
    pub now_filetime: u64,
}

/// Why a log-in failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AuthFailure {
    /// The token breaks its own format.
    #[error("the log-in token is malformed")]
    Malformed,
    /// A token that does not belong here.
    #[error("the log-in token is out of order")]
    OutOfOrder,
    /// No mechanism in common.
    #[error("the client offers no NTLM log-in")]
    NoMechanism,
    /// NTLMv1 or LM.
    #[error("the client uses NTLMv1, which is not accepted")]
    TooOld,
    /// The proof does not fit the password.
    #[error("the password is wrong")]
    WrongProof,
    /// The message integrity code is wrong: someone changed the exchange.
    #[error("the exchange was tampered with")]
    Tampered,
}

/// What a token leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Answer with this and wait for more.
    Continue(Vec<u8>),
    /// Prove with the NT hash of this person.
    NeedsNtHash {
        /// As the client sent it.
        user: String,
        /// As the client sent it.
        domain: String,
        /// What the client calls itself.
        workstation: String,
    },
    /// The client wants in without a name.
    Anonymous,
}

/// A proven log-in.
pub struct Accepted {
    /// The session's key.
    pub session_key: Zeroizing<[u8; 16]>,
    /// The last token.
    pub reply: Vec<u8>,
    /// The client sent a message integrity code.
    pub mic: bool,
    /// The service that the client meant to log in to, as in `cifs/server`.
    pub target: Option<String>,
}

impl std::fmt::Debug for Accepted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accepted")
            .field("mic", &self.mic)
            .finish_non_exhaustive()
    }
}

/// The server's side of one log-in.
#[derive(Debug)]
pub struct Acceptor {
    config: AcceptorConfig,
    /// Tokens are wrapped in SPNEGO; decided by the first.
    wrapped: bool,
    /// The client's list of mechanisms, which the MIC protects.
    mech_types: Vec<u8>,
    /// The client's MIC over that list.
    mech_list_mic: Option<Vec<u8>>,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    /// NTLM was chosen; its first message is still to come.
    Chosen,
    Challenged(Challenge),
    Proving(Challenge, Authenticate),
    Done,
}

impl Acceptor {
    /// A log-in that has not begun.
    pub fn new(config: AcceptorConfig) -> Self {
        Self {
            config,
            wrapped: false,
            mech_types: Vec::new(),
            mech_list_mic: None,
            state: State::Start,
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// See [`AuthFailure`].
    pub fn step(&mut self, token: &[u8]) -> Result<Step, AuthFailure> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Start => self.first(token),
            State::Chosen => {
                let message = if ntlm::is_ntlm(token) {
                    Some(token)
                } else {
                    spnego::parse_response(token)?.token
                };
                // The mechanism was named when it was chosen, and is named once.
                self.negotiate(message.ok_or(AuthFailure::Malformed)?, false)
            }
            State::Challenged(challenge) => self.authenticate(challenge, token),
            State::Proving(..) | State::Done => Err(AuthFailure::OutOfOrder),
        }
    }

    fn first(&mut self, token: &[u8]) -> Result<Step, AuthFailure> {
        if token.is_empty() {
            return Ok(Step::Anonymous);
        }
        if ntlm::is_ntlm(token) {
            return self.negotiate(token, true);
        }
        self.wrapped = true;
        let Initial {
            mech_types,
            first_is_ntlm,
            offers_ntlm,
            token,
        } = spnego::parse_initial(token)?;
        self.mech_types = mech_types.to_vec();
        match token {
            _ if !offers_ntlm => Err(AuthFailure::NoMechanism),
            Some(token) if first_is_ntlm && ntlm::is_ntlm(token) => self.negotiate(token, true),
            // The client's first choice is another mechanism, or it sent no token with its choice.
            _ => {
                self.state = State::Chosen;
                Ok(Step::Continue(spnego::response(
                    NegState::AcceptIncomplete,
                    true,
                    None,
                    None,
                )))
            }
        }
    }

    fn negotiate(&mut self, message: &[u8], name_mechanism: bool) -> Result<Step, AuthFailure> {
        // A client that goes straight to the last message has nothing to be challenged with.
        if ntlm::message_type(message) == Some(ntlm::AUTHENTICATE) {
            let authenticate = Authenticate::parse(message)?;
            return if authenticate.is_anonymous() {
                Ok(Step::Anonymous)
            } else {
                Err(AuthFailure::OutOfOrder)
            };
        }
        let challenge = Challenge::answer(message, &self.config)?;
        let reply = if self.wrapped {
            spnego::response(
                NegState::AcceptIncomplete,
                name_mechanism,
                Some(challenge.bytes()),
                None,
            )
        } else {
            challenge.bytes().to_vec()
        };
        self.state = State::Challenged(challenge);
        Ok(Step::Continue(reply))
    }

    fn authenticate(&mut self, challenge: Challenge, token: &[u8]) -> Result<Step, AuthFailure> {
        let message = if self.wrapped && !ntlm::is_ntlm(token) {
            let response = spnego::parse_response(token)?;
            self.mech_list_mic = response.mic.map(<[u8]>::to_vec);
            response.token.ok_or(AuthFailure::Malformed)?
        } else {
            token
        };
        let authenticate = Authenticate::parse(message)?;
        if authenticate.is_anonymous() {
            return Ok(Step::Anonymous);
        }
        let step = Step::NeedsNtHash {
            user: authenticate.user.clone(),
            domain: authenticate.domain.clone(),
            workstation: authenticate.workstation.clone(),
        };
        self.state = State::Proving(challenge, authenticate);
        Ok(step)
    }

    /// Checks the proof against the person's NT hash.
    ///
    /// # Errors
    /// See [`AuthFailure`].
    pub fn prove(&mut self, nt_hash: &NtHash) -> Result<Accepted, AuthFailure> {
        let State::Proving(challenge, authenticate) = std::mem::replace(&mut self.state, State::Done) else {
            return Err(AuthFailure::OutOfOrder);
        };
        let proven = ntlm::prove(&challenge, &authenticate, nt_hash)?;
        let mut mic = None;
        if let Some(sent) = &self.mech_list_mic {
            if !proven.verify_client_mic(&self.mech_types, sent) {
                return Err(AuthFailure::Tampered);
            }
            mic = Some(proven.server_mic(&self.mech_types));
        }
        Ok(Accepted {
            reply: self.completed(mic.as_ref().map(<[u8; 16]>::as_slice)),
            mic: authenticate.has_mic(),
            target: authenticate.target_name(),
            session_key: proven.session_key,
        })
    }

    /// Whether the client sent a proof that nothing here is compared with: LM or NTLMv1.
    pub fn is_ntlm_v1(&self) -> bool {
        matches!(&self.state, State::Proving(_, authenticate) if authenticate.is_ntlm_v1())
    }

    /// Whether the proof is that of this NT hash; the log-in goes on either way.
    pub fn fits(&self, nt_hash: &NtHash) -> bool {
        matches!(&self.state, State::Proving(challenge, sent) if ntlm::fits(challenge, sent, nt_hash))
    }

    /// Whether the client proved an empty password.
    pub fn has_empty_password(&self) -> bool {
        let says_nothing =
            matches!(&self.state, State::Proving(_, authenticate) if authenticate.has_no_response());
        says_nothing || self.fits(&NtHash::of(""))
    }

    /// The last token for a client that comes in as a guest.
    pub fn accept_guest(&mut self) -> Vec<u8> {
        self.state = State::Done;
        self.completed(None)
    }

    fn completed(&self, mic: Option<&[u8]>) -> Vec<u8> {
        if self.wrapped {
            spnego::response(NegState::AcceptCompleted, false, None, mic)
        } else {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests;
