//! CREATE ([MS-SMB2] 3.3.5.9): opening and creating files, folders and pipes.

use super::caching::Asked;
use super::{Call, Outcome, Refusal, Reply, app_instance, durable, pipe, replay};
use crate::security::AccessMask;
use crate::smb::settings::Dialect;
use crate::smb::state::{CreateName, NewOpen, OpenTarget, TreeTarget};
use crate::smb::status::NtStatus;
use crate::smb::wire::create::{CreateRequest, CreateResponse};
use crate::smb::wire::create_context::{RequestContext, ResponseContext, name};
use crate::smb::wire::create_contexts::CreateContextList;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::times::FileTimes;
use crate::vfs::{
    CreateOptions, Disposition, DosAttributes, FileInfo, OpenRequest, ShareMode, SharePath, ShareView,
};

/// FILE_OPEN_BY_FILE_ID.
const OPEN_BY_FILE_ID: u32 = 0x0000_2000;
/// FILE_CREATE_TREE_CONNECTION, FILE_RESERVE_OPFILTER: never from a client ([MS-SMB2] 3.3.5.9).
const NOT_FOR_CLIENTS: u32 = 0x0000_0080 | 0x0010_0000;
/// Every option that is defined.
const DEFINED_OPTIONS: u32 = 0x00FF_FFFF;
const SHARE_MODES: u32 = 7;
/// Attributes that a client may send; the rest make no sense in a request.
const SENDABLE_ATTRIBUTES: u32 = 0x0000_7FB7;
const ALL_RIGHTS: u32 = 0xF31F_01FF;

/// Opens or creates.
pub(crate) async fn handle(call: &Call<'_>, request: &CreateRequest<'_>, reply: &mut Reply) -> Outcome {
    match &call.tree.target {
        TreeTarget::Pipes => {
            check_impersonation(request)?;
            pipe::open(call, request, reply)
        }
        TreeTarget::Disk(view) => open_file(call, view, request, reply).await,
    }
}

async fn open_file(
    call: &Call<'_>,
    view: &ShareView,
    request: &CreateRequest<'_>,
    reply: &mut Reply,
) -> Outcome {
    let outliving = durable::Asked::of(call, request)?;
    if let durable::Asked::Again(claim) = outliving {
        return durable::reopen(call, view, request, claim, reply).await;
    }
    check_impersonation(request)?;
    let disposition = disposition(request.create_disposition)?;
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
    let path = SharePath::from_smb(&request.name.to_vec())?;
    let allocation_size = match request.read_context(name::ALLOCATION_SIZE)? {
        Some(RequestContext::AllocationSize(bytes)) => bytes,
        _ => 0,
    };
    if request
        .context(name::TIME_WARP)
        .is_some_and(|data| data.iter().any(|byte| *byte != 0))
    {
        // No snapshots are kept, so there is no file of that time.
        return Err(NtStatus::OBJECT_NAME_NOT_FOUND.into());
    }
    if request
        .context(name::EXTENDED_ATTRIBUTES)
        .is_some_and(|data| !data.is_empty())
    {
        return Err(NtStatus::EAS_NOT_SUPPORTED.into());
    }
    let created_by = create_name(call, request)?;
    let _beginning = match replay::judge(call, created_by)? {
        replay::Name::New(beginning) => beginning,
        replay::Name::Again(file) => return replay::answer(call, view, request, &file, reply).await,
    };
    let app_instance = app_instance::take_over(call, view, request, &path).await?;
    let id = call.session.opens.fresh_id();
    let mut asked = Asked::of(call, view, request, id)?;
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
            caching: asked.caching.take(),
        })
        .await?;
    let mut contexts = response_contexts(request, view, &opened.info);
    let level = asked.granted(&opened, &mut contexts);
    let durable = outliving.granted(call, &opened);
    if let Some(durable) = durable {
        durable::say_that_it_is_durable(durable, &mut contexts);
        opened.open.outlives_its_session();
    }
    let target = OpenTarget::File {
        open: opened.open,
        listing: tokio::sync::Mutex::new(None),
    };
    let file = call.session.open(NewOpen {
        id,
        tree_id: call.tree.id,
        target,
        created_by,
        lease: asked.lease().filter(|_| opened.lease.is_some()),
        durable,
        app_instance,
        create_action: opened.action as u32,
        channel_sequence: call.channel_sequence,
    })?;
    drop(asked);
    reply.file_id = Some(file.id);
    respond(
        reply,
        id,
        opened.action as u32,
        level,
        Some(&opened.info),
        &contexts,
    );
    Ok(NtStatus::SUCCESS)
}

fn check_impersonation(request: &CreateRequest<'_>) -> Result<(), NtStatus> {
    if request.impersonation_level > 3 {
        return Err(NtStatus::BAD_IMPERSONATION_LEVEL);
    }
    Ok(())
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
    if request.create_options & !DEFINED_OPTIONS != 0 || request.share_access & !SHARE_MODES != 0 {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    if request.create_options & (NOT_FOR_CLIENTS | OPEN_BY_FILE_ID) != 0 {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    let options = CreateOptions::from_bits_truncate(request.create_options);
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
    let client = call.session.client();
    let Some(client) = client.filter(|_| call.negotiated.dialect >= Some(Dialect::Smb300)) else {
        return Ok(None);
    };
    Ok(match request.read_context(name::DURABLE_HANDLE_V2)? {
        Some(RequestContext::DurableHandleV2 { create_guid, .. }) => Some(CreateName {
            client: client.guid,
            create: create_guid,
        }),
        _ => None,
    })
}

/// MxAc: what this person may do with the file. QFid: its id on disk.
pub(super) fn response_contexts(
    request: &CreateRequest<'_>,
    view: &ShareView,
    info: &FileInfo,
) -> CreateContextList {
    let mut contexts = CreateContextList::new();
    if request.context(name::MAXIMAL_ACCESS).is_some() {
        let access = ResponseContext::MaximalAccess {
            query_status: NtStatus::SUCCESS.0,
            maximal_access: view.maximal_access_for(info).bits(),
        };
        access.add_to(&mut contexts);
    }
    if request.context(name::DISK_ID).is_some() {
        let id = ResponseContext::DiskId {
            disk_file_id: info.key.file,
            volume_id: info.key.volume,
        };
        id.add_to(&mut contexts);
    }
    contexts
}

/// Appends a response; a pipe has no `info`.
pub(super) fn respond(
    reply: &mut Reply,
    file_id: FileId,
    create_action: u32,
    oplock_level: u8,
    info: Option<&FileInfo>,
    contexts: &CreateContextList,
) {
    let response = CreateResponse {
        oplock_level,
        flags: 0,
        create_action,
        times: info.map(FileTimes::from).unwrap_or_default(),
        allocation_size: info.map_or(4096, |info| info.allocation_size),
        end_of_file: info.map_or(0, |info| info.size),
        file_attributes: info.map_or(DosAttributes::NORMAL, |info| info.attributes).bits(),
        file_id,
        contexts: contexts.as_contexts(),
    };
    reply.respond(&response);
}
