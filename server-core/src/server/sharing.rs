//! Sharing: the listeners and everything behind them, started and stopped as one while the process
//! stays. One task owns it all; whoever wants a change sends it a command, so that two can't interleave.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::binding::{self, Bound};
use super::front_ends::{FrontEnd, FrontEnds};
use super::{ServerConfig, addresses};
use crate::admin::{AdminError, ErrorCode, Listen, Listening, Settings};
use crate::live::{ActivityKind, ActivityRecord, Event, Events, Sessions};
use crate::store::Store;

/// How long requests under way get to finish when sharing stops.
const DRAIN: Duration = Duration::from_secs(10);
const SFTP_PORT: u16 = 2022;
const NETBIOS_PORT: u16 = 139;

/// The handle to the task.
#[derive(Debug)]
pub(super) struct Sharing {
    commands: mpsc::Sender<Command>,
    listening: Arc<ArcSwap<Listening>>,
}

/// What is wanted of the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    On,
    Off,
    /// Off, whatever is wanted later.
    End,
}

/// What is wanted, and where to say whether that changed anything.
#[derive(Debug)]
struct Command {
    wanted: Wanted,
    done: oneshot::Sender<Result<bool, AdminError>>,
}

/// What the task owns.
struct Task {
    store: Store,
    config: ServerConfig,
    front_ends: Arc<FrontEnds>,
    sessions: Sessions,
    events: Events,
    listening: Arc<ArcSwap<Listening>>,
    running: Option<Running>,
}

struct Running {
    cancel: CancellationToken,
    front_ends: JoinSet<()>,
}

impl Sharing {
    /// A task that shares nothing yet. It ends when the handle is dropped.
    pub(super) fn spawn(
        store: Store,
        config: ServerConfig,
        front_ends: Arc<FrontEnds>,
        sessions: Sessions,
        events: Events,
    ) -> Self {
        let (commands, inbox) = mpsc::channel(4);
        let listening = Arc::<ArcSwap<Listening>>::default();
        let task = Task {
            store,
            config,
            front_ends,
            sessions,
            events,
            listening: Arc::clone(&listening),
            running: None,
        };
        tokio::spawn(task.run(inbox));
        Self { commands, listening }
    }

    pub(super) fn listening(&self) -> Listening {
        Listening::clone(&self.listening.load())
    }

    pub(super) async fn start(&self) -> Result<bool, AdminError> {
        self.set(Wanted::On).await
    }

    /// Stops for good: a command that comes too late is refused.
    pub(super) async fn end(&self) {
        let _ = self.set(Wanted::End).await;
    }

    /// For threads that may block.
    pub(super) fn set_blocking(&self, on: bool) -> Result<bool, AdminError> {
        let (done, reply) = oneshot::channel();
        let wanted = if on { Wanted::On } else { Wanted::Off };
        let sent = self.commands.blocking_send(Command { wanted, done });
        sent.map_err(|_| ending())?;
        reply.blocking_recv().map_err(|_| ending())?
    }

    async fn set(&self, wanted: Wanted) -> Result<bool, AdminError> {
        let (done, reply) = oneshot::channel();
        let sent = self.commands.send(Command { wanted, done }).await;
        sent.map_err(|_| ending())?;
        reply.await.map_err(|_| ending())?
    }
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        while let Some(Command { wanted, done }) = inbox.recv().await {
            let outcome = match (wanted, self.running.take()) {
                (Wanted::On, None) => self.start().map(|running| {
                    self.running = Some(running);
                    true
                }),
                (Wanted::Off | Wanted::End, Some(running)) => {
                    self.stop(running).await;
                    Ok(true)
                }
                (_, unchanged) => {
                    self.running = unchanged;
                    Ok(false)
                }
            };
            // Whoever asked may have given up waiting.
            let _ = done.send(outcome);
            if wanted == Wanted::End {
                return;
            }
        }
    }

    fn start(&self) -> Result<Running, AdminError> {
        let stored = self.store.settings()?.into_iter().collect();
        let settings = Settings::from_stored(&stored);
        self.front_ends.apply(&settings);

        let mut listening = Listening {
            sharing: true,
            ..Listening::default()
        };
        let (mut bound, mut refused) = (Vec::new(), None);
        for plan in self.plans(&settings) {
            match (plan.bind)(plan.listen) {
                Ok(None) => {}
                Ok(Some(Bound { listener, note })) => {
                    listening.notes.extend(note);
                    let listener = registered(listener).map_err(|error| cannot_listen(&error))?;
                    let address = listener.local_addr().map_err(|error| cannot_listen(&error))?;
                    let shown = addresses::shown(plan.name, plan.scheme, plan.usual_port, address);
                    listening.addresses.push(shown);
                    bound.push((plan.front_end, listener));
                }
                // What was asked for by name must work; what settings say should not keep the rest away.
                Err(error) if plan.asked_for => return Err(error),
                Err(error) => {
                    listening.notes.push(error.message.clone());
                    refused = Some(error);
                }
            }
        }
        if let (true, Some(error)) = (bound.is_empty(), refused) {
            return Err(error);
        }

        let cancel = CancellationToken::new();
        let mut tasks = JoinSet::new();
        for (front_end, listener) in bound {
            let front_ends = Arc::clone(&self.front_ends);
            tasks.spawn(front_ends.serve(front_end, listener, cancel.clone()));
        }
        let urls: Vec<_> = listening
            .addresses
            .iter()
            .map(|shown| shown.url.as_str())
            .collect();
        self.note(match urls.as_slice() {
            [] => "sharing started, but every protocol is off".to_owned(),
            urls => format!("sharing started: {}", urls.join(" ")),
        });
        for note in &listening.notes {
            self.note(note.clone());
        }
        self.show(listening);
        Ok(Running {
            cancel,
            front_ends: tasks,
        })
    }

    async fn stop(&self, mut running: Running) {
        self.show(Listening::default());
        running.cancel.cancel();
        let drained = async { while running.front_ends.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("requests under way took too long and were cut off");
            running.front_ends.shutdown().await;
        }
        // Those that did not listen to the front end's cancellation.
        for session in self.sessions.list() {
            self.sessions.close(session.id);
        }
        self.note("sharing stopped".to_owned());
    }

    fn plans(&self, settings: &Settings) -> [Plan; 3] {
        let config = &self.config;
        [
            Plan {
                name: "smb",
                scheme: "smb",
                usual_port: 445,
                listen: config.smb.unwrap_or(settings.smb_listen),
                asked_for: config.smb.is_some(),
                bind: binding::smb,
                front_end: FrontEnd::SmbDirect,
            },
            Plan {
                name: "sftp",
                scheme: "sftp",
                usual_port: 22,
                listen: config.sftp.unwrap_or(settings.sftp_listen),
                asked_for: config.sftp.is_some(),
                bind: |listen| binding::other("SFTP", listen, SFTP_PORT),
                front_end: FrontEnd::Sftp,
            },
            Plan {
                name: "netbios",
                scheme: "smb",
                usual_port: NETBIOS_PORT,
                listen: config.netbios.unwrap_or(settings.netbios_listen),
                asked_for: config.netbios.is_some(),
                bind: |listen| binding::other("SMB in NetBIOS framing", listen, NETBIOS_PORT),
                front_end: FrontEnd::SmbNetBios,
            },
        ]
    }

    fn show(&self, listening: Listening) {
        self.listening.store(Arc::new(listening));
        self.events.send(Event::ListenersChanged);
    }

    fn note(&self, message: String) {
        let record = ActivityRecord::new(ActivityKind::Server, message);
        self.events.send(Event::Activity(record));
    }
}

/// One listener to be.
struct Plan {
    name: &'static str,
    scheme: &'static str,
    usual_port: u16,
    listen: Listen,
    /// Named by whoever started the server, not by a setting.
    asked_for: bool,
    bind: fn(Listen) -> Result<Option<Bound>, AdminError>,
    front_end: FrontEnd,
}

fn registered(listener: std::net::TcpListener) -> std::io::Result<TcpListener> {
    TcpListener::from_std(listener)
}

fn cannot_listen(error: &std::io::Error) -> AdminError {
    AdminError::new(ErrorCode::CannotListen, format!("Listening failed: {error}."))
}

fn ending() -> AdminError {
    AdminError::new(ErrorCode::NotRunning, "The server is shutting down.")
}
