//! A file for the Windows registry that tells Explorer on which port a server's SMB is.
//!
//! Explorer has no place for a port in `\\server\share`. Windows 11 24H2 and Windows Server 2025 look it up in the
//! policy "Alternative Port Mappings": the value `AlternativePortMappings` (REG_MULTI_SZ) holds entries of the form
//! `server:tcp:port`, and the first whose name is the one that was typed counts.

use std::fmt::Write as _;

const KEY: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\LanmanWorkstation";
const VALUE: &str = "AlternativePortMappings";
/// How many bytes are written in one line; longer ones are continued.
const BYTES_IN_LINE: usize = 16;

/// Takes the policy away again, in a terminal that is run as administrator.
pub(crate) const UNDO: &str = r#"reg delete "HKLM\SOFTWARE\Policies\Microsoft\Windows\LanmanWorkstation" /v AlternativePortMappings /f"#;

/// The host and port in `smb://host:port/`; nothing when no port is named, for Explorer finds SMB's own by itself.
pub(crate) fn place(url: &str) -> Option<(String, u16)> {
    let authority = url.strip_prefix("smb://")?.split('/').next()?;
    let (host, port) = authority.rsplit_once(':')?;
    let port = port.parse().ok()?;
    // An IPv6 address has colons, which neither `\\server` nor an entry can hold: Windows has a form for that.
    let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => format!("{}.ipv6-literal.net", address.replace(':', "-").replace('%', "s")),
        None => host.to_owned(),
    };
    Some((host, port))
}

/// The file's bytes: entries for each of a server's names, below a comment. The registry editor takes UTF-16 with
/// a byte-order mark, and lines that end as in DOS.
pub(crate) fn file(names: &[&str], port: u16, comment: &[&str]) -> Vec<u8> {
    let mut lines = vec!["Windows Registry Editor Version 5.00".to_owned(), String::new()];
    lines.extend(comment.iter().map(|line| format!("; {line}")));
    lines.extend([String::new(), format!("[{KEY}]")]);
    lines.extend(value(names, port));
    lines.push(String::new());
    let text = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn value(names: &[&str], port: u16) -> Vec<String> {
    // Each string ends with a zero, and one more ends the list.
    let entries = names.iter().map(|name| format!("{name}:tcp:{port}\0"));
    let list: String = entries.chain(["\0".to_owned()]).collect();
    let bytes: Vec<u8> = list.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let rows = bytes.len().div_ceil(BYTES_IN_LINE);
    let row = |(number, row): (usize, &[u8])| {
        let mut line = match number {
            0 => format!("\"{VALUE}\"=hex(7):"),
            _ => "  ".to_owned(),
        };
        for (place, byte) in row.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            let _ = write!(line, "{comma}{byte:02x}");
        }
        if number + 1 < rows {
            line.push_str(",\\");
        }
        line
    };
    bytes.chunks(BYTES_IN_LINE).enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_what_the_registry_editor_reads() {
        let expected = concat!(
            "\u{feff}Windows Registry Editor Version 5.00\r\n",
            "\r\n",
            "; for Explorer\r\n",
            "; rückgängig\r\n",
            "\r\n",
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\LanmanWorkstation]\r\n",
            // "1.2:tcp:4450\0" "A:tcp:4450\0" "\0"
            "\"AlternativePortMappings\"=hex(7):31,00,2e,00,32,00,3a,00,74,00,63,00,70,00,3a,00,\\\r\n",
            "  34,00,34,00,35,00,30,00,00,00,41,00,3a,00,74,00,\\\r\n",
            "  63,00,70,00,3a,00,34,00,34,00,35,00,30,00,00,00,\\\r\n",
            "  00,00\r\n",
            "\r\n",
        );
        let bytes = file(&["1.2", "A"], 4450, &["for Explorer", "rückgängig"]);
        assert_eq!(bytes[..6], [0xff, 0xfe, b'W', 0, b'i', 0]);
        let units = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        assert_eq!(String::from_utf16(&units.collect::<Vec<_>>()).unwrap(), expected);
        let exact: Vec<u8> = expected.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(bytes, exact);
    }

    #[test]
    fn the_undo_names_the_same_value() {
        let short = KEY.replace("HKEY_LOCAL_MACHINE", "HKLM");
        assert!(UNDO.contains(&short) && UNDO.contains(VALUE));
    }

    #[test]
    fn only_another_port_than_smbs_own_needs_the_policy() {
        let at = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(place("smb://10.0.0.5:4450/"), at("10.0.0.5", 4450));
        assert_eq!(
            place("smb://[fd00::5]:4450/"),
            at("fd00--5.ipv6-literal.net", 4450)
        );
        assert_eq!(place("smb://10.0.0.5/"), None);
        assert_eq!(place("smb://[fd00::5]/"), None);
        assert_eq!(place("sftp://10.0.0.5:2022/"), None);
    }
}
