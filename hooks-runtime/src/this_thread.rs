//! What the kernel knows of the calling thread.

/// Its number; 0 where threads have none.
pub(super) fn id() -> u64 {
    #[cfg(kernel)]
    // Not `gettid`: C libraries older than its wrapper are in use. SAFETY: always succeeds and touches nothing.
    return u64::try_from(unsafe { libc::syscall(libc::SYS_gettid) }).unwrap_or(0);
    #[cfg(not(kernel))]
    0
}

/// Its name, up to the first zero.
pub(super) fn name() -> [u64; 2] {
    #[cfg_attr(not(kernel), allow(unused_mut, reason = "filled where there is one"))]
    let mut name = [0_u64; 2];
    #[cfg(kernel)]
    // SAFETY: it has the 16 bytes that the kernel writes.
    unsafe {
        libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr());
    }
    name
}
