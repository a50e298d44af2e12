//! A crate written for one test and handed to the real cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A package with one dependency, `hooks-runtime`, and the versions of the workspace's lock file.
pub(crate) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Writes the package `cases` with `sources` (file name, text) in its `src`.
    #[allow(dead_code, reason = "every test takes what it needs of this module")]
    pub(crate) fn new(name: &str, edition: &str, sources: &[(String, String)]) -> Self {
        Self::depending(name, edition, "", sources)
    }

    /// With more lines for `[dependencies]`.
    pub(crate) fn depending(
        name: &str,
        edition: &str,
        dependencies: &str,
        sources: &[(String, String)],
    ) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src")).expect("the target folder is writable");
        let workspace = workspace();
        let runtime = workspace.join("hooks-runtime");
        let manifest = format!(
            "[package]\nname = \"cases\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n\
             [dependencies]\nhooks-runtime.path = '{}'\n{dependencies}\n[workspace]\n",
            runtime.display()
        );
        fs::write(folder.join("Cargo.toml"), manifest).expect("written");
        fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the workspace is locked");
        for (file, text) in sources {
            fs::write(folder.join("src").join(file), text).expect("written");
        }
        Scratch { folder }
    }

    /// Adds sections to its `Cargo.toml`.
    #[allow(dead_code, reason = "every test takes what it needs of this module")]
    pub(crate) fn append_to_manifest(&self, sections: &str) {
        let manifest = self.folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("it was written");
        fs::write(manifest, text + sections).expect("written");
    }

    /// `cargo COMMAND --offline` in the package; all scratch packages share one target folder.
    pub(crate) fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch-target");
        cargo.args([command, "--offline"]).current_dir(&self.folder).env("CARGO_TARGET_DIR", target);
        cargo
    }

    /// The same, where the compiler takes flags of nightly. Build scripts look at the variable that allows them: in the folder
    /// of the others, cargo would build nearly everything again at each turn.
    #[allow(dead_code, reason = "every test takes what it needs of this module")]
    pub(crate) fn with_flags_of_nightly(&self, command: &str) -> Command {
        let mut cargo = self.cargo(command);
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nightly-target");
        cargo.env("CARGO_TARGET_DIR", target).env("RUSTC_BOOTSTRAP", "1");
        cargo
    }

    /// The same, optimised as in release. In the profile `release` cargo would build anew what runs in the compiler.
    #[allow(dead_code, reason = "every test takes what it needs of this module")]
    pub(crate) fn optimised(&self, command: &str) -> Command {
        let mut cargo = self.cargo(command);
        let code = ["opt-level=3", "debug-assertions=false", "overflow-checks=false"];
        let macros = ["build-override.debug-assertions=true", "build-override.overflow-checks=true"];
        for setting in code.iter().chain(&macros) {
            cargo.arg(format!("--config=profile.dev.{setting}"));
        }
        cargo
    }
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a member")
}

/// Builds and runs a package's program, one at a time: in the folder that they share all programs have one name.
#[allow(dead_code, reason = "every test takes what it needs of this module")]
pub(crate) fn run(cargo: &mut Command) -> Output {
    let lock = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch-runs");
    let lock = fs::File::create(lock).expect("the target folder is writable");
    lock.lock().expect("whoever has it ends");
    cargo.output().expect("cargo runs")
}
