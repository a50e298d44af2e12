//! The libraries of the program, as the dynamic linker knows them.

use std::ffi::{CStr, c_int, c_void};

/// How many have been loaded so far.
pub(super) fn loaded() -> u64 {
    extern "C" fn first(info: *mut libc::dl_phdr_info, _: usize, loaded: *mut c_void) -> c_int {
        // SAFETY: the linker's description, and the `u64` below.
        unsafe { *loaded.cast::<u64>() = (*info).dlpi_adds };
        1
    }
    let mut loaded = 0_u64;
    // SAFETY: the callback takes the address of a `u64`.
    unsafe { libc::dl_iterate_phdr(Some(first), (&raw mut loaded).cast()) };
    loaded
}

/// The file of the program or library that `handler` is in.
pub(super) fn of(handler: libc::sighandler_t) -> Option<&'static CStr> {
    if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
        return None;
    }
    // SAFETY: plain data, of which all zeroes are valid.
    let mut found: libc::Dl_info = unsafe { std::mem::zeroed() };
    // SAFETY: any address may be asked for; points to a local.
    let known = unsafe { libc::dladdr(handler as *const c_void, &raw mut found) } != 0;
    if !known || found.dli_fname.is_null() {
        return None;
    }
    // SAFETY: the linker's own text, which lives as long as the library.
    Some(unsafe { CStr::from_ptr(found.dli_fname) })
}

/// Has the library of `handler` stay loaded: it would put back what it found when it is unloaded, but not take itself
/// out of what we hand on to.
#[cfg(not(target_feature = "crt-static"))]
pub(super) fn keep(handler: libc::sighandler_t) {
    if let Some(file) = of(handler) {
        // SAFETY: what is loaded already is looked up by its name; nothing is run. The program itself is not found.
        unsafe { libc::dlopen(file.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE) };
    }
}

/// A static program unloads nothing.
#[cfg(target_feature = "crt-static")]
pub(super) fn keep(_: libc::sighandler_t) {}
