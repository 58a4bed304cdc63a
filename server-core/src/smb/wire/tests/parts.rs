//! One message of each kind, made of the same arbitrary parts.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::smb::wire::cancel::CancelRequest;
use crate::smb::wire::change_notify::{ChangeNotifyRequest, ChangeNotifyResponse};
use crate::smb::wire::close::{CloseRequest, CloseResponse};
use crate::smb::wire::create::{CreateRequest, CreateResponse};
use crate::smb::wire::create_contexts::CreateContextList;
use crate::smb::wire::echo::{EchoRequest, EchoResponse};
use crate::smb::wire::error::ErrorResponse;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::flush::{FlushRequest, FlushResponse};
use crate::smb::wire::ids::{ClientGuid, LeaseKey, SessionId};
use crate::smb::wire::info::FileMetadata;
use crate::smb::wire::ioctl::{IoctlRequest, IoctlResponse};
use crate::smb::wire::lock::{LockElement, LockRequest, LockResponse};
use crate::smb::wire::logoff::{LogoffRequest, LogoffResponse};
use crate::smb::wire::message::{Regular, Request};
use crate::smb::wire::negotiate::{ChosenContexts, NegotiateContexts, NegotiateRequest, NegotiateResponse};
use crate::smb::wire::oplock_break::{LeaseBreak, LeaseBreakNotification, OplockBreak};
use crate::smb::wire::query_directory::{QueryDirectoryRequest, QueryDirectoryResponse};
use crate::smb::wire::query_info::{QueryInfoRequest, QueryInfoResponse};
use crate::smb::wire::read::{ReadRequest, ReadResponse};
use crate::smb::wire::session_setup::{SessionSetupRequest, SessionSetupResponse};
use crate::smb::wire::set_info::{SetInfoRequest, SetInfoResponse};
use crate::smb::wire::times::FileTimes;
use crate::smb::wire::tree_connect::{TreeConnectRequest, TreeConnectResponse};
use crate::smb::wire::tree_disconnect::{TreeDisconnectRequest, TreeDisconnectResponse};
use crate::smb::wire::utf16::Utf16;
use crate::smb::wire::write::{WriteRequest, WriteResponse};

/// Anything that a message may be made of.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    pub(super) small: [u8; 4],
    pub(super) ids: [u16; 4],
    pub(super) numbers: [u32; 8],
    pub(super) large: [u64; 8],
    pub(super) guids: [[u8; 16]; 2],
    pub(super) data: Vec<u8>,
    pub(super) other: Vec<u8>,
    /// Bytes of UTF-16.
    pub(super) text: Vec<u8>,
    pub(super) list: Vec<u16>,
    pub(super) ranges: Vec<(u64, u64, u32)>,
    pub(super) contexts: CreateContextList,
    pub(super) flag: bool,
}

prop_compose! {
    pub(super) fn parts()(
        small: [u8; 4],
        ids: [u16; 4],
        numbers: [u32; 8],
        large: [u64; 8],
        guids: [[u8; 16]; 2],
        data in vec(any::<u8>(), 0..60),
        other in vec(any::<u8>(), 0..40),
        text in vec(any::<u16>(), 0..30),
        list in vec(any::<u16>(), 0..10),
        ranges in vec(any::<(u64, u64, u32)>(), 0..4),
        named in vec((vec(any::<u8>(), 0..20), vec(any::<u8>(), 0..30)), 0..4),
        flag: bool,
    ) -> Parts {
        let text = text.into_iter().flat_map(u16::to_le_bytes).collect();
        let mut contexts = CreateContextList::new();
        for (name, data) in &named {
            contexts.push(name, |out| out.bytes(data));
        }
        Parts { small, ids, numbers, large, guids, data, other, text, list, ranges, contexts, flag }
    }
}

impl Parts {
    pub(super) fn file_id(&self) -> FileId {
        FileId::parse(&self.guids[0], 0).unwrap()
    }

    pub(super) fn text(&self) -> Utf16<'_> {
        Utf16::from_bytes(&self.text).unwrap()
    }

    pub(super) fn times(&self) -> FileTimes {
        FileTimes {
            creation_time: self.large[0],
            last_access_time: self.large[1],
            last_write_time: self.large[2],
            change_time: self.large[3],
        }
    }

    pub(super) fn metadata(&self) -> FileMetadata {
        FileMetadata {
            file_id: self.large[4],
            times: self.times(),
            allocation_size: self.large[5],
            end_of_file: self.large[6],
            file_attributes: self.numbers[0],
            number_of_links: self.numbers[1],
            delete_pending: self.flag,
            directory: !self.flag,
        }
    }

    fn negotiate(&self) -> NegotiateRequest {
        let contexts = self.flag.then(|| NegotiateContexts {
            preauth_sha512: self.small[0] & 1 != 0,
            salt: self.data.clone(),
            ciphers: self.list.clone(),
            signing_algorithms: self.ids[..usize::from(self.small[1] & 3)].to_vec(),
        });
        let mut dialects = self.list.clone();
        // Contexts count for 3.1.1 alone.
        dialects.retain(|dialect| *dialect != 0x0311);
        dialects.push(if contexts.is_some() { 0x0311 } else { 0x0210 });
        NegotiateRequest {
            security_mode: self.ids[0],
            capabilities: self.numbers[0],
            client_guid: ClientGuid(self.guids[0]),
            dialects,
            negotiate_context_list: contexts,
        }
    }

    fn negotiated(&self) -> NegotiateResponse<'_> {
        let mut salt = [0; 32];
        salt[..16].copy_from_slice(&self.guids[1]);
        NegotiateResponse {
            security_mode: self.ids[0],
            dialect_revision: if self.flag { 0x0311 } else { 0x0302 },
            server_guid: self.guids[0],
            capabilities: self.numbers[0],
            max_transact_size: self.numbers[1],
            max_read_size: self.numbers[2],
            max_write_size: self.numbers[3],
            system_time: self.large[0],
            security_buffer: &self.data,
            negotiate_context_list: self.flag.then(|| ChosenContexts {
                salt,
                cipher: self.list.first().copied(),
                signing_algorithm: self.list.get(1).copied(),
            }),
        }
    }

    fn lease_break(&self) -> LeaseBreak {
        LeaseBreak {
            flags: self.numbers[0],
            lease_key: LeaseKey(self.guids[0]),
            lease_state: self.numbers[1],
        }
    }

    fn oplock_break(&self) -> OplockBreak {
        OplockBreak {
            oplock_level: self.small[0],
            file_id: self.file_id(),
        }
    }

    pub(super) fn error(&self) -> ErrorResponse<'_> {
        ErrorResponse {
            error_context_count: self.small[0],
            error_data: &self.data,
        }
    }

    /// One request of each kind.
    pub(super) fn requests(&self) -> Vec<Request<'_>> {
        let (file_id, numbers) = (self.file_id(), &self.numbers);
        vec![
            self.negotiate().into(),
            SessionSetupRequest {
                flags: self.small[0],
                security_mode: self.small[1],
                capabilities: numbers[0],
                channel: numbers[1],
                previous_session_id: SessionId(self.large[0]),
                security_buffer: &self.data,
            }
            .into(),
            LogoffRequest.into(),
            TreeConnectRequest {
                flags: self.ids[0],
                path: self.text(),
            }
            .into(),
            TreeDisconnectRequest.into(),
            CreateRequest {
                requested_oplock_level: self.small[0],
                impersonation_level: numbers[0],
                desired_access: numbers[1],
                file_attributes: numbers[2],
                share_access: numbers[3],
                create_disposition: numbers[4],
                create_options: numbers[5],
                name: self.text(),
                contexts: self.contexts.as_contexts(),
            }
            .into(),
            CloseRequest {
                flags: self.ids[0],
                file_id,
            }
            .into(),
            FlushRequest { file_id }.into(),
            ReadRequest {
                padding: self.small[0],
                flags: self.small[1],
                length: numbers[0],
                offset: self.large[0],
                file_id,
                minimum_count: numbers[1],
                channel: numbers[2],
                remaining_bytes: numbers[3],
                read_channel_info: &self.data,
            }
            .into(),
            WriteRequest {
                data: &self.data,
                offset: self.large[0],
                file_id,
                channel: numbers[0],
                remaining_bytes: numbers[1],
                write_channel_info: &self.other,
                flags: numbers[2],
            }
            .into(),
            LockRequest {
                lock_sequence: numbers[0],
                file_id,
                locks: self
                    .ranges
                    .iter()
                    .map(|&(offset, length, flags)| LockElement {
                        offset,
                        length,
                        flags,
                    })
                    .collect(),
            }
            .into(),
            IoctlRequest {
                ctl_code: numbers[0],
                file_id,
                input: &self.data,
                max_input_response: numbers[1],
                output: &self.other,
                max_output_response: numbers[2],
                flags: numbers[3],
            }
            .into(),
            CancelRequest.into(),
            EchoRequest.into(),
            QueryDirectoryRequest {
                file_information_class: self.small[0],
                flags: self.small[1],
                file_index: numbers[0],
                file_id,
                file_name: self.text(),
                output_buffer_length: numbers[1],
            }
            .into(),
            ChangeNotifyRequest {
                flags: self.ids[0],
                output_buffer_length: numbers[0],
                file_id,
                completion_filter: numbers[1],
            }
            .into(),
            QueryInfoRequest {
                info_type: self.small[0],
                file_info_class: self.small[1],
                output_buffer_length: numbers[0],
                additional_information: numbers[1],
                flags: numbers[2],
                file_id,
                input_buffer: &self.data,
            }
            .into(),
            SetInfoRequest {
                info_type: self.small[0],
                file_info_class: self.small[1],
                buffer: &self.data,
                additional_information: numbers[0],
                file_id,
            }
            .into(),
            self.oplock_break().into(),
            self.lease_break().into(),
        ]
    }

    /// One response or notification of each kind.
    pub(super) fn responses(&self) -> Vec<Regular<'_>> {
        let (file_id, numbers) = (self.file_id(), &self.numbers);
        vec![
            self.negotiated().into(),
            SessionSetupResponse {
                session_flags: self.ids[0],
                security_buffer: &self.data,
            }
            .into(),
            LogoffResponse.into(),
            TreeConnectResponse {
                share_type: self.small[0],
                share_flags: numbers[0],
                capabilities: numbers[1],
                maximal_access: numbers[2],
            }
            .into(),
            TreeDisconnectResponse.into(),
            CreateResponse {
                oplock_level: self.small[0],
                flags: self.small[1],
                create_action: numbers[0],
                times: self.times(),
                allocation_size: self.large[4],
                end_of_file: self.large[5],
                file_attributes: numbers[1],
                file_id,
                contexts: self.contexts.as_contexts(),
            }
            .into(),
            CloseResponse {
                flags: self.ids[0],
                times: self.times(),
                allocation_size: self.large[4],
                end_of_file: self.large[5],
                file_attributes: numbers[0],
            }
            .into(),
            FlushResponse.into(),
            ReadResponse {
                data: &self.data,
                data_remaining: numbers[0],
                flags: numbers[1],
            }
            .into(),
            WriteResponse {
                count: numbers[0],
                remaining: numbers[1],
            }
            .into(),
            LockResponse.into(),
            IoctlResponse {
                ctl_code: numbers[0],
                file_id,
                input: &self.other,
                output: &self.data,
                flags: numbers[1],
            }
            .into(),
            EchoResponse.into(),
            QueryDirectoryResponse {
                output_buffer: &self.data,
            }
            .into(),
            ChangeNotifyResponse {
                output_buffer: &self.data,
            }
            .into(),
            QueryInfoResponse {
                output_buffer: &self.data,
            }
            .into(),
            SetInfoResponse.into(),
            self.oplock_break().into(),
            self.lease_break().into(),
            LeaseBreakNotification {
                new_epoch: self.ids[0],
                flags: numbers[0],
                lease_key: LeaseKey(self.guids[0]),
                current_lease_state: numbers[1],
                new_lease_state: numbers[2],
            }
            .into(),
        ]
    }
}
