//! The sanitizers. They are flags of nightly, but stable ships their runtimes, and `RUSTC_BOOTSTRAP` has it accept the
//! flags: one compiler for all lanes, and nothing to install.

use std::path::PathBuf;

use super::counted;
use crate::failure::{Failure, Outcome};
use crate::step::Step;
use crate::tools::rust;
use crate::workspace::Workspace;

/// What runs under `AddressSanitizer`.
const TESTS: [&str; 5] = ["-p", "hooks-runtime", "--all-features", "--lib", "--tests"];

/// Where threads meet, or a thread and its signal handler: `ThreadSanitizer` takes a second for each process, and the
/// other tests have one thread.
const THREADED: [&str; 11] = [
    "signal",
    "sets",
    "spawn",
    "spawn_tokio",
    "thread_hook",
    "thread_end",
    "polls",
    "os_thread_named",
    "leases",
    "cleanup_background",
    "cleanup_add",
];

/// The standard library is used as it comes, hence the flag that allows the mixture.
pub(crate) fn address(workspace: &Workspace) -> Outcome<Vec<String>> {
    let flags = "-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer";
    let test = test(workspace, "address", flags)?.env("ASAN_OPTIONS", "detect_stack_use_after_return=1");
    counted::run("address", test.args(TESTS)).map(|remark| vec![remark])
}

/// The standard library is built too: of one without instrumentation, the sanitizer sees half of each lock and
/// channel, and reports races where there are none.
pub(crate) fn thread(workspace: &Workspace) -> Outcome<Vec<String>> {
    require_source(workspace)?;
    let test = test(workspace, "thread", "-Zsanitizer=thread")?.arg("-Zbuild-std");
    let suppressions = workspace.root.join("xtask/thread-sanitizer.supp");
    let test = test.env("TSAN_OPTIONS", format!("halt_on_error=1 suppressions={}", suppressions.display()));
    let test = test.args(["-p", "hooks-runtime", "--all-features"]);
    let test = test.args(THREADED.iter().flat_map(|name| ["--test", name]));
    counted::run("thread", test).map(|remark| vec![remark])
}

fn test(workspace: &Workspace, lane: &str, flags: &str) -> Outcome<Step> {
    let host = rust::host(workspace)?;
    let test = workspace.cargo().args(["test", "--target", &host]).env("RUSTFLAGS", flags);
    let test = test.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", workspace.lane_target(lane));
    counted::isolated(test, &host, None)
}

fn require_source(workspace: &Workspace) -> Outcome<()> {
    let root = workspace.step("rustc").args(["--print", "sysroot"]).read()?;
    let source = PathBuf::from(root.trim()).join("lib/rustlib/src/rust/library/Cargo.lock");
    if source.is_file() {
        return Ok(());
    }
    let cause = Failure::new("the toolchain in use came without it");
    Err(Failure::missing("the standard library's source", &cause, "run `rustup component add rust-src`"))
}
