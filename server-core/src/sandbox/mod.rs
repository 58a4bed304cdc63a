//! A sandbox under the sandbox: threads that act for clients can open what is shared and what they need of the database,
//! whatever a path or a mistake would lead them to. The operating system holds it (Landlock on Linux); a thread that is
//! in can't come out, and every thread that it starts is in too.
//!
//! Folders come and go while threads live. Each folder that is added begins a new generation of the rules; a thread has
//! those of when it entered. Who is too old for a folder ([`reaches`]) leaves the work to a thread that is not; such
//! threads are started from outside ([`Sandbox::spawn`]), since one that is in could only start more of its kind.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "unsupported.rs")]
mod platform;
mod privileges;

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak, mpsc};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

pub use self::privileges::{Binder, Privileges};

/// Set to `off`, clients' threads are not confined.
const SWITCH: &str = "LANDFALL_SANDBOX";
/// The generation of threads that are not confined: they reach everything.
const OUTSIDE: u64 = u64::MAX;

thread_local! {
    static GENERATION: Cell<u64> = const { Cell::new(OUTSIDE) };
}

/// How far what acts for clients is kept from other files of this computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FileSystemGuard {
    /// The kernel lets it open shares and the database alone.
    Landlock {
        /// The version of the kernel's interface.
        abi: u32,
    },
    /// It was turned off by whoever started the server.
    Off,
    /// The system has none, or has it turned off.
    Unsupported,
    /// There is one, but it could not be used.
    Failed,
}

/// What may be opened besides shared folders.
#[derive(Debug, Clone, Default)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "nobody is confined there")
)]
pub(crate) struct Needs {
    /// Files to read and write; must be there.
    pub(crate) files: Vec<PathBuf>,
    /// Files and folders to read, if they are there.
    pub(crate) readable: Vec<PathBuf>,
}

/// The sandbox. Cloning is cheap. The default confines nobody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sandbox(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    guard: FileSystemGuard,
    needs: Needs,
    generation: AtomicU64,
    rules: Mutex<Rules>,
    /// A thread could not be confined.
    failed: AtomicBool,
    outside: mpsc::Sender<Start>,
}

/// What may be opened now.
#[derive(Debug)]
struct Rules {
    folders: Vec<Weak<File>>,
    set: platform::RuleSet,
}

/// A thread to be started.
struct Start {
    name: String,
    work: Box<dyn FnOnce() + Send>,
    started: mpsc::SyncSender<io::Result<()>>,
}

/// A shared folder that is let in, until the last clone is gone. The default is one for which nobody has to be confined.
#[derive(Debug, Clone, Default)]
pub(crate) struct Admitted {
    generation: u64,
    // Nothing but held.
    _folder: Option<Arc<File>>,
}

impl Admitted {
    /// Whether this thread can open what is in the folder. What is open already can be used by all.
    pub(crate) fn is_reached(&self) -> bool {
        GENERATION.get() >= self.generation
    }
}

impl Sandbox {
    /// The system's sandbox, where it has one and nobody turned it off. To be called by a thread that is not confined.
    pub(crate) fn start(needs: Needs) -> (Self, FileSystemGuard) {
        if std::env::var_os(SWITCH).is_some_and(|value| value == "off") {
            return (Self(None), FileSystemGuard::Off);
        }
        let Some(abi) = platform::abi() else {
            return (Self(None), FileSystemGuard::Unsupported);
        };
        match Self::with(needs, FileSystemGuard::Landlock { abi }) {
            Ok(sandbox) => {
                let guard = sandbox.guard();
                (sandbox, guard)
            }
            Err(error) => {
                tracing::error!(%error, "the sandbox can't be used");
                (Self(None), FileSystemGuard::Failed)
            }
        }
    }

    fn with(needs: Needs, guard: FileSystemGuard) -> io::Result<Self> {
        let set = platform::RuleSet::new(&needs, &[])?;
        let (outside, inbox) = mpsc::channel::<Start>();
        std::thread::Builder::new()
            .name("outside".to_owned())
            .spawn(move || {
                for Start { name, work, started } in inbox {
                    let outcome = std::thread::Builder::new().name(name).spawn(work);
                    let _ = started.send(outcome.map(drop));
                }
            })?;
        Ok(Self(Some(Arc::new(Inner {
            guard,
            needs,
            generation: AtomicU64::new(1),
            rules: Mutex::new(Rules {
                folders: Vec::new(),
                set,
            }),
            failed: AtomicBool::new(false),
            outside,
        }))))
    }

    fn guard(&self) -> FileSystemGuard {
        self.0.as_ref().map_or(FileSystemGuard::Off, |inner| inner.guard)
    }

    /// Whether every thread that should be confined is.
    pub(crate) fn holds(&self) -> bool {
        let inner = self.0.as_ref();
        inner.is_some_and(|inner| !inner.failed.load(Ordering::Relaxed))
    }

    /// Lets a shared folder in, for threads that enter from now on.
    pub(crate) fn admit(&self, folder: File) -> Admitted {
        let Some(inner) = &self.0 else {
            return Admitted::default();
        };
        let folder = Arc::new(folder);
        let mut rules = inner.rules.lock();
        rules.folders.retain(|known| known.strong_count() > 0);
        rules.folders.push(Arc::downgrade(&folder));
        let folders: Vec<_> = rules.folders.iter().filter_map(Weak::upgrade).collect();
        match platform::RuleSet::new(&inner.needs, &folders) {
            Ok(set) => rules.set = set,
            // Threads go on with the rules that there are: the folder stays out of reach.
            Err(error) => tracing::error!(%error, "a shared folder can't be let into the sandbox"),
        }
        Admitted {
            generation: inner.generation.fetch_add(1, Ordering::AcqRel) + 1,
            _folder: Some(folder),
        }
    }

    /// Confines the calling thread, and those that it starts, for good.
    pub(crate) fn enter(&self) {
        let Some(inner) = &self.0 else { return };
        let rules = inner.rules.lock();
        // Under the mutex: the rules are those of this generation.
        let generation = inner.generation.load(Ordering::Acquire);
        let entered = rules.set.enter();
        drop(rules);
        match entered {
            Ok(()) => GENERATION.set(generation),
            Err(error) => {
                if !inner.failed.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "a thread that acts for clients is not confined");
                }
            }
        }
    }

    /// Whether the calling thread has the rules of now.
    pub(crate) fn is_current(&self) -> bool {
        match &self.0 {
            None => true,
            Some(inner) => GENERATION.get() >= inner.generation.load(Ordering::Acquire),
        }
    }

    /// Starts a thread that is not confined, wherever it is asked for.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn spawn(&self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let Some(inner) = &self.0 else {
            let thread = std::thread::Builder::new().name(name.to_owned());
            return thread.spawn(work).map(drop);
        };
        let (started, outcome) = mpsc::sync_channel(1);
        let start = Start {
            name: name.to_owned(),
            work: Box::new(work),
            started,
        };
        let gone = || io::Error::other("the thread that starts others is gone");
        inner.outside.send(start).map_err(|_| gone())?;
        outcome.recv().map_err(|_| gone())?
    }

    /// Whether anybody is confined at all.
    pub(crate) fn confines(&self) -> bool {
        self.0.is_some()
    }

    /// Does something that no client chose on a thread that is not confined.
    ///
    /// # Errors
    /// The work's; the system gives no thread.
    pub(crate) async fn outside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (sender, done) = oneshot::channel();
        self.spawn("outside-work", move || {
            // Whoever asked may have gone.
            let _ = sender.send(work());
        })?;
        done.await
            .unwrap_or_else(|_| Err(io::Error::other("it ended without an answer")))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
