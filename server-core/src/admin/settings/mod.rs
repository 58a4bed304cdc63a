//! The settings: which there are, what they take, what they mean, and their typed values.
//! A value that was stored once and is no longer valid counts as unset.

mod registry;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::registry::{REGISTRY, definition};
use super::{Admin, AdminError, ErrorCode};
use crate::identity::{LockoutRule, LockoutRules};
use crate::smb::{CreditStrategy, Dialect, Encryption};
use crate::vfs::KeepFree;

/// The port of SMB, of which only one program can have it.
pub(crate) const SMB_PORT: u16 = 445;
/// Where SMB goes when 445 can't be had.
pub(crate) const SMB_FALLBACK_PORT: u16 = 4450;

/// A setting as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Setting {
    /// Its key.
    pub key: String,
    /// What holds.
    pub value: String,
    /// What holds when nothing was set.
    pub default: String,
    /// Whether something was set.
    pub is_set: bool,
    /// What it does.
    pub description: String,
    /// What values it takes.
    pub takes: String,
}

/// Changes a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SetSetting {
    /// Which.
    pub key: String,
    /// The new value; empty to go back to the default.
    pub value: String,
}

/// What became of a changed setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SettingChanged {
    /// As it is now.
    #[serde(flatten)]
    pub setting: Setting,
    /// It takes effect when sharing is stopped and started again.
    pub needs_restart: bool,
}

/// A value that a setting does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it takes {0}")]
pub struct InvalidSetting(pub &'static str);

/// Where a protocol listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listen {
    /// Nowhere.
    Off,
    /// The protocol's own port on every address where it can be had, else its substitute.
    #[default]
    Auto,
    /// Here; port 0 lets the system choose.
    At(SocketAddr),
}

/// Every setting, typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `server.name`; empty for the computer's own.
    pub server_name: String,
    /// `smb.listen`.
    pub smb_listen: Listen,
    /// `sftp.listen`.
    pub sftp_listen: Listen,
    /// `netbios.listen`.
    pub netbios_listen: Listen,
    /// `smb.min-dialect`.
    pub smb_min_dialect: Dialect,
    /// `smb.max-dialect`.
    pub smb_max_dialect: Dialect,
    /// `smb.require-signing`.
    pub smb_require_signing: bool,
    /// `smb.encryption`.
    pub smb_encryption: Encryption,
    /// `smb.credits`.
    pub smb_credits: CreditStrategy,
    /// `smb.idle-timeout`; `None` for never.
    pub smb_idle_timeout: Option<Duration>,
    /// `smb.session-lifetime`; `None` for ever.
    pub smb_session_lifetime: Option<Duration>,
    /// `sftp.banner`; empty for none.
    pub sftp_banner: String,
    /// `sftp.idle-timeout`; `None` for never.
    pub sftp_idle_timeout: Option<Duration>,
    /// `sftp.passwords`.
    pub sftp_passwords: bool,
    /// `lockout.attempts`; 0 for never.
    pub lockout_attempts: u32,
    /// `lockout.first`.
    pub lockout_first: Duration,
    /// `lockout.longest`.
    pub lockout_longest: Duration,
    /// `activity.keep`.
    pub activity_keep: u32,
    /// `shares.keep-free`.
    pub keep_free: KeepFree,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            server_name: String::new(),
            smb_listen: Listen::Auto,
            sftp_listen: Listen::At(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 2022)),
            netbios_listen: Listen::Off,
            smb_min_dialect: Dialect::Smb202,
            smb_max_dialect: Dialect::Smb311,
            smb_require_signing: true,
            smb_encryption: Encryption::Offered,
            smb_credits: CreditStrategy::ADAPTIVE,
            smb_idle_timeout: None,
            smb_session_lifetime: None,
            sftp_banner: String::new(),
            sftp_idle_timeout: None,
            sftp_passwords: true,
            lockout_attempts: 5,
            lockout_first: Duration::from_secs(30),
            lockout_longest: Duration::from_secs(3600),
            activity_keep: 100_000,
            keep_free: KeepFree::Usual,
        }
    }
}

impl Settings {
    /// From what is stored; unknown keys and values that are no longer valid are left at their defaults.
    pub fn from_stored(stored: &BTreeMap<String, String>) -> Self {
        let mut settings = Self::default();
        for definition in REGISTRY {
            if let Some(value) = stored.get(definition.key)
                && (definition.apply)(&mut settings, value).is_none()
            {
                tracing::warn!(
                    key = definition.key,
                    value,
                    "stored setting is not valid; using its default"
                );
            }
        }
        settings
    }

    /// When wrong passwords lock. An address gets more tries than a name at it, for a family may share it; a name that is
    /// locked from everywhere takes many who guess.
    pub(crate) fn lockout_rules(&self) -> LockoutRules {
        const TRIES_PER_ADDRESS: u32 = 6;
        const TRIES_PER_NAME: u32 = 20;
        let rules = LockoutRules::default();
        let name_at_address = LockoutRule {
            failures: self.lockout_attempts,
            first: self.lockout_first,
            longest: self.lockout_longest.max(self.lockout_first),
            ..rules.name_at_address
        };
        let times = |factor: u32| LockoutRule {
            failures: self.lockout_attempts.saturating_mul(factor),
            ..name_at_address
        };
        LockoutRules {
            name_at_address,
            name: times(TRIES_PER_NAME),
            address: times(TRIES_PER_ADDRESS),
            ..rules
        }
    }

    /// Every setting, by key, with what is stored.
    pub(crate) fn list(stored: &BTreeMap<String, String>) -> Vec<Setting> {
        REGISTRY
            .iter()
            .map(|definition| definition.shown(stored))
            .collect()
    }

    /// Checks a change without making it. Gives the canonical key, and whether sharing must be restarted.
    ///
    /// # Errors
    /// Unknown key, naming the nearest; a value it does not take; settings that contradict each other.
    pub(crate) fn check(
        stored: &BTreeMap<String, String>,
        key: &str,
        value: &str,
    ) -> Result<(&'static str, bool), AdminError> {
        let definition = definition(key)?;
        let before = Self::from_stored(stored);
        let mut changed = before.clone();
        let value = if value.is_empty() {
            definition.default
        } else {
            value
        };
        if (definition.apply)(&mut changed, value).is_none() {
            let message = format!("{key} can't be {value:?}.");
            return Err(AdminError::new(ErrorCode::InvalidValue, message)
                .hint(format!("It takes {}.", definition.takes)));
        }
        match changed.contradiction() {
            // One that was there before is not for this change to put right.
            Some(contradiction) if before.contradiction() != Some(contradiction) => {
                let (message, hint) = contradiction;
                Err(AdminError::new(ErrorCode::InvalidValue, message).hint(hint))
            }
            _ => Ok((definition.key, definition.restart)),
        }
    }

    /// What can't be true together, and what to do about it.
    fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        if self.smb_min_dialect > self.smb_max_dialect {
            return Some((
                "The oldest SMB dialect can't be newer than the newest.",
                "Change smb.min-dialect and smb.max-dialect so that they fit.",
            ));
        }
        if self.lockout_first > self.lockout_longest {
            return Some((
                "The first lock-out can't be longer than the longest.",
                "Change lockout.first and lockout.longest so that they fit.",
            ));
        }
        let listens = [self.smb_listen, self.sftp_listen, self.netbios_listen];
        let twice = |n: usize| listens[..n].iter().any(|other| same_place(*other, listens[n]));
        (1..listens.len()).any(twice).then_some((
            "Two protocols can't have the same port.",
            "Give one of them another port.",
        ))
    }

    /// One setting with what is stored.
    pub(crate) fn shown(stored: &BTreeMap<String, String>, key: &str) -> Result<Setting, AdminError> {
        Ok(definition(key)?.shown(stored))
    }
}

/// Whether listening at one place keeps from listening at the other.
fn same_place(one: Listen, other: Listen) -> bool {
    let (Listen::At(one), Listen::At(other)) = (one, other) else {
        return false;
    };
    let overlap = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && overlap
}

impl Admin {
    /// Every setting, by key.
    ///
    /// # Errors
    /// The store's.
    pub fn settings(&self) -> Result<Vec<Setting>, AdminError> {
        Ok(Settings::list(&self.stored_settings()?))
    }

    /// The settings, typed.
    ///
    /// # Errors
    /// The store's.
    pub fn typed_settings(&self) -> Result<Settings, AdminError> {
        Ok(Settings::from_stored(&self.stored_settings()?))
    }

    /// Changes a setting, and puts it into force where that is possible without a restart.
    ///
    /// # Errors
    /// No such setting; a value it does not take.
    pub fn set_setting(&self, set: &SetSetting) -> Result<SettingChanged, AdminError> {
        let before = self.stored_settings()?;
        let (key, restart) = Settings::check(&before, &set.key, &set.value)?;
        let value = Some(set.value.as_str()).filter(|value| !value.is_empty());
        self.store().set_setting(key, value)?;
        let after = self.stored_settings()?;
        let setting = Settings::shown(&after, key)?;
        let changed = Settings::shown(&before, key)?.value != setting.value;
        if changed {
            self.note(format!("the setting {key} was changed to {:?}", setting.value));
            self.events().send(crate::live::Event::ConfigurationChanged);
        }
        let typed = Settings::from_stored(&after);
        self.identity().set_lockout_rules(typed.lockout_rules());
        if let Some(live) = self.live() {
            live.server.apply(&typed);
        }
        Ok(SettingChanged {
            setting,
            needs_restart: changed && restart && self.live().is_some(),
        })
    }

    fn stored_settings(&self) -> Result<BTreeMap<String, String>, AdminError> {
        Ok(self.store().settings()?.into_iter().collect())
    }
}
