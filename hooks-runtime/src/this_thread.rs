//! What the kernel knows of the calling thread. Async-signal-safe.

/// Its number; 0 where threads have none.
pub(crate) fn id() -> i32 {
    #[cfg(kernel)]
    // Not `gettid`: C libraries older than its wrapper are in use. SAFETY: always succeeds and touches nothing.
    return i32::try_from(unsafe { libc::syscall(libc::SYS_gettid) }).unwrap_or(0);
    #[cfg(not(kernel))]
    0
}

/// Its name, up to the first zero.
pub(crate) fn name() -> [u8; 16] {
    #[cfg_attr(not(kernel), allow(unused_mut, reason = "filled where there is one"))]
    let mut name = [0; 16];
    #[cfg(kernel)]
    // SAFETY: the kernel writes 16 bytes, the last a zero.
    unsafe {
        libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr());
    }
    name
}
