//! What the process may do beyond its account: given up at the start, but for the one thread that binds ports, and by
//! that one when they are bound.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use socket2::Socket;

/// What the process may do beyond its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Privileges {
    /// Nothing.
    None,
    /// It runs as root, and kept what it needs to serve files that belong to others; nothing else.
    FilesOfOthers,
    /// What it was started with.
    Kept,
    /// The system has no such thing, or the program was not started by the command line.
    NotHandled,
}

/// The thread that binds ports with what privileges the process was started with. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Binder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    privileges: Privileges,
    /// To the thread, while it is there.
    thread: Mutex<Option<mpsc::Sender<Job>>>,
    /// Sockets that only a privileged thread could bind again. They listen while sharing is on.
    kept: Mutex<HashMap<SocketAddr, Socket>>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Binder {
    /// Gives up every privilege of the process, but for a thread that binds ports. Must be called before the process
    /// has other threads: each has privileges of its own, which it hands on to those that it starts.
    ///
    /// # Errors
    /// The system gives no thread, or keeps the privileges.
    pub fn start() -> io::Result<Self> {
        let (sender, jobs) = mpsc::channel::<Job>();
        std::thread::Builder::new()
            .name("binder".to_owned())
            .spawn(move || jobs.into_iter().for_each(|job| job()))?;
        Ok(Self(Arc::new(Inner {
            privileges: platform::give_up()?,
            thread: Mutex::new(Some(sender)),
            kept: Mutex::default(),
        })))
    }

    /// What the process kept.
    pub fn privileges(&self) -> Privileges {
        self.0.privileges
    }

    /// Does something with the privileges that there were, as long as there are any.
    pub(crate) fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (sender, done) = mpsc::sync_channel(1);
        let job = Box::new(move || drop(sender.send(work())));
        self.0.thread.lock().as_ref()?.send(job).ok()?;
        done.recv().ok()
    }

    /// Ends the thread, and with it every privilege.
    pub(crate) fn finish(&self) {
        self.0.thread.lock().take();
    }

    /// Keeps a bound socket, so that its address can be had again.
    pub(crate) fn keep(&self, listener: &TcpListener) -> io::Result<()> {
        if self.0.privileges == Privileges::NotHandled {
            return Ok(());
        }
        let address = listener.local_addr()?;
        let socket = Socket::from(listener.try_clone()?);
        self.0.kept.lock().insert(address, socket);
        Ok(())
    }

    /// A listener at an address that was bound before.
    pub(crate) fn again(&self, address: SocketAddr) -> Option<io::Result<TcpListener>> {
        let kept = self.0.kept.lock();
        let socket = kept.get(&address)?;
        let listen = || {
            socket.listen(BACKLOG)?;
            Ok(socket.try_clone()?.into())
        };
        Some(listen())
    }

    /// Lets nobody in any more at the addresses that were bound, and keeps them.
    pub(crate) fn rest(&self) {
        for (address, socket) in self.0.kept.lock().iter() {
            if let Err(error) = socket.shutdown(std::net::Shutdown::Both) {
                tracing::debug!(%address, %error, "a listener that rests");
            }
        }
    }
}

/// As the standard library has it.
const BACKLOG: i32 = 128;

#[cfg(target_os = "linux")]
mod platform {
    use std::io;

    use rustix::thread::{
        CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
        remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
    };

    use super::Privileges;

    /// What serving files that belong to others takes: passing over their permissions, and setting times and modes.
    const FILES: CapabilitySet = CapabilitySet::DAC_OVERRIDE.union(CapabilitySet::FOWNER);

    /// Gives up what this thread has, and the way to have it again by running a program.
    pub(super) fn give_up() -> io::Result<Privileges> {
        let had = capabilities(None)?;
        let keep = if rustix::process::geteuid().is_root() {
            had.permitted & FILES
        } else {
            CapabilitySet::empty()
        };
        for capability in CapabilitySet::all().iter() {
            if !keep.contains(capability) && had.effective.contains(CapabilitySet::SETPCAP) {
                // Those that this kernel doesn't know.
                let _ = remove_capability_from_bounding_set(capability);
            }
        }
        // An old kernel has none.
        let _ = clear_ambient_capability_set();
        set_capabilities(
            None,
            CapabilitySets {
                effective: keep,
                permitted: keep,
                inheritable: CapabilitySet::empty(),
            },
        )?;
        set_no_new_privs(true)?;
        Ok(if keep.is_empty() {
            Privileges::None
        } else {
            Privileges::FilesOfOthers
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::io;

    use super::Privileges;

    /// There is nothing to give up that a server would be started with.
    pub(super) fn give_up() -> io::Result<Privileges> {
        Ok(Privileges::NotHandled)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_that_was_bound_is_shut_and_opened_again_without_binding_it() {
        use std::net::TcpStream;
        // By its number: a port that the system chose is given back when nobody listens.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = TcpListener::bind(free).unwrap();
        let address = listener.local_addr().unwrap();
        let binder = Binder(Arc::new(Inner {
            privileges: Privileges::None,
            thread: Mutex::default(),
            kept: Mutex::default(),
        }));
        binder.keep(&listener).unwrap();
        assert!(TcpStream::connect(address).is_ok());
        drop(listener);
        binder.rest();
        assert!(TcpStream::connect(address).is_err());
        let listener = binder.again(address).unwrap().unwrap();
        let client = TcpStream::connect(address).unwrap();
        let (_, from) = listener.accept().unwrap();
        assert_eq!(from, client.local_addr().unwrap());
        assert!(binder.again("127.0.0.1:1".parse().unwrap()).is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_gave_up_its_privileges_has_none_and_gets_none() {
        // On a thread of its own: the others of this process keep theirs.
        let given_up = std::thread::spawn(|| {
            let privileges = platform::give_up().unwrap();
            let has = rustix::thread::capabilities(None).unwrap();
            (privileges, has, rustix::thread::no_new_privs().unwrap())
        });
        let (privileges, has, no_new_privileges) = given_up.join().unwrap();
        assert!(no_new_privileges);
        assert!(has.inheritable.is_empty() && has.effective == has.permitted);
        match privileges {
            Privileges::None => assert!(has.permitted.is_empty()),
            _ => assert!(!has.permitted.contains(rustix::thread::CapabilitySet::SYS_ADMIN)),
        }
    }
}
