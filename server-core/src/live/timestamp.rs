//! Points in time as RFC 3339 text in JSON (`2026-11-21T04:48:16.5Z`), which every reader understands.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// For `#[serde(with = …)]`.
///
/// # Errors
/// The time is beyond the year 9999.
pub(crate) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let time = Timestamp::try_from(*time).map_err(ser::Error::custom)?;
    time.to_string().serialize(serializer)
}

/// For `#[serde(with = …)]`.
///
/// # Errors
/// The text is no RFC 3339 time.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time: Timestamp = text.parse().map_err(de::Error::custom)?;
    Ok(time.into())
}

/// For `#[serde(with = …)]` on times that may be missing.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, SystemTime};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Time(#[serde(with = "super")] SystemTime);

    /// As above.
    ///
    /// # Errors
    /// As above.
    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(crate) fn serialize<S: Serializer>(time: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
        time.map(Time).serialize(to)
    }

    /// As above.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SystemTime>, D::Error> {
        Ok(Option::<Time>::deserialize(from)?.map(|time| time.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{ActivityKind, ActivityRecord};

    #[test]
    fn a_time_is_written_as_rfc_3339_and_read_back() {
        let mut record = ActivityRecord::new(ActivityKind::Server, "started");
        record.at = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_500);
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(json["at"], "1970-01-01T00:00:01.5Z");
        let back: ActivityRecord = serde_json::from_value(json).unwrap();
        assert_eq!(back.at, record.at);
    }
}
