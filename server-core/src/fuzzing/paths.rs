//! Names, paths and search expressions.

use crate::vfs::{Pattern, SharePath, wire_to_sftp};

/// No component moves: each is one name on the disk.
fn stays_inside(path: &SharePath) {
    for name in path.components() {
        let disk = wire_to_sftp(name);
        assert!(!disk.is_empty() && disk != b"." && disk != b"..");
        assert!(!disk.contains(&b'/') && !disk.contains(&0));
    }
    assert!(path.is_within(path) && path.is_within(&SharePath::root()));
}

/// A name out of an SMB request.
pub fn smb_path(input: &[u8]) {
    let units: Vec<u16> = input
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    if let Ok(path) = SharePath::from_smb(&units) {
        stays_inside(&path);
        let again: Vec<u16> = path.to_smb().encode_utf16().collect();
        assert_eq!(SharePath::from_smb(&again).as_ref(), Ok(&path));
    }
}

/// A path out of an SFTP packet.
pub fn sftp_path(input: &[u8]) {
    if let Ok(path) = SharePath::from_sftp(input) {
        stays_inside(&path);
    }
}

/// A search expression, a line feed, and a name.
pub fn search_pattern(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (expression, name) = text.split_once('\n').unwrap_or((&text, "a name.txt"));
    let pattern = Pattern::new(expression);
    let matches = pattern.matches(name);
    if pattern.is_literal() && expression == name {
        assert!(matches);
    }
    assert!(Pattern::all().matches(name));
}
