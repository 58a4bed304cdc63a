//! Landlock: what a thread may open is a list that only gets shorter. Looking at names and attributes is not restrained
//! by it, nor is what is open already.

use std::fs::File;
use std::io;
use std::sync::Arc;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, Scope,
};

use super::Needs;

/// The newest version whose rules were tried here. Older kernels leave out what they don't know.
const TRIED: ABI = ABI::V6;

/// The version of the kernel's interface; `None` where there is none.
pub(super) fn abi() -> Option<u32> {
    use landlock::{LandlockStatus, RestrictionStatus};
    // The library tells of it only where it is used: on a thread that ends with that.
    let tried = std::thread::spawn(|| -> Result<RestrictionStatus, RulesetError> {
        Ruleset::default()
            .handle_access(AccessFs::MakeChar)?
            .create()?
            .restrict_self()
    });
    match tried.join().ok()?.ok()?.landlock {
        LandlockStatus::Available {
            effective_abi,
            kernel_abi,
        } => kernel_abi
            .and_then(|abi| u32::try_from(abi).ok())
            .or(Some(effective_abi as u32)),
        LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => None,
    }
}

/// Rules that threads enter.
#[derive(Debug)]
pub(super) struct RuleSet(RulesetCreated);

impl RuleSet {
    /// Everything in the folders but running programs, and what is needed besides. No connection is made and no port
    /// taken; nobody outside is sent a signal or reached by an abstract socket.
    pub(super) fn new(needs: &Needs, folders: &[Arc<File>]) -> io::Result<Self> {
        Self::made(needs, folders).map_err(io::Error::other)
    }

    fn made(needs: &Needs, folders: &[Arc<File>]) -> Result<Self, RulesetError> {
        let all = AccessFs::from_all(TRIED);
        let mut rules = Ruleset::default()
            .handle_access(all)?
            .handle_access(AccessNet::from_all(TRIED))?
            .scope(Scope::from_all(TRIED))?
            .create()?;
        for folder in folders {
            rules = rules.add_rule(PathBeneath::new(folder.as_ref(), all & !AccessFs::Execute))?;
        }
        let used = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
        for file in &needs.files {
            match PathFd::new(file) {
                Ok(file) => rules = rules.add_rule(PathBeneath::new(file, used))?,
                Err(error) => tracing::error!(file = %file.display(), %error, "is missing in the sandbox"),
            }
        }
        for path in &needs.readable {
            // What is not there is not needed.
            let Ok(found) = PathFd::new(path) else { continue };
            let read: BitFlags<AccessFs> = if path.is_dir() {
                AccessFs::ReadFile | AccessFs::ReadDir
            } else {
                AccessFs::ReadFile.into()
            };
            rules = rules.add_rule(PathBeneath::new(found, read))?;
        }
        Ok(Self(rules))
    }

    /// Confines the calling thread.
    pub(super) fn enter(&self) -> io::Result<()> {
        let rules = self.0.try_clone()?;
        rules.restrict_self().map(drop).map_err(io::Error::other)
    }
}
