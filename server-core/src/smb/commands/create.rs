//! CREATE ([MS-SMB2] 3.3.5.9): opening and creating files, folders and pipes.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{Call, Outcome, Refusal, Reply};
use crate::security::AccessMask;
use crate::smb::rpc::{Pipe, RpcContext, RpcShare, ShareKind};
use crate::smb::settings::Dialect;
use crate::smb::state::{CreateName, IPC, NewOpen, OpenTarget, OplockHolder, TreeTarget};
use crate::smb::status::NtStatus;
use crate::smb::wire::create::{CreateRequest, encode_contexts, oplock_caching, oplock_level};
use crate::smb::wire::cursor::u64_at;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::ids::CreateGuid;
use crate::vfs::{
    CachingRequest, CreateOptions, Disposition, DosAttributes, FileInfo, OpenRequest, ShareMode, SharePath,
    ShareView,
};

/// FILE_OPEN_BY_FILE_ID.
const OPEN_BY_FILE_ID: u32 = 0x0000_2000;
/// FILE_CREATE_TREE_CONNECTION, FILE_RESERVE_OPFILTER: never from a client ([MS-SMB2] 3.3.5.9).
const NOT_FOR_CLIENTS: u32 = 0x0000_0080 | 0x0010_0000;
/// Every option that is defined.
const DEFINED_OPTIONS: u32 = 0x00FF_FFFF;
const SHARE_MODES: u32 = 7;
/// Where CreateGuid is in SMB2_CREATE_DURABLE_HANDLE_REQUEST_V2.
const DURABLE_V2_CREATE_GUID: usize = 16;
/// Pipes of one session: what waits in them to be read is kept in memory.
const MAX_PIPES: usize = 64;
/// Attributes that a client may send; the rest make no sense in a request.
const SENDABLE_ATTRIBUTES: u32 = 0x0000_7FB7;
const ALL_RIGHTS: u32 = 0xF31F_01FF;

/// Opens or creates.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    let request = CreateRequest::parse(call.message)?;
    if request.impersonation_level > 3 {
        return Err(NtStatus::BAD_IMPERSONATION_LEVEL.into());
    }
    match &call.tree.target {
        TreeTarget::Pipes => open_pipe(call, &request, reply),
        TreeTarget::Disk(view) => open_file(call, view, &request, reply).await,
    }
}

async fn open_file(
    call: &Call<'_>,
    view: &ShareView,
    request: &CreateRequest<'_>,
    reply: &mut Reply,
) -> Outcome {
    let disposition = disposition(request.disposition)?;
    let options = check_options(request, disposition)?;
    if request.desired_access == 0 || request.desired_access & !ALL_RIGHTS != 0 {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let access = AccessMask::from_bits_truncate(request.desired_access);
    if access.contains(AccessMask::ACCESS_SYSTEM_SECURITY) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    if options.contains(CreateOptions::DELETE_ON_CLOSE)
        && !access.intersects(AccessMask::DELETE | AccessMask::GENERIC_ALL | AccessMask::MAXIMUM_ALLOWED)
    {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let attributes = check_attributes(request)?;
    let path = SharePath::from_smb(&request.name)?;
    let allocation_size = match request.context(b"AlSi") {
        Some(data) => u64_at(data, 0)?,
        None => 0,
    };
    if request
        .context(b"TWrp")
        .is_some_and(|data| data.iter().any(|byte| *byte != 0))
    {
        // No snapshots are kept, so there is no file of that time.
        return Err(NtStatus::OBJECT_NAME_NOT_FOUND.into());
    }
    if request.context(b"ExtA").is_some_and(|data| !data.is_empty()) {
        return Err(NtStatus::EAS_NOT_SUPPORTED.into());
    }
    let created_by = create_name(call, request)?;
    if let Some(name) = created_by
        && let Some(before) = call.context.opens.created_by(name)
        && before.is_replay_eligible()
    {
        // A repetition is answered with what the first one opened only on another channel, and there is one alone.
        return Err(NtStatus::DUPLICATE_OBJECTID.into());
    }
    let id = call.session.opens.fresh_id();
    // Leases are not granted; a client then does without.
    let wanted = oplock_caching(request.oplock_level).unwrap_or_default();
    let caching = (!wanted.is_empty()).then(|| CachingRequest {
        wanted,
        lease: None,
        listener: Arc::new(OplockHolder::new(
            call.session,
            call.channel,
            view.settings().encrypt,
            id,
        )),
    });
    let opened = view
        .open(OpenRequest {
            path: &path,
            access,
            share_mode: ShareMode::from_bits_truncate(request.share_access),
            disposition,
            options,
            attributes,
            allocation_size,
            mode: None,
            case_sensitive: false,
            append: false,
            caching,
        })
        .await?;
    let contexts = response_contexts(request, view, &opened.info);
    let target = OpenTarget::File {
        open: opened.open,
        listing: tokio::sync::Mutex::new(None),
    };
    let file = call.session.open(NewOpen {
        id,
        tree_id: call.tree.id,
        target,
        created_by,
        channel_sequence: call.channel_sequence,
    })?;
    reply.file_id = Some(file.id);
    let response = Response {
        oplock_level: oplock_level(opened.caching),
        action: opened.action as u32,
        info: Some(&opened.info),
        file_id: id,
    };
    response.put(reply, &contexts);
    Ok(NtStatus::SUCCESS)
}

fn disposition(value: u32) -> Result<Disposition, Refusal> {
    Ok(match value {
        0 => Disposition::Supersede,
        1 => Disposition::Open,
        2 => Disposition::Create,
        3 => Disposition::OpenIf,
        4 => Disposition::Overwrite,
        5 => Disposition::OverwriteIf,
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    })
}

fn check_options(request: &CreateRequest<'_>, disposition: Disposition) -> Result<CreateOptions, Refusal> {
    if request.options & !DEFINED_OPTIONS != 0 || request.share_access & !SHARE_MODES != 0 {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    if request.options & (NOT_FOR_CLIENTS | OPEN_BY_FILE_ID) != 0 {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    let options = CreateOptions::from_bits_truncate(request.options);
    let both = CreateOptions::DIRECTORY_FILE | CreateOptions::NON_DIRECTORY_FILE;
    let replaces = matches!(
        disposition,
        Disposition::Supersede | Disposition::Overwrite | Disposition::OverwriteIf
    );
    if options.contains(both) || options.contains(CreateOptions::DIRECTORY_FILE) && replaces {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    Ok(options)
}

fn check_attributes(request: &CreateRequest<'_>) -> Result<DosAttributes, Refusal> {
    if request.file_attributes & !SENDABLE_ATTRIBUTES != 0 {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    Ok(DosAttributes::from_bits_truncate(request.file_attributes) & DosAttributes::SETTABLE)
}

/// What the client calls this CREATE, for the case that it must repeat it: SMB2_CREATE_DURABLE_HANDLE_REQUEST_V2
/// ([MS-SMB2] 2.2.13.2.11, 3.3.5.9.10). The name counts whether or not the open is made durable.
fn create_name(call: &Call<'_>, request: &CreateRequest<'_>) -> Result<Option<CreateName>, Refusal> {
    let client = call.connection.client.as_ref();
    let Some(client) = client.filter(|_| call.connection.dialect >= Some(Dialect::Smb300)) else {
        return Ok(None);
    };
    let data = request.context(b"DH2Q");
    let create = data.map(|data| CreateGuid::parse(data, DURABLE_V2_CREATE_GUID));
    Ok(create.transpose()?.map(|create| CreateName {
        client: client.guid,
        create,
    }))
}

/// MxAc: what this person may do with the file. QFid: its id on disk.
fn response_contexts(
    request: &CreateRequest<'_>,
    view: &ShareView,
    info: &FileInfo,
) -> Vec<(&'static [u8; 4], Vec<u8>)> {
    let mut contexts: Vec<(&'static [u8; 4], Vec<u8>)> = Vec::new();
    if request.context(b"MxAc").is_some() {
        let mut data = NtStatus::SUCCESS.0.to_le_bytes().to_vec();
        data.extend_from_slice(&view.maximal_access_for(info).bits().to_le_bytes());
        contexts.push((b"MxAc", data));
    }
    if request.context(b"QFid").is_some() {
        let mut data = info.key.file.to_le_bytes().to_vec();
        data.extend_from_slice(&info.key.volume.to_le_bytes());
        data.resize(32, 0);
        contexts.push((b"QFid", data));
    }
    contexts
}

fn open_pipe(call: &Call<'_>, request: &CreateRequest<'_>, reply: &mut Reply) -> Outcome {
    if call.session.opens.pipes() >= MAX_PIPES {
        return Err(NtStatus::INSUFFICIENT_RESOURCES.into());
    }
    let name = String::from_utf16_lossy(&request.name);
    let shares = call.context.identity.shares();
    let listed = shares.iter().map(|share| RpcShare {
        name: share.name.clone(),
        comment: share.comment.clone(),
        path: format!("C:\\{}", share.name),
        kind: ShareKind::Disk,
        hidden: share.hidden,
    });
    let ipc = RpcShare {
        name: IPC.to_owned(),
        comment: "Remote IPC".to_owned(),
        path: String::new(),
        kind: ShareKind::Ipc,
        hidden: false,
    };
    let context = RpcContext {
        server_name: call.context.settings.load().computer_name.clone(),
        shares: listed.chain([ipc]).collect(),
        now: std::time::SystemTime::now(),
    };
    let pipe = Pipe::open(&name, context).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let file_id = call.session.opens.fresh_id();
    let target = OpenTarget::Pipe(Mutex::new(pipe));
    call.session.open(NewOpen {
        id: file_id,
        tree_id: call.tree.id,
        target,
        created_by: None,
        channel_sequence: call.channel_sequence,
    })?;
    reply.file_id = Some(file_id);
    let response = Response {
        oplock_level: 0,
        action: 1,
        info: None,
        file_id,
    };
    response.put(reply, &[]);
    Ok(NtStatus::SUCCESS)
}

/// What a CREATE response says ([MS-SMB2] 2.2.14); a pipe has no `info`.
struct Response<'a> {
    oplock_level: u8,
    action: u32,
    info: Option<&'a FileInfo>,
    file_id: FileId,
}

impl Response<'_> {
    fn put(&self, reply: &mut Reply, contexts: &[(&'static [u8; 4], Vec<u8>)]) {
        let body = reply.buffer.len();
        reply.put_u16(89);
        reply.put(&[self.oplock_level, 0]);
        reply.put_u32(self.action);
        let (times, sizes, attributes) = match self.info {
            Some(info) => (
                [info.created.0, info.accessed.0, info.modified.0, info.changed.0],
                [info.allocation_size, info.size],
                info.attributes.bits(),
            ),
            None => ([0; 4], [4096, 0], DosAttributes::NORMAL.bits()),
        };
        for value in times.into_iter().chain(sizes) {
            reply.put_u64(value);
        }
        reply.put_u32(attributes);
        reply.put_u32(0);
        reply.put(&self.file_id.to_bytes());
        reply.put_u64(0);
        let start = reply.start;
        let (offset, length) = encode_contexts(&mut reply.buffer, start, contexts);
        reply.buffer[body + 80..body + 84].copy_from_slice(&offset.to_le_bytes());
        reply.buffer[body + 84..body + 88].copy_from_slice(&length.to_le_bytes());
    }
}
