//! A lane is one kind of test with a name; a run is several lanes and a summary.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::process;
use crate::step::Step;
use crate::workspace::Workspace;

pub(crate) struct Lane {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Fetches what the lane needs, which asks for it again and says what it lacks.
    pub(crate) prepare: fn(&Workspace) -> Outcome<()>,
    /// Does the work; gives back remarks for the summary.
    pub(crate) run: fn(&Workspace) -> Outcome<Vec<String>>,
}

enum Verdict {
    Passed(Vec<String>),
    Failed(Failure),
    LeftOut,
}

struct Record {
    lane: &'static str,
    verdict: Verdict,
    took: Duration,
    processor: Duration,
}

/// Runs the lanes one after another; a failed one does not stop the rest.
pub(crate) fn run(workspace: &Workspace, chosen: &[&Lane], without: &[&str]) -> Outcome<ExitCode> {
    let leaves_out = |lane: &Lane| without.contains(&lane.name);
    if chosen.iter().all(|lane| leaves_out(lane)) {
        return Err(Failure::new("every lane is left out"));
    }
    let records: Vec<Record> = std::thread::scope(|scope| {
        let wanted = chosen.iter().filter(|lane| !leaves_out(lane));
        scope.spawn(|| wanted.for_each(|lane| drop((lane.prepare)(workspace))));
        let record = |lane: &&Lane| {
            if leaves_out(lane) { Record::left_out(lane) } else { Record::of_run(workspace, lane) }
        };
        chosen.iter().map(record).collect()
    });
    println!("{}", disk(workspace));
    println!("{}", summary(&records));
    let failed = records.iter().any(|record| matches!(record.verdict, Verdict::Failed(_)));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Record {
    fn left_out(lane: &Lane) -> Self {
        Self { lane: lane.name, verdict: Verdict::LeftOut, took: Duration::ZERO, processor: Duration::ZERO }
    }

    fn of_run(workspace: &Workspace, lane: &Lane) -> Self {
        println!("\n==== {}: {}", lane.name, lane.about);
        let (start, before) = (Instant::now(), process::time_of_children());
        let verdict = (lane.run)(workspace).map_or_else(Verdict::Failed, Verdict::Passed);
        let processor = process::time_of_children().saturating_sub(before);
        let record = Self { lane: lane.name, verdict, took: start.elapsed(), processor };
        println!("==== {}", record.line());
        record
    }

    fn line(&self) -> String {
        let (seconds, processor) = (self.took.as_secs_f64(), self.processor.as_secs_f64());
        match &self.verdict {
            Verdict::Passed(_) => format!("{:<14} passed {seconds:>7.1} s {processor:>7.1} s CPU", self.lane),
            Verdict::Failed(cause) => {
                format!("{:<14} FAILED {seconds:>7.1} s {processor:>7.1} s CPU  {cause}", self.lane)
            }
            Verdict::LeftOut => format!("{:<14} LEFT OUT on request", self.lane),
        }
    }

    fn remarks(&self) -> &[String] {
        if let Verdict::Passed(remarks) = &self.verdict { remarks } else { &[] }
    }
}

/// What a run leaves on the disk.
fn disk(workspace: &Workspace) -> String {
    let folders = [workspace.target.as_path(), workspace.tools.folder()];
    let used = Step::new("du").arg("-shc").args(folders.iter().filter(|folder| folder.exists())).read();
    used.map_or_else(|cause| cause.to_string(), |text| format!("disk: {}", text.trim().replace('\n', ", ")))
}

/// Each lane with its time, and a last line in the form that continuous integration counts.
fn summary(records: &[Record]) -> String {
    let count =
        |wanted: fn(&Verdict) -> bool| records.iter().filter(|record| wanted(&record.verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed(_)));
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let left_out = count(|verdict| matches!(verdict, Verdict::LeftOut));
    let took: Duration = records.iter().map(|record| record.took).sum();
    let mut lines = vec![String::from("\n==== summary")];
    for record in records {
        lines.push(record.line());
        lines.extend(record.remarks().iter().map(|remark| format!("{:<15}{remark}", "")));
    }
    lines.push(format!(
        "{passed} lanes passed, {failed} failed, {left_out} left out in {:.0} s",
        took.as_secs_f64()
    ));
    let skipped = if left_out == 0 { String::new() } else { format!(", {left_out} skipped") };
    lines.push(format!("lanes: {passed} passed, {failed} failed{skipped}"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(lane: &'static str, verdict: Verdict) -> Record {
        Record { lane, verdict, took: Duration::from_millis(1500), processor: Duration::from_secs(2) }
    }

    #[test]
    fn summary_names_what_failed_and_what_was_left_out() {
        let records = [
            ended("format", Verdict::Passed(vec!["a remark".to_owned()])),
            ended("go", Verdict::Failed(Failure::new("no pip"))),
            ended("loom", Verdict::LeftOut),
        ];
        let text = summary(&records);
        for part in
            ["a remark", "go             FAILED     1.5 s     2.0 s CPU  no pip", "loom           LEFT OUT"]
        {
            assert!(text.contains(part), "{text}");
        }
        assert!(text.ends_with("\nlanes: 1 passed, 1 failed, 1 skipped"), "{text}");
    }

    #[test]
    fn the_last_line_is_the_plain_one_when_nothing_is_left_out() {
        let text = summary(&[ended("format", Verdict::Passed(Vec::new()))]);
        assert!(text.ends_with("\nlanes: 1 passed, 0 failed"), "{text}");
    }
}
