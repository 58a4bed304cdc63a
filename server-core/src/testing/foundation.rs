//! The storeys below the protocols.

use std::path::Path;

use crate::identity::{Identity, IdentityOptions};
use crate::live::Events;
use crate::store::Store;
use crate::store::vault::{KeyringUse, Vault};
use crate::vfs::{Engine, EngineLimits};

/// A store with its vault, who is in it, and the bus on which both tell what happens.
pub(crate) struct Foundation {
    pub(crate) store: Store,
    pub(crate) identity: Identity,
    pub(crate) events: Events,
}

impl Foundation {
    /// Opens what is in a data folder; makes it where it is not there.
    ///
    /// # Panics
    /// It can't be opened.
    pub(crate) fn open(data: &Path) -> Self {
        Self::open_with(data, Events::new())
    }

    /// As [`Foundation::open`], told on a bus that somebody listens to already.
    ///
    /// # Panics
    /// It can't be opened.
    pub(crate) fn open_with(data: &Path, events: Events) -> Self {
        let store = Store::open(data).expect("a store");
        let vault = Vault::open(&store, KeyringUse::Never).expect("a vault");
        let identity = Identity::open(store.clone(), vault, events.clone(), identity_options());
        Self {
            store,
            identity: identity.expect("an identity service"),
            events,
        }
    }

    /// A file engine on it, without shares.
    pub(crate) fn engine(&self, limits: EngineLimits) -> Engine {
        Engine::new(
            self.store.clone(),
            self.identity.clone(),
            self.events.clone(),
            limits,
        )
    }
}

/// The defaults, with the cheapest password hashes that there are.
pub(crate) fn identity_options() -> IdentityOptions {
    IdentityOptions {
        bcrypt_cost: 4,
        ..IdentityOptions::default()
    }
}
