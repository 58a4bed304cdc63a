//! The server's own key, made on the first start. Earlier versions also made an RSA key: backups keep it, for clients
//! that know the server by it, but nobody is shown it.

use std::io;
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, HashAlg, PrivateKey};
use thiserror::Error;

use crate::store::{Hidden, private_file};

/// Host keys can't be read or made.
#[derive(Debug, Error)]
pub enum HostKeyError {
    /// The file can't be read or written.
    #[error("the host key {0} can't be read or written: {1}")]
    File(String, io::Error),
    /// The file holds no key.
    #[error("the host key {0} is damaged: {1}; remove the file to have a new key made")]
    Damaged(String, russh::keys::ssh_key::Error),
    /// No key could be made.
    #[error("a host key could not be made: {0}")]
    Make(String),
}

/// The files, preferred first.
const ED25519_FILE: &str = "ssh_host_ed25519_key";
const RSA_FILE: &str = "ssh_host_rsa_key";

/// The keys, preferred first.
///
/// # Errors
/// See [`HostKeyError`].
pub fn load_or_create(data_dir: &Path) -> Result<Vec<PrivateKey>, HostKeyError> {
    let ed25519 = key(data_dir, ED25519_FILE, || {
        PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519)
            .map_err(|error| HostKeyError::Make(error.to_string()))
    })?;
    Ok(vec![ed25519])
}

/// The private keys' files, by name, as a backup keeps them; those that are not there are left out.
pub fn texts(data_dir: &Path) -> Vec<(String, Hidden<String>)> {
    let text = |name: &str| {
        let text = std::fs::read_to_string(data_dir.join(name)).ok()?;
        Some((name.to_owned(), Hidden(text)))
    };
    [ED25519_FILE, RSA_FILE].into_iter().filter_map(text).collect()
}

/// Whether such files hold keys.
///
/// # Errors
/// One doesn't.
pub fn check(texts: &[(String, Hidden<String>)]) -> Result<(), HostKeyError> {
    texts.iter().try_for_each(|(name, text)| {
        let key =
            PrivateKey::from_openssh(&text.0).map_err(|error| HostKeyError::Damaged(name.clone(), error))?;
        match key.is_encrypted() {
            true => Err(HostKeyError::Damaged(
                name.clone(),
                russh::keys::ssh_key::Error::Encrypted,
            )),
            false => Ok(()),
        }
    })
}

/// Keys written beside those that are there.
#[derive(Debug)]
pub struct Staged(Vec<(PathBuf, PathBuf)>);

/// Writes such files beside those that are there; names that are not ours are ignored.
///
/// # Errors
/// One can't be written.
pub fn stage(data_dir: &Path, texts: &[(String, Hidden<String>)]) -> Result<Staged, HostKeyError> {
    let mut staged = Vec::new();
    for name in [ED25519_FILE, RSA_FILE] {
        let Some((_, text)) = texts.iter().find(|(given, _)| given == name) else {
            continue;
        };
        let (path, beside) = (data_dir.join(name), data_dir.join(format!("{name}.new")));
        let written = std::fs::remove_file(&beside)
            .or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })
            .and_then(|()| private_file::create_new_file(&beside))
            .and_then(|mut file| {
                io::Write::write_all(&mut file, text.0.as_bytes())?;
                file.sync_all()
            });
        written.map_err(|error| HostKeyError::File(beside.display().to_string(), error))?;
        staged.push((beside, path));
    }
    Ok(Staged(staged))
}

impl Staged {
    /// Puts them in place.
    ///
    /// # Errors
    /// One can't be renamed.
    pub fn put_in_place(self) -> Result<(), HostKeyError> {
        self.0.iter().try_for_each(|(beside, path)| {
            let renamed = std::fs::rename(beside, path);
            renamed.map_err(|error| HostKeyError::File(path.display().to_string(), error))
        })
    }
}

/// A key's algorithm and SHA-256 fingerprint, as clients show them, and its public line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicHostKey {
    /// "ssh-ed25519".
    pub algorithm: String,
    /// `SHA256:…`.
    pub fingerprint: String,
    /// `ssh-ed25519 AAAA…`.
    pub public_key: String,
}

/// Each key as clients know it.
pub fn public_keys(keys: &[PrivateKey]) -> Vec<PublicHostKey> {
    let shown = keys.iter().filter_map(|key| {
        Some(PublicHostKey {
            algorithm: key.algorithm().to_string(),
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            public_key: key.public_key().to_openssh().ok()?,
        })
    });
    shown.collect()
}

fn key(
    data_dir: &Path,
    name: &str,
    make: impl FnOnce() -> Result<PrivateKey, HostKeyError>,
) -> Result<PrivateKey, HostKeyError> {
    let path = data_dir.join(name);
    let shown = || path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => PrivateKey::from_openssh(text).map_err(|error| HostKeyError::Damaged(shown(), error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = make()?;
            let text = key
                .to_openssh(LineEnding::LF)
                .map_err(|error| HostKeyError::Make(error.to_string()))?;
            private_file::create_new_file(&path)
                .and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()))
                .map_err(|error| HostKeyError::File(shown(), error))?;
            Ok(key)
        }
        Err(error) => Err(HostKeyError::File(shown(), error)),
    }
}
