//! Ends a command that hangs, with all that it started: a mirror that never answers must cost one lane, not the run.

use std::collections::HashMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

pub(crate) struct Watchdog {
    ended: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    barked: Arc<AtomicBool>,
}

impl Watchdog {
    /// Over the process `id` until `call_off`.
    pub(crate) fn set(id: u32, limit: Duration) -> Self {
        let (ended, end) = mpsc::channel();
        let barked = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&barked);
        let thread = std::thread::spawn(move || {
            if end.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                told.store(true, Ordering::Relaxed);
                kill(&descent(id, &parents()));
            }
        });
        Self { ended: Some(ended), thread: Some(thread), barked }
    }

    /// True if the process was ended because it took too long.
    pub(crate) fn call_off(mut self) -> bool {
        drop(self.ended.take());
        let joined = self.thread.take().is_none_or(|thread| thread.join().is_ok());
        !joined || self.barked.load(Ordering::Relaxed)
    }
}

/// The process and all below it, the deepest last: nobody is left to start another.
fn descent(root: u32, parents: &HashMap<u32, u32>) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(parents.iter().filter(|&(_, &of)| of == parent).map(|(&child, _)| child));
        next += 1;
    }
    found
}

/// Each process with its parent; none where there is no `/proc`.
fn parents() -> HashMap<u32, u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| Some((id, parent_in(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?)))
        .collect()
}

/// Field 4. The second is the program's name in parentheses and may hold spaces.
fn parent_in(status: &str) -> Option<u32> {
    status.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn kill(ids: &[u32]) {
    let ids = ids.iter().map(u32::to_string);
    // Who has ended already is not an error.
    let _ = Command::new("kill").arg("-KILL").args(ids).output();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn shell(script: &str) -> std::process::Child {
        Command::new("sh").args(["-c", script]).spawn().unwrap()
    }

    #[test]
    fn a_command_that_hangs_is_ended_with_its_children() {
        let start = Instant::now();
        let mut child = shell("sleep 61 & sleep 61; true");
        let watchdog = Watchdog::set(child.id(), Duration::from_millis(100));
        assert!(!child.wait().unwrap().success());
        assert!(watchdog.call_off());
        assert!(start.elapsed() < Duration::from_secs(30));
        let left = Command::new("pgrep").args(["-f", "^sleep 61"]).output();
        assert!(left.is_ok_and(|found| found.stdout.is_empty()));
    }

    #[test]
    fn a_command_that_ends_is_left_alone() {
        let mut child = shell("exit 0");
        let watchdog = Watchdog::set(child.id(), Duration::from_mins(1));
        assert!(child.wait().unwrap().success());
        assert!(!watchdog.call_off());
    }

    #[test]
    fn the_parent_is_read_past_a_name_with_spaces() {
        assert_eq!(parent_in("7 (a) b) S 3 7 7"), Some(3));
        assert_eq!(descent(1, &HashMap::from([(2, 1), (3, 2), (5, 4)])), [1, 2, 3]);
    }
}
