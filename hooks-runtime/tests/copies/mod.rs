//! Two copies of this crate in one program would be two chains of labels, two lists of flushers, two owners of signals.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// A package in `folder`, with an empty library.
fn package(folder: &Path, manifest: &str) {
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    fs::write(folder.join("build.rs"), "fn main() {}").unwrap();
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
}

#[test]
fn cargo_refuses_a_second_copy_and_names_both() {
    let folder = env::temp_dir().join(format!("hooks-copies-{}", std::process::id()));
    let own = env!("CARGO_MANIFEST_DIR");
    let manifest = fs::read_to_string(Path::new(own).join("Cargo.toml")).unwrap();
    let links = manifest.lines().find(|line| line.starts_with("links")).unwrap_or_default();
    let other = format!("[package]\nname = \"hooks-runtime\"\nversion = \"0.9.0\"\n{links}\n[workspace]");
    package(&folder.join("other"), &other);
    package(
        &folder.join("user"),
        &format!(
            "[package]\nname = \"user\"\nversion = \"0.0.0\"\n[workspace]\n[dependencies]\n\
             hooks-runtime = {{ path = {own:?} }}\n\
             second = {{ package = \"hooks-runtime\", path = \"../other\" }}"
        ),
    );
    let mut cargo = Command::new(env!("CARGO"));
    let resolved = cargo.args(["generate-lockfile", "--offline"]).current_dir(folder.join("user")).output();
    let resolved = resolved.unwrap();
    fs::remove_dir_all(folder).unwrap();
    let said = String::from_utf8_lossy(&resolved.stderr);
    assert!(!resolved.status.success(), "{said}");
    for part in ["links to the native library `hooks-runtime`", "hooks-runtime v0.1.0", "are: 0.9.0"] {
        assert!(said.contains(part), "without {part:?}: {said}");
    }
}
