//! How much of what was given back the system's allocator keeps. Every connection has a thread of its own, and glibc
//! gives threads memory of their own, up to eight for each processor, out of which what is free goes to no other:
//! after an attack that a limit had stopped at 128 MiB the process kept 363. As many as there are processors are as
//! fast. The one place with a call that the compiler can't check.
#![allow(unsafe_code)]

/// Has the allocator keep less; before threads are started. What somebody set in the environment stays.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn keep_little() {
    if std::env::var_os("MALLOC_ARENA_MAX").is_some() {
        return;
    }
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let arenas = i32::try_from(processors).unwrap_or(i32::MAX);
    // SAFETY: takes values, and may be called at any time.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, arenas) };
}

/// Other allocators keep little.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn keep_little() {}
