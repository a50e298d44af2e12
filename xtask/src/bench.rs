//! The benches: each prints its peers and its figures; the figures are repeated at the end.

use std::process::ExitCode;

use crate::failure::Failure;
use crate::lanes::with_go;
use crate::step::Step;
use crate::workspace::Workspace;

pub(crate) const ALL: [&str; 9] =
    ["labels", "profile", "expansion", "os_thread", "fault", "stacks", "callers", "polls", "trace"];

/// Runs the named benches, or all. A bench that cannot run does not stop the next.
pub(crate) fn run(workspace: &Workspace, names: &[String]) -> ExitCode {
    let chosen = ALL.iter().filter(|name| names.is_empty() || names.iter().any(|wanted| wanted == *name));
    let (mut figures, mut failures) = (Vec::new(), Vec::new());
    for name in chosen {
        println!("\n==== bench {name}");
        let bench = workspace.cargo().args(["run", "--release", "-p", package(name), "--bin", name]);
        let (bench, lacking) = with_peers(workspace, name, bench);
        failures.extend(lacking);
        match with_go(workspace, bench).tee() {
            Ok(printed) => figures.extend(figures_in(&printed)),
            Err(failure) => failures.push(failure),
        }
    }
    println!("\n==== figures");
    for figure in &figures {
        println!("{figure}");
    }
    println!("{}", verdicts(&figures));
    for failure in &failures {
        println!("FAILED {failure}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The compiler is measured without what the others stand on.
fn package(name: &str) -> &'static str {
    if name == "expansion" { "measures" } else { "benches" }
}

/// One peer of the label bench needs libclang; where that cannot be had, the others still run.
fn with_peers(workspace: &Workspace, name: &str, bench: Step) -> (Step, Option<Failure>) {
    if name != "labels" {
        return (bench, None);
    }
    match workspace.tools.clang() {
        Ok(variables) => (bench.args(["--features", "custom-labels"]).envs(variables), None),
        Err(failure) => (bench, Some(failure)),
    }
}

/// Lines of the form `figure NAME VALUE UNIT goal GOAL met|short`.
fn figures_in(printed: &str) -> Vec<String> {
    printed.lines().filter(|line| line.starts_with("figure ")).map(str::to_owned).collect()
}

fn verdicts(figures: &[String]) -> String {
    let ending = |word: &str| figures.iter().filter(|figure| figure.ends_with(word)).count();
    format!("{} figures: {} met their goal, {} fell short", figures.len(), ending(" met"), ending(" short"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_picked_out_and_counted() {
        let figures = figures_in(
            "warming up\nfigure scope 0.31 ns goal 1 met\nfigure dump 210 ms goal 200 short\nfigures\n",
        );
        assert_eq!(figures.len(), 2);
        assert_eq!(verdicts(&figures), "2 figures: 1 met their goal, 1 fell short");
    }
}
