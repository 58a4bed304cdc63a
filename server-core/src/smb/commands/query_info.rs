//! QUERY_INFO ([MS-SMB2] 3.3.5.20): files, file systems, security.

use super::{Call, Outcome, Refusal, Reply, as_file};
use crate::security::{AccessMask, SecurityDescriptor, SecurityInformation, Sid, mode_to_descriptor_for};
use crate::smb::state::OpenFile;
use crate::smb::status::NtStatus;
use crate::smb::wire::info::FileMetadata;
use crate::smb::wire::info::file::{
    FileAllInformation, FileBasicInformation, FileNameInformation, FileNetworkOpenInformation,
    FileStandardInformation, FileStreamInformation, class,
};
use crate::smb::wire::info::filesystem::{
    self, FileFsAttributeInformation, FileFsFullSizeInformation, FileFsVolumeInformation,
};
use crate::smb::wire::query_info::{
    INFO_FILE, INFO_FILESYSTEM, INFO_QUOTA, INFO_SECURITY, QueryInfoRequest, QueryInfoResponse,
};
use crate::smb::wire::writer::Writer;
use crate::vfs::{FileInfo, Open};

/// The owner's write permission.
const OWNER_WRITE: u32 = 0o200;

/// Asks about a file, its file system, or who may use it.
pub(crate) async fn handle(call: &Call<'_>, request: &QueryInfoRequest<'_>, reply: &mut Reply) -> Outcome {
    let number = request.file_info_class;
    let open_file = call.file(reply)?;
    call.check_size(request.output_buffer_length)?;
    let room = request.output_buffer_length as usize;
    let (information, fixed) = match request.info_type {
        INFO_FILE => file_information(open_file, number).await?,
        INFO_FILESYSTEM => filesystem_information(call, open_file, number).await?,
        INFO_SECURITY => return security(call, open_file, request, reply).await,
        // There are none.
        INFO_QUOTA => return Err(NtStatus::NOT_SUPPORTED.into()),
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    };
    if room < fixed {
        return Err(NtStatus::INFO_LENGTH_MISMATCH.into());
    }
    let fits = information.len() <= room;
    let output_buffer = information.get(..room).unwrap_or(&information);
    reply.respond(&QueryInfoResponse { output_buffer });
    Ok(if fits {
        NtStatus::SUCCESS
    } else {
        NtStatus::BUFFER_OVERFLOW
    })
}

/// The information, and the smallest buffer that may be offered for it.
async fn file_information(open_file: &OpenFile, number: u8) -> Result<(Vec<u8>, usize), Refusal> {
    let Some(open) = open_file.file() else {
        return pipe_information(number);
    };
    let needs = match number {
        class::BASIC | class::NETWORK_OPEN | class::ATTRIBUTE_TAG | class::ALL => AccessMask::READ_ATTRIBUTES,
        class::FULL_EA => AccessMask::READ_EA,
        _ => AccessMask::empty(),
    };
    if !open.granted().contains(needs) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let info = open.info().await?;
    let metadata = FileMetadata::from(&info);
    let mut buffer = Vec::new();
    let mut out = Writer::here(&mut buffer);
    let fixed = match number {
        class::BASIC => {
            FileBasicInformation::of(&metadata).encode(&mut out);
            40
        }
        class::STANDARD => {
            FileStandardInformation::of(&metadata).encode(&mut out);
            24
        }
        class::INTERNAL => {
            out.u64(metadata.file_id);
            8
        }
        class::EA => fixed_size(&mut out, &[0; 4]),
        class::ACCESS => fixed_size(&mut out, &open.granted().bits().to_le_bytes()),
        class::POSITION => fixed_size(&mut out, &position(open_file).to_le_bytes()),
        class::MODE | class::ALIGNMENT => fixed_size(&mut out, &[0; 4]),
        class::NAME | class::NORMALIZED_NAME => {
            let path = rooted(open, number == class::NAME);
            let file_name = path.as_str().into();
            FileNameInformation { file_name }.encode(&mut out);
            8
        }
        class::ALL => {
            let path = rooted(open, true);
            let information = FileAllInformation {
                basic: FileBasicInformation::of(&metadata),
                standard: FileStandardInformation::of(&metadata),
                index_number: metadata.file_id,
                ea_size: 0,
                access_flags: open.granted().bits(),
                current_byte_offset: position(open_file),
                mode: 0,
                // Byte alignment.
                alignment_requirement: 0,
                name: FileNameInformation {
                    file_name: path.as_str().into(),
                },
            };
            information.encode(&mut out);
            104
        }
        class::ALTERNATE_NAME => {
            // No file has one here. A refusal would say so too, but clients that ask for this among other things
            // (smbclient's `allinfo`) stop at it.
            let file_name = "".into();
            FileNameInformation { file_name }.encode(&mut out);
            4
        }
        class::STREAM => {
            let streams = FileStreamInformation::default_of(&metadata);
            let fixed = if streams.is_some() { 32 } else { 0 };
            FileStreamInformation::encode_list(streams, &mut out);
            fixed
        }
        class::NETWORK_OPEN => {
            FileNetworkOpenInformation::of(&metadata).encode(&mut out);
            56
        }
        class::ATTRIBUTE_TAG => {
            out.u32(metadata.file_attributes);
            out.u32(0);
            8
        }
        class::COMPRESSION => {
            out.u64(metadata.end_of_file);
            out.zeros(8);
            16
        }
        class::ID => {
            out.u64(info.key.volume);
            out.u64(metadata.file_id);
            out.zeros(8);
            24
        }
        class::FULL_EA => return Err(NtStatus::NO_EAS_ON_FILE.into()),
        _ => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    };
    Ok((buffer, fixed))
}

fn fixed_size(out: &mut Writer<'_>, bytes: &[u8]) -> usize {
    out.bytes(bytes);
    bytes.len()
}

fn position(open_file: &OpenFile) -> u64 {
    open_file.position.load(std::sync::atomic::Ordering::Relaxed)
}

/// The path from the share's root; FileNameInformation begins with a backslash, the normalized name does not.
fn rooted(open: &Open, slash: bool) -> String {
    let path = open.path().to_smb();
    if slash { format!("\\{path}") } else { path }
}

fn pipe_information(number: u8) -> Result<(Vec<u8>, usize), Refusal> {
    let mut buffer = Vec::new();
    let mut out = Writer::here(&mut buffer);
    let fixed = match number {
        class::STANDARD => {
            let information = FileStandardInformation {
                allocation_size: 4096,
                end_of_file: 0,
                number_of_links: 1,
                delete_pending: true,
                directory: false,
            };
            information.encode(&mut out);
            24
        }
        class::PIPE => fixed_size(&mut out, &[1, 0, 0, 0, 0, 0, 0, 0]),
        _ => return Err(NtStatus::NOT_SUPPORTED.into()),
    };
    Ok((buffer, fixed))
}

async fn filesystem_information(
    call: &Call<'_>,
    open_file: &OpenFile,
    number: u8,
) -> Result<(Vec<u8>, usize), Refusal> {
    use filesystem::class;
    as_file(open_file)?;
    let view = call.disk()?;
    let volume = view.volume().await?;
    let sizes = FileFsFullSizeInformation::of(
        volume.total,
        volume.available,
        volume.free,
        volume.allocation_unit,
    );
    let mut buffer = Vec::new();
    let mut out = Writer::here(&mut buffer);
    let fixed = match number {
        class::VOLUME => {
            let information = FileFsVolumeInformation {
                volume_creation_time: volume.created.0,
                volume_serial_number: volume.serial,
                volume_label: view.settings().name.as_str().into(),
            };
            information.encode(&mut out);
            24
        }
        class::SIZE => {
            sizes.encode_size(&mut out);
            24
        }
        class::DEVICE => {
            filesystem::device(&mut out);
            8
        }
        class::ATTRIBUTE => {
            FileFsAttributeInformation::with(volume.max_component).encode(&mut out);
            16
        }
        class::CONTROL => {
            filesystem::control(&mut out);
            48
        }
        class::FULL_SIZE => {
            sizes.encode(&mut out);
            32
        }
        class::OBJECT_ID => {
            filesystem::object_id(&mut out, volume.serial, volume.created.0);
            64
        }
        class::SECTOR_SIZE => {
            filesystem::sector_size(&mut out, volume.allocation_unit);
            28
        }
        _ => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    };
    Ok((buffer, fixed))
}

async fn security(
    call: &Call<'_>,
    open_file: &OpenFile,
    request: &QueryInfoRequest<'_>,
    reply: &mut Reply,
) -> Outcome {
    let open = as_file(open_file)?;
    if !open.granted().contains(AccessMask::READ_CONTROL) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let wanted = SecurityInformation::from_bits_truncate(request.additional_information);
    let descriptor = descriptor(call, &open.info().await?).to_bytes(wanted);
    if descriptor.len() > request.output_buffer_length as usize {
        let needed = u32::try_from(descriptor.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes()
            .to_vec();
        return Err(Refusal {
            error_data: needed,
            ..NtStatus::BUFFER_TOO_SMALL.into()
        });
    }
    reply.respond(&QueryInfoResponse {
        output_buffer: &descriptor,
    });
    Ok(NtStatus::SUCCESS)
}

/// A file has one owner, whoever asks: the account of this computer that it belongs to. Clients that compare owners, to
/// write them back, find them the same. What that account may do the person may: the server acts for both.
fn descriptor(call: &Call<'_>, info: &FileInfo) -> SecurityDescriptor {
    let acting = call.session.principal().sid.clone();
    // The read-only attribute is told as such, and takes no right away from anyone.
    let mode = info.mode | OWNER_WRITE;
    let (owner, group) = (Sid::unix_user(info.uid), Sid::unix_group(info.gid));
    mode_to_descriptor_for(mode, owner, group, acting)
}
