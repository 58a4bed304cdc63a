//! Names: what clients see against what the disk has, and comparing without case.
//!
//! Characters that Windows forbids but a disk may have are shown as private-use characters, as macOS
//! ("SFM") and Samba (`vfs_catia`/`fruit`) do: U+F001..U+F01F for control characters, U+F020..U+F029 for
//! `" * : < > ? \ |`, a trailing space and a trailing dot. A byte that is no UTF-8 is shown as U+F700 plus
//! the byte. The way back is the same table, so every name on the disk can be opened by what is listed.

use unicode_normalization::UnicodeNormalization;

/// Private-use stand-ins, in the order of U+F020 upwards.
const STAND_INS: [(char, char); 8] = [
    ('"', '\u{F020}'),
    ('*', '\u{F021}'),
    (':', '\u{F022}'),
    ('<', '\u{F023}'),
    ('>', '\u{F024}'),
    ('?', '\u{F025}'),
    ('\\', '\u{F026}'),
    ('|', '\u{F027}'),
];
const TRAILING_SPACE: char = '\u{F028}';
const TRAILING_DOT: char = '\u{F029}';
/// A byte B of a name that is not UTF-8 is shown as U+F700 + B (B is at least 0x80).
const RAW_BYTE: u32 = 0xF700;

/// A name as the disk has it, to what clients see. `None` for names that no path can carry (NUL, slash).
pub(crate) fn disk_bytes_to_wire(disk: &[u8]) -> Option<String> {
    if disk.contains(&0) || disk.contains(&b'/') {
        return None;
    }
    let mut wire = String::with_capacity(disk.len());
    for chunk in disk.utf8_chunks() {
        wire.extend(chunk.valid().chars().map(show));
        wire.extend(
            chunk
                .invalid()
                .iter()
                .filter_map(|byte| char::from_u32(RAW_BYTE + u32::from(*byte))),
        );
    }
    // "." and ".." never come here; a name that only *ends* in a dot or space gets a stand-in.
    if wire != "." && wire != ".." {
        let stand_in = match wire.chars().next_back() {
            Some(' ') => Some(TRAILING_SPACE),
            Some('.') => Some(TRAILING_DOT),
            _ => None,
        };
        if let Some(stand_in) = stand_in {
            wire.pop();
            wire.push(stand_in);
        }
    }
    Some(wire)
}

/// A name from a client, to the bytes on disk. `None` when it would be a name that no disk has.
pub(crate) fn wire_to_disk(wire: &str) -> Option<Vec<u8>> {
    let mut disk = Vec::with_capacity(wire.len());
    let mut buffer = [0; 4];
    for c in wire.chars() {
        let code = u32::from(c);
        if (RAW_BYTE + 0x80..=RAW_BYTE + 0xFF).contains(&code) {
            disk.push(u8::try_from(code - RAW_BYTE).ok()?);
        } else {
            disk.extend_from_slice(hide(c).encode_utf8(&mut buffer).as_bytes());
        }
    }
    let moves = disk == b"." || disk == b"..";
    (!disk.is_empty() && !moves && !disk.contains(&0) && !disk.contains(&b'/')).then_some(disk)
}

/// A link's target from a client, slashes and dots included, to the bytes on disk.
#[cfg(unix)]
pub(crate) fn wire_to_disk_path(target: &str) -> Option<Vec<u8>> {
    let parts = target.split('/').map(|part| match part {
        "" | "." | ".." => Some(part.as_bytes().to_vec()),
        name => wire_to_disk(name),
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join(&b'/'))
}

/// UTF-16 from an SMB client to wire text. `None` for unpaired surrogates and NUL.
pub(crate) fn utf16_to_wire(name: &[u16]) -> Option<String> {
    let text = String::from_utf16(name).ok()?;
    (!text.contains('\0')).then_some(text)
}

/// The form in which names are compared: each UTF-16 unit upper-cased as Windows does (one to one),
/// after composing, because macOS sends and stores names decomposed.
pub(crate) fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_uppercase();
    }
    name.nfc().map(upper).collect()
}

/// Appends a name in the spelling in which names are compared.
pub(crate) fn fold_into(out: &mut String, name: &str) {
    if name.is_ascii() {
        out.extend(name.chars().map(|letter| letter.to_ascii_uppercase()));
    } else {
        out.push_str(&fold(name));
    }
}

/// Simple upper case: only mappings of one character to one, and none into ASCII (`ı` and `ſ` are letters of
/// their own to Windows, not `I` and `S`).
fn upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(single), None) if c.is_ascii() || !single.is_ascii() => single,
        _ => c,
    }
}

/// Device names that Windows finds in every folder, with any extension (`CON`, `nul.txt`, `COM1`).
#[cfg(any(windows, test))]
pub(crate) fn is_reserved_on_windows(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ => {
            let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
            number.is_some_and(|number| {
                matches!(
                    number,
                    "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
                )
            })
        }
    }
}

fn show(c: char) -> char {
    if ('\u{1}'..='\u{1F}').contains(&c) {
        return char::from_u32(0xF000 + u32::from(c)).unwrap_or(c);
    }
    STAND_INS
        .iter()
        .find(|(real, _)| *real == c)
        .map_or(c, |(_, stand_in)| *stand_in)
}

fn hide(c: char) -> char {
    match c {
        '\u{F001}'..='\u{F01F}' => char::from_u32(u32::from(c) - 0xF000).unwrap_or(c),
        TRAILING_SPACE => ' ',
        TRAILING_DOT => '.',
        _ => STAND_INS
            .iter()
            .find(|(_, stand_in)| *stand_in == c)
            .map_or(c, |(real, _)| *real),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forbidden_characters_are_shown_by_stand_ins_and_come_back() {
        let wire = disk_bytes_to_wire(b"a:b?.").unwrap();
        assert_eq!(wire, "a\u{F022}b\u{F025}\u{F029}");
        assert_eq!(wire_to_disk(&wire).unwrap(), b"a:b?.");
    }

    #[test]
    fn case_and_composition_do_not_matter() {
        assert_eq!(fold("Grüße"), fold("GRU\u{308}ße"));
        assert_ne!(fold("straße"), fold("strasse"));
        assert_ne!(fold("ı"), fold("i"));
    }

    #[test]
    fn device_names_of_windows_are_known_with_any_extension() {
        for name in ["con", "NUL.txt", "Com1", "lpt9.tar.gz", "aux ", "COM²"] {
            assert!(is_reserved_on_windows(name), "{name}");
        }
        for name in ["console", "com10", "nul2", "x.con", "COM"] {
            assert!(!is_reserved_on_windows(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_disk_name_survives_the_round_trip(disk in proptest::collection::vec(1u8..=255, 1..40)) {
            prop_assume!(!disk.contains(&b'/') && disk != b"." && disk != b"..");
            // Names that already hold our stand-ins are the one ambiguity; they come back as what they stand for.
            let has_stand_in = String::from_utf8_lossy(&disk).chars().any(|c| ('\u{F000}'..='\u{F7FF}').contains(&c));
            prop_assume!(!has_stand_in);
            prop_assert_eq!(wire_to_disk(&disk_bytes_to_wire(&disk).unwrap()), Some(disk));
        }
    }
}
