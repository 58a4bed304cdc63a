//! The registry: every setting with its key, its default, what it takes and what it does.

use std::collections::BTreeMap;

use super::values::{
    LISTEN, parse_dialect, parse_duration, parse_keep_free, parse_lifetime, parse_listen, parse_switch,
};
use super::{Listen, Setting, Settings};
use crate::admin::error::nearest;
use crate::admin::{AdminError, ErrorCode};
use crate::smb::{CreditStrategy, Encryption};

/// One row of the registry.
pub(super) struct Definition {
    pub(super) key: &'static str,
    pub(super) default: &'static str,
    pub(super) takes: &'static str,
    description: &'static str,
    /// Takes effect only when sharing is stopped and started again.
    pub(super) restart: bool,
    /// Puts a value into its place, or refuses it.
    pub(super) apply: fn(&mut Settings, &str) -> Option<()>,
}

const DIALECT: &str = "2.0.2, 2.1, 3.0, 3.0.2 or 3.1.1";
const SWITCH: &str = "on or off";
const DURATION: &str = "seconds, or a number with s, m, h or d";
const LIFETIME: &str = "a number with s, m, h or d, at least 1m, or `off`";

pub(super) static REGISTRY: &[Definition] = &[
    Definition {
        key: "activity.keep",
        default: "100000",
        takes: "a number from 0 to 10000000",
        description: "How many records the activity list keeps of each sort: refusals, what people did, what was administered.",
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
        description: "Wrong passwords before a name must wait where they come from; six times as many before the address must, twenty times before the name must everywhere.",
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
        restart: false,
        apply: |settings, value| {
            let legal = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let valid = value.len() <= 15 && value.chars().all(legal);
            settings.server_name = valid.then(|| value.to_owned())?;
            Some(())
        },
    },
    Definition {
        key: "sftp.banner",
        default: "",
        takes: "up to 1000 characters",
        description: "What SFTP clients are shown before they log in.",
        restart: false,
        apply: |settings, value| {
            let legal = value.chars().count() <= 1000 && !value.chars().any(char::is_control);
            settings.sftp_banner = legal.then(|| value.to_owned())?;
            Some(())
        },
    },
    Definition {
        key: "sftp.idle-timeout",
        default: "off",
        takes: LIFETIME,
        description: "How long an SFTP client may keep silent before its connection is closed.",
        restart: false,
        apply: |settings, value| {
            settings.sftp_idle_timeout = parse_lifetime(value)?;
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
        key: "sftp.passwords",
        default: "on",
        takes: SWITCH,
        description: "Whether people may log in to SFTP by password; off demands keys.",
        restart: false,
        apply: |settings, value| {
            settings.sftp_passwords = parse_switch(value)?;
            Some(())
        },
    },
    Definition {
        key: "shares.keep-free",
        default: "auto",
        takes: "`auto`, `off`, a percentage such as 5%, or an amount such as 500M or 20G",
        description: "How much of a share's disk clients leave free; auto is 1 %, and 256 MiB at most.",
        restart: false,
        apply: |settings, value| {
            settings.keep_free = parse_keep_free(value)?;
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
        key: "smb.idle-timeout",
        default: "off",
        takes: LIFETIME,
        description: "How long an SMB client that has nothing open may keep silent before its connection is closed.",
        restart: false,
        apply: |settings, value| {
            settings.smb_idle_timeout = parse_lifetime(value)?;
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
    Definition {
        key: "smb.session-lifetime",
        default: "off",
        takes: LIFETIME,
        description: "How long an SMB log-in lasts before the client must prove again who it is; simple programs have to be started again then.",
        restart: false,
        apply: |settings, value| {
            settings.smb_session_lifetime = parse_lifetime(value)?;
            Some(())
        },
    },
];

impl Definition {
    /// With what is stored.
    pub(super) fn shown(&self, stored: &BTreeMap<String, String>) -> Setting {
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

/// The row of a key.
pub(super) fn definition(key: &str) -> Result<&'static Definition, AdminError> {
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
