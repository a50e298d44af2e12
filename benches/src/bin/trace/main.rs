//! What an event of the execution trace costs, beside what its peers do in its place.

mod ours;
mod peers;
mod tasks;

use measures::figure::{Figure, Goal};
use measures::go::Go;
use measures::measure::{Case, ROUNDS_ONLY, Rounds, in_fresh_processes, interleave, print_rounds};
use std::hint::black_box;
use std::process::ExitCode;

/// Processes, and rounds in each.
const PROCESSES: usize = 5;
const ROUNDS: usize = 31;

/// The work in every region: nothing, that the compiler may not know.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call would be measured with the region")]
fn work() {
    black_box(());
}

#[inline(never)]
fn plain() {
    work();
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(ROUNDS_ONLY) {
        print_rounds(&interleave(ROUNDS, cases(Go::start("./trace").ok().as_ref())));
        return ExitCode::SUCCESS;
    }
    match in_fresh_processes(PROCESSES) {
        Ok(rounds) => Table(rounds).report(),
        Err(error) => {
            println!("FAILED {error}");
            return ExitCode::FAILURE;
        }
    }
    // Not before: beside the rounds it would be a disturbance.
    match Go::start("./trace") {
        Ok(go) => {
            let snapshot = go.round("snapshot") / 1e6;
            println!(
                "peer Go is {}; its flight recorder of 8 MiB hands over in {snapshot:.1} ms",
                go.version()
            );
            ExitCode::SUCCESS
        }
        Err(cause) => {
            println!("FAILED peer Go: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn cases(go: Option<&Go>) -> Vec<Case<'_>> {
    let mut cases = vec![Case::new(PLAIN, 100_000, plain)];
    cases.extend(ours::cases());
    cases.extend(tasks::cases());
    cases.extend(peers::cases());
    cases.extend(go.into_iter().flat_map(|go| go.cases(&peers::GO)));
    cases
}

const PLAIN: &str = "a plain call";

/// All cases as measured.
struct Table(Vec<Rounds>);

impl Table {
    fn find(&self, name: &str) -> Option<&Rounds> {
        self.0.iter().find(|rounds| rounds.name() == name)
    }

    /// What a case takes more than the call that has nothing round it.
    fn net(&self, name: &str) -> Option<Rounds> {
        let base = if name.starts_with("Go ") { peers::GO[0].0 } else { ours::base(name) };
        Some(self.find(name)?.net_of(self.find(base)?))
    }

    fn report(&self) {
        println!(
            "processor time in ns, median (min..max) of {ROUNDS} interleaved rounds in each of {PROCESSES} processes"
        );
        println!("{:40} {:>28} {:>28}", "", "whole", "net of the plain call");
        for rounds in &self.0 {
            let net = self.net(rounds.name()).map_or_else(String::new, |net| net.to_string());
            println!("{:40} {:>28} {net:>28}", rounds.name(), rounds.to_string());
        }
        for (name, case, most) in ours::GOALS.into_iter().chain(tasks::GOALS) {
            let median = self.net(case).map_or(f64::NAN, |net| net.median());
            Figure::new(name, median, "ns", Goal::AtMost(most)).print();
        }
    }
}
