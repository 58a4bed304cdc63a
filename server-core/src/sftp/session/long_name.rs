//! The line that `ls -l` shows, which clients print as it is.

use crate::sftp::wire::Attributes;

/// The line that `ls -l` shows.
pub(super) fn long_name(user: &str, name: &[u8], attributes: &Attributes, links: u32) -> Vec<u8> {
    let mode = attributes.permissions.unwrap_or(0);
    let kind = match mode & 0o170_000 {
        0o040_000 => 'd',
        0o120_000 => 'l',
        _ => '-',
    };
    let bits: String = (0..9)
        .map(|bit| {
            if mode & (0o400 >> bit) != 0 {
                ['r', 'w', 'x'][bit % 3]
            } else {
                '-'
            }
        })
        .collect();
    let size = attributes.size.unwrap_or(0);
    let seconds = attributes.times.map_or(0, |(_, modified)| modified);
    let mut line = format!(
        "{kind}{bits} {links:>4} {user:<8} {user:<8} {size:>12} {} ",
        date(seconds)
    )
    .into_bytes();
    line.extend_from_slice(name);
    line
}

/// "Nov 21  2026": the day is what a listing needs, and a year is never wrong.
fn date(seconds: u32) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = u64::from(seconds / 86_400) + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = usize::try_from((march_month + 2) % 12).unwrap_or(0);
    let year = year_of_era + era * 400 + u64::from(march_month >= 10);
    format!("{} {day:>2}  {year}", MONTHS[month])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_reads_like_ls() {
        let attributes = Attributes {
            size: Some(5),
            owner: None,
            permissions: Some(0o100_644),
            times: Some((0, 951_782_400)),
        };
        let line = String::from_utf8(long_name("alice", b"a.txt", &attributes, 1)).unwrap();
        assert_eq!(
            line,
            "-rw-r--r--    1 alice    alice               5 Feb 29  2000 a.txt"
        );
    }
}
