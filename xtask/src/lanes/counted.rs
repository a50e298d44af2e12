//! Runs of `cargo test` in which at least one test must have run: a filter that matches nothing would pass for ever.

use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::isolate;
use crate::step::Step;
use crate::workspace::Workspace;

/// Runs the tests and says how many passed.
pub(crate) fn run(what: &str, step: Step) -> Outcome<String> {
    let passed = passed_in(&step.tee()?);
    if passed == 0 {
        Err(Failure::new(format!("{what}: no test ran")))
    } else {
        Ok(format!("{what}: {passed} passed"))
    }
}

/// Has cargo, or nextest, run each test in a process of its own, which ends when it hangs: a signal handler, a global
/// allocator or a profiler belongs to a whole process.
pub(crate) fn isolated(
    workspace: &Workspace,
    step: Step,
    target: &str,
    through: Option<&Path>,
) -> Outcome<Step> {
    let itself = std::env::current_exe().map_err(Failure::doing("cannot find this program"))?;
    let mut runner = format!("{} isolate", itself.display());
    if let Some(program) = through {
        runner = format!("{runner} --through {}", program.display());
    }
    let variable = format!("CARGO_TARGET_{}_RUNNER", target.to_uppercase().replace('-', "_"));
    Ok(step.env(variable, runner).env(isolate::TOOLS, workspace.tools.folder()))
}

/// Sums lines such as `test result: ok. 3 passed; 0 failed; ..`.
fn passed_in(printed: &str) -> usize {
    let results = printed.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    results.filter_map(|counts| counts.split_once(" passed")?.0.parse::<usize>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_summed_over_binaries() {
        let printed = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out\n\
            test result: ok. 0 passed; 0 failed; 1 ignored\n\
            test result: ok. 11 passed; 0 failed; 1 ignored\n";
        assert_eq!(passed_in(printed), 13);
    }

    #[test]
    fn a_run_without_tests_fails() {
        let empty = Step::new("echo").arg("test result: ok. 0 passed; 0 failed");
        assert_eq!(run("loom", empty).unwrap_err().to_string(), "loom: no test ran");
        let one = Step::new("echo").arg("test result: ok. 1 passed; 0 failed");
        assert_eq!(run("loom", one).unwrap(), "loom: 1 passed");
    }
}
