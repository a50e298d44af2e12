//! A run of several lanes, two at a time: while the tests of one wait, or its last crate is linked, the other computes.
//!
//! Each lane is a process of its own that writes to a file. What they write is shown in the order of the lanes, that of the
//! first which has not ended as it comes. What is fetched ahead for them is, by one more.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::lane::{Lane, MARK};
use crate::step::Step;
use crate::tools::{RUN, create_folder, remove_folder, run_name};
use crate::workspace::Workspace;

/// More would have tests wait for each other's processor time.
const TRACKS: usize = 2;

/// How often is looked for more of what is shown.
const LOOK: Duration = Duration::from_millis(50);

enum End {
    Passed(String),
    Failed(String),
    LeftOut(&'static str),
}

/// Runs the lanes; a failed one does not stop the rest.
pub(crate) fn run(workspace: &Workspace, chosen: &[&Lane], without: &[&str]) -> Outcome<ExitCode> {
    let start = Instant::now();
    let (left_out, wanted): (Vec<&Lane>, Vec<&Lane>) =
        chosen.iter().copied().partition(|lane| without.contains(&lane.name));
    if wanted.is_empty() {
        return Err(Failure::new("every lane is left out"));
    }
    let logs = logs(&workspace.lane_target("logs"))?;
    let tracks = wanted.iter().map(|lane| Track::new(&logs, lane)).collect::<Outcome<Vec<_>>>()?;
    let mut ends = run_all(workspace, &logs, &tracks);
    ends.extend(left_out.iter().map(|lane| End::LeftOut(lane.name)));
    println!("{}", disk(workspace));
    println!("{}", summary(&ends, start.elapsed()));
    let failed = ends.iter().any(|end| matches!(end, End::Failed(_)));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// This run's folder in that of all, where those of runs that have ended are removed.
fn logs(all: &Path) -> Outcome<PathBuf> {
    for old in fs::read_dir(all).into_iter().flatten().flatten() {
        if !Path::new("/proc").join(old.file_name()).exists() {
            remove_folder(&old.path())?;
        }
    }
    let own = all.join(std::process::id().to_string());
    create_folder(&own).map(|()| own)
}

fn run_all(workspace: &Workspace, logs: &Path, tracks: &[Track]) -> Vec<End> {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(track) = tracks.get(next.fetch_add(1, Ordering::Relaxed)) {
            track.run(workspace);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| prepare(workspace, logs, tracks));
        for _ in 0..TRACKS {
            scope.spawn(work);
        }
        tracks.iter().map(Track::show).collect()
    })
}

/// What fails here, the lane tells.
fn prepare(workspace: &Workspace, logs: &Path, tracks: &[Track]) -> Outcome<bool> {
    let names: Vec<&str> = tracks.iter().map(|track| track.lane.name).collect();
    let log = File::create(logs.join("prepare")).map_err(Failure::doing("cannot write a log"))?;
    passes(itself(workspace, "prepare", &names, log)?)
}

/// This program again, which writes to the log.
fn itself(workspace: &Workspace, verb: &str, lanes: &[&str], log: File) -> Outcome<Command> {
    let itself = std::env::current_exe().map_err(Failure::doing("cannot find this program"))?;
    let mut command = Command::new(itself);
    command.arg(verb).args(lanes).stdin(Stdio::piped()).env(RUN, run_name());
    command.stdout(log.try_clone().map_err(Failure::doing("cannot write a log"))?).stderr(log);
    command.args(workspace.full.then_some("--full")).args(workspace.quick.then_some("--quick"));
    if io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    Ok(command)
}

fn passes(mut command: Command) -> Outcome<bool> {
    let doing = || Failure::doing("cannot run this program again");
    let mut child = command.spawn().map_err(doing())?;
    // Kept open until it has ended: it ends by itself when this is closed, however we end.
    let _alive = child.stdin.take();
    Ok(child.wait().map_err(doing())?.success())
}

struct Track<'a> {
    lane: &'a Lane,
    log: PathBuf,
    /// Whether the lane passed, or why it could not be run.
    ended: OnceLock<Outcome<bool>>,
}

impl<'a> Track<'a> {
    fn new(logs: &Path, lane: &'a Lane) -> Outcome<Self> {
        let log = logs.join(lane.name);
        File::create(&log).map_err(Failure::doing(format!("cannot create {}", log.display())))?;
        Ok(Self { lane, log, ended: OnceLock::new() })
    }

    fn run(&self, workspace: &Workspace) {
        let log = File::options().append(true).open(&self.log);
        let log = log.map_err(Failure::doing(format!("cannot write {}", self.log.display())));
        let command = log.and_then(|log| itself(workspace, "lane", &[self.lane.name], log));
        let _ = self.ended.set(command.and_then(passes));
    }

    /// Shows what the lane writes until it has ended.
    fn show(&self) -> End {
        let mut log = File::open(&self.log).ok();
        let mut copy = || log.as_mut().map(|log| io::copy(log, &mut io::stdout()));
        while self.ended.get().is_none() {
            copy();
            let _ = io::stdout().flush();
            std::thread::sleep(LOOK);
        }
        copy();
        self.end(&fs::read(&self.log).unwrap_or_default())
    }

    /// What tests and compilers write need not be text.
    fn end(&self, said: &[u8]) -> End {
        let said = String::from_utf8_lossy(said);
        let last = said.rfind(&format!("\n{MARK}{} ", self.lane.name));
        let last = last.map(|start| said[start + 1 + MARK.len()..].trim_end().to_owned());
        match (self.ended.get(), last) {
            (Some(Ok(true)), Some(last)) => End::Passed(last),
            (Some(Ok(false)), Some(last)) => End::Failed(last),
            (Some(Err(cause)), _) => End::Failed(format!("{:<14} FAILED  {cause}", self.lane.name)),
            _ => End::Failed(format!("{:<14} FAILED  it ended before its time", self.lane.name)),
        }
    }
}

/// What a run leaves on the disk.
fn disk(workspace: &Workspace) -> String {
    let folders = [workspace.target.as_path(), workspace.tools.folder()];
    let used = Step::new("du").arg("-shc").args(folders.iter().filter(|folder| folder.exists())).read();
    used.map_or_else(|cause| cause.to_string(), |text| format!("disk: {}", text.trim().replace('\n', ", ")))
}

/// Each lane with its time, and a last line in the form that continuous integration counts.
fn summary(ends: &[End], took: Duration) -> String {
    let count = |wanted: fn(&End) -> bool| ends.iter().filter(|end| wanted(end)).count();
    let passed = count(|end| matches!(end, End::Passed(_)));
    let failed = count(|end| matches!(end, End::Failed(_)));
    let left_out = count(|end| matches!(end, End::LeftOut(_)));
    let mut lines = vec![String::from("\n==== summary")];
    lines.extend(ends.iter().map(|end| match end {
        End::Passed(text) | End::Failed(text) => text.clone(),
        End::LeftOut(name) => format!("{name:<14} LEFT OUT on request"),
    }));
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

    #[test]
    fn summary_names_what_failed_and_what_was_left_out() {
        let ends = [
            End::Passed("format passed\n  a remark".to_owned()),
            End::Failed("go FAILED  no pip".to_owned()),
            End::LeftOut("loom"),
        ];
        let text = summary(&ends, Duration::from_secs(3));
        for part in ["a remark", "go FAILED  no pip", "loom           LEFT OUT"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(text.ends_with("\nlanes: 1 passed, 1 failed, 1 skipped"), "{text}");
    }

    #[test]
    fn the_last_line_is_the_plain_one_when_nothing_is_left_out() {
        let text = summary(&[End::Passed("format".to_owned())], Duration::ZERO);
        assert!(text.ends_with("\nlanes: 1 passed, 0 failed"), "{text}");
    }

    fn end(said: impl AsRef<[u8]>, passed: bool) -> End {
        let lane = Lane { name: "go", about: "", prepare: |_| Ok(()), run: |_| Ok(Vec::new()) };
        Track { lane: &lane, log: PathBuf::new(), ended: Ok(passed).into() }.end(said.as_ref())
    }

    #[test]
    fn a_lane_is_told_by_its_last_words() {
        let said = "\n==== go: fetch\n$ pip\n==== go      passed\n    1.27\n";
        assert!(matches!(end(said, true), End::Passed(text) if text == "go      passed\n    1.27"));
        assert!(matches!(end(said, false), End::Failed(text) if text.starts_with("go ")));
    }

    #[test]
    fn what_is_not_text_hides_no_end() {
        assert!(matches!(end(b"\xff\n==== go passed", true), End::Passed(text) if text == "go passed"));
    }

    #[test]
    fn logs_are_kept_until_their_run_has_ended() {
        let all = std::env::temp_dir().join(format!("xtask-logs-{}", std::process::id()));
        for run in ["1", "none"] {
            create_folder(&all.join(run)).unwrap();
        }
        let own = logs(&all).unwrap();
        let names: Vec<_> = fs::read_dir(&all).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(own.is_dir() && all.join("1").is_dir() && names.len() == 2, "{names:?}");
        remove_folder(&all).unwrap();
    }

    #[test]
    fn a_lane_that_could_not_say_how_it_ended_has_failed() {
        let said = "\n==== go: fetch\n$ pip\n";
        assert!(matches!(end(said, true), End::Failed(text) if text.contains("before its time")));
    }
}
