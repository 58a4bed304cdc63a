//! Unix: a socket in the data folder, or in a private runtime folder where the path would be too long.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use interprocess::TryClone;
use interprocess::local_socket::ListenerOptions;
use interprocess::os::unix::local_socket::ListenerOptionsExt;
use socket2::{Domain, Socket, Type};

const SOCKET: &str = "control.sock";
/// `sun_path` holds 104 bytes on macOS and 108 on Linux, with a zero at the end.
const LONGEST_SOCKET_PATH: usize = 100;

/// What is asked for where the system refuses what it calls the maximum: macOS has a ceiling below it (OPEN_MAX, or
/// kern.maxfilesperproc, which differ between its versions).
const FEWER_FILES: [u64; 7] = [1_048_576, 524_288, 245_760, 122_880, 61_440, 24_576, 10_240];

/// How many files and connections this process may have open: as many as it is allowed to ask for. `None` for no
/// limit.
pub(in crate::server) fn open_file_limit() -> Option<u64> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = raise(limit.current, limit.maximum, |current| {
            let wanted = rustix::process::Rlimit { current, ..limit };
            setrlimit(Resource::Nofile, wanted).is_ok()
        });
        if !raised {
            tracing::debug!("the limit on open files stays as it is");
        }
    }
    getrlimit(Resource::Nofile).current
}

/// Binds a port below 1024 by the program that the package gives the right to; `None` where it is not installed.
pub(in crate::server) fn bind_with_help(address: SocketAddr) -> Option<io::Result<TcpListener>> {
    const HELPER: &str = "/usr/lib/landfall/landfall-bind";
    const BACKLOG: i32 = 128;
    if !Path::new(HELPER).exists() {
        return None;
    }
    let bind = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        // As the standard library does: a port is had again at once after the server ended.
        socket.set_reuse_address(true)?;
        let ended = Command::new(HELPER)
            .arg(address.to_string())
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(socket.try_clone()?)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        match ended.code() {
            Some(0) => {
                socket.listen(BACKLOG)?;
                Ok(socket.into())
            }
            Some(error) => Err(io::Error::from_raw_os_error(error)),
            None => Err(io::ErrorKind::PermissionDenied.into()),
        }
    };
    Some(bind())
}

/// Sets a limit to its maximum, or to the most that is taken; whether it is higher than before.
fn raise(now: Option<u64>, maximum: Option<u64>, mut set: impl FnMut(Option<u64>) -> bool) -> bool {
    let fewer = FEWER_FILES
        .into_iter()
        .filter(|files| maximum.is_none_or(|maximum| *files < maximum))
        .filter(|files| now.is_some_and(|now| *files > now));
    std::iter::once(maximum).chain(fewer.map(Some)).any(&mut set)
}

/// The computer's name without its domain.
pub(in crate::server) fn computer_name() -> String {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Where the control socket of a data folder is. The folder must exist.
pub(in crate::server) fn control_socket(data_dir: &Path) -> io::Result<PathBuf> {
    let data_dir = data_dir.canonicalize()?;
    let socket = data_dir.join(SOCKET);
    if socket.as_os_str().len() <= LONGEST_SOCKET_PATH {
        return Ok(socket);
    }
    Ok(runtime_folder(&data_dir)?.join(format!("{}.sock", super::short_name(&data_dir))))
}

/// Makes sure that only this account can reach the socket that will be there.
pub(in crate::server) fn prepare_control_socket(data_dir: &Path) -> io::Result<()> {
    let data_dir = data_dir.canonicalize()?;
    let socket = control_socket(&data_dir)?;
    let folder = socket.parent().unwrap_or(&data_dir);
    if folder == data_dir {
        // The user's own folder may be readable by others: the socket's mode guards it.
        return Ok(());
    }
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let (found, ours) = (std::fs::symlink_metadata(folder)?, data_dir.metadata()?);
    if !found.is_dir() || found.uid() != ours.uid() || found.mode() & 0o077 != 0 {
        let message = format!("{} is not a private folder of this account", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    Ok(())
}

/// Creates a listener that only this account may connect to.
pub(in crate::server) fn only_this_account<'n, L>(
    options: ListenerOptions<'n>,
    socket: &Path,
    create: impl Fn(ListenerOptions<'n>) -> io::Result<L>,
) -> io::Result<L> {
    match create(options.try_clone()?.mode(0o600)) {
        // macOS sets no mode before the socket is bound.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            let listener = create(options)?;
            std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
            Ok(listener)
        }
        created => created,
    }
}

/// Whether the server went while a client waited for its turn: there are no turns on Unix.
pub(in crate::server) fn closed_while_waiting(_error: &io::Error) -> bool {
    false
}

fn runtime_folder(data_dir: &Path) -> io::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)
        && folder.is_absolute()
        && folder.as_os_str().len() <= 50
        && folder.is_dir()
    {
        return Ok(folder.join("landfall"));
    }
    let uid = data_dir.metadata()?.uid();
    Ok(PathBuf::from(format!("/tmp/landfall-{uid}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_maximum_is_refused_the_most_that_is_taken_is_asked_for() {
        let asked = |now: Option<u64>, maximum: Option<u64>, ceiling: u64| {
            let mut limit = now;
            raise(now, maximum, |wanted| {
                let taken = wanted.is_some_and(|wanted| wanted <= ceiling);
                if taken {
                    limit = wanted;
                }
                taken
            });
            limit
        };
        // macOS: 256, no maximum, and a ceiling that is not told.
        assert_eq!(asked(Some(256), None, 10_240), Some(10_240));
        assert_eq!(asked(Some(256), None, 245_760), Some(245_760));
        assert_eq!(asked(Some(1024), Some(524_288), u64::MAX), Some(524_288));
        assert_eq!(asked(Some(65_536), Some(100_000), 70_000), Some(65_536));
    }

    #[test]
    fn a_long_data_folder_gets_a_short_socket_in_a_private_folder() {
        let folder = tempfile::tempdir().unwrap();
        let short = folder.path().join("data");
        std::fs::create_dir(&short).unwrap();
        assert!(control_socket(&short).unwrap().ends_with("data/control.sock"));

        let long = folder.path().join("x".repeat(120));
        std::fs::create_dir(&long).unwrap();
        prepare_control_socket(&long).unwrap();
        let socket = control_socket(&long).unwrap();
        assert!(socket.as_os_str().len() <= LONGEST_SOCKET_PATH);
        assert_eq!(socket.parent().unwrap().metadata().unwrap().mode() & 0o077, 0);
    }

    #[test]
    fn the_computer_has_a_name_without_a_domain() {
        assert!(!computer_name().contains('.'));
    }
}
