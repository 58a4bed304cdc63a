//! DCE/RPC on pipes.

use std::time::SystemTime;

use super::parts;
use crate::smb::rpc::{Pipe, RpcContext, RpcShare, ShareKind};

/// What a client may pile up unread on a pipe, and the answer that goes over it.
const MOST_PENDING: usize = 128 * 1024;

/// Bytes of arguments that fit into one request.
const MOST_ARGUMENTS: usize = 8 * 1024 - 24;

fn open(number: u8) -> Option<Pipe> {
    const NAMES: [&str; 2] = ["srvsvc", "wkssvc"];
    Pipe::open(NAMES[usize::from(number) % NAMES.len()])
}

fn tell() -> RpcContext {
    let share = |name: &str, kind| RpcShare {
        name: name.to_owned(),
        comment: "From the office scanner".to_owned(),
        path: format!("C:\\{name}"),
        kind,
        hidden: false,
    };
    RpcContext {
        server_name: "LANDFALL".to_owned(),
        shares: vec![share("scans", ShareKind::Disk), share("IPC$", ShareKind::Ipc)],
        now: SystemTime::UNIX_EPOCH,
    }
}

/// Which pipe, then what is written to it, write by write, with nothing read in between.
pub fn rpc_pipe(input: &[u8]) {
    let Some((&number, writes)) = input.split_first() else {
        return;
    };
    let Some(mut pipe) = open(number) else {
        return;
    };
    for write in parts(writes) {
        let written = pipe.write(write, tell);
        assert!(pipe.pending() <= MOST_PENDING);
        if written.is_err() {
            break;
        }
    }
    let pending = pipe.pending();
    let mut read = 0;
    while pipe.pending() > 0 {
        read += pipe.read(1000).data.len();
    }
    assert_eq!(read, pending);
}

/// Which pipe and operation, then the arguments in NDR: what follows the header of a request.
pub fn rpc_calls(input: &[u8]) {
    let Some(([number, operation], stub)) = input.split_first_chunk::<2>() else {
        return;
    };
    let stub = &stub[..stub.len().min(MOST_ARGUMENTS)];
    let (Some(mut pipe), Ok(length)) = (open(*number), u16::try_from(24 + stub.len())) else {
        return;
    };
    let mut request = vec![5, 0, 0, 3, 0x10, 0, 0, 0];
    request.extend_from_slice(&length.to_le_bytes());
    request.extend_from_slice(&[0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, *operation, 0]);
    request.extend_from_slice(stub);
    let answered = pipe.transact(&request, 65_536, tell);
    assert!(answered.is_ok_and(|answer| answer.data.len() >= 24));
}
