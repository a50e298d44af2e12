//! A bench beside a peer that is written in Go.

use crate::go::Go;
use crate::measure::{Case, ROUNDS_ONLY, Rounds, in_fresh_processes, interleave, print_rounds};
use std::process::ExitCode;

/// The rounds of our cases and of Go's, in each of some processes.
pub struct Bench {
    /// Of `benches/go`, as for [`Go::start`].
    pub package: &'static str,
    /// How many there are.
    pub processes: usize,
    /// In each of them.
    pub rounds: usize,
    /// The cases; without those of a peer that is not there.
    pub cases: fn(Option<&Go>) -> Vec<Case<'_>>,
}

impl Bench {
    /// Measures and reports; `told` says what else there is to say of the peer.
    pub fn run(&self, report: impl FnOnce(Vec<Rounds>), told: impl FnOnce(&Go) -> String) -> ExitCode {
        if std::env::args().nth(1).as_deref() == Some(ROUNDS_ONLY) {
            print_rounds(&interleave(self.rounds, (self.cases)(Go::start(self.package).ok().as_ref())));
            return ExitCode::SUCCESS;
        }
        match in_fresh_processes(self.processes) {
            Ok(rounds) => {
                self.print_head();
                report(rounds);
            }
            Err(error) => {
                println!("FAILED {error}");
                return ExitCode::FAILURE;
            }
        }
        // Not before: beside the rounds it would be a disturbance.
        match Go::start(self.package) {
            Ok(go) => {
                println!("peer Go is {}{}", go.version(), told(&go));
                ExitCode::SUCCESS
            }
            Err(cause) => {
                println!("FAILED peer Go: {cause}");
                ExitCode::FAILURE
            }
        }
    }

    fn print_head(&self) {
        let Bench { rounds, processes, .. } = self;
        println!(
            "processor time in ns, median (min..max) of {rounds} interleaved rounds in each of {processes} processes"
        );
        println!("{:40} {:>28} {:>28}", "", "whole", "net of the plain call");
    }
}
