//! A client's first steps, for the doctor: NEGOTIATE and a log-in by NTLM over a connection of its own. It blocks.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime};

use thiserror::Error;

use super::NtStatus;
use super::auth::probe as ntlm;
use super::wire::cursor::{Malformed, bytes_at, pad_to, u16_at};
use super::wire::header::{Command, HEADER_SIZE, Header, HeaderFlags};
use crate::identity::NtHash;

/// 1601 to 1970 in 100 ns.
const UNIX_EPOCH_FILETIME: u64 = 116_444_736_000_000_000;
/// No answer of these steps is larger.
const LARGEST_ANSWER: usize = 64 * 1024;
/// Every dialect there is, oldest first.
const DIALECTS: [(u16, &str); 5] = [
    (0x0202, "SMB 2.0.2"),
    (0x0210, "SMB 2.1"),
    (0x0300, "SMB 3.0"),
    (0x0302, "SMB 3.0.2"),
    (0x0311, "SMB 3.1.1"),
];

/// Why a log-in failed.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// Nobody answers there, or too late.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What answers is no SMB server.
    #[error("another server answers")]
    NotSmb,
    /// The server refused.
    #[error("{step} was refused with status {status:#010x}")]
    Refused {
        /// NEGOTIATE or SESSION_SETUP.
        step: &'static str,
        /// The NTSTATUS.
        status: u32,
    },
}

impl From<Malformed> for ProbeError {
    fn from(_: Malformed) -> Self {
        Self::NotSmb
    }
}

/// Logs in; gives the dialect that was agreed on, as people know it.
///
/// # Errors
/// See [`ProbeError`].
pub fn log_in(
    address: SocketAddr,
    name: &str,
    password: &str,
    patience: Duration,
) -> Result<&'static str, ProbeError> {
    let mut client = Client::connect(address, patience)?;
    let answer = client.exchange(Command::Negotiate, &negotiate_body(random()?))?;
    answer.expect("NEGOTIATE", NtStatus::SUCCESS)?;
    let chosen = u16_at(&answer.message, HEADER_SIZE + 4)?;
    let dialect = DIALECTS.iter().find(|(code, _)| *code == chosen);
    let (_, dialect) = dialect.ok_or(ProbeError::NotSmb)?;

    let answer = client.exchange(Command::SessionSetup, &session_setup_body(&ntlm::negotiate()))?;
    answer.expect("SESSION_SETUP", NtStatus::MORE_PROCESSING_REQUIRED)?;
    client.session = answer.header.session_id;
    let challenge = answer.token()?;
    let token = ntlm::authenticate(challenge, name, &NtHash::of(password), random()?, filetime());
    let token = token.ok_or(ProbeError::NotSmb)?;
    let answer = client.exchange(Command::SessionSetup, &session_setup_body(&token))?;
    answer.expect("SESSION_SETUP", NtStatus::SUCCESS)?;
    Ok(dialect)
}

struct Client {
    stream: TcpStream,
    deadline: Instant,
    message_id: u64,
    session: u64,
}

struct Answer {
    header: Header,
    message: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        Ok(Self {
            stream: TcpStream::connect_timeout(&address, patience)?,
            deadline: Instant::now() + patience,
            message_id: 0,
            session: 0,
        })
    }

    fn exchange(&mut self, command: Command, body: &[u8]) -> Result<Answer, ProbeError> {
        let header = Header {
            credit_charge: u16::from(self.message_id > 0),
            status: 0,
            command: command as u16,
            credits: 1,
            flags: HeaderFlags::empty(),
            next_command: 0,
            message_id: self.message_id,
            async_id: 0,
            process_id: 0,
            tree_id: 0,
            session_id: self.session,
        };
        self.message_id += 1;
        let mut frame = vec![0; 4];
        header.encode(&mut frame);
        frame.extend_from_slice(body);
        let length = u32::try_from(frame.len() - 4).unwrap_or_default();
        frame[..4].copy_from_slice(&length.to_be_bytes());
        let left = self.deadline.saturating_duration_since(Instant::now());
        let left = Some(left.max(Duration::from_millis(1)));
        self.stream.set_write_timeout(left)?;
        self.stream.set_read_timeout(left)?;
        self.stream.write_all(&frame)?;

        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > LARGEST_ANSWER {
            return Err(ProbeError::NotSmb);
        }
        let mut message = vec![0; length];
        self.stream.read_exact(&mut message)?;
        Ok(Answer {
            header: Header::parse(&message)?,
            message,
        })
    }
}

impl Answer {
    fn expect(&self, step: &'static str, wanted: NtStatus) -> Result<(), ProbeError> {
        match self.header.status {
            status if status == wanted.0 => Ok(()),
            status => Err(ProbeError::Refused { step, status }),
        }
    }

    /// The token in a SESSION_SETUP response.
    fn token(&self) -> Result<&[u8], ProbeError> {
        let offset = u16_at(&self.message, HEADER_SIZE + 4)?;
        let length = u16_at(&self.message, HEADER_SIZE + 6)?;
        Ok(bytes_at(&self.message, offset.into(), length.into())?)
    }
}

/// NEGOTIATE for every dialect ([MS-SMB2] 2.2.3), with the two contexts that 3.1.1 can't do without.
fn negotiate_body(salt: [u8; 16]) -> Vec<u8> {
    let mut message = vec![0; HEADER_SIZE];
    message.extend(36u16.to_le_bytes());
    message.extend((DIALECTS.len() as u16).to_le_bytes());
    message.extend(1u16.to_le_bytes()); // signing enabled
    message.extend([0; 2 + 4]); // no capabilities
    message.extend(salt); // the client's GUID: any will do
    let contexts = message.len();
    message.extend([0; 4]);
    message.extend(2u16.to_le_bytes());
    message.extend([0; 2]);
    message.extend(DIALECTS.iter().flat_map(|(code, _)| code.to_le_bytes()));
    pad_to(&mut message, 0, 8);
    let offset = u32::try_from(message.len()).unwrap_or_default();
    message[contexts..contexts + 4].copy_from_slice(&offset.to_le_bytes());
    // Preauthentication integrity: one hash, SHA-512, and a salt.
    let preauth: Vec<u8> = [1u16, 16, 1]
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    // Encryption: AES-128-GCM.
    let encryption: Vec<u8> = [1u16, 2].iter().flat_map(|value| value.to_le_bytes()).collect();
    for (kind, data) in [(1u16, [preauth, salt.to_vec()].concat()), (2, encryption)] {
        pad_to(&mut message, 0, 8);
        message.extend(kind.to_le_bytes());
        message.extend(u16::try_from(data.len()).unwrap_or_default().to_le_bytes());
        message.extend([0; 4]);
        message.extend(data);
    }
    message.split_off(HEADER_SIZE)
}

/// SESSION_SETUP ([MS-SMB2] 2.2.5).
fn session_setup_body(token: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(24 + token.len());
    body.extend(25u16.to_le_bytes());
    body.extend([0, 1]); // no flags; signing enabled
    body.extend([0; 8]); // no capabilities, no channel
    body.extend((HEADER_SIZE as u16 + 24).to_le_bytes());
    body.extend(u16::try_from(token.len()).unwrap_or_default().to_le_bytes());
    body.extend([0; 8]); // no session before
    body.extend(token);
    body
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

fn filetime() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let hundreds = since.unwrap_or_default().as_nanos() / 100;
    UNIX_EPOCH_FILETIME + u64::try_from(hundreds).unwrap_or_default()
}
