//! What clients encode, as the specification lays it out, is what the parsers give; and no less of it is taken.

use proptest::collection::vec;
use proptest::prelude::*;

use super::create::{CreateRequest, encode_contexts};
use super::cursor::{pad_to, put_utf16};
use super::file_id::FileId;
use super::header::HEADER_SIZE;
use super::ids::{PersistentId, VolatileId};
use super::info::file::{SetBasic, SetName};
use super::negotiate::{NegotiateContexts, NegotiateRequest};
use super::session_setup::SessionSetupRequest;
use super::tree_connect::parse_share_name;
use crate::vfs::FileTime;

/// A message under construction, with room for the header.
struct Message(Vec<u8>);

impl Message {
    fn new() -> Self {
        Self(vec![0; HEADER_SIZE])
    }

    fn u16(mut self, value: u16) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn utf16(mut self, units: &[u16]) -> Self {
        self.0.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        self
    }
}

fn length<T>(items: &[T]) -> u16 {
    u16::try_from(items.len()).unwrap()
}

fn size<T>(items: &[T]) -> u16 {
    u16::try_from(size_of_val(items)).unwrap()
}

fn ids() -> impl Strategy<Value = Vec<u16>> {
    vec(any::<u16>(), 0..10)
}

prop_compose! {
    fn offer()(
        security_mode: u16,
        capabilities: u32,
        client_guid: [u8; 16],
        mut dialects in ids(),
        contexts in prop::option::of((any::<bool>(), ids(), ids())),
    ) -> NegotiateRequest {
        let contexts = contexts.map(|(preauth_sha512, ciphers, signing)| {
            NegotiateContexts { preauth_sha512, ciphers, signing }
        });
        // Contexts count for 3.1.1 alone.
        dialects.retain(|dialect| *dialect != 0x0311);
        dialects.push(if contexts.is_some() { 0x0311 } else { 0x0210 });
        NegotiateRequest { security_mode, capabilities, client_guid, dialects, contexts }
    }
}

/// [MS-SMB2] 2.2.3.
fn negotiate(offer: &NegotiateRequest) -> Vec<u8> {
    let dialects_end = HEADER_SIZE + 36 + 2 * offer.dialects.len();
    let mut message = Message::new()
        .u16(36)
        .u16(length(&offer.dialects))
        .u16(offer.security_mode)
        .u16(0)
        .u32(offer.capabilities)
        .bytes(&offer.client_guid);
    let Some(contexts) = &offer.contexts else {
        return message.u64(0).utf16(&offer.dialects).0;
    };
    message = message
        .u32(u32::try_from(dialects_end.next_multiple_of(8)).unwrap())
        .u16(4)
        .u16(0)
        .utf16(&offer.dialects);
    let preauth = [1, 2, u16::from(contexts.preauth_sha512), 0xABCD];
    let ciphers = [&[length(&contexts.ciphers)], contexts.ciphers.as_slice()].concat();
    let signing = [&[length(&contexts.signing)], contexts.signing.as_slice()].concat();
    // One that nobody knows stands in the middle.
    for (kind, data) in [
        (1, preauth.as_slice()),
        (2, &ciphers),
        (0x77, &[1, 2, 3]),
        (8, &signing),
    ] {
        pad_to(&mut message.0, 0, 8);
        message = message.u16(kind).u16(size(data)).u32(0).utf16(data);
    }
    message.0
}

/// [MS-SMB2] 2.2.13.
fn create(fields: &[u32; 6], name: &[u16], contexts: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut message = Message::new().u16(57).u16(0x0900).u32(fields[0]).u64(0).u64(0);
    for field in &fields[1..] {
        message = message.u32(*field);
    }
    message = message.u16(120).u16(size(name)).u64(0).utf16(name);
    let (offset, length) = encode_contexts(&mut message.0, 0, contexts);
    message.0[112..116].copy_from_slice(&offset.to_le_bytes());
    message.0[116..120].copy_from_slice(&length.to_le_bytes());
    message.0
}

proptest! {
    #[test]
    fn negotiate_is_read_as_it_was_written(offer in offer()) {
        let message = negotiate(&offer);
        let read = NegotiateRequest::parse(&message);
        prop_assert_eq!(read, Ok(offer));
        for cut in 0..message.len() {
            prop_assert!(NegotiateRequest::parse(&message[..cut]).is_err(), "cut to {}", cut);
        }
    }

    #[test]
    fn session_setup_is_read_as_it_was_written(
        flags: u8, mode: u8, previous: u64, token in vec(any::<u8>(), 1..200), gap in 0usize..20,
    ) {
        let offset = u16::try_from(HEADER_SIZE + 24 + gap).unwrap();
        let message = Message::new().u16(25).bytes(&[flags, mode]).u64(0).u16(offset).u16(length(&token))
            .u64(previous).bytes(&vec![0; gap]).bytes(&token).0;
        let request = SessionSetupRequest::parse(&message).unwrap();
        prop_assert_eq!((request.flags, request.security_mode), (flags, mode));
        prop_assert_eq!((request.previous_session_id, request.token), (previous, token.as_slice()));
        for cut in 0..message.len() {
            prop_assert!(SessionSetupRequest::parse(&message[..cut]).is_err());
        }
    }

    #[test]
    fn tree_connect_is_read_as_it_was_written(server in "[^\\\\\0]{0,20}", share in "[^\\\\\0]{1,20}") {
        let mut path = Vec::new();
        put_utf16(&mut path, &format!(r"\\{server}\{share}"));
        let message = Message::new().u16(9).u16(0).u16(72).u16(length(&path)).bytes(&path).0;
        prop_assert_eq!(parse_share_name(&message), Ok(share));
        for cut in 0..message.len() {
            prop_assert!(parse_share_name(&message[..cut]).is_err());
        }
    }

    #[test]
    fn create_is_read_as_it_was_written(
        fields: [u32; 6],
        name in vec(any::<u16>(), 0..50),
        first in prop::option::of(vec(any::<u8>(), 0..40)),
        second in vec(any::<u8>(), 1..40),
    ) {
        let first = first.map(|data| (b"QFid", data));
        let contexts: Vec<(&[u8; 4], Vec<u8>)> = first.into_iter().chain([(b"RqLs", second)]).collect();
        let message = create(&fields, &name, &contexts);
        let request = CreateRequest::parse(&message).unwrap();
        let read = [
            request.impersonation_level, request.desired_access, request.file_attributes,
            request.share_access, request.disposition, request.options,
        ];
        prop_assert_eq!((read, request.oplock_level, &request.name), (fields, 9, &name));
        let read: Vec<_> = request.contexts.iter().map(|context| (context.name, context.data)).collect();
        let sent: Vec<_> = contexts.iter().map(|(name, data)| (name.as_slice(), data.as_slice())).collect();
        prop_assert_eq!(read, sent);
        for cut in 0..message.len() {
            prop_assert!(CreateRequest::parse(&message[..cut]).is_err(), "cut to {}", cut);
        }
    }

    #[test]
    fn what_set_info_sets_is_read_as_it_was_written(
        times: [u64; 4], attributes: u32, replace: bool, root_directory: u64, name in vec(any::<u16>(), 0..50),
    ) {
        // Beyond this they are negative, and mean something else or nothing.
        let times = times.map(|time| time >> 1);
        let mut basic = Message(Vec::new());
        for time in times {
            basic = basic.u64(time);
        }
        let read = SetBasic::parse(&basic.u32(attributes).0).unwrap();
        prop_assert_eq!(read.times, times.map(|time| (time != 0).then_some(FileTime(time))));
        prop_assert_eq!(read.attributes, attributes);
        let buffer = Message(vec![u8::from(replace), 0, 0, 0, 0, 0, 0, 0])
            .u64(root_directory).u32(size(&name).into()).utf16(&name).0;
        let read = SetName::parse(&buffer);
        prop_assert_eq!(read, Ok(SetName { replace, root_directory, name }));
        for cut in 0..buffer.len() {
            prop_assert!(SetName::parse(&buffer[..cut]).is_err());
        }
    }

    #[test]
    fn file_ids_survive_the_round_trip(persistent: u64, volatile: u64, before in 0usize..20) {
        let id = FileId { persistent: PersistentId(persistent), volatile: VolatileId(volatile) };
        let message = [vec![0; before], id.to_bytes().to_vec()].concat();
        prop_assert_eq!(FileId::parse(&message, before), Ok(id));
        prop_assert!(FileId::parse(&message[..before + 15], before).is_err());
    }
}
