//! Bugs of the trade, each named by what goes wrong and in two forms: as people write it without us, shown to go wrong,
//! and with the attribute.
//!
//! Where the second form is that the first no longer compiles, it is in `ui-tests/ui`, and here is what is left to write:
//!
//! | bug | here | does not compile |
//! | --- | --- | --- |
//! | unlock skipped on the error path | `cleanup` | |
//! | `let _ = guard` | `cleanup` | |
//! | cleanup capturing its owner | `cleanup` | `cleanup/add_capturing_closure.rs`, `cleanup/arc_of_self.rs` |
//! | `Arc` cycle never cleaned | `cleanup` | `cleanup/arc_of_self.rs`, `cleanup/rc_of_name.rs` |
//! | double close by clone | `cleanup` | `cleanup/derive_clone.rs`, `cleanup/clone_by_hand.rs` |
//! | the error of `close` swallowed | `cleanup` | |
//! | state leaked to a pool thread | `os_thread` | |
//! | guard dropped on another thread | `os_thread` | `lock_os_thread/proof_across_await.rs`, `lock_os_thread/token_sent.rs` |
//! | buffer moved while C holds it | `keep_alive` | `keep_alive/moved.rs`, `keep_alive/moved_before_early_return.rs` |
//! | `CString` of a temporary | `keep_alive` | `keep_alive/cstring_of_temporary.rs` |
//! | raw descriptor of a temporary | `keep_alive` | `keep_alive/fd_of_temporary.rs` |
//! | kernel writing after cancel | `keep_alive`; with the real kernel `ui-tests/tests/keep_alive_sanitized.rs` | `keep_alive/async_reference.rs` |
//! | exit racing a signal | `exit` | |
//! | flusher hanging at exit | `exit` | |
//! | task that ends by a panic | `exit` | |
//!
//! Each test needs a process of its own, as `cargo nextest` gives it.

mod cleanup;
#[cfg(target_os = "linux")]
mod exit;
mod keep_alive;
#[cfg(all(target_os = "linux", feature = "tokio"))]
mod os_thread;

/// The table above names files that are there.
#[test]
fn what_does_not_compile_is_shown_not_to() {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui-tests/ui");
    let table = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
    let last_column = table.filter_map(|line| line.rsplit('|').nth(1));
    let named: Vec<&str> = last_column.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(named.len() > 10, "{named:?}");
    for name in named {
        let expected = format!("{cases}/{}", name.replace(".rs", ".stderr"));
        assert!(std::fs::exists(&expected).expect("readable"), "{expected} is not there");
    }
}
