//! One SSH connection: who it is, and the channels it opens.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use russh::keys::{HashAlg, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Response, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, Disconnect, MethodKind, MethodSet, SshId};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::algorithms::Profile;
use super::handshake::{KexInitTap, Negotiated, ServerAlgorithms};
use super::namespace::Namespace;
use super::pace::{Pace, Paced};
use super::session::Session;
use super::settings::{BY_PASSWORD, SftpContext, SftpSettings};
use super::transfer::transfer;
use super::unanswered::Unanswered;
use crate::identity::{AuthError, Principal, login_name};
use crate::live::{ActivityKind, ActivityRecord, Event, LiveSession, Protocol, SessionSecurity};
use crate::net::{NoPlace, Place, Visitor};
use crate::vfs::Caller;

/// The time every refused log-in takes at least.
const REJECTION_TIME: Duration = Duration::from_secs(1);
/// Channels of one connection, until both we and the client are done with them; as many as OpenSSH's `MaxSessions`.
const MAX_CHANNELS: usize = 10;
/// Packets of a channel that wait for its session: with all channels, 2.5 MiB that a connection can make us keep.
const CHANNEL_BUFFER: usize = 4;
/// What a client may send before it is told that there is room again: enough for a fast network.
const WINDOW: u32 = 8 << 20;
const FILE_TRANSFER_ONLY: &str = "This server offers file transfer only (SFTP).\r\n";

/// Serves a connection until it ends or `stop`.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    profile: Profile,
    context: Arc<SftpContext>,
    stop: CancellationToken,
) {
    let settings = context.settings.get();
    let config = Arc::new(config(&context, profile, &settings));
    let closing = CancellationToken::new();
    let (stream, pace) = Paced::new(stream, Arc::clone(&context.turns));
    let (stream, negotiated) = KexInitTap::new(stream, ServerAlgorithms::new(&config.preferred));
    let client = Client {
        context: Arc::clone(&context),
        peer,
        place: place.clone(),
        pace,
        negotiated,
        logged_in: CancellationToken::new(),
        closing: closing.clone(),
        who: None,
        unknown_key: None,
        probes: 0,
        channels: HashMap::new(),
        places: Arc::new(Semaphore::new(MAX_CHANNELS)),
    };
    let logged_in = client.logged_in.clone();
    let grace = grace(settings.login_grace, &logged_in);
    tokio::pin!(grace);
    let greeted = tokio::select! {
        biased;
        () = stop.cancelled() => return,
        // A client that does not even say which version it speaks.
        () = &mut grace => return place.too_slow(),
        greeted = russh::server::run_stream(config, stream, client) => greeted,
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
        biased;
        () = stop.cancelled() => "the server stops",
        () = closing.cancelled() => "the session was closed",
        // Before the rest, or a stranger that never pauses would never be through.
        () = grace => {
            place.too_slow();
            "no log-in in time"
        }
        outcome = &mut running => {
            if let Err(error) = outcome {
                tracing::debug!(%peer, %error, "the connection ended");
                tell_of_old_algorithms(&context, peer, &error);
            }
            return;
        }
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

fn config(context: &SftpContext, profile: Profile, settings: &SftpSettings) -> Config {
    let mut methods = vec![MethodKind::PublicKey];
    if settings.password_allowed {
        methods.extend([MethodKind::Password, MethodKind::KeyboardInteractive]);
    }
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
        preferred: profile.preferred(),
        channel_buffer_size: CHANNEL_BUFFER,
        nodelay: true,
        ..Config::default()
    }
}

struct Client {
    context: Arc<SftpContext>,
    peer: SocketAddr,
    place: Place,
    pace: Arc<Pace>,
    negotiated: Arc<OnceLock<Negotiated>>,
    logged_in: CancellationToken,
    closing: CancellationToken,
    who: Option<Who>,
    /// Whose name came with a key that is not known, and with nothing better since.
    unknown_key: Option<String>,
    /// Keys of people that the client asked about and did not prove to have.
    probes: usize,
    channels: HashMap<ChannelId, Opened>,
    /// For as many channels as there may be.
    places: Arc<Semaphore>,
}

/// A channel that the client has not closed.
struct Opened {
    /// Until a session runs on it.
    channel: Option<Channel<Msg>>,
    /// Held by the session too, which may have something to finish when the client has closed.
    counted: Arc<OwnedSemaphorePermit>,
}

/// A person who logged in.
struct Who {
    caller: Arc<Caller>,
    live: Arc<LiveSession>,
    unanswered: Unanswered,
}

impl Client {
    fn refuse() -> Auth {
        Auth::reject()
    }

    fn accept(&mut self, principal: Principal, authentication: &str, key: Option<String>) -> Auth {
        let user = principal.user.map(|user| user.0);
        let visitor = user.map_or(Visitor::Guest, Visitor::Person);
        if let Err(full @ NoPlace) = self.place.logged_in(visitor) {
            tracing::debug!(peer = %self.peer, %full, "log-in refused");
            self.closing.cancel();
            return Self::refuse();
        }
        let negotiated = self.negotiated.get();
        self.pace.logged_in(negotiated.map_or(0, Negotiated::envelope));
        let from = self.peer.ip().to_canonical();
        self.context
            .identity
            .succeeded(&principal.name, from, Protocol::Sftp);
        let security = SessionSecurity {
            dialect: "SFTP 3".to_owned(),
            signing: negotiated.map(|negotiated| negotiated.mac.clone()),
            cipher: negotiated.map(|negotiated| negotiated.cipher.clone()),
            authentication: authentication.to_owned(),
            client: negotiated.and_then(|negotiated| negotiated.client.clone()),
            key,
        };
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
        let unanswered = Unanswered::of(Arc::clone(live.usage()));
        self.who = Some(Who {
            caller,
            live,
            unanswered,
        });
        self.logged_in.cancel();
        Auth::Accept
    }

    fn takes_passwords(&self) -> bool {
        self.context.settings.get().password_allowed
    }

    async fn password(&mut self, user: &str, password: &str) -> Auth {
        if !self.takes_passwords() {
            return Self::refuse();
        }
        let turns = Arc::clone(&self.context.turns);
        let _turn = turns.acquire().await;
        let from = self.peer.ip().to_canonical();
        match self
            .context
            .identity
            .verify_password(login_name(user), password, from, Protocol::Sftp)
        {
            Ok(principal) => self.accept(principal, BY_PASSWORD, None),
            Err(error) => {
                tracing::debug!(peer = %self.peer, %error, "log-in refused");
                // Told of already.
                self.unknown_key = None;
                Self::refuse()
            }
        }
    }

    fn known_key(&self, user: &str, key: &PublicKey) -> Result<Principal, AuthError> {
        let blob = key.to_bytes().map_err(|_| AuthError::UnknownKey)?;
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
        } else if let Some(name) = self.unknown_key.take() {
            // Not before: clients offer all the keys they have, and one of them may be right.
            let from = self.peer.ip().to_canonical();
            let identity = &self.context.identity;
            identity.failed(login_name(&name), from, Protocol::Sftp, &AuthError::UnknownKey);
        }
    }
}

impl Handler for Client {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        self.pace.greeted();
        Ok(self.context.settings.get().banner.clone())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.password(user, password).await)
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        self.place.probed();
        if self.known_key(user, offer.public_key).is_err() {
            self.unknown_key = Some(user.to_owned());
            return Ok(Self::refuse());
        }
        // The library counts those that are refused. To know who has a key is not worth a whole connection of asking.
        self.probes += 1;
        if self.probes > self.context.settings.get().max_auth_tries {
            return Ok(Self::refuse());
        }
        Ok(Auth::Accept)
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
        if !self.takes_passwords() {
            return Ok(Self::refuse());
        }
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
        Ok(self.password(user, &answer.unwrap_or_default()).await)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let counted = Arc::clone(&self.places).try_acquire_owned();
        match (counted, &self.who) {
            (Ok(counted), Some(_)) => {
                let id = channel.id();
                let opened = Opened {
                    channel: Some(channel),
                    counted: Arc::new(counted),
                };
                self.channels.insert(id, opened);
                reply.accept().await;
            }
            _ => reply.reject(russh::ChannelOpenFailure::ResourceShortage).await,
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
        let opened = self.channels.get_mut(&id);
        let opened = opened.and_then(|opened| Some((opened.channel.take()?, Arc::clone(&opened.counted))));
        let (Some((channel, counted)), Some(who), "sftp") = (opened, &self.who, name) else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        let namespace = Namespace::new(Arc::clone(&self.context), Arc::clone(&who.caller));
        tokio::spawn(transfer(
            channel,
            Session::new(namespace),
            counted,
            who.unanswered.clone(),
            Arc::clone(&self.pace),
        ));
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
