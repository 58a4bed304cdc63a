//! What the system's file manager shows. Clients choose names, and to open a folder can mean to run it: macOS starts
//! one that is called `Invoice.app`, or that looks like a program inside. So what clients have a part in is pointed at
//! where it lies, which runs nothing, and only what is this computer's own is opened.

use std::path::{Component, Path, PathBuf};

use server_core::admin::{AdminError, ErrorCode, Share};

/// A folder on whose path nobody on the network has an influence.
#[derive(Debug)]
pub(crate) struct OwnFolder {
    folder: PathBuf,
    /// Clients may change what is in it.
    is_shared: bool,
}

/// A file or folder in a share, under a path that a client chose. It can be pointed at; there is no way from here to
/// something that is opened.
#[derive(Debug)]
pub(crate) struct FromClient {
    share: OwnFolder,
    path: String,
}

/// What the file manager is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Request<'a> {
    /// To show what is in a folder.
    Open(&'a Path),
    /// To show the folder that something is in, with that selected.
    Reveal(PathBuf),
}

impl OwnFolder {
    /// One of Landfall's own data: nobody but this computer's user writes there.
    pub(crate) fn of_landfall(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            is_shared: false,
        }
    }

    /// The folder of a share.
    pub(crate) fn of_share(share: &Share) -> Self {
        Self {
            folder: share.folder.clone(),
            is_shared: true,
        }
    }

    /// Shows it.
    ///
    /// # Errors
    /// The system has no file manager, or the folder is not there.
    pub(crate) fn show(&self) -> Result<(), AdminError> {
        self.request().make()
    }

    /// Only on Linux is a folder a folder, whatever is in it.
    fn request(&self) -> Request<'_> {
        match self.is_shared && !cfg!(target_os = "linux") {
            true => Request::Reveal(self.folder.clone()),
            false => Request::Open(&self.folder),
        }
    }
}

impl FromClient {
    /// A path in a share, with forward slashes.
    pub(crate) fn new(share: &Share, path: &str) -> Self {
        Self {
            share: OwnFolder::of_share(share),
            path: path.to_owned(),
        }
    }

    /// Shows where it lies: the nearest that is still there, at last the share itself.
    ///
    /// # Errors
    /// The system has no file manager, or the share's folder is not there.
    pub(crate) fn show(&self) -> Result<(), AdminError> {
        let shown = self.request().make();
        // A desktop may know how to open a folder, but not how to point at something.
        shown.or_else(|_| self.share.show())
    }

    fn request(&self) -> Request<'_> {
        self.place().map_or_else(|| self.share.request(), Request::Reveal)
    }

    /// What is there of the path, in the share; nothing when that is the share alone.
    fn place(&self) -> Option<PathBuf> {
        let share = self.share.folder.canonicalize().ok()?;
        let mut place = None;
        let mut path = self.share.folder.clone();
        for name in self.path.split('/').filter(|name| !name.is_empty()) {
            if !is_name(name) {
                break;
            }
            path.push(name);
            // A link may lead out of the share.
            match path.canonicalize() {
                Ok(real) if real.starts_with(&share) => place = Some(path.clone()),
                _ => break,
            }
        }
        place
    }
}

impl Request<'_> {
    fn make(&self) -> Result<(), AdminError> {
        let done = match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place: folders of this computer's own"
            )]
            Self::Open(folder) => tauri_plugin_opener::open_path(folder, None::<&str>),
            Self::Reveal(path) => tauri_plugin_opener::reveal_item_in_dir(path),
        };
        done.map_err(|error| AdminError::new(ErrorCode::StoreFailed, format!("{error}.")))
    }
}

/// Whether this is one name below a folder for this system too: no way up, no drive, no other computer's share.
fn is_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(folder: &Path) -> OwnFolder {
        OwnFolder {
            folder: folder.to_path_buf(),
            is_shared: true,
        }
    }

    fn from_client(folder: &Path, path: &str) -> FromClient {
        FromClient {
            share: shared(folder),
            path: path.to_owned(),
        }
    }

    /// Something like a program for a Mac, as a client can make it.
    fn with_program() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("Invoice.app/Contents/MacOS");
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::write(inside.join("Invoice"), "#!/bin/sh\n").unwrap();
        std::fs::write(folder.path().join("Invoice.app/readme"), "").unwrap();
        folder
    }

    #[test]
    fn what_a_client_named_is_pointed_at_and_never_opened() {
        let folder = with_program();
        let reveal = |path: &str| Request::Reveal(folder.path().join(path));
        for path in [
            "Invoice.app",
            "Invoice.app/readme",
            "Invoice.app/Contents/MacOS/Invoice",
        ] {
            assert_eq!(from_client(folder.path(), path).request(), reveal(path));
        }
        let leading = from_client(folder.path(), "/Invoice.app/readme");
        assert_eq!(leading.request(), reveal("Invoice.app/readme"));
        let gone = from_client(folder.path(), "Invoice.app/gone/for/good");
        assert_eq!(gone.request(), reveal("Invoice.app"));
    }

    #[test]
    fn only_the_folder_of_the_share_is_ever_opened_for_it() {
        let folder = with_program();
        let own = shared(folder.path());
        for path in [
            "",
            "/",
            ".",
            "..",
            "../x",
            "./Invoice.app",
            "gone",
            "gone/Invoice.app",
        ] {
            assert_eq!(
                from_client(folder.path(), path).request(),
                own.request(),
                "{path}"
            );
        }
        let wanted = match cfg!(target_os = "linux") {
            true => Request::Open(folder.path()),
            false => Request::Reveal(folder.path().to_path_buf()),
        };
        assert_eq!(own.request(), wanted);
        let logs = OwnFolder::of_landfall(folder.path());
        assert_eq!(logs.request(), Request::Open(folder.path()));
    }

    #[test]
    fn no_name_leads_elsewhere() {
        for name in ["..", ".", "", "/etc", "a/b"] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name("Invoice.app"));
        assert!(is_name("..."));
        #[cfg(windows)]
        for name in ["C:", "C:x", r"\\elsewhere\share", r"a\b", r"\x"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_out_of_the_share_is_not_followed() {
        let folder = with_program();
        std::os::unix::fs::symlink("/", folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink("Invoice.app", folder.path().join("in")).unwrap();
        let own = shared(folder.path());
        assert_eq!(from_client(folder.path(), "out").request(), own.request());
        assert_eq!(from_client(folder.path(), "out/etc").request(), own.request());
        let inside = from_client(folder.path(), "in/readme");
        assert_eq!(inside.request(), Request::Reveal(folder.path().join("in/readme")));
    }
}
