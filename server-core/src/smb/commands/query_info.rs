//! QUERY_INFO ([MS-SMB2] 3.3.5.20): files, file systems, security.

use super::{Call, Outcome, Refusal, Reply, as_file};
use crate::security::{AccessMask, SecurityDescriptor, SecurityInformation, mode_to_descriptor};
use crate::smb::state::OpenFile;
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{u8_at, u32_at};
use crate::smb::wire::header::HEADER_SIZE;
use crate::smb::wire::info::file::{self, OpenDetails, class};
use crate::smb::wire::info::filesystem;
use crate::vfs::{FileInfo, Open};

const INFO_FILE: u8 = 1;
const INFO_FILESYSTEM: u8 = 2;
const INFO_SECURITY: u8 = 3;
/// The owner's write permission.
const OWNER_WRITE: u32 = 0o200;
/// Bytes of the response before the information.
const RESPONSE: usize = 8;

/// Asks about a file, its file system, or who may use it.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(41)?;
    let kind = u8_at(call.message, HEADER_SIZE + 2)?;
    let number = u8_at(call.message, HEADER_SIZE + 3)?;
    let room = u32_at(call.message, HEADER_SIZE + 4)?;
    let additional = u32_at(call.message, HEADER_SIZE + 16)?;
    let open_file = call.file(reply)?;
    call.check_size(room)?;
    let room = room as usize;
    let (information, fixed) = match kind {
        INFO_FILE => file_information(open_file, number).await?,
        INFO_FILESYSTEM => filesystem_information(call, open_file, number).await?,
        INFO_SECURITY => return security(call, open_file, additional, room, reply).await,
        // Quotas: there are none.
        4 => return Err(NtStatus::NOT_SUPPORTED.into()),
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    };
    if room < fixed {
        return Err(NtStatus::INFO_LENGTH_MISMATCH.into());
    }
    let fits = information.len() <= room;
    put(reply, &information[..information.len().min(room)]);
    Ok(if fits {
        NtStatus::SUCCESS
    } else {
        NtStatus::BUFFER_OVERFLOW
    })
}

fn put(reply: &mut Reply, information: &[u8]) {
    let body = reply.buffer.len();
    reply.put_u16(9);
    reply.put_u16(u16::try_from(body - reply.start + RESPONSE).unwrap_or(0));
    reply.put_u32(u32::try_from(information.len()).unwrap_or(0));
    reply.put(information);
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
    let mut out = Vec::new();
    let fixed = match number {
        class::BASIC => {
            file::basic(&mut out, &info);
            40
        }
        class::STANDARD => {
            file::standard(&mut out, &info);
            24
        }
        class::INTERNAL => {
            file::internal(&mut out, &info);
            8
        }
        class::EA => fixed_size(&mut out, &[0; 4]),
        class::ACCESS => fixed_size(&mut out, &open.granted().bits().to_le_bytes()),
        class::POSITION => fixed_size(&mut out, &position(open_file).to_le_bytes()),
        class::MODE | class::ALIGNMENT => fixed_size(&mut out, &[0; 4]),
        class::NAME | class::NORMALIZED_NAME => {
            file::name(&mut out, &rooted(open, number == class::NAME));
            8
        }
        class::ALL => {
            let details = OpenDetails {
                access: open.granted().bits(),
                position: position(open_file),
                mode: 0,
            };
            file::all(&mut out, &info, &details, &rooted(open, true));
            104
        }
        class::ALTERNATE_NAME => return Err(NtStatus::OBJECT_NAME_NOT_FOUND.into()),
        class::STREAM => {
            file::stream(&mut out, &info);
            if out.is_empty() { 0 } else { 32 }
        }
        class::NETWORK_OPEN => {
            file::network_open(&mut out, &info);
            56
        }
        class::ATTRIBUTE_TAG => {
            out.extend_from_slice(&info.attributes.bits().to_le_bytes());
            out.extend_from_slice(&[0; 4]);
            8
        }
        class::COMPRESSION => {
            out.extend_from_slice(&info.size.to_le_bytes());
            out.extend_from_slice(&[0; 8]);
            16
        }
        class::ID => {
            out.extend_from_slice(&info.key.volume.to_le_bytes());
            out.extend_from_slice(&info.key.file.to_le_bytes());
            out.extend_from_slice(&[0; 8]);
            24
        }
        class::FULL_EA => return Err(NtStatus::NO_EAS_ON_FILE.into()),
        _ => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    };
    Ok((out, fixed))
}

fn fixed_size(out: &mut Vec<u8>, bytes: &[u8]) -> usize {
    out.extend_from_slice(bytes);
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
    let mut out = Vec::new();
    let fixed = match number {
        class::STANDARD => {
            out.extend_from_slice(&4096u64.to_le_bytes());
            out.extend_from_slice(&0u64.to_le_bytes());
            out.extend_from_slice(&1u32.to_le_bytes());
            out.extend_from_slice(&[1, 0, 0, 0]);
            24
        }
        class::PIPE => fixed_size(&mut out, &[1, 0, 0, 0, 0, 0, 0, 0]),
        _ => return Err(NtStatus::NOT_SUPPORTED.into()),
    };
    Ok((out, fixed))
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
    let mut out = Vec::new();
    let fixed = match number {
        class::VOLUME => {
            filesystem::volume(&mut out, &volume, &view.settings().name);
            24
        }
        class::SIZE => {
            filesystem::size(&mut out, &volume);
            24
        }
        class::DEVICE => {
            filesystem::device(&mut out);
            8
        }
        class::ATTRIBUTE => {
            filesystem::attribute(&mut out, &volume);
            16
        }
        class::CONTROL => {
            filesystem::control(&mut out);
            48
        }
        class::FULL_SIZE => {
            filesystem::full_size(&mut out, &volume);
            32
        }
        class::OBJECT_ID => {
            filesystem::object_id(&mut out, &volume);
            64
        }
        class::SECTOR_SIZE => {
            filesystem::sector_size(&mut out, &volume);
            28
        }
        _ => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    };
    Ok((out, fixed))
}

async fn security(
    call: &Call<'_>,
    open_file: &OpenFile,
    wanted: u32,
    room: usize,
    reply: &mut Reply,
) -> Outcome {
    let open = as_file(open_file)?;
    if !open.granted().contains(AccessMask::READ_CONTROL) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let descriptor =
        descriptor(call, &open.info().await?).to_bytes(SecurityInformation::from_bits_truncate(wanted));
    if descriptor.len() > room {
        let needed = u32::try_from(descriptor.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes()
            .to_vec();
        return Err(Refusal {
            error_data: needed,
            ..NtStatus::BUFFER_TOO_SMALL.into()
        });
    }
    put(reply, &descriptor);
    Ok(NtStatus::SUCCESS)
}

/// Who owns a file is this computer's matter; to a client it is theirs.
fn descriptor(call: &Call<'_>, info: &FileInfo) -> SecurityDescriptor {
    let principal = call.session.principal();
    let group = principal.group_sids.first().unwrap_or(&principal.sid);
    // The read-only attribute is told as such, and takes no right away from anyone.
    let mode = info.mode | OWNER_WRITE;
    mode_to_descriptor(mode, principal.sid.clone(), group.clone())
}
