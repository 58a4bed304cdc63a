//! A request to be sent.

use crate::smb::wire::header::{Command, HEADER_SIZE};
use crate::smb::wire::ids::SessionId;
use crate::smb::wire::message::Request;
use crate::smb::wire::writer::Writer;

/// Bytes that one credit pays for.
const CREDIT: u32 = 65_536;

/// A request: a body, and what its header says that is not the client's own affair.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The command's code, which may be none that exists.
    pub command: u16,
    /// The body, StructureSize first.
    pub body: Vec<u8>,
    /// It goes on where the one before it in the chain ended.
    pub related: bool,
    /// Credits that it pays.
    pub charge: u16,
    /// Instead of the client's own session.
    pub session_id: Option<SessionId>,
}

impl Outgoing {
    /// A body as it is.
    pub fn new(command: Command, body: Vec<u8>) -> Self {
        Self {
            command: command as u16,
            body,
            related: false,
            charge: 1,
            session_id: None,
        }
    }

    /// A request, paid for.
    pub fn of<'a>(request: impl Into<Request<'a>>) -> Self {
        let request = request.into();
        // Offsets count from the header, which is not there yet.
        let mut message = vec![0; HEADER_SIZE];
        request.encode(&mut Writer::new(&mut message, 0));
        let bytes = match &request {
            Request::Read(read) => read.length,
            Request::Write(write) => u32::try_from(write.data.len()).unwrap_or(u32::MAX),
            Request::QueryDirectory(query) => query.output_buffer_length,
            Request::ChangeNotify(watch) => watch.output_buffer_length,
            Request::QueryInfo(query) => query.output_buffer_length,
            Request::Ioctl(control) => control.max_output_response,
            _ => 0,
        };
        Self {
            charge: u16::try_from(bytes.div_ceil(CREDIT)).unwrap_or(u16::MAX).max(1),
            ..Self::new(request.command(), message.split_off(HEADER_SIZE))
        }
    }

    /// The same, related to the one before it.
    #[must_use]
    pub fn related(self) -> Self {
        Self {
            related: true,
            ..self
        }
    }
}
