//! Where things are: the repository, what cargo builds, the private tools.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::step::Step;
use crate::tools::Tools;

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) tools: Tools,
    /// Run the long form of a lane that has one.
    pub(crate) full: bool,
    /// Run what is worth running at each pause while writing.
    pub(crate) quick: bool,
    pub(crate) target: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Outcome<Self> {
        // The manifest's folder as it is now, not as it was when xtask was compiled.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root =
            manifest.parent().ok_or_else(|| Failure::new("xtask lies outside of a workspace"))?.to_owned();
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { tools: Tools::new(root.join(".tools")), root, full: false, quick: false, target })
    }

    /// A command that runs in the repository's root.
    pub(crate) fn step(&self, program: impl AsRef<Path>) -> Step {
        Step::new(program.as_ref()).directory(&self.root)
    }

    /// While writing, cargo keeps what it needs to compile a part of a crate again; in a whole run that is a fifth of the
    /// time, for nothing.
    pub(crate) fn cargo(&self) -> Step {
        let cargo = self.step("cargo");
        if self.quick { cargo } else { cargo.env("CARGO_INCREMENTAL", "0") }
    }

    /// A program that cargo has built in release.
    pub(crate) fn release_program(&self, name: &str) -> PathBuf {
        self.target.join("release").join(name)
    }

    /// A private build folder for a lane whose compiler or flags differ from everyone else's: cargo would
    /// otherwise build the shared one anew at each turn.
    pub(crate) fn lane_target(&self, lane: &str) -> PathBuf {
        self.target.join("lanes").join(lane)
    }
}
