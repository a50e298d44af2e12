//! POSIX aio under AddressSanitizer, with the future cancelled while the kernel has the buffer: clean with a lease, and
//! the same program without is caught.
//!
//! The sanitizer is a flag of nightly, but stable ships its runtime and takes the flag with `RUSTC_BOOTSTRAP`.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod scratch;

use scratch::Scratch;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const HOST: &str = "x86_64-unknown-linux-gnu";

#[test]
fn a_leased_buffer_is_read_into_after_the_cancellation() {
    succeeds(&run("leased", "read"));
}

#[test]
fn a_leased_buffer_is_written_from_after_the_cancellation() {
    succeeds(&run("leased", "write"));
}

#[test]
fn without_the_lease_the_read_is_caught() {
    is_caught(&run("plain", "read"));
}

#[test]
fn without_the_lease_the_write_is_caught() {
    is_caught(&run("plain", "write"));
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

fn run(form: &str, direction: &str) -> Output {
    Command::new(program()).args([form, direction]).output().expect("starts")
}

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(build)
}

fn build() -> PathBuf {
    let sources = [
        ("main.rs".into(), include_str!("../sanitized/aio.rs").into()),
        ("leased_io.rs".into(), include_str!("../../examples/leased_io/aio.rs").into()),
    ];
    // Each test of nextest's is a process, and builds.
    let name = format!("sanitized-{}", std::process::id());
    let package = Scratch::depending(&name, "2024", "libc = \"0.2\"", &sources);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sanitized-target");
    let mut cargo = package.cargo("build");
    cargo.args(["--target", HOST, "--message-format=json-render-diagnostics"]);
    cargo.env("CARGO_TARGET_DIR", target).env("RUSTC_BOOTSTRAP", "1");
    cargo.env("RUSTFLAGS", "-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer");
    let output = cargo.output().expect("cargo runs");
    succeeds(&output);
    executable(&String::from_utf8(output.stdout).expect("text"))
}

/// The path that cargo reports.
fn executable(messages: &str) -> PathBuf {
    let paths = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    paths.last().expect("a program was built")
}
