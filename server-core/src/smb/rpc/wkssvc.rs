//! The workstation service ([MS-WKST]): NetrWkstaGetInfo.

use super::RpcContext;
use super::error::PipeError;
use super::ndr::{Reader, Writer};
use super::srvsvc::{PLATFORM_NT, VERSION};

const WKSTA_GET_INFO: u16 = 0;
const ERROR_INVALID_LEVEL: u32 = 124;

/// Runs an operation; `None` when there is none of that number.
pub(super) fn call(operation: u16, stub: &[u8], context: &RpcContext) -> Option<Result<Vec<u8>, PipeError>> {
    (operation == WKSTA_GET_INFO).then(|| get_info(Reader::new(stub), context))
}

fn get_info(mut reader: Reader<'_>, context: &RpcContext) -> Result<Vec<u8>, PipeError> {
    reader.unique_string()?;
    let level = reader.u32()?;
    let mut out = Writer::default();
    out.u32(level);
    if !matches!(level, 100..=102) {
        out.u32(0);
        out.u32(ERROR_INVALID_LEVEL);
        return Ok(out.stub);
    }
    out.pointer();
    out.u32(PLATFORM_NT);
    out.string_pointer(&context.server_name);
    out.string_pointer("WORKGROUP");
    out.u32(VERSION.0);
    out.u32(VERSION.1);
    if level >= 101 {
        out.string_pointer("");
    }
    if level == 102 {
        out.u32(0);
    }
    out.strings();
    out.u32(0);
    Ok(out.stub)
}
