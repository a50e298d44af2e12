//! Expansions in a program that has the runtime from a Rust `dylib`, as plugin hosts do: what inlines into the program
//! must find what the library exports.

mod scratch;

use scratch::Scratch;
use std::process::Command;

const LIBRARY: &str = "pub use hooks_runtime;

#[hooks_runtime::labeled(inner)]
pub fn labels_inside(inner: &str) -> String {
    hooks_runtime::labels::Labels::current().to_string()
}
";

const PROGRAM: &str = "use cases::hooks_runtime;

#[hooks_runtime::labeled(outer, crate = ::cases::hooks_runtime)]
fn labels(outer: &str) -> String {
    cases::labels_inside(\"i\")
}

fn main() {
    println!(\"{}\", labels(\"o\"));
}
";

#[test]
fn labels_cross_a_dylib_in_release() {
    let sources = [("lib.rs".to_owned(), LIBRARY.to_owned()), ("main.rs".to_owned(), PROGRAM.to_owned())];
    let crates = Scratch::new("dylib", "2024", &sources);
    crates.append_to_manifest("[lib]\ncrate-type = [\"dylib\"]\n");
    let mut run = crates.cargo("run");
    run.args(["--release", "--quiet"]).env("RUSTFLAGS", "-C prefer-dynamic");
    let output = run.env("LD_LIBRARY_PATH", standard_library()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "inner=i,outer=o");
}

/// Where the standard library's own dylib is.
fn standard_library() -> String {
    let output = Command::new("rustc").args(["--print", "target-libdir"]).output().expect("rustc runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
