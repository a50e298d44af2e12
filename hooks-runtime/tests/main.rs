//! The behaviour of the public API, a folder for each hook.
//!
//! One program, since each costs a link in every lane. The runner gives each test a process of its own: many of them
//! change what is the process's, such as hooks, signal handlers and bounded tables. Programs of their own are in
//! `Cargo.toml`, with the reason.
//!
//! Optimised (`--release`), it has only the tests whose outcome that could change, as `xtask/src/lanes/release.rs` lists them: to
//! optimise them all takes as long as a lane.

#[cfg(debug_assertions)]
mod bugs;
#[cfg(debug_assertions)]
mod cleanup;
mod copies;
#[cfg(debug_assertions)]
mod exit_scope;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod fault;
mod keep_alive;
mod labels;
mod os_thread;
mod polled;
#[cfg_attr(not(debug_assertions), allow(dead_code, reason = "of use to the tests that are left out"))]
mod support;
mod tasks;
mod trace;
