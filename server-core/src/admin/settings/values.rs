//! The texts that settings are stored as, and what they mean.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use super::{InvalidSetting, Listen};
use crate::smb::Dialect;
use crate::vfs::KeepFree;

/// What addresses look like.
pub(super) const LISTEN: &str = "an address such as 0.0.0.0:445, `auto` or `off`";

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
pub(super) fn parse_listen(text: &str) -> Option<Listen> {
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

pub(super) fn parse_dialect(text: &str) -> Option<Dialect> {
    Some(match text {
        "2.0.2" | "2.02" => Dialect::Smb202,
        "2.1" | "2.1.0" => Dialect::Smb210,
        "3.0" | "3.0.0" => Dialect::Smb300,
        "3.0.2" | "3.02" => Dialect::Smb302,
        "3.1.1" | "3.11" => Dialect::Smb311,
        _ => return None,
    })
}

pub(super) fn parse_switch(text: &str) -> Option<bool> {
    match text {
        "on" | "true" | "yes" => Some(true),
        "off" | "false" | "no" => Some(false),
        _ => None,
    }
}

/// `auto`, `off`, a percentage up to 90, or an amount in bytes or K, M, G, T.
pub(super) fn parse_keep_free(text: &str) -> Option<KeepFree> {
    match text {
        "auto" => return Some(KeepFree::Usual),
        "off" | "0" => return Some(KeepFree::Nothing),
        _ => {}
    }
    if let Some(percent) = text.strip_suffix('%') {
        let percent = percent.trim_end().parse().ok()?;
        return (percent <= 90).then_some(KeepFree::Percent(percent));
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text.get(digits.len()..)? {
        "" => 0,
        "K" | "k" => 10,
        "M" | "m" => 20,
        "G" | "g" => 30,
        "T" | "t" => 40,
        _ => return None,
    };
    let bytes = digits.parse::<u64>().ok()?.checked_mul(1 << shift)?;
    Some(KeepFree::Bytes(bytes))
}

/// Up to 30 days.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
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

/// `off`, or from a minute to 30 days: less would end what is in use.
#[allow(clippy::option_option)]
pub(super) fn parse_lifetime(text: &str) -> Option<Option<Duration>> {
    if text == "off" {
        return Some(None);
    }
    let lifetime = parse_duration(text)?;
    (lifetime >= Duration::from_secs(60)).then_some(Some(lifetime))
}
