//! An SFTP session on its channel: requests come in, answers go out, and no more is kept than a client may leave
//! unanswered.

use std::sync::Arc;

use bytes::Bytes;
use russh::server::Msg;
use russh::{Channel, ChannelMsg};
use tokio::sync::OwnedSemaphorePermit;

use super::pace::Pace;
use super::session::{MAX_PACKET, Session};
use super::unanswered::Unanswered;

/// Runs an SFTP session on a channel, which counts as one of the connection's for as long as that lasts: every packet
/// that is here is answered before the answers are sent.
pub(super) async fn transfer(
    channel: Channel<Msg>,
    mut session: Session,
    counted: Arc<OwnedSemaphorePermit>,
    unanswered: Unanswered,
    pace: Arc<Pace>,
) {
    let largest = channel.writable_packet_size().await;
    let (reader, writer) = channel.split();
    let mut requests = Requests {
        reader,
        bytes: Vec::new(),
        ended: false,
        kept: 0,
        unanswered,
    };
    let mut sound = true;
    while sound {
        let mut at = 0;
        while let Some(prefix) = requests.bytes[at..].first_chunk::<4>() {
            let length = u32::from_be_bytes(*prefix) as usize;
            if length == 0 || length > MAX_PACKET {
                sound = false;
                break;
            }
            let Some(packet) = requests.bytes.get(at + 4..at + 4 + length) else {
                break;
            };
            sound = session.answer(packet).await;
            at += 4 + length;
            if session.replies.bytes.len() >= MAX_PACKET {
                pace.answered(0, session.replies.bytes.len(), largest);
                sound &= flush(&mut session, &mut requests, &writer).await;
            }
            if !sound {
                break;
            }
        }
        requests.done(at);
        let unanswered = requests.bytes.len();
        if at > 0 {
            pace.answered(at, session.replies.bytes.len(), largest);
        }
        sound &= flush(&mut session, &mut requests, &writer).await;
        // What came in while the answers were sent may be whole requests, after which the client waits for us.
        if sound && requests.bytes.len() == unanswered {
            sound = requests.receive().await;
        }
    }
    let _ = writer.exit_status(0).await;
    let _ = writer.eof().await;
    let _ = writer.close().await;
    drop(counted);
}

/// What has come in on a channel and is not answered yet.
struct Requests {
    reader: russh::ChannelReadHalf,
    bytes: Vec<u8>,
    ended: bool,
    /// What of it is counted.
    kept: usize,
    unanswered: Unanswered,
}

impl Requests {
    /// Waits for more; false when there will be none.
    async fn receive(&mut self) -> bool {
        loop {
            if self.ended {
                return false;
            }
            match self.reader.wait().await {
                Some(ChannelMsg::Data { data }) => {
                    self.bytes.extend_from_slice(&data);
                    self.count();
                    return true;
                }
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => self.ended = true,
                Some(_) => {}
            }
        }
    }

    /// The first of them are answered.
    fn done(&mut self, length: usize) {
        self.bytes.drain(..length);
        self.count();
    }

    fn count(&mut self) {
        self.unanswered.is_now(self.bytes.len(), self.kept);
        self.kept = self.bytes.len();
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.unanswered.is_now(0, self.kept);
    }
}

/// Sends the answers. Requests are taken in meanwhile: the library reads nothing more from the client, not even that
/// there is room for answers, while a channel's messages lie about.
async fn flush(
    session: &mut Session,
    requests: &mut Requests,
    writer: &russh::ChannelWriteHalf<Msg>,
) -> bool {
    if session.replies.bytes.is_empty() {
        return true;
    }
    let replies = std::mem::take(&mut session.replies.bytes);
    let sending = writer.data_bytes(Bytes::from(replies));
    tokio::pin!(sending);
    loop {
        tokio::select! {
            biased;
            sent = &mut sending => return sent.is_ok(),
            _ = requests.receive(), if !requests.ended => {
                if requests.unanswered.is_too_much() {
                    return false;
                }
            }
        }
    }
}
