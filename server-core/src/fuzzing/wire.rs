//! Messages: each parser stays inside the message, and what it gives is within its own limits.

use crate::sftp::fuzzing::read_fields;
use crate::smb::wire::create::CreateRequest;
use crate::smb::wire::header::{Command, HEADER_SIZE, Header};
use crate::smb::wire::info::file::{SetBasic, SetName};
use crate::smb::wire::negotiate::{NegotiateRequest, parse_smb1_negotiate};
use crate::smb::wire::session_setup::SessionSetupRequest;
use crate::smb::wire::tree_connect::parse_share_name;

fn is_part_of(part: &[u8], whole: &[u8]) -> bool {
    part.is_empty() || whole.as_ptr_range().contains(&part.as_ptr()) && part.len() <= whole.len()
}

/// The SMB2 header, and back.
pub fn smb_header(input: &[u8]) {
    let Ok(header) = Header::parse(input) else {
        return;
    };
    let mut encoded = Vec::new();
    header.encode(&mut encoded);
    assert_eq!(encoded.len(), HEADER_SIZE);
    assert_eq!(Header::parse(&encoded), Ok(header));
    let _ = Command::from_code(header.command);
}

/// NEGOTIATE with its contexts.
pub fn smb_negotiate(input: &[u8]) {
    if let Ok(request) = NegotiateRequest::parse(input) {
        assert!(request.dialects.len() <= 64);
        let offers = request.contexts.unwrap_or_default();
        assert!(offers.ciphers.len() <= 64 && offers.signing.len() <= 64);
    }
}

/// The SMB1 message before it.
pub fn smb1_negotiate(input: &[u8]) {
    let _ = parse_smb1_negotiate(input);
}

/// SESSION_SETUP.
pub fn smb_session_setup(input: &[u8]) {
    if let Ok(request) = SessionSetupRequest::parse(input) {
        assert!(is_part_of(request.token, input));
    }
}

/// TREE_CONNECT.
pub fn smb_tree_connect(input: &[u8]) {
    if let Ok(share) = parse_share_name(input) {
        assert!(!share.is_empty() && !share.contains('\\'));
    }
}

/// CREATE with its contexts.
pub fn smb_create(input: &[u8]) {
    let Ok(request) = CreateRequest::parse(input) else {
        return;
    };
    for context in &request.contexts {
        assert!(is_part_of(context.name, input) && is_part_of(context.data, input));
        assert!(request.context(context.name).is_some());
    }
}

/// What SET_INFO sets.
pub fn smb_set_info(input: &[u8]) {
    let _ = SetBasic::parse(input);
    if let Ok(request) = SetName::parse(input) {
        assert!(request.name.len() * 2 <= input.len());
    }
}

/// The fields of SFTP packets.
pub fn sftp_fields(input: &[u8]) {
    read_fields(input);
}
