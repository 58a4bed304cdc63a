//! Messages: each parser stays inside the message, and what it gives is within its own limits.

use crate::sftp::fuzzing::read_fields;
use crate::smb::wire::change_notify::FileNotifyInformation;
use crate::smb::wire::create_context::{RequestContext, ResponseContext};
use crate::smb::wire::fsctl::{SrvCopychunkCopy, ValidateNegotiateInfoRequest};
use crate::smb::wire::header::{Command, HEADER_SIZE, Header};
use crate::smb::wire::info::directory::DirectoryInformation;
use crate::smb::wire::info::file::{
    FileAllInformation, FileBasicInformation, FileRenameInformation, FileStreamInformation,
};
use crate::smb::wire::info::filesystem::FileFsVolumeInformation;
use crate::smb::wire::message::{Regular, Request, Response};
use crate::smb::wire::negotiate::parse_smb1_negotiate;
use crate::smb::wire::writer::Writer;

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

/// The SMB1 message before it.
pub fn smb1_negotiate(input: &[u8]) {
    let _ = parse_smb1_negotiate(input);
}

/// The request that a message is: what was read is written, and read again as it was.
pub fn smb_requests(input: &[u8]) {
    let Some(request) = request_in(input) else { return };
    let mut message = vec![0; HEADER_SIZE];
    request.encode(&mut Writer::new(&mut message, 0));
    assert_eq!(Request::parse(request.command(), &message), Ok(request.clone()));
    match request {
        Request::Negotiate(request) => {
            let offers = request.negotiate_context_list.unwrap_or_default();
            assert!(
                request.dialects.len() <= 64
                    && offers.ciphers.len() <= 64
                    && offers.signing_algorithms.len() <= 64
            );
        }
        Request::SessionSetup(request) => assert!(is_part_of(request.security_buffer, input)),
        Request::TreeConnect(request) => {
            if let Ok(share) = request.share_name() {
                assert!(!share.is_empty() && !share.contains('\\'));
            }
        }
        Request::Create(request) => {
            for context in request.contexts.iter() {
                assert!(is_part_of(context.name, input) && is_part_of(context.data, input));
                assert!(request.context(context.name).is_some());
                let _ = RequestContext::parse(context);
            }
        }
        Request::Write(request) => assert!(is_part_of(request.data, input)),
        Request::Ioctl(request) => {
            let _ = ValidateNegotiateInfoRequest::parse(request.input);
            if let Ok(chunks) = SrvCopychunkCopy::parse(request.input).and_then(SrvCopychunkCopy::chunks) {
                assert!(chunks.count() * 24 <= input.len());
            }
        }
        _ => {}
    }
}

/// The request in a message, header first.
pub(super) fn request_in(message: &[u8]) -> Option<Request<'_>> {
    let command = Command::from_code(Header::parse(message).ok()?.command)?;
    Request::parse(command, message).ok()
}

/// The response that a message is, likewise.
pub fn smb_responses(input: &[u8]) {
    let Some((header, response)) = response_in(input) else {
        return;
    };
    let mut message = vec![0; HEADER_SIZE];
    response.encode(&mut Writer::new(&mut message, 0));
    let command = Command::from_code(header.command).expect("it was one");
    assert_eq!(
        Response::parse(command, header.status, &message),
        Ok(response.clone())
    );
    match response {
        Response::Regular(Regular::Read(response)) => assert!(is_part_of(response.data, input)),
        Response::Regular(Regular::Create(response)) => {
            for context in response.contexts.iter() {
                let _ = ResponseContext::parse(context);
            }
        }
        _ => {}
    }
}

/// The response in a message, header first.
pub(super) fn response_in(message: &[u8]) -> Option<(Header, Response<'_>)> {
    let header = Header::parse(message).ok()?;
    let command = Command::from_code(header.command)?;
    let response = Response::parse(command, header.status, message).ok()?;
    Some((header, response))
}

/// The number of an information class, then what it says: entries stay inside it.
pub fn smb_info(input: &[u8]) {
    let Some((&number, buffer)) = input.split_first() else {
        return;
    };
    let fits = |count: usize, least: usize| assert!(count * least <= buffer.len());
    if let Ok(entries) = DirectoryInformation::list(number, buffer) {
        fits(entries.len(), 12);
    }
    if let Ok(streams) = FileStreamInformation::list(buffer) {
        fits(streams.len(), 24);
    }
    if let Ok(changes) = FileNotifyInformation::list(buffer) {
        fits(changes.len(), 12);
    }
    let _ = FileBasicInformation::parse(buffer);
    let _ = FileAllInformation::parse(buffer);
    let _ = FileFsVolumeInformation::parse(buffer);
    if let Ok(request) = FileRenameInformation::parse(buffer) {
        fits(request.file_name.units().count(), 2);
    }
}

/// The fields of SFTP packets.
pub fn sftp_fields(input: &[u8]) {
    read_fields(input);
}
