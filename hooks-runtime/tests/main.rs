//! The behaviour of the public API, a folder for each hook.
//!
//! One program, since each costs a link in every lane. The runner gives each test a process of its own: many of them
//! change what is the process's, such as hooks, signal handlers and bounded tables. Programs of their own are in
//! `Cargo.toml`, with the reason.

mod bugs;
mod cleanup;
mod copies;
mod exit_scope;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod fault;
mod keep_alive;
mod labels;
mod os_thread;
mod polled;
mod support;
mod tasks;
