//! Sharing: the listeners and everything behind them, started and stopped as one while the process
//! stays. One task owns it all; whoever wants a change sends it a command, so that two can't interleave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::binding::{self, Bound};
use super::front_ends::{FrontEnd, FrontEnds};
use super::{ServerConfig, addresses};
use crate::admin::{Address, AdminError, ErrorCode, Listen, Listening, Settings};
use crate::live::{ActivityKind, ActivityRecord, Current, Event, Events, Sessions};
use crate::sandbox::Binder;
use crate::store::Store;

/// How long requests under way get to finish when sharing stops.
const DRAIN: Duration = Duration::from_secs(10);
const SFTP_PORT: u16 = 2022;
const NETBIOS_PORT: u16 = 139;
/// How often the addresses that people are shown are compared with those that this computer has: it may get one
/// only after the start, or move to another network.
const LOOK_ANEW: Duration = Duration::from_secs(5);

/// The handle to the task.
#[derive(Debug)]
pub(super) struct Sharing {
    commands: mpsc::Sender<Command>,
    listening: Arc<Current<Listening>>,
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
    listening: Arc<Current<Listening>>,
    running: Option<Running>,
}

struct Running {
    cancel: CancellationToken,
    front_ends: JoinSet<()>,
    bound: Vec<BoundTo>,
}

/// Where a listener is, and how clients write that.
#[derive(Debug, Clone, Copy)]
struct BoundTo {
    name: &'static str,
    scheme: &'static str,
    usual_port: u16,
    address: SocketAddr,
}

impl BoundTo {
    fn shown(&self) -> Address {
        addresses::shown(self.name, self.scheme, self.usual_port, self.address)
    }
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
        let listening = Arc::<Current<Listening>>::default();
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
        Listening::clone(&self.listening.get())
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
        loop {
            let command = tokio::select! {
                command = inbox.recv() => command,
                () = tokio::time::sleep(LOOK_ANEW), if self.running.is_some() => {
                    self.look_anew();
                    continue;
                }
            };
            let Some(Command { wanted, done }) = command else {
                return;
            };
            let outcome = match (wanted, self.running.take()) {
                (Wanted::On, None) => self.start().map(|running| {
                    self.running = Some(running);
                    true
                }),
                (Wanted::Off | Wanted::End, Some(running)) => {
                    self.stop(running).await;
                    Ok(true)
                }
                (Wanted::Off | Wanted::End, None) => {
                    self.show(Listening::default());
                    Ok(false)
                }
                (Wanted::On, running) => {
                    self.running = running;
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

    /// Starts, or shows why that failed.
    fn start(&self) -> Result<Running, AdminError> {
        let mut notes = Vec::new();
        self.listen(&mut notes).inspect_err(|error| {
            if !notes.contains(&error.message) {
                notes.push(error.message.clone());
            }
            self.show(Listening {
                failed: true,
                notes,
                ..Listening::default()
            });
        })
    }

    /// Listens wherever the settings say; what differs from them is added to the notes.
    fn listen(&self, notes: &mut Vec<String>) -> Result<Running, AdminError> {
        let stored = self.store.settings()?.into_iter().collect();
        let settings = Settings::from_stored(&stored);
        self.front_ends.apply(&settings);
        self.front_ends.begin();

        let (mut bound, mut listeners, mut refused) = (Vec::new(), Vec::new(), None);
        for plan in self.plans(&settings) {
            match self.bind(&plan) {
                Ok(None) => {}
                Ok(Some(Bound { listener, note })) => {
                    notes.extend(note);
                    let listener = registered(listener).map_err(|error| cannot_listen(&error))?;
                    let address = listener.local_addr().map_err(|error| cannot_listen(&error))?;
                    bound.push(BoundTo {
                        name: plan.name,
                        scheme: plan.scheme,
                        usual_port: plan.usual_port,
                        address,
                    });
                    listeners.push((plan.front_end, listener));
                }
                // What was asked for by name must work; what settings say should not keep the rest away.
                Err(error) if plan.asked_for => return Err(error),
                Err(error) => {
                    notes.push(error.message.clone());
                    refused = Some(error);
                }
            }
        }
        if let (true, Some(error)) = (bound.is_empty(), refused) {
            return Err(error);
        }
        if let Some(binder) = &self.config.binder {
            binder.finish();
        }

        let cancel = CancellationToken::new();
        let mut tasks = JoinSet::new();
        for (front_end, listener) in listeners {
            let front_ends = Arc::clone(&self.front_ends);
            tasks.spawn(front_ends.serve(front_end, listener, cancel.clone()));
        }
        let addresses: Vec<_> = bound.iter().map(BoundTo::shown).collect();
        let urls: Vec<_> = addresses.iter().map(|shown| shown.url.as_str()).collect();
        self.note(match urls.as_slice() {
            [] => "sharing started, but every protocol is off".to_owned(),
            urls => format!("sharing started: {}", urls.join(" ")),
        });
        for note in notes.iter() {
            self.note(note.clone());
        }
        self.show(Listening {
            sharing: true,
            failed: false,
            addresses,
            notes: notes.clone(),
        });
        Ok(Running {
            cancel,
            front_ends: tasks,
            bound,
        })
    }

    /// Binds a listener, with the privileges that the process was started with as long as there are any.
    fn bind(&self, plan: &Plan) -> Result<Option<Bound>, AdminError> {
        let (bind, listen) = (plan.bind, plan.listen);
        let Some(binder) = &self.config.binder else {
            return bind(listen, None);
        };
        let privileged = binder.clone();
        let bound = binder.run(move || bind(listen, Some(&privileged)));
        bound.unwrap_or_else(|| bind(listen, Some(binder)))
    }

    /// Shows other addresses when the computer has others.
    fn look_anew(&self) {
        let Some(running) = &self.running else { return };
        let now = Listening::clone(&self.listening.get());
        let addresses: Vec<_> = running.bound.iter().map(BoundTo::shown).collect();
        if addresses != now.addresses {
            let urls: Vec<_> = addresses.iter().map(|shown| shown.url.as_str()).collect();
            self.note(format!("the addresses are now {}", urls.join(" ")));
            self.show(Listening { addresses, ..now });
        }
    }

    async fn stop(&self, mut running: Running) {
        self.show(Listening::default());
        running.cancel.cancel();
        let drained = async { while running.front_ends.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("requests under way took too long and were cut off");
            running.front_ends.shutdown().await;
        }
        if let Some(binder) = &self.config.binder {
            binder.rest();
        }
        // Those that did not listen to the front end's cancellation.
        for session in self.sessions.list() {
            self.sessions.close(session.id);
        }
        self.front_ends.let_go();
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
                bind: |listen, binder| binding::other("SFTP", listen, SFTP_PORT, binder),
                front_end: FrontEnd::Sftp,
            },
            Plan {
                name: "netbios",
                scheme: "smb",
                // Named even where it is the usual one: without it the address would be that of the other framing.
                usual_port: 445,
                listen: config.netbios.unwrap_or(settings.netbios_listen),
                asked_for: config.netbios.is_some(),
                bind: |listen, binder| binding::other("SMB in NetBIOS framing", listen, NETBIOS_PORT, binder),
                front_end: FrontEnd::SmbNetBios,
            },
        ]
    }

    fn show(&self, listening: Listening) {
        self.listening.set(listening);
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
    bind: fn(Listen, Option<&Binder>) -> Result<Option<Bound>, AdminError>,
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
