//! FSCTL_QUERY_NETWORK_INTERFACE_INFO ([MS-SMB2] 3.3.5.15.11): by which addresses the client could open more channels.

use std::sync::Arc;

use super::{Call, Outcome, Reply, respond};
use crate::net::reachable;
use crate::smb::settings::Dialect;
use crate::smb::status::NtStatus;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::ioctl::IoctlRequest;
use crate::smb::wire::network_interface_info::{NetworkInterfaceInfo, RSS_CAPABLE};
use crate::smb::wire::writer::Writer;

/// Tells of them.
pub(super) async fn query(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    if call.negotiated.dialect < Some(Dialect::Smb300) {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    }
    if request.file_id != FileId::RELATED {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let way = call.way.ok_or(NtStatus::NOT_SUPPORTED)?;
    let interfaces = &call.context.interfaces;
    // One of many who ask at once asks the system.
    let _asking = match interfaces.known() {
        Some(_) => None,
        None => Some(interfaces.asking.lock().await),
    };
    let all = match interfaces.known() {
        Some(known) => known,
        None => {
            let interfaces = Arc::clone(interfaces);
            let asked = call.context.engine.run_outside(move || Ok(interfaces.ask()));
            asked.await.map_err(|_| NtStatus::INSUFFICIENT_RESOURCES)?
        }
    };
    let told: Vec<_> = reachable(&all, way)
        .map(|interface| NetworkInterfaceInfo {
            if_index: interface.index,
            capability: if interface.has_queues { RSS_CAPABLE } else { 0 },
            link_speed: interface.speed,
            address: interface.address,
        })
        .collect();
    let mut output = Vec::new();
    NetworkInterfaceInfo::encode_all(&told, &mut Writer::here(&mut output));
    if output.len() > request.max_output_response as usize {
        return Err(NtStatus::BUFFER_TOO_SMALL.into());
    }
    respond(reply, request, &output, NtStatus::SUCCESS)
}
