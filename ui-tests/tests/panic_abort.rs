//! `#[exit_scope]` where a panic aborts: refused on a thread's root, allowed on `main`, where `exit_task` says why it
//! cannot be; flushers run all the same.

mod scratch;

use scratch::Scratch;

const ABORT: &str = "[profile.dev]\npanic = \"abort\"\n";

const ROOT: &str = "#[hooks_runtime::exit_scope]
pub fn root() -> u32 {
    1
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

fn scratch(name: &str, file: &str, text: &str) -> Scratch {
    let scratch = Scratch::new(name, "2024", &[(file.to_owned(), text.to_owned())]);
    scratch.append_to_manifest(ABORT);
    scratch
}

#[test]
fn a_root_is_refused_once_and_at_the_attribute() {
    let output = scratch("abort-root", "lib.rs", ROOT).cargo("check").output().expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    let expected =
        "error: `#[exit_scope]` needs unwinding, and this profile has `panic = \"abort\"`: remove one";
    assert!(errors.contains(expected) && errors.contains("--> src/lib.rs:1:1"), "{errors}");
    assert_eq!(errors.matches("error: ").count(), 2, "one, and the summary of cargo: {errors}");
}

#[test]
fn on_main_flushers_run_and_exit_task_says_why_it_cannot() {
    let main = scratch("abort-main", "main.rs", MAIN);
    let output = main.cargo("run").output().expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*output.stdout), (Some(3), &b"flushed\n"[..]), "{errors}");
    let output = main.cargo("run").args(["--", "exit"]).output().expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        errors.contains("this program is built with `panic = \"abort\"`: return from the task"),
        "{errors}"
    );
}
