//! POSIX aio under `AddressSanitizer`, with the future cancelled while the kernel has the buffer: clean with a lease,
//! and the same program without is caught.
//!
//! The sanitizer is a flag of nightly, but stable ships its runtime and takes the flag with `RUSTC_BOOTSTRAP`.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod scratch;

use scratch::Scratch;
use std::path::PathBuf;
use std::process::{Command, Output};

const HOST: &str = "x86_64-unknown-linux-gnu";

#[test]
fn the_lease_is_what_keeps_the_buffer() {
    let program = build();
    for direction in ["read", "write"] {
        let run = |form| Command::new(&program).args([form, direction]).output().expect("starts");
        succeeds(&run("leased"));
        is_caught(&run("plain"));
    }
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn is_caught(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("AddressSanitizer: heap-use-after-free"), "{said}");
    // It is the buffer, freed with the future.
    assert!(said.contains("Foreign::done") || said.contains("Foreign>::done"), "{said}");
}

fn build() -> PathBuf {
    let sources = [
        ("main.rs".into(), include_str!("../sanitized/aio.rs").into()),
        ("leased_io.rs".into(), include_str!("../../examples/leased_io/aio.rs").into()),
    ];
    let package = Scratch::depending("sanitized", "2024", "libc = \"0.2\"", &sources);
    let mut cargo = package.with_flags_of_nightly("build");
    cargo.args(["--target", HOST, "--message-format=json-render-diagnostics"]);
    cargo.env("RUSTFLAGS", "-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer");
    let output = cargo.output().expect("cargo runs");
    succeeds(&output);
    executable(&String::from_utf8(output.stdout).expect("text"))
}

/// The path that cargo reports.
fn executable(messages: &str) -> PathBuf {
    let mut paths = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    paths.next_back().expect("a program was built")
}
