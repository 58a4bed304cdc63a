//! The server service ([MS-SRVS]): shares and the server's own description.

use std::time::SystemTime;

use super::error::PipeError;
use super::ndr::{Reader, Writer};
use super::{RpcContext, RpcShare, ShareKind};

const SHARE_ENUM: u16 = 15;
const SHARE_GET_INFO: u16 = 16;
const SERVER_GET_INFO: u16 = 21;
const REMOTE_TOD: u16 = 28;

const NERR_SUCCESS: u32 = 0;
const ERROR_INVALID_LEVEL: u32 = 124;
const NERR_NET_NAME_NOT_FOUND: u32 = 2310;

const TYPE_DISK: u32 = 0;
/// STYPE_IPC | STYPE_SPECIAL.
const TYPE_IPC: u32 = 0x8000_0003;
/// SV_TYPE_WORKSTATION | SV_TYPE_SERVER | SV_TYPE_NT | SV_TYPE_SERVER_NT.
pub(super) const SERVER_TYPE: u32 = 0x0000_9003;
pub(super) const PLATFORM_NT: u32 = 500;
pub(super) const VERSION: (u32, u32) = (10, 0);

/// Runs an operation; `None` when there is none of that number.
pub(super) fn call(operation: u16, stub: &[u8], context: &RpcContext) -> Option<Result<Vec<u8>, PipeError>> {
    let reader = Reader::new(stub);
    Some(match operation {
        SHARE_ENUM => share_enum(reader, context),
        SHARE_GET_INFO => share_get_info(reader, context),
        SERVER_GET_INFO => server_get_info(reader, context),
        REMOTE_TOD => Ok(remote_tod(context)),
        _ => return None,
    })
}

fn share_type(share: &RpcShare) -> u32 {
    match share.kind {
        ShareKind::Disk => TYPE_DISK,
        ShareKind::Ipc => TYPE_IPC,
    }
}

/// The fields of SHARE_INFO_<level>; false for a level that is not served.
fn put_share(out: &mut Writer, level: u32, share: &RpcShare) -> bool {
    match level {
        0 => out.string_pointer(&share.name),
        1 | 501 => {
            out.string_pointer(&share.name);
            out.u32(share_type(share));
            out.string_pointer(&share.comment);
            if level == 501 {
                out.u32(0);
            }
        }
        2 | 502 => {
            out.string_pointer(&share.name);
            out.u32(share_type(share));
            out.string_pointer(&share.comment);
            // Permissions, unlimited uses, none counted.
            out.u32(0);
            out.u32(u32::MAX);
            out.u32(0);
            out.string_pointer(&share.path);
            // No password.
            out.u32(0);
            if level == 502 {
                // No security descriptor.
                out.u32(0);
                out.u32(0);
            }
        }
        1005 => out.u32(0),
        _ => return false,
    }
    true
}

fn share_enum(mut reader: Reader<'_>, context: &RpcContext) -> Result<Vec<u8>, PipeError> {
    reader.unique_string()?;
    let level = reader.u32()?;
    let mut out = Writer::default();
    let mut entries = Writer::default();
    let listed: Vec<&RpcShare> = context.shares.iter().filter(|share| !share.hidden).collect();
    let known = matches!(level, 0 | 1 | 2 | 501 | 502);
    out.u32(level);
    out.u32(level);
    if !known {
        out.u32(0);
        out.u32(0);
        out.u32(0);
        out.u32(ERROR_INVALID_LEVEL);
        return Ok(out.stub);
    }
    let count = u32::try_from(listed.len()).unwrap_or(0);
    out.pointer();
    out.u32(count);
    out.pointer();
    out.u32(count);
    for share in &listed {
        put_share(&mut entries, level, share);
    }
    entries.strings();
    out.stub.extend_from_slice(&entries.stub);
    out.u32(count);
    // No resume handle beyond 0.
    out.pointer();
    out.u32(0);
    out.u32(NERR_SUCCESS);
    Ok(out.stub)
}

fn share_get_info(mut reader: Reader<'_>, context: &RpcContext) -> Result<Vec<u8>, PipeError> {
    reader.unique_string()?;
    let name = reader.string()?;
    let level = reader.u32()?;
    let share = context
        .shares
        .iter()
        .find(|share| share.name.to_lowercase() == name.to_lowercase());
    let mut out = Writer::default();
    out.u32(level);
    let status = match share {
        None => NERR_NET_NAME_NOT_FOUND,
        Some(_) if !matches!(level, 0 | 1 | 2 | 501 | 502 | 1005) => ERROR_INVALID_LEVEL,
        Some(share) => {
            out.pointer();
            put_share(&mut out, level, share);
            out.strings();
            out.u32(NERR_SUCCESS);
            return Ok(out.stub);
        }
    };
    out.u32(0);
    out.u32(status);
    Ok(out.stub)
}

fn server_get_info(mut reader: Reader<'_>, context: &RpcContext) -> Result<Vec<u8>, PipeError> {
    reader.unique_string()?;
    let level = reader.u32()?;
    let mut out = Writer::default();
    out.u32(level);
    if !matches!(level, 100..=102) {
        out.u32(0);
        out.u32(ERROR_INVALID_LEVEL);
        return Ok(out.stub);
    }
    out.pointer();
    out.u32(PLATFORM_NT);
    out.string_pointer(&context.server_name);
    if level >= 101 {
        out.u32(VERSION.0);
        out.u32(VERSION.1);
        out.u32(SERVER_TYPE);
        out.string_pointer("Landfall");
    }
    if level == 102 {
        // Users, disconnect, hidden, announce, anndelta, licenses.
        for value in [u32::MAX, 15, 0, 240, 3000, 0] {
            out.u32(value);
        }
        out.string_pointer("C:\\");
    }
    out.strings();
    out.u32(NERR_SUCCESS);
    Ok(out.stub)
}

/// TIME_OF_DAY_INFO, in UTC.
fn remote_tod(context: &RpcContext) -> Vec<u8> {
    let since = context
        .now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = since.as_secs();
    let (day, month, year) = civil_date(seconds / 86_400);
    let within = |divisor: u64, modulo: u64| u32::try_from(seconds / divisor % modulo).unwrap_or(0);
    let mut out = Writer::default();
    out.pointer();
    out.u32(u32::try_from(seconds).unwrap_or(u32::MAX));
    out.u32(u32::try_from(since.as_millis() % u128::from(u32::MAX)).unwrap_or(0));
    out.u32(within(3600, 24));
    out.u32(within(60, 60));
    out.u32(within(1, 60));
    out.u32(since.subsec_millis() / 10);
    // Time zone: UTC; tick interval in 0.1 ms.
    out.u32(0);
    out.u32(310);
    out.u32(day);
    out.u32(month);
    out.u32(year);
    // 1970-01-01 was a Thursday.
    out.u32(u32::try_from((seconds / 86_400 + 4) % 7).unwrap_or(0));
    out.u32(NERR_SUCCESS);
    out.stub
}

/// Day, month and year of a day since 1970-01-01, counted in 400-year eras that begin in March.
fn civil_date(days: u64) -> (u32, u32, u32) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let narrow = |value: u64| u32::try_from(value).unwrap_or(0);
    (narrow(day), narrow(month), narrow(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(civil_date(0), (1, 1, 1970));
        assert_eq!(civil_date(11_016), (29, 2, 2000));
        assert_eq!(civil_date(20_778), (21, 11, 2026));
    }
}
