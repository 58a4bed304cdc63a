//! SMB1 NEGOTIATE on the way to SMB2 ([MS-SMB2] 3.3.5.3). A client that speaks nothing else is told so in its own words
//! ([MS-CIFS] 2.2.4.52.2) before the connection ends; everything else of SMB1 ends it without.

use super::Connection;
use super::answers::{Answers, Concluded, Frame, Signature};
use super::chain::Disconnect;
use super::negotiate;
use crate::live::ActivityKind;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::{Command, Header};
use crate::smb::wire::ids::{MessageId, SessionId, TreeId};
use crate::smb::wire::negotiate::{MultiProtocol, refuse_smb1_negotiate};

/// An answer, and what becomes of the connection.
pub(super) enum Answer {
    /// It goes on.
    Goes(Frame),
    /// It ends when the client has this.
    Ends(Frame),
}

/// Answers it.
pub(super) fn answer(connection: &Connection, message: &[u8]) -> Result<Answer, Disconnect> {
    let offer = crate::smb::wire::negotiate::parse_smb1_negotiate(message)?;
    if connection.negotiated().dialect.is_some() {
        return Err(Disconnect);
    }
    if offer == MultiProtocol::Nothing {
        let text = "a device could not connect: it speaks only SMB1, which is not safe and not served";
        connection.report(ActivityKind::LogInRefused, None, text);
        // Clients that get no answer ask again until their patience is over.
        let refusal = refuse_smb1_negotiate(message)?;
        return Ok(Answer::Ends(Frame::of(&refusal)));
    }
    let _ = connection.credits.borrow_mut().consume(MessageId(0), 1);
    let strategy = connection.settings().credits;
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
    Ok(Answer::Goes(answers.into_frame(&None)))
}
