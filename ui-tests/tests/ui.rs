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
fn refused_guarded_maps() {
    trybuild::TestCases::new().compile_fail("ui/panic_on_fault/*.rs");
}

#[test]
fn refused_flushers() {
    trybuild::TestCases::new().compile_fail("ui/at_exit/*.rs");
}

#[test]
fn refused_exit_scopes() {
    trybuild::TestCases::new().compile_fail("ui/exit_scope/*.rs");
}

#[test]
fn errors_in_the_body() {
    trybuild::TestCases::new().compile_fail("ui/types/*.rs");
}

#[test]
fn keep_alive() {
    trybuild::TestCases::new().compile_fail("ui/keep_alive/*.rs");
}

/// Whatever would take a kept argument away: the error is at the user's statement, and points to the attribute's argument.
#[test]
fn keep_alive_points_to_both() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/keep_alive");
    let taken = [
        "moved",
        "mut_",
        "async_moved",
        "async_leaves",
        "async_mut",
        "future_moved",
        "reassigned",
        "returned",
    ];
    // Told at the attribute, which is what is wrong there.
    let of_attribute = ["mut_self", "mut_without_mut", "mut_bound_anew"];
    let mut seen = 0;
    for file in std::fs::read_dir(folder).expect("the cases are there") {
        let path = file.expect("readable").path();
        let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
        let is_taken = taken.iter().any(|start| name.starts_with(start)) && !of_attribute.contains(&&*name);
        if !is_taken || path.extension().is_none_or(|extension| extension != "stderr") {
            continue;
        }
        let said = std::fs::read_to_string(&path).expect("text");
        let attribute =
            said.lines().skip_while(|line| !line.contains("| #[keep_alive(")).nth(1).unwrap_or_default();
        assert!(
            attribute.contains("---") && !attribute.contains("^^^"),
            "{name} does not point to the attribute:\n{said}"
        );
        seen += 1;
    }
    assert!(seen > 15, "{seen} cases");
}
