//! Windows: the user of the process's token, and access lists. The one place with calls that the compiler can't check.
#![allow(unsafe_code)]

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;

use interprocess::local_socket::{ListenerOptions, PeerCreds};
use interprocess::os::windows::local_socket::ListenerOptionsExt;
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use widestring::U16CString;
use windows_sys::Win32::Foundation::{ERROR_SUCCESS, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
    SE_FILE_OBJECT, SetNamedSecurityInfoW,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetSecurityDescriptorDacl, GetTokenInformation,
    PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcess, OpenProcessToken, PROCESS_QUERY_LIMITED_INFORMATION,
};

use super::Privacy;

/// The system itself, which may do everything anyway.
const SYSTEM: &str = "S-1-5-18";

pub(super) fn is_own(peer: &PeerCreds) -> io::Result<bool> {
    let process = peer.pid().ok_or(io::ErrorKind::Unsupported)?;
    // SAFETY: takes values and gives a handle or null.
    let opened = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, process) };
    if opened.is_null() {
        // Processes of others can't be asked, unless by administrators.
        return Ok(false);
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let opened = unsafe { OwnedHandle::from_raw_handle(opened) };
    let other = user_of(opened.as_raw_handle())?;
    Ok(other == own()? || other == SYSTEM)
}

pub(super) fn may_serve(peer: &PeerCreds, _folder: &Path) -> io::Result<bool> {
    is_own(peer)
}

/// The account that this process runs as, and the system; nobody else, not even to look.
pub(super) fn for_own(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    let list = U16CString::from_str(list_of_own("")?).map_err(io::Error::other)?;
    Ok(options.security_descriptor(SecurityDescriptor::deserialize(&list)?))
}

/// What a list grants is not looked at: it is written anew.
pub(super) fn privacy(folder: &Path) -> io::Result<Privacy> {
    folder.metadata()?;
    Ok(Privacy::Open)
}

/// A list of its own for the folder, which is handed on to all that is in it.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    let list = wide(list_of_own("OICI")?.as_ref());
    let mut descriptor: PSECURITY_DESCRIPTOR = std::ptr::null_mut();
    // SAFETY: `list` ends with a zero; `descriptor` is written on success and freed below.
    let made = unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            list.as_ptr(),
            SDDL_REVISION_1,
            &mut descriptor,
            std::ptr::null_mut(),
        )
    };
    if made == 0 {
        return Err(io::Error::last_os_error());
    }
    let _freed = Local(descriptor);
    let (mut present, mut defaulted, mut entries) = (0, 0, std::ptr::null_mut());
    // SAFETY: the descriptor is whole and lives until the end of this function; `entries` points into it.
    if unsafe { GetSecurityDescriptorDacl(descriptor, &mut present, &mut entries, &mut defaulted) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let name = wide(folder.as_os_str());
    // SAFETY: `name` ends with a zero, `entries` is the list of the descriptor above.
    let set = unsafe {
        SetNamedSecurityInfoW(
            name.as_ptr(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            entries,
            std::ptr::null(),
        )
    };
    match set {
        ERROR_SUCCESS => Ok(()),
        error => Err(io::Error::from_raw_os_error(error.cast_signed())),
    }
}

/// An access list, as text, that inherits nothing.
fn list_of_own(inherited: &str) -> io::Result<String> {
    let own = own()?;
    Ok(format!("D:P(A;{inherited};GA;;;{own})(A;{inherited};GA;;;SY)"))
}

/// The user of this process, as text.
fn own() -> io::Result<String> {
    // SAFETY: gives a constant that needs no closing.
    user_of(unsafe { GetCurrentProcess() })
}

fn user_of(process: HANDLE) -> io::Result<String> {
    let mut token = std::ptr::null_mut();
    // SAFETY: the caller's handle is open; `token` is written on success.
    if unsafe { OpenProcessToken(process, TOKEN_QUERY, &mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    // A user with the longest SID is far shorter. Of u64, so that it is aligned for what is written there.
    let mut user = [0_u64; 32];
    let mut length = 0;
    // SAFETY: the buffer is as long as said.
    let told = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            user.as_mut_ptr().cast(),
            u32::try_from(size_of_val(&user)).unwrap_or_default(),
            &mut length,
        )
    };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    let mut text = std::ptr::null_mut();
    // SAFETY: the call above wrote a TOKEN_USER there, whose SID is in the same buffer.
    if unsafe { ConvertSidToStringSidW((*user.as_ptr().cast::<TOKEN_USER>()).User.Sid, &mut text) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let freed = Local(text.cast());
    // SAFETY: the text ends with a zero, and is freed after it was copied.
    let copied = unsafe {
        let length = (0..).take_while(|at| *text.add(*at) != 0).count();
        OsString::from_wide(std::slice::from_raw_parts(text, length))
    };
    drop(freed);
    copied
        .into_string()
        .map_err(|_| io::ErrorKind::InvalidData.into())
}

fn wide(text: &std::ffi::OsStr) -> Vec<u16> {
    text.encode_wide().chain([0]).collect()
}

/// Memory that the system gave.
struct Local(*mut core::ffi::c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: it came from the system by a call that says to free it so, and is freed once.
        unsafe { LocalFree(self.0) };
    }
}
