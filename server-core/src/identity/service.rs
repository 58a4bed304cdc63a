//! The identity service: opening it, changing it, and the reads that every request may make.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::authenticate::{NOBODY, NtHash, nt_hash_place};
use super::effective::{effective, permission};
use super::live_grants::LiveGrants;
use super::lockout::{Lock, Lockout, LockoutRules};
use super::snapshot::Snapshot;
use super::{Effective, IdentityError, LiveGrant, Principal, ShareId, ShareSettings, UserId, login_name};
use crate::live::{Current, Event, Events};
use crate::security::Sid;
use crate::store::vault::Vault;
use crate::store::{Store, name_key};

/// The setting that holds this computer's SID, made once.
const MACHINE_SID_SETTING: &str = "internal.machine-sid";
/// A tenth to half a second on a computer of today.
const BCRYPT_COST: u32 = 12;

/// What tests and settings may choose.
#[derive(Debug, Clone, Copy)]
pub struct IdentityOptions {
    /// The cost of new password hashes, 4 to 31.
    pub bcrypt_cost: u32,
    /// When wrong passwords lock a name or an address.
    pub lockout: LockoutRules,
}

impl Default for IdentityOptions {
    fn default() -> Self {
        Self {
            bcrypt_cost: BCRYPT_COST,
            lockout: LockoutRules::default(),
        }
    }
}

/// The identity service. Cloning is cheap.
///
/// Lock order: `changing`, then the live grants. The lock-outs and the former passwords are leaves.
#[derive(Debug, Clone)]
pub struct Identity(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) vault: Vault,
    pub(super) events: Events,
    pub(super) bcrypt_cost: u32,
    /// A hash that nobody's password has, so that unknown names take as long to refuse as known ones.
    pub(super) dummy_hash: String,
    /// A hash that nobody's password has, and something sealed that takes as long to unseal as a real one.
    pub(super) nobodys_nt_hash: NtHash,
    pub(super) dummy_sealed: Vec<u8>,
    /// The NT hashes of passwords that were replaced since the start.
    pub(super) former_passwords: Mutex<HashMap<UserId, NtHash>>,
    /// Makes of a password what can be compared and not turned back.
    pub(super) hasher: RandomState,
    pub(super) lockout: Mutex<Lockout>,
    /// SMB log-ins of people for whom there is nothing to compare with.
    pub(super) uncompared: Mutex<Lockout>,
    machine: Sid,
    snapshot: Current<Snapshot>,
    live_grants: LiveGrants,
    /// Held through a change and the snapshot after it, so that no older snapshot replaces a newer.
    changing: Mutex<()>,
}

impl Identity {
    /// Opens the service on a store. Blocking.
    ///
    /// # Errors
    /// The store fails or holds a damaged computer identity; the operating system gives no random numbers.
    pub fn open(
        store: Store,
        vault: Vault,
        events: Events,
        options: IdentityOptions,
    ) -> Result<Self, IdentityError> {
        let fresh = random_machine_sid()?;
        let machine = store.setting_or_insert(MACHINE_SID_SETTING, || fresh)?.parse()?;
        let snapshot = Snapshot::load(&store, &machine)?;
        let dummy_hash = dummy_hash(options.bcrypt_cost);
        let mut nobodys = [0; 16];
        getrandom::fill(&mut nobodys).map_err(|error| IdentityError::Hash(error.to_string()))?;
        let dummy_sealed = vault.seal(nt_hash_place(NOBODY), &nobodys)?;
        Ok(Self(Arc::new(Inner {
            store,
            vault,
            events,
            bcrypt_cost: options.bcrypt_cost,
            dummy_hash,
            nobodys_nt_hash: NtHash(nobodys),
            dummy_sealed,
            former_passwords: Mutex::default(),
            hasher: RandomState::new(),
            lockout: Mutex::new(Lockout::new(options.lockout)),
            uncompared: Mutex::new(Lockout::new(options.lockout)),
            machine,
            snapshot: Current::new(snapshot),
            live_grants: LiveGrants::default(),
            changing: Mutex::new(()),
        })))
    }

    /// The vault that seals people's NT hashes: where its key is, and whether one was lost.
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// This computer's SID, of which people and groups are made.
    pub fn machine_sid(&self) -> &Sid {
        &self.0.machine
    }

    /// Reads everything again, as after a change by another process.
    ///
    /// # Errors
    /// The store's.
    pub fn reload(&self) -> Result<(), IdentityError> {
        self.change(|_, _| Ok(()))
    }

    /// The guest principal, if any share admits guests.
    pub fn guest(&self) -> Option<Principal> {
        self.snapshot().guest().cloned()
    }

    /// A person by name as a client gives it.
    pub fn principal(&self, name: &str) -> Option<Principal> {
        let snapshot = self.snapshot();
        let person = snapshot.user_named(login_name(name))?;
        Some(snapshot.principal(person))
    }

    /// Every share, by name.
    pub fn shares(&self) -> Arc<[ShareSettings]> {
        Arc::clone(self.snapshot().shares())
    }

    /// The shares that a principal may enter, by name: of no others are they told.
    pub fn enterable(&self, principal: &Principal) -> Vec<ShareSettings> {
        let snapshot = self.snapshot();
        let shares = snapshot.shares().iter();
        let may_enter =
            |share: &&ShareSettings| permission(&snapshot, principal.user, share) > super::Permission::None;
        shares.filter(may_enter).cloned().collect()
    }

    /// One share by name, compared without case.
    pub fn share(&self, name: &str) -> Option<ShareSettings> {
        self.snapshot().share_named(name).cloned()
    }

    /// What a principal may do in a share, and why.
    pub fn effective(&self, principal: &Principal, share: &ShareSettings) -> Effective {
        effective(&self.snapshot(), principal.user, &principal.name, share)
    }

    /// The live copy of that permission: changed by later grants, revocations and settings. None for
    /// a share that is not (or no longer) there.
    pub fn live_grant(&self, principal: &Principal, share: ShareId) -> Arc<LiveGrant> {
        self.0
            .live_grants
            .get((principal.user, share), || self.permission(principal.user, share))
    }

    /// A person's name by row, for owners in lists.
    pub fn user_name(&self, user: UserId) -> Option<String> {
        let snapshot = self.snapshot();
        snapshot.user(user).map(|person| person.row.name.clone())
    }

    /// The locks that hold now, the longest first.
    pub fn lock_outs(&self) -> Vec<Lock> {
        self.0.lockout.lock().locks(Instant::now())
    }

    /// Lets a name try again at once; false when nothing was counted against it.
    pub fn unlock_name(&self, name: &str) -> bool {
        let key = name_key(login_name(name));
        let uncompared = self.0.uncompared.lock().unlock_name(&key);
        self.0.lockout.lock().unlock_name(&key) || uncompared
    }

    /// Lets an address try again at once; false when nothing was counted against it.
    pub fn unlock_address(&self, address: std::net::IpAddr) -> bool {
        let uncompared = self.0.uncompared.lock().unlock_address(address);
        self.0.lockout.lock().unlock_address(address) || uncompared
    }

    /// Other lock-out rules from now on; locks that hold stay.
    pub fn set_lockout_rules(&self, rules: LockoutRules) {
        self.0.uncompared.lock().set_rules(rules);
        self.0.lockout.lock().set_rules(rules);
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.0.snapshot.get()
    }

    /// Makes a change in the store, then brings the snapshot and every live permission up to date and
    /// tells who listens. `make` sees the state before.
    pub(super) fn change<T>(
        &self,
        make: impl FnOnce(&Store, &Snapshot) -> Result<T, IdentityError>,
    ) -> Result<T, IdentityError> {
        let result = {
            let _changing = self.0.changing.lock();
            let result = make(&self.0.store, &self.snapshot());
            // Also after a failure: what is in memory then surely is what is in the store.
            let after = Snapshot::load(&self.0.store, &self.0.machine)?;
            self.0.snapshot.set(after);
            self.0
                .live_grants
                .refresh(|(user, share)| self.permission(user, share));
            result?
        };
        self.0.events.send(Event::ConfigurationChanged);
        Ok(result)
    }

    fn permission(&self, user: Option<UserId>, share: ShareId) -> super::Permission {
        let snapshot = self.snapshot();
        let share = snapshot.share(share);
        share.map_or_else(Default::default, |share| permission(&snapshot, user, share))
    }
}

/// A well-formed hash that is looked at as long as a real one. It is not computed, which would cost every
/// start as much as a log-in; should a password match it, that counts for nothing.
fn dummy_hash(cost: u32) -> String {
    const SALT_AND_HASH: usize = 22 + 31;
    format!("$2b${cost:02}${}", ".".repeat(SALT_AND_HASH))
}

/// `S-1-5-21-a-b-c`: the form of a computer's or domain's SID.
fn random_machine_sid() -> Result<String, IdentityError> {
    let mut parts = [0_u32; 3];
    for part in &mut parts {
        *part = getrandom::u32().map_err(|error| IdentityError::Hash(error.to_string()))?;
    }
    let [a, b, c] = parts;
    Ok(format!("S-1-5-21-{a}-{b}-{c}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_nobody_is_well_formed_and_has_the_cost_of_real_ones() {
        for cost in [4, 12] {
            assert!(!bcrypt::verify("anything", &dummy_hash(cost)).unwrap());
            let real = bcrypt::hash("x", 4).unwrap();
            assert_eq!(dummy_hash(cost).len(), real.len());
        }
    }
}
