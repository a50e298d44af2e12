//! What cannot be covered is refused with one clear error at the user's token, and errors in the user's body are the
//! user's.
//!
//! One fault a file. The `.stderr` files are what rustc [`PINNED`] prints; after a change of message or compiler run
//! `TRYBUILD=overwrite cargo test -p ui-tests --test ui` and read the difference.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler whose wording the `.stderr` files hold.
const PINNED: &str = "rustc 1.95.";

#[test]
fn refused() {
    let version = rustc(&["--version"]);
    assert!(version.starts_with(PINNED), "the .stderr files are of `{PINNED}`, this is `{version}`");
    without_std_source();
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}

/// rustc quotes the standard library where its source is installed. The cases are compiled with a sysroot that is the real
/// one without it, so that the `.stderr` files are the same on every machine.
fn without_std_source() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("within cargo's target folder");
    let sysroot = target.join("tests/sysroot");
    link_all(
        &PathBuf::from(rustc(&["--print", "sysroot"])).join("lib/rustlib"),
        &sysroot.join("lib/rustlib"),
    );
    let configuration = target.join("tests/trybuild/.cargo");
    std::fs::create_dir_all(&configuration).expect("writable");
    let text = format!("[target.'cfg(all())']\nrustflags = ['--sysroot={}']\n", sysroot.display());
    std::fs::write(configuration.join("config.toml"), text).expect("writable");
}

fn link_all(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).expect("writable");
    for entry in std::fs::read_dir(from).expect("a toolchain").flatten() {
        if entry.file_name() != "src" {
            std::os::unix::fs::symlink(entry.path(), to.join(entry.file_name())).expect("writable");
        }
    }
}

fn rustc(arguments: &[&str]) -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(arguments).output().expect("rustc runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
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
