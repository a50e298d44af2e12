//! What an event of the execution trace costs, beside what its peers do in its place.

mod ours;
mod peers;
mod tasks;

use measures::beside::Bench;
use measures::figure::{Figure, Goal};
use measures::go::Go;
use measures::measure::{Case, Rounds};
use std::hint::black_box;
use std::process::ExitCode;

const BENCH: Bench = Bench { package: "./trace", processes: 5, rounds: 31, cases };

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
    BENCH.run(
        |rounds| Table(rounds).report(),
        |go| {
            let snapshot = go.round("snapshot") / 1e6;
            format!("; its flight recorder of 8 MiB hands over in {snapshot:.1} ms")
        },
    )
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
