//! A lane is one kind of test with a name. It says what it does, what it did, and how long that took.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::failure::Outcome;
use crate::process;
use crate::workspace::Workspace;

pub(crate) struct Lane {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Fetches ahead what `run` needs. Its failure is not told: `run` asks again and tells it.
    pub(crate) prepare: fn(&Workspace) -> Outcome<()>,
    /// Does the work; gives back remarks for the summary.
    pub(crate) run: fn(&Workspace) -> Outcome<Vec<String>>,
}

/// How the line begins that says how a lane ended; remarks follow it, and nothing else.
pub(crate) const MARK: &str = "==== ";

impl Lane {
    pub(crate) fn run(&self, workspace: &Workspace) -> ExitCode {
        println!("\n{MARK}{}: {}", self.name, self.about);
        let (start, before) = (Instant::now(), process::time_of_children());
        let outcome = (self.run)(workspace);
        let processor = process::time_of_children().saturating_sub(before);
        println!("{MARK}{}", self.end(&outcome, start.elapsed(), processor));
        if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn end(&self, outcome: &Outcome<Vec<String>>, took: Duration, processor: Duration) -> String {
        let times = format!("{:>7.1} s {:>7.1} s CPU", took.as_secs_f64(), processor.as_secs_f64());
        match outcome {
            Ok(remarks) => {
                let remarks = remarks.iter().map(|remark| format!("\n{:<15}{remark}", ""));
                format!("{:<14} passed {times}{}", self.name, remarks.collect::<String>())
            }
            Err(cause) => format!("{:<14} FAILED {times}  {cause}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    #[test]
    fn a_lane_says_how_it_ended() {
        let lane = Lane { name: "go", about: "", prepare: |_| Ok(()), run: |_| Ok(Vec::new()) };
        let end = |outcome| lane.end(&outcome, Duration::from_millis(1500), Duration::from_secs(2));
        let passed = end(Ok(vec!["a remark".to_owned()]));
        assert_eq!(passed, "go             passed     1.5 s     2.0 s CPU\n               a remark");
        let failed = end(Err(Failure::new("no pip")));
        assert_eq!(failed, "go             FAILED     1.5 s     2.0 s CPU  no pip");
    }
}
