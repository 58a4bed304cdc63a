//! The SMB2 packet header ([MS-SMB2] 2.2.1): 64 bytes, little endian.

use super::cursor::{Malformed, u16_at, u32_at, u64_at};
use super::ids::{AsyncId, MessageId, SessionId, TreeId};

/// Bytes of a header.
pub const HEADER_SIZE: usize = 64;
/// 0xFE 'S' 'M' 'B'.
pub const PROTOCOL_ID: [u8; 4] = [0xFE, b'S', b'M', b'B'];
/// STATUS_PENDING.
pub(super) const PENDING: u32 = 0x0000_0103;
/// Where the signature is.
pub const SIGNATURE: std::ops::Range<usize> = 48..64;

/// A command code ([MS-SMB2] 2.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
#[allow(missing_docs)]
pub enum Command {
    Negotiate = 0,
    SessionSetup = 1,
    Logoff = 2,
    TreeConnect = 3,
    TreeDisconnect = 4,
    Create = 5,
    Close = 6,
    Flush = 7,
    Read = 8,
    Write = 9,
    Lock = 10,
    Ioctl = 11,
    Cancel = 12,
    Echo = 13,
    QueryDirectory = 14,
    ChangeNotify = 15,
    QueryInfo = 16,
    SetInfo = 17,
    OplockBreak = 18,
}

impl Command {
    /// Each of them, by its code.
    pub const ALL: [Self; 19] = [
        Self::Negotiate,
        Self::SessionSetup,
        Self::Logoff,
        Self::TreeConnect,
        Self::TreeDisconnect,
        Self::Create,
        Self::Close,
        Self::Flush,
        Self::Read,
        Self::Write,
        Self::Lock,
        Self::Ioctl,
        Self::Cancel,
        Self::Echo,
        Self::QueryDirectory,
        Self::ChangeNotify,
        Self::QueryInfo,
        Self::SetInfo,
        Self::OplockBreak,
    ];

    /// From its code.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

bitflags::bitflags! {
    /// Header flags.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct HeaderFlags: u32 {
        /// SMB2_FLAGS_SERVER_TO_REDIR.
        const RESPONSE = 0x0000_0001;
        /// SMB2_FLAGS_ASYNC_COMMAND.
        const ASYNC = 0x0000_0002;
        /// SMB2_FLAGS_RELATED_OPERATIONS.
        const RELATED = 0x0000_0004;
        /// SMB2_FLAGS_SIGNED.
        const SIGNED = 0x0000_0008;
        /// SMB2_FLAGS_PRIORITY_MASK.
        const PRIORITY = 0x0000_0070;
        /// SMB2_FLAGS_REPLAY_OPERATION.
        const REPLAY = 0x2000_0000;
    }
}

/// A header as received or to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// Credits charged.
    pub credit_charge: u16,
    /// Status of a response; channel sequence of a request.
    pub status: u32,
    /// The command's code, known or not.
    pub command: u16,
    /// Credits asked for or granted.
    pub credits: u16,
    /// Flags.
    pub flags: HeaderFlags,
    /// Bytes from this header to the next in a chain; 0 for the last.
    pub next_command: u32,
    /// The message's id.
    pub message_id: MessageId,
    /// When `flags` has ASYNC.
    pub async_id: AsyncId,
    /// The reserved field of synchronous messages, which old clients use for a process id and some expect back.
    pub process_id: u32,
    /// When `flags` has no ASYNC.
    pub tree_id: TreeId,
    /// [`SessionId::NONE`] before a log-in.
    pub session_id: SessionId,
}

impl Header {
    /// ChannelSequence of a request of 3.x ([MS-SMB2] 2.2.1.2).
    pub fn channel_sequence(&self) -> u16 {
        let [low, high, ..] = self.status.to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    /// Reads a header from the start of `message`.
    ///
    /// # Errors
    /// Too short, not SMB2, or a wrong structure size.
    pub fn parse(message: &[u8]) -> Result<Self, Malformed> {
        if message.get(..4) != Some(&PROTOCOL_ID) || message.len() < HEADER_SIZE || u16_at(message, 4)? != 64
        {
            return Err(Malformed);
        }
        let flags = HeaderFlags::from_bits_retain(u32_at(message, 16)?);
        let is_async = flags.contains(HeaderFlags::ASYNC);
        Ok(Self {
            credit_charge: u16_at(message, 6)?,
            status: u32_at(message, 8)?,
            command: u16_at(message, 12)?,
            credits: u16_at(message, 14)?,
            flags,
            next_command: u32_at(message, 20)?,
            message_id: MessageId(u64_at(message, 24)?),
            async_id: AsyncId(if is_async { u64_at(message, 32)? } else { 0 }),
            process_id: if is_async { 0 } else { u32_at(message, 32)? },
            tree_id: TreeId(if is_async { 0 } else { u32_at(message, 36)? }),
            session_id: SessionId(u64_at(message, 40)?),
        })
    }

    /// Whether it says that the request waits, and that the response proper comes later ([MS-SMB2] 3.3.4.2).
    pub fn is_interim(&self) -> bool {
        self.status == PENDING && self.flags.contains(HeaderFlags::RESPONSE | HeaderFlags::ASYNC)
    }

    /// Appends the header, with an empty signature.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&PROTOCOL_ID);
        out.extend_from_slice(&64u16.to_le_bytes());
        out.extend_from_slice(&self.credit_charge.to_le_bytes());
        out.extend_from_slice(&self.status.to_le_bytes());
        out.extend_from_slice(&self.command.to_le_bytes());
        out.extend_from_slice(&self.credits.to_le_bytes());
        out.extend_from_slice(&self.flags.bits().to_le_bytes());
        out.extend_from_slice(&self.next_command.to_le_bytes());
        out.extend_from_slice(&self.message_id.0.to_le_bytes());
        if self.flags.contains(HeaderFlags::ASYNC) {
            out.extend_from_slice(&self.async_id.0.to_le_bytes());
        } else {
            out.extend_from_slice(&self.process_id.to_le_bytes());
            out.extend_from_slice(&self.tree_id.0.to_le_bytes());
        }
        out.extend_from_slice(&self.session_id.0.to_le_bytes());
        out.extend_from_slice(&[0; 16]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn headers_survive_the_round_trip(
            credit_charge: u16, status: u32, command: u16, credits: u16, flags: u32, next_command: u32,
            message_id: u64, async_id: u64, process_id: u32, tree_id: u32, session_id: u64
        ) {
            let flags = HeaderFlags::from_bits_retain(flags);
            let is_async = flags.contains(HeaderFlags::ASYNC);
            let header = Header {
                credit_charge, status, command, credits, flags, next_command,
                message_id: MessageId(message_id),
                async_id: AsyncId(if is_async { async_id } else { 0 }),
                process_id: if is_async { 0 } else { process_id },
                tree_id: TreeId(if is_async { 0 } else { tree_id }),
                session_id: SessionId(session_id),
            };
            let mut bytes = Vec::new();
            header.encode(&mut bytes);
            prop_assert_eq!(bytes.len(), HEADER_SIZE);
            prop_assert_eq!(Header::parse(&bytes), Ok(header));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..128)) {
            let _ = Header::parse(&bytes);
        }
    }
}
