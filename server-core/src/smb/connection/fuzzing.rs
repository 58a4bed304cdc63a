//! Fuzz targets around a connection: its frames, everything that a stranger may send, and every command with a
//! guest's session, trees and files behind it.

use std::net::SocketAddr;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, sink};
use tokio_util::sync::CancellationToken;

use super::framing::{Frames, Received};
use super::serve;
use crate::fuzzing::{House, Pieces};
use crate::smb::Framing;
use crate::smb::commands::place_of_file_id;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::{Command, HEADER_SIZE, Header, HeaderFlags};
use crate::smb::wire::ids::{AsyncId, MessageId, SessionId, TreeId};

const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 50_000);
const CREDITS: u16 = 512;
/// Requests of one input.
const MOST_STEPS: usize = 64;

/// The messages in a stream, of which at most `most` bytes arrive at a time; a session request is an empty one.
pub(crate) fn messages_in(stream: &[u8], limit: usize, most: usize) -> Vec<Vec<u8>> {
    let mut stream = Pieces::of(stream, most);
    let mut frames = Frames::new(Framing::NetBios);
    let mut messages = Vec::new();
    while let Some(Ok(Some(received))) = frames.next(&mut stream, limit).now_or_never() {
        messages.push(match received {
            Received::Message(message) => message,
            Received::SessionRequest => Vec::new(),
        });
    }
    messages
}

/// All that arrives on a connection, from its first byte on.
pub fn smb_stranger(input: &[u8]) {
    House::visit(|house| {
        let stream = tokio::io::join(input, sink());
        let context = house.smb.clone();
        house.run(serve(
            stream,
            PEER,
            Framing::NetBios,
            context,
            CancellationToken::new(),
        ));
    });
}

/// Requests of a guest who has entered a share and IPC$, and opened a file, a folder and a pipe. Each request is
/// five bytes (command, [`Aim`], credit charge, length of the body in 16 bits), then its body.
pub fn smb_guest(input: &[u8]) {
    House::visit(|house| {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let context = house.smb.clone();
        let served = serve(
            theirs,
            PEER,
            Framing::DirectTcp,
            context,
            CancellationToken::new(),
        );
        let guest = async {
            let mut guest = Guest::enter(ours).await;
            let stream = guest.requests(input);
            let (mut from, mut to) = tokio::io::split(guest.stream);
            let sending = async {
                // The server may hang up in the middle.
                let _ = to.write_all(&stream).await;
                let _ = to.shutdown().await;
            };
            let mut answers = sink();
            let receiving = tokio::io::copy(&mut from, &mut answers);
            let _ = tokio::join!(sending, receiving);
        };
        house.run(async { tokio::join!(served, guest) });
    });
}

/// What a request is about, and how it is sent.
struct Aim(u8);

impl Aim {
    /// Which of the open files takes the place of the FileId: none of them, file, folder, pipe.
    fn file(&self) -> Option<usize> {
        usize::from(self.0 & 3).checked_sub(1)
    }

    fn is_related(&self) -> bool {
        self.0 & 4 != 0
    }

    /// Another request of the same chain follows.
    fn goes_on(&self) -> bool {
        self.0 & 8 != 0
    }

    /// The message id of the request before.
    fn is_replayed(&self) -> bool {
        self.0 & 16 != 0
    }

    fn is_on_ipc(&self) -> bool {
        self.0 & 32 != 0 || self.0 & 3 == 3
    }

    fn flags(&self) -> HeaderFlags {
        let mut flags = HeaderFlags::empty();
        flags.set(HeaderFlags::RELATED, self.is_related());
        flags.set(HeaderFlags::ASYNC, self.0 & 64 != 0);
        flags.set(HeaderFlags::SIGNED, self.0 & 128 != 0);
        flags
    }
}

/// Where a body has its FileId, or a key that is one.
fn places_of_file_id(command: u16, body: &[u8]) -> [Option<usize>; 2] {
    // FSCTL_SRV_COPYCHUNK and FSCTL_SRV_COPYCHUNK_WRITE name their source at the beginning of the input.
    let copies = |body: &[u8]| matches!(body.get(4..8), Some([0xF2, 0x40 | 0x80, 0x14, 0]));
    let command = Command::from_code(command);
    match command.and_then(place_of_file_id) {
        Some(_) if command == Some(Command::Ioctl) && copies(body) => [Some(8), Some(56)],
        place => [place.map(|place| place - HEADER_SIZE), None],
    }
}

/// A client that knows only how to come in and what it was given there.
struct Guest {
    stream: DuplexStream,
    next_message: MessageId,
    session: SessionId,
    /// The share and IPC$.
    trees: [TreeId; 2],
    /// A file, a folder and a pipe.
    files: [[u8; 16]; 3],
}

impl Guest {
    async fn enter(stream: DuplexStream) -> Self {
        let mut guest = Self {
            stream,
            next_message: MessageId(0),
            session: SessionId::NONE,
            trees: [TreeId(0); 2],
            files: [[0; 16]; 3],
        };
        let negotiate = [&[36, 0, 1, 0, 1, 0, 0, 0][..], &[0; 28], &[0x02, 0x03]].concat();
        guest.call(Command::Negotiate, TreeId(0), &negotiate).await;
        let setup = [&[25, 0, 0, 1][..], &[0; 8], &[88, 0, 0, 0], &[0; 8]].concat();
        guest.session = guest
            .call(Command::SessionSetup, TreeId(0), &setup)
            .await
            .0
            .session_id;
        for (at, share) in [r"\\s\files", r"\\s\IPC$"].into_iter().enumerate() {
            let path = utf16(share);
            let length = u8::try_from(path.len()).unwrap_or(0);
            let body = [&[9, 0, 0, 0, 72, 0, length, 0][..], &path].concat();
            guest.trees[at] = guest.call(Command::TreeConnect, TreeId(0), &body).await.0.tree_id;
        }
        for (at, (name, tree, options)) in [("f", 0, 0), ("d", 0, 1), ("srvsvc", 1, 0)]
            .into_iter()
            .enumerate()
        {
            let tree = guest.trees[tree];
            let (_, body) = guest.call(Command::Create, tree, &create(name, options)).await;
            guest.files[at] = body[64..80].try_into().expect("a CREATE response has a FileId");
        }
        guest
    }

    async fn call(&mut self, command: Command, tree: TreeId, body: &[u8]) -> (Header, Vec<u8>) {
        let mut frame = vec![0; 4];
        self.header(command as u16, tree).encode(&mut frame);
        frame.extend_from_slice(body);
        set_length(&mut frame);
        self.next_message = self.next_message.after(1);
        self.stream.write_all(&frame).await.expect("the server listens");
        loop {
            let mut prefix = [0; 4];
            self.stream
                .read_exact(&mut prefix)
                .await
                .expect("the server answers");
            let mut answer = vec![0; u32::from_be_bytes(prefix) as usize];
            self.stream
                .read_exact(&mut answer)
                .await
                .expect("the answer is whole");
            let header = Header::parse(&answer).expect("it has a header");
            // A busy disk may make any request wait: its answer comes after an interim one.
            if header.status != NtStatus::PENDING.0 {
                return (header, answer.split_off(HEADER_SIZE));
            }
        }
    }

    fn header(&self, command: u16, tree_id: TreeId) -> Header {
        Header {
            credit_charge: 1,
            status: 0,
            command,
            credits: CREDITS,
            flags: HeaderFlags::empty(),
            next_command: 0,
            message_id: self.next_message,
            async_id: AsyncId(1),
            process_id: 0,
            tree_id,
            session_id: self.session,
        }
    }

    /// The frames that an input stands for.
    fn requests(&mut self, mut input: &[u8]) -> Vec<u8> {
        let mut stream = Vec::new();
        let mut frame = vec![0; 4];
        for _ in 0..MOST_STEPS {
            let Some(([command, aim, charge, low, high], rest)) = input.split_first_chunk::<5>() else {
                break;
            };
            let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
            let (body, rest) = rest.split_at(length);
            input = rest;
            let aim = Aim(*aim);
            let start = frame.len();
            self.append(&mut frame, *command, &aim, (*charge).into(), body);
            if aim.goes_on() && !rest.is_empty() {
                let end = start + (frame.len() - start).next_multiple_of(8);
                frame.resize(end, 0);
                let next = u32::try_from(end - start).unwrap_or(0);
                frame[start + 20..start + 24].copy_from_slice(&next.to_le_bytes());
            } else {
                set_length(&mut frame);
                stream.append(&mut frame);
                frame.resize(4, 0);
            }
        }
        stream
    }

    fn append(&mut self, frame: &mut Vec<u8>, command: u8, aim: &Aim, charge: u16, body: &[u8]) {
        if aim.is_replayed() {
            self.next_message.0 -= 1;
        }
        let command = u16::from(command) % (Command::OplockBreak as u16 + 2);
        let header = Header {
            credit_charge: charge,
            flags: aim.flags(),
            ..self.header(command, self.trees[usize::from(aim.is_on_ipc())])
        };
        header.encode(frame);
        let start = frame.len();
        frame.extend_from_slice(body);
        for place in places_of_file_id(command, body).into_iter().flatten() {
            if let Some(file) = aim.file()
                && let Some(id) = frame.get_mut(start + place..start + place + 16)
            {
                id.copy_from_slice(&self.files[file]);
            }
        }
        if command != Command::Cancel as u16 {
            self.next_message = self.next_message.after(charge.max(1));
        }
    }
}

fn create(name: &str, options: u32) -> Vec<u8> {
    let name = utf16(name);
    let mut body = vec![57, 0, 0, 0];
    body.extend_from_slice(&2u32.to_le_bytes());
    body.extend_from_slice(&[0; 16]);
    // Read, write, delete, attributes; shared with all; OPEN_IF.
    for value in [0x0013_019Fu32, 0, 7, 3, options] {
        body.extend_from_slice(&value.to_le_bytes());
    }
    body.extend_from_slice(&[120, 0, u8::try_from(name.len()).unwrap_or(0), 0]);
    body.extend_from_slice(&[0; 8]);
    body.extend_from_slice(&name);
    body
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn set_length(frame: &mut [u8]) {
    let length = u32::try_from(frame.len() - 4).unwrap_or(0);
    frame[..4].copy_from_slice(&length.to_be_bytes());
}
