//! Every lane, in the order of a run: what fails fast first, then what everyone breaks, then what is slow.
//!
//! In: the workspace, with the tools that it can fetch. Out: remarks for the summary, or the cause of a failure. A lane is a
//! row of `ALL` with the fn that fetches what it needs and the fn that runs it; `counted` is for those that run tests.

mod aarch64;
mod analyzer;
mod checks;
mod counted;
mod documentation;
mod example;
mod miri;
mod musl;
mod quick;
mod release;
mod sanitizers;
mod tests;
pub(crate) use tests::with_go;
mod tree;

use crate::failure::Outcome;
use crate::lane::Lane;
use crate::workspace::Workspace;

/// Fetched in the background, beside the compilers of the first lanes.
type Prepare = fn(&Workspace) -> Outcome<()>;
const NOTHING: Prepare = |_| Ok(());

#[rustfmt::skip]
pub(crate) const ALL: &[Lane] = &[
    lane("format", "rustfmt finds nothing to change", NOTHING, checks::format),
    lane("tree", "who may use whom: packages, files; what folders, handlers and pages say of themselves", NOTHING, tree::run),
    lane("clippy", "clippy on all targets and features, warnings denied", NOTHING, checks::clippy),
    lane("rustdoc", "the packages are complete, and documentation builds from them, warnings denied", NOTHING, documentation::run),
    lane(CHANGED, "with --quick: tests of the packages that changed, and of the one above", NOTHING, quick::run),
    lane("go", "fetch Go and build its pprof, which tests run", tests::fetch_go, tests::go),
    lane("perfetto", "fetch Perfetto's trace processor, which tests run", tests::fetch_perfetto, tests::perfetto),
    lane("tests", "unit, integration, trybuild and twin tests, each in its own process", NOTHING, tests::all),
    lane("doctests", "the examples in the documentation", NOTHING, tests::examples),
    lane("release", "sites, labels, polls and faults in release, sites with fat LTO; storms (--full: for a minute each)", NOTHING, release::run),
    lane("example", "the example service runs and writes profiles that pprof reads", NOTHING, example::run),
    lane("msrv", "the oldest supported Rust compiles the crates", checks::fetch_oldest, checks::oldest),
    lane("benches", "the benches and the peers compile, warnings denied", NOTHING, checks::benches),
    lane("platforms", "macOS, Windows and FreeBSD: the crates compile with every feature", checks::fetch_platforms, checks::platforms),
    lane("musl", "crashes, dumps and signals with musl", musl::prepare, musl::run),
    lane("loom", "model checking of the lock-free parts", NOTHING, tests::models),
    lane("address", "tests under AddressSanitizer", NOTHING, sanitizers::address),
    lane("thread", "tests under ThreadSanitizer, standard library included", sanitizers::prepare, sanitizers::thread),
    lane("aarch64", "labels, faults and tasks cross-compiled and run by qemu (--full: all that it can run)", aarch64::prepare, aarch64::run),
    lane("miri", "annotated code in Miri, without assembly, sections and signals", miri::prepare, miri::run),
    lane("rust-analyzer", "half-typed code: same diagnostics as the plain twin", analyzer::prepare, analyzer::run),
];

/// While writing: what says most soonest, and the tests of what changed.
const QUICK: [&str; 4] = ["format", "tree", "clippy", CHANGED];
/// In other runs the lane `tests` has them.
const CHANGED: &str = "changed";

/// The lanes with these names; without names those of a whole run, or of a quick one.
pub(crate) fn chosen(names: &[&str], quick: bool) -> Vec<&'static Lane> {
    let is_chosen = |lane: &&Lane| match names {
        [] if quick => QUICK.contains(&lane.name),
        [] => lane.name != CHANGED,
        names => names.contains(&lane.name),
    };
    ALL.iter().filter(is_chosen).collect()
}

pub(crate) fn list() {
    for lane in ALL {
        println!("{:<14} {}", lane.name, lane.about);
    }
}

const fn lane(
    name: &'static str,
    about: &'static str,
    prepare: Prepare,
    run: fn(&Workspace) -> Outcome<Vec<String>>,
) -> Lane {
    Lane { name, about, prepare, run }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn names_differ() {
        let names: std::collections::BTreeSet<&str> = ALL.iter().map(|lane| lane.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
