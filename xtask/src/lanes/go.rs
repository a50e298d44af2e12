//! Go is fetched before the tests that run its pprof.

use crate::failure::Outcome;
use crate::workspace::Workspace;

pub(crate) fn prepare(workspace: &Workspace) -> Outcome<()> {
    workspace.tools.go().map(drop)
}

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    workspace.tools.go()?.version().map(|version| vec![version])
}
