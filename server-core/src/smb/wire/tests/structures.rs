//! What stands inside messages: contexts, controls, information classes.

use proptest::prelude::*;

use super::parts::{Parts, parts};
use crate::smb::wire::change_notify::FileNotifyInformation;
use crate::smb::wire::create_context::{AppInstanceVersion, RequestContext, ResponseContext};
use crate::smb::wire::create_contexts::{CreateContext, CreateContextList, CreateContexts};
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::fsctl::{
    FileAllocatedRangeBuffer, FileZeroDataInformation, ResumeKey, SrvCopychunk, SrvCopychunkCopy,
    SrvCopychunkResponse, SrvRequestResumeKeyResponse, ValidateNegotiateInfoRequest,
    ValidateNegotiateInfoResponse,
};
use crate::smb::wire::ids::{AppInstanceId, ClientGuid, CreateGuid, LeaseKey};
use crate::smb::wire::info::FileMetadata;
use crate::smb::wire::info::directory::{DirectoryInformation, is_directory_class};
use crate::smb::wire::info::file::{
    FileAllInformation, FileBasicInformation, FileNameInformation, FileNetworkOpenInformation,
    FileRenameInformation, FileStandardInformation, FileStreamInformation, class,
};
use crate::smb::wire::info::filesystem::{
    FileFsAttributeInformation, FileFsFullSizeInformation, FileFsVolumeInformation,
};
use crate::smb::wire::lease::{LeaseContext, LeaseVersion2};
use crate::smb::wire::writer::Writer;

fn written(encode: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut Writer::here(&mut out));
    out
}

/// A structure without an end of its own: what is cut off it is missed.
macro_rules! check {
    ($value:expr, $parse:expr) => {{
        let value = $value;
        let bytes = written(|out| value.encode(out));
        prop_assert_eq!($parse(&bytes), Ok(value));
        for cut in 0..bytes.len() {
            if let Ok(read) = $parse(&bytes[..cut]) {
                prop_assert_eq!(read, value, "cut to {}", cut);
            }
        }
    }};
}

impl Parts {
    fn lease(&self) -> LeaseContext {
        LeaseContext {
            lease_key: LeaseKey(self.guids[0]),
            lease_state: self.numbers[0],
            lease_flags: self.numbers[1],
            version_2: self.flag.then(|| LeaseVersion2 {
                parent_lease_key: LeaseKey(self.guids[1]),
                epoch: self.ids[0],
            }),
        }
    }

    fn request_contexts(&self) -> Vec<RequestContext<'_>> {
        vec![
            RequestContext::ExtendedAttributes(&self.data),
            RequestContext::SecurityDescriptor(&self.data),
            RequestContext::DurableHandle,
            RequestContext::DurableReconnect {
                file_id: self.file_id(),
            },
            RequestContext::AllocationSize(self.large[0]),
            RequestContext::MaximalAccess {
                timestamp: self.flag.then_some(self.large[1]),
            },
            RequestContext::TimeWarp(self.large[2]),
            RequestContext::DiskId,
            RequestContext::Lease(self.lease()),
            RequestContext::AppInstanceId(AppInstanceId([9; 16])),
            RequestContext::AppInstanceVersion(AppInstanceVersion { high: 3, low: 4 }),
            RequestContext::DurableHandleV2 {
                timeout: self.numbers[0],
                flags: self.numbers[1],
                create_guid: CreateGuid(self.guids[0]),
            },
            RequestContext::DurableReconnectV2 {
                file_id: self.file_id(),
                create_guid: CreateGuid(self.guids[1]),
                flags: self.numbers[0],
            },
            RequestContext::Apple(&self.data),
            RequestContext::Other(CreateContext {
                name: &self.guids[0],
                data: &self.data,
            }),
        ]
    }

    fn response_contexts(&self) -> Vec<ResponseContext<'_>> {
        vec![
            ResponseContext::DurableHandle,
            ResponseContext::DurableHandleV2 {
                timeout: self.numbers[0],
                flags: self.numbers[1],
            },
            ResponseContext::MaximalAccess {
                query_status: self.numbers[0],
                maximal_access: self.numbers[1],
            },
            ResponseContext::DiskId {
                disk_file_id: self.large[0],
                volume_id: self.large[1],
            },
            ResponseContext::Lease(self.lease()),
            ResponseContext::Apple(&self.data),
            ResponseContext::Other(CreateContext {
                name: &self.guids[0],
                data: &self.data,
            }),
        ]
    }
}

proptest! {
    #[test]
    fn contexts_survive_the_round_trip(parts in parts()) {
        let mut list = CreateContextList::new();
        for context in parts.request_contexts() {
            context.add_to(&mut list);
        }
        let read = list.as_contexts().iter().map(RequestContext::parse).collect::<Result<Vec<_>, _>>();
        prop_assert_eq!(read, Ok(parts.request_contexts()));
        let mut list = CreateContextList::new();
        for context in parts.response_contexts() {
            context.add_to(&mut list);
        }
        let read = list.as_contexts().iter().map(ResponseContext::parse).collect::<Result<Vec<_>, _>>();
        prop_assert_eq!(read, Ok(parts.response_contexts()));
    }

    #[test]
    fn arbitrary_contexts_never_panic(bytes in prop::collection::vec(prop_oneof![0u8..40, any::<u8>()], 0..300)) {
        if let Ok(contexts) = CreateContexts::parse(&bytes) {
            for context in contexts.iter() {
                let _ = RequestContext::parse(context);
                let _ = ResponseContext::parse(context);
            }
        }
    }

    #[test]
    fn controls_survive_the_round_trip(parts in parts()) {
        let offer = ValidateNegotiateInfoRequest {
            capabilities: parts.numbers[0],
            guid: ClientGuid(parts.guids[0]),
            security_mode: parts.ids[0],
            dialects: parts.list.clone(),
        };
        let bytes = written(|out| offer.encode(out));
        prop_assert_eq!(ValidateNegotiateInfoRequest::parse(&bytes), Ok(offer));
        for cut in 0..bytes.len() {
            prop_assert!(ValidateNegotiateInfoRequest::parse(&bytes[..cut]).is_err());
        }
        check!(
            ValidateNegotiateInfoResponse {
                capabilities: parts.numbers[0],
                guid: parts.guids[0],
                security_mode: parts.ids[0],
                dialect: parts.ids[1],
            },
            ValidateNegotiateInfoResponse::parse
        );
        let resume_key = ResumeKey::of(parts.file_id());
        prop_assert_eq!(resume_key.file_id(), Ok(parts.file_id()));
        check!(SrvRequestResumeKeyResponse { resume_key }, SrvRequestResumeKeyResponse::parse);
        check!(
            SrvCopychunkResponse {
                chunks_written: parts.numbers[0],
                chunk_bytes_written: parts.numbers[1],
                total_bytes_written: parts.numbers[2],
            },
            SrvCopychunkResponse::parse
        );
        check!(
            FileAllocatedRangeBuffer { file_offset: parts.large[0], length: parts.large[1] },
            FileAllocatedRangeBuffer::parse
        );
        check!(
            FileZeroDataInformation { file_offset: parts.large[0], beyond_final_zero: parts.large[1] },
            FileZeroDataInformation::parse
        );
        let chunks: Vec<_> = parts.ranges.iter().map(|&(source_offset, target_offset, length)| {
            SrvCopychunk { source_offset, target_offset, length }
        }).collect();
        let bytes = written(|out| SrvCopychunkCopy::encode(resume_key, &chunks, out));
        let read = SrvCopychunkCopy::parse(&bytes).unwrap();
        prop_assert_eq!(read.source_key, resume_key);
        prop_assert_eq!(read.chunks().unwrap().collect::<Result<Vec<_>, _>>(), Ok(chunks));
        for cut in 0..bytes.len() {
            let read = SrvCopychunkCopy::parse(&bytes[..cut]);
            prop_assert!(read.and_then(|read| read.chunks().map(|_| ())).is_err());
        }
    }

    #[test]
    fn file_information_survives_the_round_trip(parts in parts()) {
        let (file, name) = (parts.metadata(), FileNameInformation { file_name: parts.text() });
        check!(FileBasicInformation::of(&file), FileBasicInformation::parse);
        check!(FileStandardInformation::of(&file), FileStandardInformation::parse);
        check!(FileNetworkOpenInformation::of(&file), FileNetworkOpenInformation::parse);
        check!(name, FileNameInformation::parse);
        check!(
            FileAllInformation {
                basic: FileBasicInformation::of(&file),
                standard: FileStandardInformation::of(&file),
                index_number: parts.large[7],
                ea_size: parts.numbers[2],
                access_flags: parts.numbers[3],
                current_byte_offset: parts.large[0],
                mode: parts.numbers[4],
                alignment_requirement: parts.numbers[5],
                name,
            },
            FileAllInformation::parse
        );
        check!(
            FileRenameInformation {
                replace_if_exists: parts.flag,
                root_directory: parts.large[0],
                file_name: parts.text(),
            },
            FileRenameInformation::parse
        );
        let stream = FileStreamInformation {
            stream_size: parts.large[0],
            stream_allocation_size: parts.large[1],
            stream_name: parts.text(),
        };
        let streams: Vec<_> = FileStreamInformation::default_of(&file).into_iter().chain([stream]).collect();
        let bytes = written(|out| FileStreamInformation::encode_list(streams.clone(), out));
        prop_assert_eq!(FileStreamInformation::list(&bytes), Ok(streams));
    }

    #[test]
    fn file_system_information_survives_the_round_trip(parts in parts()) {
        check!(
            FileFsVolumeInformation {
                volume_creation_time: parts.large[0],
                volume_serial_number: parts.numbers[0],
                volume_label: parts.text(),
            },
            FileFsVolumeInformation::parse
        );
        check!(
            FileFsAttributeInformation {
                file_system_attributes: parts.numbers[0],
                maximum_component_name_length: parts.numbers[1],
                file_system_name: parts.text(),
            },
            FileFsAttributeInformation::parse
        );
        check!(
            FileFsFullSizeInformation::of(parts.large[0], parts.large[1], parts.large[2], parts.numbers[0]),
            FileFsFullSizeInformation::parse
        );
    }

    #[test]
    fn changes_survive_the_round_trip(parts in parts()) {
        let changes = [(parts.numbers[0], parts.text()), (parts.numbers[1], "a\\b".into())]
            .map(|(action, file_name)| FileNotifyInformation { action, file_name });
        let bytes = written(|out| FileNotifyInformation::encode_list(changes, out));
        prop_assert_eq!(FileNotifyInformation::list(&bytes), Ok(changes.to_vec()));
        for cut in 1..bytes.len() {
            prop_assert!(FileNotifyInformation::list(&bytes[..cut]).is_err(), "cut to {}", cut);
        }
    }

    #[test]
    fn entries_of_folders_are_read_in_every_class(parts in parts(), number in 0u8..70) {
        let entry = DirectoryInformation { file: parts.metadata(), file_name: parts.text() };
        let bytes = written(|out| entry.encode(number, out));
        let read = DirectoryInformation::list(number, &bytes);
        if !is_directory_class(number) {
            prop_assert!(read.is_err());
            return Ok(());
        }
        let read = read.unwrap();
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!(read[0].file_name, entry.file_name);
        let has_id = matches!(
            number,
            class::ID_BOTH_DIRECTORY | class::ID_FULL_DIRECTORY | class::ID_EXTD_DIRECTORY
        );
        let told = FileMetadata {
            file_id: if has_id { entry.file.file_id } else { 0 },
            number_of_links: 0,
            delete_pending: false,
            directory: false,
            ..entry.file
        };
        let expected = if number == class::NAMES { FileMetadata::default() } else { told };
        prop_assert_eq!(read[0].file, expected);
    }

    #[test]
    fn arbitrary_structures_never_panic(
        number in 0u8..70,
        bytes in prop::collection::vec(prop_oneof![0u8..40, any::<u8>()], 0..300),
    ) {
        let _ = DirectoryInformation::list(number, &bytes);
        let _ = FileStreamInformation::list(&bytes);
        let _ = FileNotifyInformation::list(&bytes);
        let _ = FileAllInformation::parse(&bytes);
        let _ = FileRenameInformation::parse(&bytes);
        let _ = FileFsVolumeInformation::parse(&bytes);
        let _ = FileFsAttributeInformation::parse(&bytes);
        let _ = ValidateNegotiateInfoRequest::parse(&bytes);
        let _ = SrvCopychunkCopy::parse(&bytes).and_then(|copy| copy.chunks().map(Iterator::count));
    }

    #[test]
    fn file_ids_survive_the_round_trip(bytes: [u8; 16], before in 0usize..20) {
        let message = [vec![0; before], bytes.to_vec()].concat();
        prop_assert_eq!(FileId::parse(&message, before).map(FileId::to_bytes), Ok(bytes));
        prop_assert!(FileId::parse(&message[..before + 15], before).is_err());
    }
}
