//! SIGNAL HANDLER. The other threads of a process that crashes: listed by plain system calls, and asked for their
//! stacks one by one.

use super::sink::{self, Report};
use super::traceback::Traceback;
use super::walk::{Walker, write_stack};
use super::wire::{Crash, Kind};
use crate::process::own_id;
use crate::process::proc::{Stat, Tasks};
use crate::stacks::{State, ask};

/// Most threads that are listed; the others are counted.
const MOST: u32 = 1_000;
/// Most frames of each that are told.
const MOST_FRAMES: usize = 64;
/// How long a thread is waited for, and all that do not answer together, in naps of some 100 us.
const NAPS: u32 = 2_000;
const ALL_NAPS: u32 = 20_000;

/// Writes what there is to say of each other thread.
pub(super) fn others(report: &mut Report, mut walker: Option<&mut Walker>, level: Traceback) {
    let Ok(tasks) = Tasks::open() else {
        report.line.text("other threads: cannot be listed\n");
        return;
    };
    report.line.text("other threads:\n");
    let (mut listed, mut patience) = (0, ALL_NAPS);
    let _ = tasks.each(&mut |id| {
        if id != own_id() {
            listed += 1;
            if listed <= MOST && thread(report, &tasks, id, level) {
                frames(report, walker.as_deref_mut(), &tasks, id, &mut patience);
            }
        }
    });
    if listed > MOST {
        report.line.text("  and ");
        report.line.number((listed - MOST).into());
        report.line.text(" more\n");
    }
    report.flush();
}

/// Asks the thread for its stack. One that blocks the signal does not answer, nor does one that crashes too.
fn frames(report: &mut Report, walker: Option<&mut Walker>, tasks: &Tasks, id: i32, patience: &mut u32) {
    let Some(walker) = walker else { return };
    let Some(answered) = ask(id, NAPS.min(*patience)) else {
        *patience = patience.saturating_sub(NAPS);
        report.line.text("      does not answer\n");
        return;
    };
    let mut other = Crash::other(id);
    let mut bytes = [0_u8; 512];
    let name = stat(tasks, id, &mut bytes).map_or(&b""[..], |stat| stat.name);
    for (place, byte) in other.name.iter_mut().zip(name) {
        *place = *byte;
    }
    let push = |address| other.frame_count < MOST_FRAMES && other.push_frame(address);
    walker.walk_copy(answered, push);
    write_stack(report, &other, walker);
    report.flush();
    if let Some(monitor) = sink::MONITOR.get() {
        sink::send(monitor, &other.encode(Kind::Thread));
    }
}

/// A line with name and state; `false`: the thread has gone.
fn thread(report: &mut Report, tasks: &Tasks, id: i32, level: Traceback) -> bool {
    let mut bytes = [0_u8; 512];
    let Some(stat) = stat(tasks, id, &mut bytes) else { return false };
    report.line.text("  thread '");
    report.line.push(stat.name);
    report.line.text("' (");
    report.line.number(id.unsigned_abs().into());
    report.line.text(") ");
    report.line.text(word(State::of_letter(stat.state)));
    if level >= Traceback::System {
        let mut bytes = [0_u8; 64];
        let place = tasks.read(id, "wchan", &mut bytes).unwrap_or_default();
        // "0" is both: not in the kernel, and not to be told.
        if !matches!(place, b"" | b"0") {
            report.line.text(" in ");
            report.line.push(place);
        }
    }
    report.line.text(":\n");
    report.flush_if_full();
    true
}

fn stat<'a>(tasks: &Tasks, id: i32, bytes: &'a mut [u8]) -> Option<Stat<'a>> {
    tasks.read(id, "stat", bytes).ok().and_then(Stat::parse)
}

fn word(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Sleeping => "sleeping",
        State::Uninterruptible => "in uninterruptible sleep",
        State::Stopped => "stopped",
        State::Ended => "ended",
        State::Other => "in a state that is not known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_in_the_kernel_is_told_from_the_level_of_the_system_on() {
        let folder = tempfile::tempdir().unwrap();
        for (id, wchan) in [("7", "futex_do_wait"), ("8", "0")] {
            std::fs::create_dir(folder.path().join(id)).unwrap();
            std::fs::write(folder.path().join(id).join("stat"), format!("{id} (worker) S 1")).unwrap();
            std::fs::write(folder.path().join(id).join("wchan"), wchan).unwrap();
        }
        let tasks = Tasks::of(std::fs::File::open(folder.path()).unwrap().into()).unwrap();
        let line = |id, level| {
            let mut report = Report::new();
            let is_there = thread(&mut report, &tasks, id, level);
            is_there.then(|| String::from_utf8(report.line.bytes().to_vec()).unwrap())
        };
        let of = |id, level| line(id, level).unwrap();
        assert_eq!(of(7, Traceback::All), "  thread 'worker' (7) sleeping:\n");
        assert_eq!(of(7, Traceback::System), "  thread 'worker' (7) sleeping in futex_do_wait:\n");
        assert_eq!(of(8, Traceback::System), "  thread 'worker' (8) sleeping:\n");
        assert_eq!(line(9, Traceback::System), None);
    }
}
