//! Fuzz targets around a connection: its frames, everything that a stranger may send, and every command with a
//! guest's session, trees and files behind it.

use std::net::SocketAddr;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, sink};
use tokio_util::sync::CancellationToken;

use super::framing::{Frames, PREFIX, Received};
use super::serve;
use crate::fuzzing::{House, Pieces};
use crate::net::Place;
use crate::smb::Framing;
use crate::smb::commands::place_of_file_id;
use crate::smb::settings::Dialect;
use crate::smb::wire::body::Body;
use crate::smb::wire::create::{CreateRequest, CreateResponse};
use crate::smb::wire::header::{Command, HEADER_SIZE, Header, HeaderFlags};
use crate::smb::wire::ids::{AsyncId, MessageId, SessionId, TreeId};
use crate::smb::wire::message::Request;
use crate::smb::wire::negotiate::NegotiateRequest;
use crate::smb::wire::session_setup::SessionSetupRequest;
use crate::smb::wire::tree_connect::TreeConnectRequest;
use crate::smb::wire::writer::Writer;

const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 50_000);
const CREDITS: u16 = 512;
/// SMB2_NEGOTIATE_SIGNING_ENABLED.
const SIGNING_ENABLED: u8 = 1;
/// FILE_DIRECTORY_FILE.
const DIRECTORY_FILE: u32 = 1;
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
            None,
            Place::of_a_stranger(),
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
            None,
            Place::of_a_stranger(),
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
        let negotiate = NegotiateRequest {
            security_mode: SIGNING_ENABLED.into(),
            dialects: vec![Dialect::Smb302.code()],
            ..NegotiateRequest::default()
        };
        guest.call(TreeId(0), negotiate).await;
        let setup = SessionSetupRequest {
            security_mode: SIGNING_ENABLED,
            ..SessionSetupRequest::default()
        };
        guest.session = guest.call(TreeId(0), setup).await.0.session_id;
        for (at, path) in [r"\\s\files", r"\\s\IPC$"].into_iter().enumerate() {
            let request = TreeConnectRequest {
                flags: 0,
                path: path.into(),
            };
            guest.trees[at] = guest.call(TreeId(0), request).await.0.tree_id;
        }
        for (at, (name, tree, create_options)) in [("f", 0, 0), ("d", 0, DIRECTORY_FILE), ("srvsvc", 1, 0)]
            .into_iter()
            .enumerate()
        {
            let request = CreateRequest {
                create_options,
                ..CreateRequest::open_if(name)
            };
            let (_, answer) = guest.call(guest.trees[tree], request).await;
            let created = CreateResponse::parse(&answer).expect("the guest may create");
            guest.files[at] = created.file_id.to_bytes();
        }
        guest
    }

    /// A request, and the answer to it: its header, and the whole of it.
    async fn call<'a>(&mut self, tree: TreeId, request: impl Into<Request<'a>>) -> (Header, Vec<u8>) {
        let request = request.into();
        let mut frame = vec![0; PREFIX];
        self.header(request.command() as u16, tree).encode(&mut frame);
        request.encode(&mut Writer::new(&mut frame, PREFIX));
        set_length(&mut frame);
        self.next_message = self.next_message.after(1);
        self.stream.write_all(&frame).await.expect("the server listens");
        loop {
            let mut prefix = [0; PREFIX];
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
            if !header.is_interim() {
                return (header, answer);
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
        let mut frame = vec![0; PREFIX];
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
                frame.resize(PREFIX, 0);
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

fn set_length(frame: &mut [u8]) {
    let length = u32::try_from(frame.len() - PREFIX).unwrap_or(0);
    frame[..PREFIX].copy_from_slice(&length.to_be_bytes());
}
