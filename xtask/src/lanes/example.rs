//! What the README's first command runs, shortened: the service, and Go's pprof reads what it wrote. Then the examples that
//! check themselves.

use std::fs;
use std::path::Path;

use super::release::optimised;
use crate::failure::{Failure, Outcome};
use crate::step::Step;
use crate::tools::{create_folder, read, remove_folder};
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let folder = workspace.lane_target("example");
    remove_folder(&folder)?;
    create_folder(&folder)?;
    optimised(workspace, "build").arg("--examples").run()?;
    let example = |name: &str| workspace.step(workspace.release_program(&format!("examples/{name}")));
    example("service").args(["--seconds", "2", "--crash-file", "crash.log"]).directory(&folder).run()?;
    for name in ["cpu.pb.gz", "cpu.svg", "stacks.txt", "crash.log"] {
        let size = fs::metadata(folder.join(name)).map_or(0, |file| file.len());
        if size == 0 {
            return Err(Failure::new(format!("the service left no {name}, or an empty one")));
        }
    }
    let tags = workspace.tools.go()?.pprof().arg("-tags").arg(folder.join("cpu.pb.gz")).read()?;
    let has_routes = tags.lines().any(|line| line.trim_start().starts_with("route:"));
    if !has_routes {
        return Err(Failure::new(format!("pprof sees no label `route` in:\n{tags}")));
    }
    traced(workspace, &folder)?;
    ends_in_order(workspace, &folder)?;
    for name in CHECK_THEMSELVES {
        example(name).run()?;
    }
    Ok(Vec::new())
}

/// A trace of it answers what the page of traces asks, and its slow route has the flight recorder write.
fn traced(workspace: &Workspace, folder: &Path) -> Outcome<()> {
    let service = workspace.step(workspace.release_program("examples/service")).directory(folder);
    let recorders = ["--trace", "out.pftrace", "--flight-recorder", "recorded"];
    service.args(["--seconds", "2"]).args(recorders).run()?;
    let driver = workspace.root.join("hooks-service/tests/support/trace_processor.mjs");
    let (processor, trace) = (workspace.tools.trace_processor()?, folder.join("out.pftrace"));
    let page = read(&workspace.root.join("hooks-service/docs/trace.md"))?;
    for query in page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let said = processor.ask(&driver, &trace, query)?;
        if !said.starts_with('=') || said.contains('!') {
            return Err(Failure::new(format!("the page of traces asks {query}\nand the trace says {said}")));
        }
    }
    let recorded = fs::read_dir(folder.join("recorded")).map_or(0, Iterator::count);
    if recorded == 0 {
        Err(Failure::new("a slow region, and the flight recorder wrote nothing"))
    } else {
        Ok(())
    }
}

/// Signals while it serves: it says where its threads are, then it drains, and its own status is zero.
fn ends_in_order(workspace: &Workspace, folder: &Path) -> Outcome<()> {
    let service = workspace.release_program("examples/service");
    let signalled = |signal, seconds| ["timeout", "--preserve-status", "--signal", signal, seconds];
    let both_streams = Step::new("sh").args(["-c", "exec \"$@\" 2>&1", "sh"]);
    let service = both_streams.args(signalled("TERM", "4")).args(signalled("USR1", "2")).arg(service);
    let said = service.args(["--seconds", "1", "--serve"]).directory(folder).tee()?;
    for (wanted, reason) in [
        ("\"hooks-stacks\" [running]", "the service wrote no stacks of all its threads on SIGUSR1"),
        ("SIGTERM: draining", "the service ended before it was asked to"),
    ] {
        if !said.contains(wanted) {
            return Err(Failure::new(reason));
        }
    }
    Ok(())
}

/// They fail where what they show is not so.
const CHECK_THEMSELVES: [&str; 7] = [
    "leased_io",
    "crash_report",
    "graceful_exit",
    "mapped_file",
    "middleware",
    "per_thread_state",
    "resource",
];
