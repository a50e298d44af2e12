//! The sanitizers of nightly. The standard library is not instrumented, hence the flag that allows the mixture.

use super::counted;
use crate::failure::Outcome;
use crate::tools::rust;
use crate::workspace::Workspace;

/// What runs under both.
const TESTS: [&str; 4] = ["-p", "hooks-runtime", "--lib", "--tests"];

pub(crate) fn address(workspace: &Workspace) -> Outcome<Vec<String>> {
    run(workspace, "address", "ASAN_OPTIONS", "detect_stack_use_after_return=1")
}

pub(crate) fn thread(workspace: &Workspace) -> Outcome<Vec<String>> {
    run(workspace, "thread", "TSAN_OPTIONS", "halt_on_error=1")
}

fn run(workspace: &Workspace, sanitizer: &str, variable: &str, value: &str) -> Outcome<Vec<String>> {
    let nightly = rust::nightly()?;
    let host = rust::host(workspace)?;
    let flags = format!("-Zsanitizer={sanitizer} -Cunsafe-allow-abi-mismatch=sanitizer");
    let test = workspace.cargo_of(&nightly).args(["test", "--target", &host, "--all-features"]).args(TESTS);
    let test = test.env("RUSTFLAGS", flags).env(variable, value);
    let test = test.env("CARGO_TARGET_DIR", workspace.lane_target(sanitizer));
    counted::run(sanitizer, counted::isolated(test, &host, None)?).map(|remark| vec![remark])
}
