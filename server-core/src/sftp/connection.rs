//! One SSH connection: who it is, and the channels it opens.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use russh::keys::{Algorithm, HashAlg, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Response, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelMsg, Disconnect, MethodKind, MethodSet, Preferred, SshId, cipher};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::handshake::{KexInitTap, Negotiated, ServerAlgorithms};
use super::namespace::Namespace;
use super::session::{MAX_PACKET, Session};
use super::settings::{SftpContext, SftpSettings};
use crate::identity::{AuthError, Principal, login_name};
use crate::live::{ActivityKind, ActivityRecord, Event, LiveSession, Protocol, SessionSecurity};
use crate::vfs::Caller;

/// The time every refused log-in takes at least.
const REJECTION_TIME: Duration = Duration::from_secs(1);
/// Channels of one connection.
const MAX_CHANNELS: usize = 16;
/// What a client may send before it is told that there is room again: enough for a fast network.
const WINDOW: u32 = 8 << 20;
const FILE_TRANSFER_ONLY: &str = "This server offers file transfer only (SFTP).\r\n";

/// Serves a connection until it ends or `stop`.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    context: Arc<SftpContext>,
    stop: CancellationToken,
) {
    let settings = context.settings.load_full();
    let config = Arc::new(config(&context, &settings));
    let closing = CancellationToken::new();
    let (stream, negotiated) = KexInitTap::new(stream, ServerAlgorithms::new(&config.preferred));
    let client = Client {
        context: Arc::clone(&context),
        peer,
        negotiated,
        logged_in: CancellationToken::new(),
        closing: closing.clone(),
        who: None,
        channels: HashMap::new(),
    };
    let logged_in = client.logged_in.clone();
    let grace = grace(settings.login_grace, &logged_in);
    tokio::pin!(grace);
    let greeted = tokio::select! {
        greeted = russh::server::run_stream(config, stream, client) => greeted,
        // A client that does not even say which version it speaks.
        () = stop.cancelled() => return,
        () = &mut grace => return,
    };
    let running = match greeted {
        Ok(running) => running,
        Err(error) => {
            tracing::debug!(%peer, %error, "the SSH handshake failed");
            tell_of_old_algorithms(&context, peer, &error);
            return;
        }
    };
    let handle = running.handle();
    tokio::pin!(running);
    let reason = tokio::select! {
        outcome = &mut running => {
            if let Err(error) = outcome {
                tracing::debug!(%peer, %error, "the connection ended");
                tell_of_old_algorithms(&context, peer, &error);
            }
            return;
        }
        () = stop.cancelled() => "the server stops",
        () = closing.cancelled() => "the session was closed",
        () = grace => "no log-in in time",
    };
    let _ = handle
        .disconnect(Disconnect::ByApplication, reason.to_owned(), String::new())
        .await;
    let _ = tokio::time::timeout(Duration::from_secs(2), &mut running).await;
}

/// A device that knows only old algorithms never gets as far as a log-in: without this nobody would learn why.
fn tell_of_old_algorithms(context: &SftpContext, peer: SocketAddr, error: &russh::Error) {
    let russh::Error::NoCommonAlgo { kind, theirs, .. } = error else {
        return;
    };
    let theirs = theirs.join(", ");
    let message = format!("a device could not connect: of {kind:?} algorithms it offers only {theirs}");
    context.events.send(Event::Activity(ActivityRecord {
        protocol: Some(Protocol::Sftp),
        address: Some(peer.ip().to_canonical()),
        ..ActivityRecord::new(ActivityKind::LogInRefused, message)
    }));
}

/// Ends when the client has not logged in in time.
async fn grace(time: Duration, logged_in: &CancellationToken) {
    if tokio::time::timeout(time, logged_in.cancelled()).await.is_ok() {
        std::future::pending::<()>().await;
    }
}

fn config(context: &SftpContext, settings: &SftpSettings) -> Config {
    let mut methods = vec![MethodKind::PublicKey];
    if settings.password_allowed {
        methods.extend([MethodKind::Password, MethodKind::KeyboardInteractive]);
    }
    let mut preferred = Preferred::default();
    // AES-GCM first: the fastest where the processor helps; the client has the last word.
    preferred.cipher = vec![
        cipher::AES_128_GCM,
        cipher::AES_256_GCM,
        cipher::CHACHA20_POLY1305,
        cipher::AES_256_CTR,
        cipher::AES_192_CTR,
        cipher::AES_128_CTR,
    ]
    .into();
    // ssh-rsa with SHA-1 is for devices that can't do better, and they get a listener of their own.
    preferred.key = preferred
        .key
        .iter()
        .filter(|algorithm| !matches!(algorithm, Algorithm::Rsa { hash: None }))
        .cloned()
        .collect::<Vec<_>>()
        .into();
    Config {
        server_id: SshId::Standard("SSH-2.0-Landfall".into()),
        methods: MethodSet::from(methods.as_slice()),
        auth_rejection_time: REJECTION_TIME,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: context.host_keys.clone(),
        window_size: WINDOW,
        maximum_packet_size: 65_535,
        max_auth_attempts: settings.max_auth_tries,
        inactivity_timeout: settings.idle_timeout,
        preferred,
        nodelay: true,
        ..Config::default()
    }
}

struct Client {
    context: Arc<SftpContext>,
    peer: SocketAddr,
    negotiated: Arc<OnceLock<Negotiated>>,
    logged_in: CancellationToken,
    closing: CancellationToken,
    who: Option<Who>,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

/// A person who logged in.
struct Who {
    caller: Arc<Caller>,
    live: Arc<LiveSession>,
}

impl Client {
    fn refuse() -> Auth {
        Auth::reject()
    }

    fn accept(&mut self, principal: Principal, authentication: &str, key: Option<String>) -> Auth {
        let from = self.peer.ip().to_canonical();
        self.context
            .identity
            .succeeded(&principal.name, from, Protocol::Sftp);
        let negotiated = self.negotiated.get();
        let security = SessionSecurity {
            dialect: "SFTP 3".to_owned(),
            signing: negotiated.map(|negotiated| negotiated.mac.clone()),
            cipher: negotiated.map(|negotiated| negotiated.cipher.clone()),
            authentication: authentication.to_owned(),
            client: negotiated.and_then(|negotiated| negotiated.client.clone()),
            key,
        };
        let user = principal.user.map(|user| user.0);
        let live = self
            .context
            .sessions
            .register(Protocol::Sftp, &principal.name, user, self.peer, security);
        let closing = self.closing.clone();
        let ended = live.closing().clone();
        tokio::spawn(async move {
            ended.cancelled().await;
            closing.cancel();
        });
        let caller = Arc::new(Caller {
            principal,
            session: Arc::clone(&live),
        });
        self.who = Some(Who { caller, live });
        self.logged_in.cancel();
        Auth::Accept
    }

    fn password(&mut self, user: &str, password: &str) -> Auth {
        if !self.context.settings.load().password_allowed {
            return Self::refuse();
        }
        let from = self.peer.ip().to_canonical();
        match self
            .context
            .identity
            .verify_password(login_name(user), password, from, Protocol::Sftp)
        {
            Ok(principal) => self.accept(principal, "password", None),
            Err(error) => {
                tracing::debug!(peer = %self.peer, %error, "log-in refused");
                Self::refuse()
            }
        }
    }

    fn known_key(&self, user: &str, key: &PublicKey) -> Result<Principal, AuthError> {
        let blob = key.to_bytes().map_err(|_| AuthError::WrongCredentials)?;
        self.context
            .identity
            .verify_public_key(login_name(user), &blob, self.peer.ip().to_canonical())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(who) = self.who.take() {
            // Ends the watcher of `closing`.
            who.live.closing().cancel();
            who.live.end();
        }
    }
}

impl Handler for Client {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        Ok(self.context.settings.load().banner.clone())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.password(user, password))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(if self.known_key(user, offer.public_key).is_ok() {
            Auth::Accept
        } else {
            Self::refuse()
        })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(match self.known_key(user, key.public_key) {
            Ok(principal) => {
                let fingerprint = key.public_key.fingerprint(HashAlg::Sha256).to_string();
                self.accept(principal, "public key", Some(fingerprint))
            }
            Err(error) => {
                let from = self.peer.ip().to_canonical();
                self.context
                    .identity
                    .failed(login_name(user), from, Protocol::Sftp, &error);
                Self::refuse()
            }
        })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(mut response) = response else {
            return Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("Password: ".into(), false)].into(),
            });
        };
        let answer = response
            .next()
            .map(|answer| String::from_utf8_lossy(&answer).into_owned());
        Ok(self.password(user, &answer.unwrap_or_default()))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        if self.channels.len() < MAX_CHANNELS && self.who.is_some() {
            self.channels.insert(channel.id(), channel);
            reply.accept().await;
        } else {
            reply.reject(russh::ChannelOpenFailure::ResourceShortage).await;
        }
        Ok(())
    }

    async fn channel_close(
        &mut self,
        channel: ChannelId,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.channels.remove(&channel);
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let (Some(channel), Some(who), "sftp") = (self.channels.remove(&id), &self.who, name) else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        let namespace = Namespace::new(Arc::clone(&self.context), Arc::clone(&who.caller));
        tokio::spawn(transfer(channel, Session::new(namespace)));
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        _command: &[u8],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        only_files(id, session)
    }

    async fn shell_request(
        &mut self,
        id: ChannelId,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        only_files(id, session)
    }
}

/// Says what this server is for, and ends the channel.
fn only_files(id: ChannelId, session: &mut russh::server::Session) -> Result<(), russh::Error> {
    session.channel_success(id)?;
    session.extended_data(id, 1, Bytes::from_static(FILE_TRANSFER_ONLY.as_bytes()))?;
    session.exit_status_request(id, 1)?;
    session.eof(id)?;
    session.close(id)
}

/// What a client may send while it does not take the answers to what it sent before.
const MAX_UNANSWERED: usize = 32 << 20;

/// Runs an SFTP session on a channel: every packet that is here is answered before the answers are sent.
async fn transfer(channel: Channel<Msg>, mut session: Session) {
    let (reader, writer) = channel.split();
    let mut requests = Requests {
        reader,
        bytes: Vec::new(),
        ended: false,
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
                sound &= flush(&mut session, &mut requests, &writer).await;
            }
            if !sound {
                break;
            }
        }
        requests.bytes.drain(..at);
        let unanswered = requests.bytes.len();
        sound &= flush(&mut session, &mut requests, &writer).await;
        // What came in while the answers were sent may be whole requests, after which the client waits for us.
        if sound && requests.bytes.len() == unanswered {
            sound = requests.receive().await;
        }
    }
    let _ = writer.exit_status(0).await;
    let _ = writer.eof().await;
    let _ = writer.close().await;
}

/// What has come in on a channel and is not answered yet.
struct Requests {
    reader: russh::ChannelReadHalf,
    bytes: Vec<u8>,
    ended: bool,
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
                    return true;
                }
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => self.ended = true,
                Some(_) => {}
            }
        }
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
                if requests.bytes.len() > MAX_UNANSWERED {
                    return false;
                }
            }
        }
    }
}
