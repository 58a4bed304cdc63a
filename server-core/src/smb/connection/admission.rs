//! What must hold before a request runs ([MS-SMB2] 3.3.5.2.4 to 3.3.5.2.11): its session, its signature or
//! encryption, its tree. Requests about the connection or the session alone are answered here.

use std::rc::Rc;
use std::sync::Arc;

use super::answers::Signature;
use super::{Connection, login, negotiate};
use crate::identity::Permission;
use crate::smb::commands::{Outcome, Refusal, Related, Reply, place_of_file_id};
use crate::smb::crypto::SigningKey;
use crate::smb::settings::Dialect;
use crate::smb::state::{Binding, End, NotAvailable, OpenFile, Outstanding, Sequenced, Session, Tree};
use crate::smb::status::NtStatus;
use crate::smb::wire::body::Body;
use crate::smb::wire::echo::EchoResponse;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::header::{Command, Header, HeaderFlags};
use crate::smb::wire::ids::{SessionId, TreeId};
use crate::smb::wire::logoff::LogoffResponse;
use crate::smb::wire::session_setup::{FLAG_BINDING, SessionSetupRequest};

/// One request of a chain.
pub(super) struct Element<'a> {
    pub(super) connection: &'a Connection,
    pub(super) header: Header,
    /// The session that the frame was encrypted for.
    pub(super) encrypted: Option<SessionId>,
    pub(super) position: usize,
    pub(super) message: &'a mut [u8],
}

/// What a chain hands from one request to the next.
#[derive(Debug, Default)]
pub(super) struct Inherited {
    pub(super) session_id: SessionId,
    pub(super) tree_id: TreeId,
    pub(super) related: Option<Related>,
    /// There was a SESSION_SETUP: no client sends two in a chain, which would be a cheap way to try many.
    has_set_up: bool,
    /// There was no session or tree to hand on ([MS-SMB2] 3.3.5.2.7.2).
    broken: bool,
}

impl Inherited {
    /// What TREE_CONNECT came to is handed on: the tree, or that there is none.
    pub(super) fn take_tree(&mut self, connected: Result<Arc<Tree>, Refusal>) -> Outcome {
        self.broken = connected.is_err();
        self.tree_id = connected?.id;
        Ok(NtStatus::SUCCESS)
    }
}

/// What is left to do for a request.
pub(super) enum Work {
    /// Nothing: the response is there.
    Answered(NtStatus),
    /// A command on a tree.
    Command(Admitted),
    /// TREE_CONNECT on a session.
    TreeConnect(Rc<Binding>),
}

/// A command on a tree, with all that it names.
pub(super) struct Admitted {
    pub(super) command: Command,
    pub(super) binding: Rc<Binding>,
    pub(super) tree: Arc<Tree>,
    /// The open that its FileId names, or what is wrong with it.
    pub(super) file: Result<Arc<OpenFile>, NtStatus>,
    /// Counts the request on its open until it is answered.
    pub(super) outstanding: Option<Outstanding>,
}

impl Element<'_> {
    /// Lets the request in, or refuses it. `signature` tells how the response is to be signed either way.
    pub(super) fn admit(
        &mut self,
        reply: &mut Reply,
        inherited: &mut Inherited,
        signature: &mut Signature,
    ) -> Result<Work, Refusal> {
        let inherits = self.inherit(inherited);
        *signature = self.signature_of_refusal(inherited.session_id);
        inherits?;
        let command = Command::from_code(self.header.command);
        if self.connection.negotiated().dialect.is_none() && command != Some(Command::Negotiate) {
            return Err(Refusal::disconnect());
        }
        match command {
            Some(Command::Negotiate) => {
                return negotiate::handle(self.connection, self.message, reply).map(Work::Answered);
            }
            Some(Command::SessionSetup) => {
                return self
                    .session_setup(reply, inherited, signature)
                    .map(Work::Answered);
            }
            Some(Command::Echo) if inherited.session_id == SessionId::NONE => {
                return answer_echo(reply).map(Work::Answered);
            }
            _ => {}
        }
        let Some(binding) = self.connection.binding(inherited.session_id) else {
            inherited.broken = true;
            return Err(NtStatus::USER_SESSION_DELETED.into());
        };
        let session = &binding.session;
        self.check_protection(&binding, signature)?;
        session.live.touch();
        let command = command.ok_or(NtStatus::INVALID_PARAMETER)?;
        check_expiry(session, command)?;
        match command {
            Command::Echo => return answer_echo(reply).map(Work::Answered),
            Command::Logoff => {
                session.end(End::Left);
                reply.respond(&LogoffResponse);
                return Ok(Work::Answered(NtStatus::SUCCESS));
            }
            Command::TreeConnect => return Ok(Work::TreeConnect(binding)),
            _ => {}
        }
        let Some(tree) = session.tree(inherited.tree_id) else {
            inherited.broken = true;
            return Err(NtStatus::NETWORK_NAME_DELETED.into());
        };
        if command != Command::TreeDisconnect && command != Command::Close {
            check_tree(&tree, self.encrypted.is_some())?;
        }
        let mut outstanding = None;
        let file = self
            .find_open(command, session, tree.id, inherited.related)
            .and_then(|file| {
                file.note_use();
                outstanding = self.check_channel_sequence(command, &file)?;
                Ok(file)
            });
        Ok(Work::Command(Admitted {
            command,
            binding,
            tree,
            file,
            outstanding,
        }))
    }

    /// What comes late, after the client lost a channel, changes no file any more ([MS-SMB2] 3.3.5.2.10).
    fn check_channel_sequence(
        &self,
        command: Command,
        file: &Arc<OpenFile>,
    ) -> Result<Option<Outstanding>, NtStatus> {
        if self.connection.negotiated().dialect < Some(Dialect::Smb300) {
            return Ok(None);
        }
        let request = Sequenced {
            sequence: self.header.channel_sequence(),
            is_replay: self.header.flags.contains(HeaderFlags::REPLAY),
            changes: matches!(command, Command::Write | Command::SetInfo | Command::Ioctl),
        };
        Outstanding::begin(file, request).map_err(|NotAvailable| NtStatus::FILE_NOT_AVAILABLE)
    }

    /// The open that a request means: that of its own FileId, or of the request that it is related to
    /// ([MS-SMB2] 3.3.5.2.7.2).
    fn find_open(
        &self,
        command: Command,
        session: &Session,
        tree_id: TreeId,
        related: Option<Related>,
    ) -> Result<Arc<OpenFile>, NtStatus> {
        let place = place_of_file_id(command).ok_or(NtStatus::INVALID_PARAMETER)?;
        let own = FileId::parse(self.message, place).map_err(|_| NtStatus::INVALID_PARAMETER)?;
        let id = match related {
            Some(Related::File(id)) => id,
            Some(Related::Failed(status)) if own == FileId::RELATED => return Err(status),
            _ => own,
        };
        session.opens.get(id, tree_id).ok_or(NtStatus::FILE_CLOSED)
    }

    /// Takes over what a related request gets from the one before it.
    fn inherit(&self, inherited: &mut Inherited) -> Result<(), Refusal> {
        if !self.header.flags.contains(HeaderFlags::RELATED) {
            *inherited = Inherited {
                session_id: self.header.session_id,
                tree_id: self.header.tree_id,
                has_set_up: inherited.has_set_up,
                ..Inherited::default()
            };
        } else if self.position == 0 {
            // There is none before it.
            *inherited = Inherited {
                session_id: self.header.session_id,
                broken: true,
                ..Inherited::default()
            };
        }
        if inherited.broken {
            Err(NtStatus::INVALID_PARAMETER.into())
        } else {
            Ok(())
        }
    }

    /// A log-in, or its renewal on a session that exists; the latter is protected like any other request.
    fn session_setup(
        &mut self,
        reply: &mut Reply,
        inherited: &mut Inherited,
        signature: &mut Signature,
    ) -> Outcome {
        if std::mem::replace(&mut inherited.has_set_up, true) {
            return Err(Refusal::disconnect());
        }
        if let Some(binding) = self.connection.binding(self.header.session_id) {
            self.check_renewal(&binding, signature)?;
        }
        self.connection.count_step()?;
        let to_be_bound = self.check_binding(signature);
        if to_be_bound.is_err() {
            self.connection.give_up_log_in(self.header.session_id);
        }
        let to_be_bound = to_be_bound?;
        let step = login::step(
            self.connection,
            &self.header,
            self.message,
            to_be_bound.as_ref(),
            reply,
        )?;
        inherited.session_id = step.session_id;
        if let Some(key) = step.signing {
            *signature = Signature::By(key);
        }
        if step.status.is_error() && step.status != NtStatus::MORE_PROCESSING_REQUIRED {
            return Err(step.status.into());
        }
        Ok(step.status)
    }

    /// The session that the request asks to bind to this connection, if it asks for that.
    fn check_binding(&mut self, signature: &mut Signature) -> Result<Option<Arc<Session>>, Refusal> {
        if SessionSetupRequest::parse(self.message)?.flags & FLAG_BINDING == 0 {
            return Ok(None);
        }
        let connection = self.connection;
        if connection.binding(self.header.session_id).is_some() {
            return Err(NtStatus::REQUEST_NOT_ACCEPTED.into());
        }
        if !self.is_signed() {
            return Err(NtStatus::INVALID_PARAMETER.into());
        }
        let (session, key) = connection.to_be_bound(self.header.session_id)?;
        self.verify(key, signature)?;
        connection.check_likeness(&session)?;
        Ok(Some(session))
    }

    fn check_renewal(&mut self, binding: &Binding, signature: &mut Signature) -> Result<(), Refusal> {
        if self.header.session_id != SessionId::NONE && self.encrypted == Some(binding.session.id) {
            return Ok(());
        }
        self.check_signature(binding, signature)
    }

    /// Signature or encryption as the session demands ([MS-SMB2] 3.3.5.2.4, 3.3.5.2.9).
    fn check_protection(&mut self, binding: &Binding, signature: &mut Signature) -> Result<(), Refusal> {
        match self.encrypted {
            Some(encrypted_for) if encrypted_for == binding.session.id => Ok(()),
            Some(_) => Err(NtStatus::ACCESS_DENIED.into()),
            None if binding.session.security.encrypt_data => Err(NtStatus::ACCESS_DENIED.into()),
            None => self.check_signature(binding, signature),
        }
    }

    fn check_signature(&mut self, binding: &Binding, signature: &mut Signature) -> Result<(), Refusal> {
        match binding.channel.signing.clone() {
            Some(key) if self.is_signed() => self.verify(key, signature),
            Some(_) if binding.session.security.signing_required => Err(NtStatus::ACCESS_DENIED.into()),
            // A guest has no key, whatever its flag says.
            _ => {
                *signature = Signature::None;
                Ok(())
            }
        }
    }

    fn verify(&mut self, key: Arc<SigningKey>, signature: &mut Signature) -> Result<(), Refusal> {
        if !key.verify(self.message) {
            tracing::info!(peer = %self.connection.peer, "a request with a wrong signature was refused");
            return Err(NtStatus::ACCESS_DENIED.into());
        }
        *signature = Signature::By(key);
        Ok(())
    }

    /// A client that signs expects even a refusal to be signed, and one of a session that has logged off.
    fn signature_of_refusal(&self, session_id: SessionId) -> Signature {
        if !self.is_signed() || self.header.session_id == SessionId::NONE {
            return Signature::None;
        }
        let key = match self.connection.binding(session_id) {
            Some(binding) => binding.channel.signing.clone(),
            None => self.connection.key_of_ended(session_id),
        };
        key.map_or(Signature::Empty, Signature::By)
    }

    fn is_signed(&self) -> bool {
        self.header.flags.contains(HeaderFlags::SIGNED)
    }
}

/// An expired session may tidy up and nothing else, until it is renewed ([MS-SMB2] 3.3.5.2.9).
fn check_expiry(session: &Session, command: Command) -> Result<(), Refusal> {
    if session.has_expired() && !matches!(command, Command::Logoff | Command::Close | Command::Lock) {
        return Err(NtStatus::NETWORK_SESSION_EXPIRED.into());
    }
    Ok(())
}

/// The share still exists, the person may still enter it, and encryption is as the share demands.
fn check_tree(tree: &Tree, encrypted: bool) -> Result<(), Refusal> {
    let Some(view) = tree.disk() else { return Ok(()) };
    if !view.is_live() {
        return Err(NtStatus::NETWORK_NAME_DELETED.into());
    }
    if view.grant().permission() == Permission::None || view.settings().encrypt && !encrypted {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    Ok(())
}

fn answer_echo(reply: &mut Reply) -> Outcome {
    reply.respond(&EchoResponse);
    Ok(NtStatus::SUCCESS)
}
