//! Fuzz targets around an SFTP session.

use futures_util::FutureExt;
use russh::Preferred;
use tokio::io::AsyncReadExt;

use super::handshake::{KexInitTap, Negotiated, ServerAlgorithms};
use super::namespace::Namespace;
use super::session::{MAX_PACKET, Session};
use super::wire::Reader;
use crate::fuzzing::{House, Pieces};

/// Packets of one input.
const MOST_PACKETS: usize = 256;

/// What a client that has logged in sends on its channel, each packet behind its length.
pub fn sftp_session(input: &[u8]) {
    House::visit(|house| {
        let mut session = Session::new(Namespace::new(house.sftp.clone(), house.guest()));
        house.run(async {
            let mut rest = input;
            for _ in 0..MOST_PACKETS {
                let Some((length, packets)) = rest.split_first_chunk::<4>() else {
                    return;
                };
                let Some((packet, packets)) = packets.split_at_checked(u32::from_be_bytes(*length) as usize)
                else {
                    return;
                };
                rest = packets;
                if packet.len() > MAX_PACKET || !session.answer(packet).await {
                    return;
                }
                let replies = std::mem::take(&mut session.replies.bytes);
                assert!(replies.len() <= 4 + MAX_PACKET, "a reply over the longest packet");
            }
        });
    });
}

/// How the stream is cut on its way, then the first that an SSH client sends: what is read of it does not depend
/// on the cuts, and the stream passes through unchanged.
pub fn ssh_proposal(input: &[u8]) {
    let (&cut, stream) = input.split_first().unwrap_or((&0, &[]));
    assert_eq!(tap(stream, usize::MAX), tap(stream, usize::from(cut).max(1)));
}

fn tap(bytes: &[u8], most: usize) -> Option<Negotiated> {
    let (mut stream, negotiated) = KexInitTap::new(
        Pieces::of(bytes, most),
        ServerAlgorithms::new(&Preferred::default()),
    );
    let mut passed = Vec::new();
    let read = stream.read_to_end(&mut passed).now_or_never();
    assert!(matches!(read, Some(Ok(_))) && passed == bytes);
    negotiated.get().cloned()
}

/// Fields of every kind in the order that the input chooses.
pub(crate) fn read_fields(input: &[u8]) {
    let (kinds, packet) = input.split_at(input.len().min(8));
    let mut reader = Reader::new(packet);
    for kind in kinds {
        let read = match kind % 4 {
            0 => reader.u32().map(drop),
            1 => reader.u64().map(drop),
            2 => reader.string().map(drop),
            _ => reader.attributes().map(drop),
        };
        if read.is_err() {
            return;
        }
    }
}
