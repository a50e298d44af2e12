//! What cannot be covered is refused with one clear error at the user's token, and errors in the user's body are the
//! user's.
//!
//! One fault a file. The `.stderr` files are what rustc [`PINNED`] prints; after a change of message or compiler run
//! `TRYBUILD=overwrite cargo test -p ui-tests --test ui` and read the difference.

use std::process::Command;

/// The compiler whose wording the `.stderr` files hold.
const PINNED: &str = "rustc 1.95.";

#[test]
fn the_compiler_is_the_pinned_one() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    assert!(version.starts_with(PINNED), "the .stderr files are of `{PINNED}`, this is `{version}`");
}

#[test]
fn refused() {
    trybuild::TestCases::new().compile_fail("ui/labeled/*.rs");
}

#[test]
fn refused_on_locked_threads() {
    trybuild::TestCases::new().compile_fail("ui/lock_os_thread/*.rs");
}

#[test]
fn refused_cleanups() {
    trybuild::TestCases::new().compile_fail("ui/cleanup/*.rs");
}

#[test]
fn errors_in_the_body() {
    trybuild::TestCases::new().compile_fail("ui/types/*.rs");
}

#[test]
fn keep_alive() {
    trybuild::TestCases::new().compile_fail("ui/keep_alive/*.rs");
}
