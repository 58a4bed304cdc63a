//! The settings: which there are, what they take, what they mean, and their typed values.
//! A value that was stored once and is no longer valid counts as unset.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::nearest;
use super::{Admin, AdminError, ErrorCode};
use crate::identity::{LockoutRule, LockoutRules};
use crate::smb::{CreditStrategy, Dialect, Encryption};

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
    /// `lockout.attempts`; 0 for never.
    pub lockout_attempts: u32,
    /// `lockout.first`.
    pub lockout_first: Duration,
    /// `lockout.longest`.
    pub lockout_longest: Duration,
    /// `activity.keep`.
    pub activity_keep: u32,
}

/// One row of the registry.
struct Definition {
    key: &'static str,
    default: &'static str,
    takes: &'static str,
    description: &'static str,
    /// Takes effect only when sharing is stopped and started again.
    restart: bool,
    /// Puts a value into its place, or refuses it.
    apply: fn(&mut Settings, &str) -> Option<()>,
}

const LISTEN: &str = "an address such as 0.0.0.0:445, `auto` or `off`";
const DIALECT: &str = "2.0.2, 2.1, 3.0, 3.0.2 or 3.1.1";
const SWITCH: &str = "on or off";
const DURATION: &str = "seconds, or a number with s, m, h or d";

static REGISTRY: &[Definition] = &[
    Definition {
        key: "activity.keep",
        default: "100000",
        takes: "a number from 0 to 10000000",
        description: "How many records the activity list keeps.",
        restart: false,
        apply: |settings, value| {
            settings.activity_keep = value.parse().ok().filter(|keep| *keep <= 10_000_000)?;
            Some(())
        },
    },
    Definition {
        key: "lockout.attempts",
        default: "5",
        takes: "a number from 0 to 1000; 0 never locks out",
        description: "Wrong passwords in a row before a name or address must wait.",
        restart: false,
        apply: |settings, value| {
            settings.lockout_attempts = value.parse().ok().filter(|attempts| *attempts <= 1000)?;
            Some(())
        },
    },
    Definition {
        key: "lockout.first",
        default: "30s",
        takes: DURATION,
        description: "How long the first lock-out lasts; each further wrong password doubles it.",
        restart: false,
        apply: |settings, value| {
            settings.lockout_first = parse_duration(value)?;
            Some(())
        },
    },
    Definition {
        key: "lockout.longest",
        default: "1h",
        takes: DURATION,
        description: "The longest a lock-out grows to.",
        restart: false,
        apply: |settings, value| {
            settings.lockout_longest = parse_duration(value)?;
            Some(())
        },
    },
    Definition {
        key: "netbios.listen",
        default: "off",
        takes: "an address such as 0.0.0.0:139, or `off`",
        description: "Where SMB is also offered in NetBIOS framing, for old devices.",
        restart: true,
        apply: |settings, value| {
            settings.netbios_listen = parse_listen(value).filter(|listen| *listen != Listen::Auto)?;
            Some(())
        },
    },
    Definition {
        key: "server.name",
        default: "",
        takes: "up to 15 letters, digits or hyphens; empty for the computer's own name",
        description: "The name this server gives itself to SMB clients.",
        restart: true,
        apply: |settings, value| {
            let legal = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let valid = value.len() <= 15 && value.chars().all(legal);
            settings.server_name = valid.then(|| value.to_owned())?;
            Some(())
        },
    },
    Definition {
        key: "sftp.listen",
        default: "0.0.0.0:2022",
        takes: LISTEN,
        description: "Where SFTP clients connect.",
        restart: true,
        apply: |settings, value| {
            settings.sftp_listen = parse_listen(value)?;
            Some(())
        },
    },
    Definition {
        key: "smb.credits",
        default: "adaptive",
        takes: "`adaptive`, or `fixed:N` with N from 1 to 8192",
        description: "How many requests an SMB client may have under way.",
        restart: false,
        apply: |settings, value| {
            settings.smb_credits = match value.strip_prefix("fixed:") {
                Some(count) => {
                    CreditStrategy::Fixed(count.parse().ok().filter(|count| (1..=8192).contains(count))?)
                }
                None => (value == "adaptive").then_some(CreditStrategy::ADAPTIVE)?,
            };
            Some(())
        },
    },
    Definition {
        key: "smb.encryption",
        default: "offered",
        takes: "off, offered or required",
        description: "SMB encryption for every share; a share can require it on its own.",
        restart: false,
        apply: |settings, value| {
            settings.smb_encryption = match value {
                "off" => Encryption::Off,
                "offered" => Encryption::Offered,
                "required" => Encryption::Required,
                _ => return None,
            };
            Some(())
        },
    },
    Definition {
        key: "smb.listen",
        default: "auto",
        takes: LISTEN,
        description: "Where SMB clients connect; auto is port 445, or 4450 where 445 can't be had.",
        restart: true,
        apply: |settings, value| {
            settings.smb_listen = parse_listen(value)?;
            Some(())
        },
    },
    Definition {
        key: "smb.max-dialect",
        default: "3.1.1",
        takes: DIALECT,
        description: "The newest SMB dialect that is spoken.",
        restart: false,
        apply: |settings, value| {
            settings.smb_max_dialect = parse_dialect(value)?;
            Some(())
        },
    },
    Definition {
        key: "smb.min-dialect",
        default: "2.0.2",
        takes: DIALECT,
        description: "The oldest SMB dialect that is spoken.",
        restart: false,
        apply: |settings, value| {
            settings.smb_min_dialect = parse_dialect(value)?;
            Some(())
        },
    },
    Definition {
        key: "smb.require-signing",
        default: "on",
        takes: SWITCH,
        description: "Whether people's SMB sessions must be signed; guests can't sign.",
        restart: false,
        apply: |settings, value| {
            settings.smb_require_signing = parse_switch(value)?;
            Some(())
        },
    },
];

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
            lockout_attempts: 5,
            lockout_first: Duration::from_secs(30),
            lockout_longest: Duration::from_secs(3600),
            activity_keep: 100_000,
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

    /// When wrong passwords lock. An address gets more tries than a name: a family may share it.
    pub(crate) fn lockout_rules(&self) -> LockoutRules {
        const TRIES_PER_ADDRESS: u32 = 6;
        let rules = LockoutRules::default();
        let name = LockoutRule {
            failures: self.lockout_attempts,
            first: self.lockout_first,
            longest: self.lockout_longest.max(self.lockout_first),
            ..rules.name
        };
        let address = LockoutRule {
            failures: self.lockout_attempts.saturating_mul(TRIES_PER_ADDRESS),
            ..name
        };
        LockoutRules {
            name,
            address,
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
        let mut changed = Self::from_stored(stored);
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
        if changed.smb_min_dialect > changed.smb_max_dialect {
            let message = "The oldest SMB dialect can't be newer than the newest.";
            return Err(AdminError::new(ErrorCode::InvalidValue, message)
                .hint("Change smb.min-dialect and smb.max-dialect so that they fit."));
        }
        Ok((definition.key, definition.restart))
    }

    /// One setting with what is stored.
    pub(crate) fn shown(stored: &BTreeMap<String, String>, key: &str) -> Result<Setting, AdminError> {
        Ok(definition(key)?.shown(stored))
    }
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

impl Definition {
    fn shown(&self, stored: &BTreeMap<String, String>) -> Setting {
        let set = stored
            .get(self.key)
            .filter(|value| (self.apply)(&mut Settings::default(), value).is_some());
        Setting {
            key: self.key.to_owned(),
            value: set.map_or(self.default, String::as_str).to_owned(),
            default: self.default.to_owned(),
            is_set: set.is_some(),
            description: self.description.to_owned(),
            takes: self.takes.to_owned(),
        }
    }
}

fn definition(key: &str) -> Result<&'static Definition, AdminError> {
    REGISTRY
        .iter()
        .find(|definition| definition.key == key)
        .ok_or_else(|| {
            let keys = REGISTRY.iter().map(|definition| definition.key);
            let hint = match nearest(key, keys) {
                Some(near) => format!("Did you mean {near}?"),
                None => "`landfall settings list` shows them all.".to_owned(),
            };
            AdminError::new(
                ErrorCode::NoSuchSetting,
                format!("There is no setting named {key}."),
            )
            .hint(hint)
        })
}

impl FromStr for Listen {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_listen(text).ok_or(InvalidSetting(LISTEN))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Auto => f.write_str("auto"),
            Self::At(address) => address.fmt(f),
        }
    }
}

/// `off`, `auto`, `ADDRESS:PORT`, or a port alone for every address.
fn parse_listen(text: &str) -> Option<Listen> {
    match text {
        "off" => Some(Listen::Off),
        "auto" => Some(Listen::Auto),
        _ => {
            let port = text.strip_prefix(':').unwrap_or(text);
            if let Ok(port) = port.parse() {
                return Some(Listen::At(SocketAddr::new(
                    IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                    port,
                )));
            }
            let named = text
                .strip_prefix("localhost:")
                .map(|port| format!("127.0.0.1:{port}"));
            named.as_deref().unwrap_or(text).parse().ok().map(Listen::At)
        }
    }
}

fn parse_dialect(text: &str) -> Option<Dialect> {
    Some(match text {
        "2.0.2" | "2.02" => Dialect::Smb202,
        "2.1" | "2.1.0" => Dialect::Smb210,
        "3.0" | "3.0.0" => Dialect::Smb300,
        "3.0.2" | "3.02" => Dialect::Smb302,
        "3.1.1" | "3.11" => Dialect::Smb311,
        _ => return None,
    })
}

fn parse_switch(text: &str) -> Option<bool> {
    match text {
        "on" | "true" | "yes" => Some(true),
        "off" | "false" | "no" => Some(false),
        _ => None,
    }
}

/// Up to 30 days.
fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let seconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (seconds <= 30 * 86_400).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn every_default_in_the_registry_is_valid_and_is_the_typed_default() {
        let mut settings = Settings::default();
        for definition in REGISTRY {
            assert!(
                (definition.apply)(&mut settings, definition.default).is_some(),
                "{}",
                definition.key
            );
        }
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn keys_are_sorted_and_unique() {
        assert!(REGISTRY.windows(2).all(|pair| pair[0].key < pair[1].key));
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let error = Settings::check(&stored(&[]), "smb.listne", "off").unwrap_err();
        assert_eq!(error.code, ErrorCode::NoSuchSetting);
        assert_eq!(error.hint.as_deref(), Some("Did you mean smb.listen?"));
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused_and_says_what_is_taken() {
        for (key, value) in [
            ("smb.listen", "nowhere"),
            ("netbios.listen", "auto"),
            ("smb.credits", "fixed:0"),
            ("smb.credits", "fixed:9000"),
            ("smb.encryption", "maybe"),
            ("smb.require-signing", "2"),
            ("lockout.first", "5y"),
            ("activity.keep", "-1"),
            ("server.name", "name with spaces"),
            ("smb.min-dialect", "1.0"),
        ] {
            let error = Settings::check(&stored(&[]), key, value).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidValue, "{key}={value}");
            assert!(error.hint.unwrap().starts_with("It takes "));
        }
    }

    #[test]
    fn dialects_that_exclude_each_other_are_refused() {
        let stored = stored(&[("smb.max-dialect", "2.1")]);
        assert!(Settings::check(&stored, "smb.min-dialect", "3.0").is_err());
        assert!(Settings::check(&stored, "smb.min-dialect", "2.1").is_ok());
    }

    #[test]
    fn stored_values_become_typed_ones_and_invalid_ones_are_left_out() {
        let stored = stored(&[
            ("smb.listen", "127.0.0.1:0"),
            ("netbios.listen", ":1139"),
            ("smb.credits", "fixed:64"),
            ("lockout.longest", "2h"),
            ("smb.encryption", "nonsense"),
            ("from.the.future", "1"),
        ]);
        let settings = Settings::from_stored(&stored);
        assert_eq!(settings.smb_listen, Listen::At("127.0.0.1:0".parse().unwrap()));
        assert_eq!(
            settings.netbios_listen,
            Listen::At("0.0.0.0:1139".parse().unwrap())
        );
        assert_eq!(settings.smb_credits, CreditStrategy::Fixed(64));
        assert_eq!(settings.lockout_longest, Duration::from_secs(7200));
        assert_eq!(settings.smb_encryption, Encryption::Offered);
        let shown = Settings::shown(&stored, "smb.encryption").unwrap();
        assert!(!shown.is_set && shown.value == "offered");
    }
}
