//! The project's own commands. `cargo xtask help` lists them.

mod bench;
mod cli;
mod failure;
mod isolate;
mod lane;
mod lanes;
mod process;
mod step;
mod tools;
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
        Request::ListLanes => lane::list(),
        Request::Test(selection) => {
            workspace.options = selection.options.clone();
            return lane::run(&workspace, &selection);
        }
        Request::Bench(names) => return Ok(bench::run(&workspace, &names)),
        Request::Isolate(test_binary) => return isolate::run(&test_binary),
    }
    Ok(ExitCode::SUCCESS)
}
