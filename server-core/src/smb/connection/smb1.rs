//! SMB1 NEGOTIATE on the way to SMB2 ([MS-SMB2] 3.3.5.3); everything else of SMB1 ends the connection.

use super::Connection;
use super::answers::{Answers, Concluded, Frame, Signature};
use super::chain::Disconnect;
use super::negotiate;
use crate::live::ActivityKind;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::{Command, Header};
use crate::smb::wire::ids::{MessageId, SessionId, TreeId};
use crate::smb::wire::negotiate::MultiProtocol;

/// Answers it.
pub(super) fn answer(connection: &Connection, message: &[u8]) -> Result<Frame, Disconnect> {
    let offer = crate::smb::wire::negotiate::parse_smb1_negotiate(message)?;
    if connection.negotiated().dialect.is_some() || offer == MultiProtocol::Nothing {
        if offer == MultiProtocol::Nothing {
            let message = "a device could not connect: it speaks only SMB1, which is not safe and not served";
            connection.report(ActivityKind::LogInRefused, None, message);
        }
        return Err(Disconnect);
    }
    let _ = connection.credits.borrow_mut().consume(MessageId(0), 1);
    let strategy = connection.context.settings.load().credits;
    let credits = connection.credits.borrow_mut().grant(1, strategy);
    connection.multi_protocol.set(true);
    let mut answers = Answers::new();
    answers.begin();
    negotiate::answer_multi_protocol(connection, offer, &mut answers.reply).map_err(|_| Disconnect)?;
    let request = Header {
        command: Command::Negotiate as u16,
        ..Header::default()
    };
    let concluded = Concluded {
        status: NtStatus::SUCCESS,
        session_id: SessionId::NONE,
        tree_id: TreeId(0),
        credits,
        async_id: None,
        signature: Signature::None,
    };
    answers.end(&request, concluded);
    Ok(answers.into_frame(&None))
}
