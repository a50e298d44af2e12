//! Processes as `/proc` shows them: who started whom, the time they took, where they are; and the end of those that hang.
//!
//! A process group would not do: what tests start has groups and sessions of its own.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Linux counts in hundredths of a second for `/proc`, whatever its own tick.
const TICKS_A_SECOND: u64 = 100;

/// Processor time of all children of this process that have ended: on a busy machine it says more than the clock on the
/// wall.
pub(crate) fn time_of_children() -> Duration {
    Status::of("self").map_or(Duration::ZERO, |status| status.of_children)
}

/// What the first fields of `/proc/ID/stat` say.
#[derive(Debug, PartialEq, Eq)]
struct Status {
    parent: u32,
    own: Duration,
    of_children: Duration,
}

impl Status {
    fn of(id: &str) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// Fields 4 and 14 to 17. The second is the program's name in parentheses and may hold spaces.
    fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        let time = |ticks: u64| Duration::from_millis(ticks * 1000 / TICKS_A_SECOND);
        Some(Self {
            parent: u32::try_from(number(4)?).ok()?,
            own: time(number(14)? + number(15)?),
            of_children: time(number(16)? + number(17)?),
        })
    }
}

/// A process and all below it, the deepest last: when they are ended in this order, nobody is left to start another.
fn descent(root: u32) -> Vec<(u32, Status)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut all: HashMap<u32, Status> =
        ids.filter_map(|id| Some((id, Status::of(&id.to_string())?))).collect();
    let mut found: Vec<_> = all.remove_entry(&root).into_iter().collect();
    let mut next = 0;
    while let Some((parent, _)) = found.get(next) {
        let children: Vec<u32> =
            all.iter().filter(|(_, status)| status.parent == *parent).map(|(id, _)| *id).collect();
        found.extend(children.into_iter().filter_map(|child| all.remove_entry(&child)));
        next += 1;
    }
    found
}

/// How long a command may take. On a busy machine what is slow is not what hangs: after `first`, by the clock on the wall, a
/// command that still gets processor time has more, until it has had `last` of it.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) first: Duration,
    pub(crate) last: Duration,
}

/// A command that has so many times `last` on the wall is not starved any more, but waits in a loop.
const STARVED: u32 = 4;

impl Limit {
    pub(crate) const fn exactly(time: Duration) -> Self {
        Self { first: time, last: Duration::ZERO }
    }

    /// Whether a command has more time that has run so long, had so much of the `processor` in it, and so much `progress`
    /// there in the last `wait`: at `nice 19` beside others that is a hundredth.
    fn extends(self, elapsed: Duration, processor: Duration, progress: Duration, wait: Duration) -> bool {
        processor < self.last && elapsed < self.last * STARVED && progress > wait / 1000
    }
}

/// Ends a command that hangs, with all that it started, and says where they were.
pub(crate) struct Watchdog {
    ended: Option<Sender<()>>,
    thread: Option<JoinHandle<Option<String>>>,
}

impl Watchdog {
    /// Over the process `id` until `call_off`; `unwinder` adds the stacks of the threads of a process.
    pub(crate) fn set(id: u32, limit: Limit, unwinder: fn(u32) -> String) -> Self {
        let (ended, end) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let start = Instant::now();
            let (mut wait, mut before) = (limit.first, Duration::ZERO);
            while end.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let processes = descent(id);
                let time: Duration =
                    processes.iter().map(|(_, status)| status.own + status.of_children).sum();
                if !limit.extends(start.elapsed(), time, time.saturating_sub(before), wait) {
                    return Some(end_all(&processes, unwinder));
                }
                (wait, before) = (limit.first / 5, time);
            }
            None
        });
        Self { ended: Some(ended), thread: Some(thread) }
    }

    /// Where the processes were, if they were ended because they took too long.
    pub(crate) fn call_off(mut self) -> Option<String> {
        drop(self.ended.take());
        let thread = self.thread.take()?;
        thread.join().unwrap_or_else(|_| Some("the watchdog itself panicked".to_owned()))
    }
}

/// Has this process end, with all that it started, when its standard input is closed: that is the end of the process which
/// holds the other side, whatever it died of.
pub(crate) fn end_with_parent() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        end_all(&descent(std::process::id()), |_| String::new());
    });
}

fn end_all(processes: &[(u32, Status)], unwinder: fn(u32) -> String) -> String {
    let places: String = processes.iter().map(|(id, _)| threads(*id) + &unwinder(*id)).collect();
    let ids = processes.iter().map(|(id, _)| id.to_string());
    // Who has ended already is not an error.
    let _ = Command::new("kill").arg("-KILL").args(ids).output();
    places
}

/// What the kernel says each thread waits in.
fn threads(id: u32) -> String {
    let read = |path: String| fs::read_to_string(path).unwrap_or_default();
    let command = read(format!("/proc/{id}/cmdline")).replace('\0', " ");
    let mut text = format!("process {id}: {command}\n");
    for thread in fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
        let of = |file: &str| read(format!("{}/{file}", thread.path().display())).trim().to_owned();
        let state = of("status").lines().find_map(|line| line.strip_prefix("State:\t")).map(str::to_owned);
        let _ = writeln!(
            text,
            "  thread {} {:?}: {}, in {}, system call {}",
            thread.file_name().display(),
            of("comm"),
            state.unwrap_or_default(),
            of("wchan"),
            of("syscall")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> std::process::Child {
        Command::new("sh").args(["-c", script]).spawn().unwrap()
    }

    fn stack(id: u32) -> String {
        format!("STACK of {id}\n")
    }

    #[test]
    fn a_command_that_hangs_is_ended_with_its_children_and_its_threads_are_told() {
        let mut child = shell("sleep 61 & setsid sleep 61; true");
        let watchdog = Watchdog::set(child.id(), Limit::exactly(Duration::from_millis(500)), stack);
        assert!(!child.wait().unwrap().success());
        let told = watchdog.call_off().expect("ended");
        assert_eq!(told.matches("sleep 61 \n").count(), 2, "{told}");
        assert!(told.contains("\"sleep\": S (sleeping), in "), "{told}");
        let ids: Vec<_> =
            told.lines().filter_map(|line| line.strip_prefix("process ")?.split(':').next()).collect();
        assert!(
            ids.len() >= 2 && ids.iter().all(|id| told.contains(&format!("\nSTACK of {id}\n"))),
            "{told}"
        );
        // They are told to end, and do when they are next scheduled.
        for id in ids {
            while fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| !line.is_empty()) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    #[test]
    fn only_a_command_that_still_computes_has_more_time() {
        let limit = Limit { first: Duration::from_mins(5), last: Duration::from_mins(15) };
        let seconds = Duration::from_secs;
        assert!(limit.extends(seconds(301), seconds(100), seconds(100), seconds(300)));
        assert!(!limit.extends(seconds(301), seconds(100), Duration::from_millis(200), seconds(300)));
        assert!(!limit.extends(seconds(901), seconds(900), seconds(60), seconds(60)));
    }

    #[test]
    fn a_command_that_others_starve_is_not_ended_by_the_clock() {
        let limit = Limit { first: Duration::from_mins(5), last: Duration::from_mins(15) };
        let minutes = Duration::from_mins;
        assert!(limit.extends(minutes(40), minutes(2), Duration::from_secs(3), minutes(1)));
        assert!(!limit.extends(minutes(15) * STARVED, minutes(2), Duration::from_secs(3), minutes(1)));
    }

    #[test]
    fn an_exact_limit_does_not_extend() {
        let limit = Limit::exactly(Duration::from_mins(3));
        assert!(!limit.extends(limit.first, Duration::from_mins(1), Duration::from_mins(1), limit.first));
    }

    #[test]
    fn a_command_that_computes_for_ever_is_ended_too() {
        let mut child = shell("while true; do :; done");
        let limit = Limit { first: Duration::from_millis(20), last: Duration::from_millis(200) };
        let watchdog = Watchdog::set(child.id(), limit, stack);
        assert!(!child.wait().unwrap().success());
        assert!(watchdog.call_off().is_some());
    }

    #[test]
    fn a_program_name_with_spaces_does_not_shift_the_fields() {
        let line = "7 (a) b) S 3 7 7 0 -1 4194304 100 2000 0 0 11 12 130 14 20 0 1 0 500 1000 200";
        let time = Duration::from_millis;
        assert_eq!(Status::parse(line), Some(Status { parent: 3, own: time(230), of_children: time(1440) }));
        assert_eq!(Status::parse(""), None);
    }

    #[test]
    fn a_child_that_burns_time_is_counted() {
        let before = time_of_children();
        shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done").wait().unwrap();
        assert!(time_of_children() > before);
    }
}
