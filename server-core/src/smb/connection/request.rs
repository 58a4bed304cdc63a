//! One request of a chain: let in, run, answered. It may have to wait, for the disk or for others: the rest of its chain
//! waits with it then. The last of a chain is answered by an interim response when it takes long, and the answers
//! before it go ahead ([MS-SMB2] 3.3.4.2).

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tracing::field::Empty;
use tracing::{Level, Span};

use super::admission::{Admitted, Element, Inherited, Work};
use super::answers::{Answers, Concluded, EncryptedFor, LONGEST, Signature, interim};
use super::chain::Disconnect;
use super::waiting::{Progress, Wait, Weight};
use crate::smb::commands::{self, Call, Outcome, Refusal, Related, tree_connect};
use crate::smb::state::{Binding, Tree};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{u16_at, u32_at};
use crate::smb::wire::header::{Command, HEADER_SIZE, HeaderFlags};
use crate::smb::wire::ids::{AsyncId, SessionId};

/// Bytes that one credit pays for.
const CREDIT_BYTES: u32 = 65_536;
/// What takes no longer is not worth an interim response. Timers are no finer.
const INTERIM_AFTER: Duration = Duration::from_millis(1);

/// Where clients take the first response for the answer, they are left to wait for it as long as they do without fear.
const LATE_INTERIM_AFTER: Duration = Duration::from_secs(1);

/// A request on its way through.
pub(super) struct Request<'a> {
    pub(super) element: Element<'a>,
    /// Granted for it.
    pub(super) credits: u16,
    pub(super) is_last: bool,
    pub(super) encrypted: &'a EncryptedFor,
    pub(super) progress: &'a Progress,
}

impl Request<'_> {
    /// What is logged of the request; `inherited` is the session of the one before it in the chain.
    pub(super) fn span(&self, inherited: SessionId) -> Span {
        let Element {
            connection,
            header,
            message,
            ..
        } = &self.element;
        let is_related = header.flags.contains(HeaderFlags::RELATED);
        let session_id = if is_related { inherited } else { header.session_id };
        tracing::trace_span!(
            parent: connection.span_of(session_id),
            "request",
            command = Command::from_code(header.command).map(tracing::field::debug),
            message_id = %header.message_id,
            bytes_in = message.len(),
            bytes_out = Empty,
            status = Empty,
            waited_ms = Empty,
        )
    }

    /// Runs the request and adds its response to `answers`.
    pub(super) async fn run(
        mut self,
        answers: &mut Answers,
        inherited: &mut Inherited,
    ) -> Result<(), Disconnect> {
        // What may have to wait is answered apart, so that the answers before it can go ahead.
        let apart = self.is_last && !answers.is_empty();
        let mut before = apart.then(|| std::mem::replace(answers, Answers::new()));
        let mut signature = Signature::None;
        self.progress.begin(&self.element.header);
        answers.begin();
        let outcome = if answers.has_room(before.as_ref()) {
            match self.element.admit(&mut answers.reply, inherited, &mut signature) {
                Ok(Work::Answered(status)) => Ok(status),
                Ok(Work::Command(admitted)) => {
                    self.run_command(admitted, answers, &mut before, inherited.session_id)
                        .await
                }
                Ok(Work::TreeConnect(binding)) => {
                    let connected = self.connect_tree(&binding, answers, &mut before).await;
                    inherited.take_tree(connected)
                }
                Err(refusal) => Err(refusal),
            }
        } else {
            Err(NtStatus::INSUFFICIENT_RESOURCES.into())
        };
        let outcome = outcome.and_then(|status| {
            if answers.is_too_long(before.as_ref()) {
                Err(NtStatus::INSUFFICIENT_RESOURCES.into())
            } else {
                Ok(status)
            }
        });
        let status = match outcome {
            Ok(status) => {
                self.note_opened(answers);
                status
            }
            Err(Refusal { disconnect: true, .. }) => return Err(Disconnect),
            Err(refusal) => {
                answers.refuse(&refusal.error_data);
                refusal.status
            }
        };
        inherited.related = match answers.reply.file_id {
            Some(id) => Some(Related::File(id)),
            None if status.is_error() && inherited.related.is_none() => Some(Related::Failed(status)),
            None => inherited.related,
        };
        let async_id = self.progress.async_id();
        let concluded = Concluded {
            status,
            session_id: inherited.session_id,
            tree_id: inherited.tree_id,
            // The interim response has granted the credits already.
            credits: if async_id.is_none() {
                self.credits + self.credits_of_login(status)
            } else {
                0
            },
            async_id,
            signature,
        };
        answers.end(&self.element.header, concluded);
        if tracing::enabled!(Level::TRACE) {
            let span = Span::current();
            span.record("bytes_out", answers.reply.buffer.len() - answers.reply.start);
            span.record("status", tracing::field::debug(status));
            tracing::trace!("answered");
        }
        if let Some(mut all) = before {
            all.append(answers);
            *answers = all;
        }
        Ok(())
    }

    /// What the client asked for with the SESSION_SETUP that let it in, beyond the one credit that it used.
    fn credits_of_login(&self, status: NtStatus) -> u16 {
        let Element {
            connection, header, ..
        } = &self.element;
        if header.command != Command::SessionSetup as u16
            || status != NtStatus::SUCCESS
            || header.credits <= self.credits
        {
            return 0;
        }
        let strategy = connection.settings().credits;
        let mut window = connection.credits.borrow_mut();
        window.grant(header.credits - self.credits, strategy)
    }

    /// The client must hear of a file before it hears of a break of its oplock.
    fn note_opened(&self, answers: &Answers) {
        if self.element.header.command == Command::Create as u16
            && !self.is_last
            && let Some(file) = answers.reply.file_id
            && answers.reply.buffer.get(answers.reply.start + HEADER_SIZE + 2) != Some(&0)
        {
            self.progress.has_opened(file);
        }
    }

    async fn run_command(
        &self,
        admitted: Admitted,
        answers: &mut Answers,
        before: &mut Option<Answers>,
        session_id: SessionId,
    ) -> Outcome {
        let command = admitted.command;
        let _counted = admitted.outstanding;
        let connection = self.element.connection;
        let negotiated = connection.negotiated();
        let charge = self.element.header.credit_charge.max(1);
        let call = Call {
            context: &connection.context,
            message: self.element.message,
            session: &admitted.binding.session,
            tree: &admitted.tree,
            file: admitted.file,
            negotiated: &negotiated,
            way: connection.way,
            channel: admitted.binding.channel.id,
            channel_sequence: self.element.header.channel_sequence(),
            is_replay: self.element.header.flags.contains(HeaderFlags::REPLAY),
            paid_bytes: if negotiated.multi_credit {
                u32::from(charge) * CREDIT_BYTES
            } else {
                u32::MAX
            },
        };
        let built = answers.held() + before.as_ref().map_or(0, Answers::held);
        let running = pin!(commands::run(command, &call, &mut answers.reply));
        self.wait_for(command, running, built, session_id, before).await
    }

    /// Enters a share, whose disk is asked whether its folder is still there.
    async fn connect_tree(
        &self,
        binding: &Binding,
        answers: &mut Answers,
        before: &mut Option<Answers>,
    ) -> Result<Arc<Tree>, Refusal> {
        let connection = self.element.connection;
        let negotiated = connection.negotiated();
        let built = answers.held() + before.as_ref().map_or(0, Answers::held);
        let running = pin!(tree_connect::handle(
            &connection.context,
            &negotiated,
            &binding.session,
            self.element.message,
            self.element.encrypted.is_some(),
            &mut answers.reply,
        ));
        self.wait_for(Command::TreeConnect, running, built, binding.session.id, before)
            .await
    }

    /// What a command comes to, at once or later; `built` is what has been made of the answers so far, in bytes.
    async fn wait_for<T>(
        &self,
        command: Command,
        mut running: Pin<&mut impl Future<Output = Result<T, Refusal>>>,
        built: usize,
        session_id: SessionId,
        before: &mut Option<Answers>,
    ) -> Result<T, Refusal> {
        if let Poll::Ready(outcome) = poll_once(running.as_mut()).await {
            return outcome;
        }
        let connection = self.element.connection;
        let wait = what_is_waited_for(command);
        if wait == Wait::Event && !self.is_last {
            // As Windows answers: a chain is not held up by a lock or a watch ([MS-SMB2] 3.3.5.2.7).
            return Err(NtStatus::INTERNAL_ERROR.into());
        }
        let progress = self.progress;
        let weight = Weight {
            wait,
            request: progress.needed(),
            // What waits for what may never happen must not keep other work from being begun.
            answer: match wait {
                Wait::Work => {
                    let max_io = connection.negotiated().max_io;
                    let expected = built + expected_answer(command, self.element.message, max_io);
                    expected.max(progress.expected())
                }
                Wait::Event => 0,
            },
        };
        connection.weigh(progress, weight)?;
        let began = Instant::now();
        let outcome = if must_end(command) {
            self.tell_when_late(command, running, session_id, before).await
        } else {
            let cancellable = pin!(progress.unless_cancelled(running));
            self.tell_when_late(command, cancellable, session_id, before)
                .await
        };
        let waited = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Span::current().record("waited_ms", waited);
        outcome
    }

    /// Awaits what has not ended at once. The last request of a chain gets an interim response if it takes long.
    async fn tell_when_late<T>(
        &self,
        command: Command,
        mut running: Pin<&mut impl Future<Output = Result<T, Refusal>>>,
        session_id: SessionId,
        before: &mut Option<Answers>,
    ) -> Result<T, Refusal> {
        let Some(patience) = interim_after(command).filter(|_| self.is_last) else {
            return running.await;
        };
        if !patience.is_zero() {
            tokio::select! {
                biased;
                outcome = running.as_mut() => return outcome,
                () = tokio::time::sleep(patience) => {}
            }
        }
        self.go_async(session_id, before);
        running.await
    }

    /// Tells the client that the request will be answered later; `before` is what can be answered now.
    fn go_async(&self, session_id: SessionId, before: &mut Option<Answers>) {
        let Element {
            connection, header, ..
        } = &self.element;
        let async_id = connection.next_async.get();
        connection.next_async.set(async_id + 1);
        let async_id = AsyncId(async_id);
        self.progress.go_async(async_id);
        if let Some(mut ready) = before.take() {
            connection
                .waiting
                .borrow_mut()
                .lighten(self.progress, ready.held());
            ready.sign(self.encrypted);
            connection.queue(ready.into_frame(self.encrypted));
        }
        connection.queue(interim(
            header,
            session_id,
            async_id,
            self.credits,
            self.encrypted,
        ));
    }
}

fn what_is_waited_for(command: Command) -> Wait {
    match command {
        Command::Lock | Command::ChangeNotify => Wait::Event,
        _ => Wait::Work,
    }
}

/// When a request that has not ended gets an interim response; `None` for never. The server may send one to any request
/// ([MS-SMB2] 3.3.4.2), but clients await it only where Windows sends one. None is sent to what makes or ends a session
/// or a tree: what follows it has the id of the wait where the tree's would be (2.2.1.1).
fn interim_after(command: Command) -> Option<Duration> {
    match command {
        Command::Negotiate
        | Command::SessionSetup
        | Command::Logoff
        | Command::TreeConnect
        | Command::TreeDisconnect
        | Command::Echo
        | Command::Cancel => None,
        Command::Close | Command::QueryInfo | Command::SetInfo | Command::OplockBreak => {
            Some(LATE_INTERIM_AFTER)
        }
        Command::Lock | Command::ChangeNotify => Some(Duration::ZERO),
        Command::Create
        | Command::Flush
        | Command::Read
        | Command::Write
        | Command::Ioctl
        | Command::QueryDirectory => Some(INTERIM_AFTER),
    }
}

/// What is not left half done for a CANCEL: a handle that is closed stays closed, and a write that was given up could
/// still reach the disk after one that came later.
fn must_end(command: Command) -> bool {
    matches!(
        command,
        Command::Close | Command::Write | Command::TreeDisconnect | Command::OplockBreak
    )
}

/// Bytes that the answer may come to, for which memory is kept while it is made.
fn expected_answer(command: Command, message: &[u8], max_io: u32) -> usize {
    let at = match command {
        Command::Read | Command::QueryInfo => HEADER_SIZE + 4,
        Command::QueryDirectory => HEADER_SIZE + 28,
        Command::Ioctl => HEADER_SIZE + 44,
        _ => return 0,
    };
    u32_at(message, at).unwrap_or(0).min(max_io) as usize
}

/// The same for all requests of a frame.
pub(super) fn expected_answers(mut message: &[u8], max_io: u32) -> usize {
    let mut expected = 0;
    loop {
        let command = u16_at(message, 12).ok().and_then(Command::from_code);
        expected += command.map_or(0, |command| expected_answer(command, message, max_io));
        let next = u32_at(message, 20).unwrap_or(0) as usize;
        match message.get(next..) {
            // A frame of answers is no longer, whatever was asked for.
            Some(rest) if next >= HEADER_SIZE && expected < LONGEST => message = rest,
            _ => return expected.min(LONGEST),
        }
    }
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}
