//! `#[exit_scope]` and `#[panic_on_fault]` where a panic aborts: refused in the program, which chooses that; in a library,
//! which does not, a warning to who writes it. On `main` a scope is allowed, and flushers run all the same.

mod scratch;

use scratch::Scratch;
use std::process::Output;

const ABORT: &str = "[profile.dev]\npanic = \"abort\"\n";

const LIBRARY: &str = "use hooks_runtime::fault::{Fault, GuardedMap};

#[hooks_runtime::exit_scope]
pub fn root(leave: bool) -> u32 {
    if leave {
        hooks_runtime::exit::exit_task(1_u32);
    }
    2
}

#[hooks_runtime::panic_on_fault(map)]
pub fn first(map: &GuardedMap, offset: usize) -> Result<u8, Fault> {
    map.get(offset)
}
";

const APPLICATION: &str = "fn main() {
    let map = hooks_runtime::fault::GuardedMap::map_anon(4096).expect(\"mapped\");
    let is_fault = cases::first(&map, 4096).is_err();
    println!(\"{} {} {is_fault}\", cases::root(false), cases::first(&map, 0).is_ok());
    if std::env::args().count() > 1 {
        cases::root(true);
    }
}
";

const MAIN: &str = "#[hooks_runtime::at_exit]
fn flush() {
    println!(\"flushed\");
}

#[hooks_runtime::exit_scope]
fn main() -> std::process::ExitCode {
    if std::env::args().count() > 1 {
        hooks_runtime::exit::exit_task(std::process::ExitCode::SUCCESS);
    }
    3.into()
}
";

fn scratch(name: &str, files: &[(&str, &str)]) -> Scratch {
    let files: Vec<_> = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    let scratch = Scratch::new(name, "2024", &files);
    scratch.append_to_manifest(ABORT);
    scratch
}

fn run(scratch: &Scratch, arguments: &[&str]) -> (Output, String) {
    let output = scratch::run(scratch.cargo("run").arg("--").args(arguments));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, errors)
}

#[test]
fn a_program_is_refused_once_and_at_the_attribute() {
    let main = format!("{LIBRARY}\nfn main() {{}}\n");
    let output = scratch("abort-program", &[("main.rs", &main)]).cargo("check").output().expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    for (expected, place) in [
        (
            "error: `#[exit_scope]` needs unwinding, and this profile has `panic = \"abort\"`: remove one",
            "3:1",
        ),
        ("error: with `panic = \"abort\"` a fault cannot become a panic that runs destructors", "11:1"),
    ] {
        let message = errors.split("\n\n").find(|message| message.contains(expected)).unwrap_or_default();
        assert!(message.contains(&format!("--> src/main.rs:{place}")), "{errors}");
    }
    assert_eq!(errors.matches("error: ").count(), 3, "one each, and the summary of cargo: {errors}");
}

#[test]
fn a_library_is_warned_and_its_program_runs() {
    let scratch = scratch("abort-library", &[("lib.rs", LIBRARY), ("main.rs", APPLICATION)]);
    let (output, errors) = run(&scratch, &[]);
    assert_eq!(&*output.stdout, b"2 true true\n", "{errors}");
    for place in ["3:1", "11:1"] {
        assert!(errors.contains(&format!("--> src/lib.rs:{place}")), "{errors}");
    }
    assert_eq!(errors.matches("needs unwinding").count(), 2, "one each: {errors}");
    let (output, errors) = run(&scratch, &["leave"]);
    assert!(!output.status.success());
    assert!(errors.contains(EXIT_TASK), "{errors}");
}

const EXIT_TASK: &str = "this program is built with `panic = \"abort\"`: return from the task";

#[test]
fn on_main_flushers_run_and_exit_task_says_why_it_cannot() {
    let main = scratch("abort-main", &[("main.rs", MAIN)]);
    let (output, errors) = run(&main, &[]);
    assert_eq!((output.status.code(), &*output.stdout), (Some(3), &b"flushed\n"[..]), "{errors}");
    let (output, errors) = run(&main, &["exit"]);
    assert!(!output.status.success());
    assert!(errors.contains(EXIT_TASK), "{errors}");
}
