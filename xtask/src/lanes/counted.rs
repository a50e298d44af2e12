//! Runs of test programs in which at least one test must have run: a filter that matches nothing would pass for ever.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

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

/// Test programs that one command of cargo has built. Of several commands each would build again what they have in common,
/// with the features that its own packages ask for.
pub(crate) struct Programs {
    root: PathBuf,
    tools: PathBuf,
    /// By the path of the source.
    executables: BTreeMap<String, PathBuf>,
}

impl Programs {
    /// Has `cargo test ..` build what it would run.
    pub(crate) fn build(workspace: &Workspace, test: Step) -> Outcome<Self> {
        let messages = test.args(["--no-run", "--message-format=json-render-diagnostics"]).show_and_read()?;
        let executables = messages.lines().filter_map(|line| executable(&workspace.root, line)).collect();
        Ok(Self { root: workspace.root.clone(), tools: workspace.tools.folder().to_owned(), executables })
    }

    /// A step that runs the tests of the program, such as `hooks-runtime/tests/main.rs`, each in a process of its own, where
    /// cargo would run them.
    pub(crate) fn tests(&self, source: &str, filter: &[&str]) -> Outcome<Step> {
        let program = self.executables.get(source);
        let program = program.ok_or_else(|| Failure::new(format!("cargo built no program of {source}")))?;
        let itself = std::env::current_exe().map_err(Failure::doing("cannot find this program"))?;
        let folders = source.split_once("/tests/").or_else(|| source.split_once("/src/"));
        let package = self.root.join(folders.map_or("", |(package, _)| package));
        let step = Step::new(itself).arg("isolate").arg(program).args(filter);
        let step = variables_of_cargo().fold(step, Step::without_env);
        Ok(step.env("CARGO_MANIFEST_DIR", &package).directory(package).env(isolate::TOOLS, &self.tools))
    }
}

/// What `cargo run` told us of ourselves, as it tells each program of its package.
fn variables_of_cargo() -> impl Iterator<Item = OsString> {
    let is_of_package = |key: &str| key.starts_with("CARGO_PKG_") || key.starts_with("CARGO_MANIFEST_");
    std::env::vars_os().map(|(key, _)| key).filter(move |key| key.to_str().is_some_and(is_of_package))
}

/// The source of a program, from the workspace's root, and the program, of a line such as
/// `{"reason":"compiler-artifact",..,"target":{..,"src_path":"..",..},..,"executable":".."}`.
fn executable(root: &Path, message: &str) -> Option<(String, PathBuf)> {
    let of = |key: &str| Some(message.split_once(&format!("\"{key}\":\""))?.1.split_once('"')?.0);
    let source = Path::new(of("src_path")?).strip_prefix(root).ok()?;
    Some((source.to_str()?.to_owned(), PathBuf::from(of("executable")?)))
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
    fn the_programs_that_cargo_built_are_known_by_their_sources() {
        let root = Path::new("/hooks");
        let built = r#"{"reason":"compiler-artifact","target":{"kind":["test"],"src_path":"/hooks/a/tests/main.rs"},"executable":"/t/main-1f","fresh":true}"#;
        let found = executable(root, built).unwrap();
        assert_eq!(found, ("a/tests/main.rs".to_owned(), PathBuf::from("/t/main-1f")));
        assert_eq!(executable(root, &built.replace("\"/t/main-1f\"", "null")), None);
        assert_eq!(executable(Path::new("/other"), built), None);
    }

    #[test]
    fn a_program_is_told_of_its_own_package() {
        let executables = [("a/tests/main.rs".to_owned(), PathBuf::from("/t/main"))].into();
        let programs = Programs { root: "/hooks".into(), tools: "/tools".into(), executables };
        let shown = programs.tests("a/tests/main.rs", &["x::"]).unwrap().to_string();
        assert!(shown.starts_with("CARGO_MANIFEST_DIR=/hooks/a HOOKS_XTASK_TOOLS=/tools /"), "{shown}");
        // What cargo told this test of xtask.
        let removed: Vec<OsString> = variables_of_cargo().collect();
        assert!(removed.contains(&"CARGO_PKG_NAME".into()), "{removed:?}");
        let told = removed.into_iter().fold(Step::new("env"), Step::without_env).read().unwrap();
        assert!(!told.contains("CARGO_PKG_") && !told.contains("CARGO_MANIFEST_"), "{told}");
    }

    #[test]
    fn a_run_without_tests_fails() {
        let empty = Step::new("echo").arg("test result: ok. 0 passed; 0 failed");
        assert_eq!(run("loom", empty).unwrap_err().to_string(), "loom: no test ran");
        let one = Step::new("echo").arg("test result: ok. 1 passed; 0 failed");
        assert_eq!(run("loom", one).unwrap(), "loom: 1 passed");
    }
}
