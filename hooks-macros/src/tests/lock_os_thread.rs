//! Refusals and expansions of `#[lock_os_thread(..)]`.
