//! The crates as they are published: packed, with what belongs in a package, and documented from there as docs.rs does it.
//!
//! docs.rs has a nightly and sets `--cfg docsrs`, which nothing here asks for: what it shows is what stable makes of the same
//! sources, without anything that lies outside of their package.

use std::fs;
use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::tools::{create_folder, read, remove_folder, write};
use crate::workspace::Workspace;

const CRATES: [&str; 3] = ["hooks-macros", "hooks-runtime", "hooks-service"];
const IN_EACH: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];
/// What docs.rs goes by.
const METADATA: &str = "[package.metadata.docs.rs]\nall-features = true\n";

/// As in `Cargo.toml`, so that what the crates stand on need not be built again.
const PROFILE: [&str; 2] =
    ["--config=profile.dev.debug=\"limited\"", "--config=profile.dev.package.\"*\".debug=false"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let folder = workspace.lane_target("packages");
    remove_folder(&folder)?;
    create_folder(&folder)?;
    let package = workspace.cargo().args(["package", "--no-verify", "--allow-dirty"]);
    package.args(CRATES.iter().flat_map(|name| ["-p", name])).run()?;
    for name in CRATES {
        unpack(workspace, name, &folder)?;
        complete(name, &folder.join(name))?;
    }
    write(&folder.join("Cargo.toml"), &manifest())?;
    let lock = fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"));
    lock.map_err(Failure::doing("cannot copy Cargo.lock"))?;
    let doc = workspace.cargo().args(PROFILE).args(["doc", "--no-deps", "--all-features"]).directory(&folder);
    doc.env("CARGO_TARGET_DIR", &workspace.target).env("RUSTDOCFLAGS", "-D warnings").run_lane()
}

/// The package is of the version that all have.
fn unpack(workspace: &Workspace, name: &str, folder: &Path) -> Outcome<()> {
    let version = env!("CARGO_PKG_VERSION");
    let package = workspace.target.join(format!("package/{name}-{version}.crate"));
    // With the time of now: in a package all files have one of long ago, by which cargo takes what it built before for new.
    workspace.step("tar").arg("-xzmf").arg(package).arg("-C").arg(folder).run()?;
    let unpacked = folder.join(format!("{name}-{version}"));
    fs::rename(unpacked, folder.join(name)).map_err(Failure::doing(format!("cannot name {name}")))
}

fn complete(name: &str, package: &Path) -> Outcome<()> {
    if let Some(missing) =
        IN_EACH.iter().find(|file| fs::metadata(package.join(file)).map_or(0, |it| it.len()) == 0)
    {
        return Err(Failure::new(format!("the package of {name} has no {missing}")));
    }
    if read(&package.join("Cargo.toml"))?.contains(METADATA) {
        return Ok(());
    }
    Err(Failure::new(format!("{name}: docs.rs would not be asked for all features")))
}

/// A workspace of the packages alone, which take each other from here and not from a registry.
fn manifest() -> String {
    let patches = CRATES.map(|name| format!("{name}.path = \"{name}\"\n")).concat();
    format!("[workspace]\nresolver = \"3\"\nmembers = {CRATES:?}\n\n[patch.crates-io]\n{patches}")
}
