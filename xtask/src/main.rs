//! The project's own commands. `cargo xtask help` lists them.
//!
//! ```text
//! failure     one sentence that names the cause
//! process     other processes: their time, where they are, the end of those that hang
//! step        one command of a lane
//! tools       what the lanes need, fetched
//! workspace   where things are
//! isolate     each test in a process of its own
//! lane        one kind of test
//! lanes       what each of them does
//! tracks      several lanes, two at a time, and a summary
//! bench       the benches and their figures
//! cli         what was asked for
//! ```
//!
//! Where a well-kept tool does it, it does: lanes are commands of cargo, rustup, nextest, apt. Ours is what none of them has:
//! lanes with what they need and one summary, tests that end when they hang and say where they were, tools in a private
//! folder, and what we promise about the project's own build-up.

mod bench;
mod cli;
mod failure;
mod isolate;
mod lane;
mod lanes;
mod process;
mod step;
mod tools;
mod tracks;
mod workspace;

use std::process::ExitCode;

use cli::Request;
use workspace::Workspace;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match cli::parse(&arguments).and_then(run) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(request: Request) -> failure::Outcome<ExitCode> {
    let mut workspace = Workspace::find()?;
    match request {
        Request::Help => println!("{}", cli::HELP),
        Request::ListLanes => lanes::list(),
        Request::Test(selection) => {
            (workspace.full, workspace.quick) = (selection.full, selection.quick);
            let chosen = lanes::chosen(&selection.only, selection.quick);
            return tracks::run(&workspace, &chosen, &selection.without);
        }
        Request::Lane(selection) => {
            (workspace.full, workspace.quick) = (selection.full, selection.quick);
            process::end_with_parent();
            if let [lane] = lanes::chosen(&selection.only, false)[..] {
                return Ok(lane.run(&workspace));
            }
        }
        Request::Prepare(selection) => {
            process::end_with_parent();
            for lane in lanes::chosen(&selection.only, false) {
                drop((lane.prepare)(&workspace));
            }
        }
        Request::Bench(names) => return Ok(bench::run(&workspace, &names)),
        Request::Isolate(test_binary) => return isolate::run(&test_binary),
    }
    Ok(ExitCode::SUCCESS)
}
