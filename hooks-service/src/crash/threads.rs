//! SIGNAL HANDLER. The other threads of a process that crashes: listed by plain system calls, and asked for their
//! stacks one by one.

use super::sink::{self, Report};
use super::text::Line;
use super::traceback::{self, Traceback};
use super::walk::{Walker, write_stack};
use super::wire::{Crash, Kind, Message};
use crate::plain::Quoted;
use crate::process::fork::own_process;
use crate::process::own_id;
use crate::process::proc::{Stat, Tasks};
use crate::stacks::{State, ask};
use std::fmt::Write;
use std::os::fd::RawFd;

/// Most threads that are listed; the others are counted.
const MOST: u32 = 1_000;
/// Most frames of each that are told.
const MOST_FRAMES: usize = 64;
/// How long a thread is waited for, and all that do not answer together, in naps of some 100 us.
const NAPS: u32 = 2_000;
const ALL_NAPS: u32 = 20_000;

/// To whom they are told.
pub(super) enum Outlet<'a> {
    /// The report, as addresses.
    Report(&'a mut Report),
    /// The socket to the monitor, which has names.
    Monitor(RawFd),
}

impl Outlet<'_> {
    fn line(&mut self, line: &Line<256>) {
        match self {
            Self::Report(report) => {
                report.line.push(line.bytes());
                report.flush_if_full();
            }
            Self::Monitor(monitor) => {
                let mut message = Message::new(Kind::Line);
                message.bytes(line.bytes());
                sink::send(*monitor, &message);
            }
        }
    }

    fn text(&mut self, text: &str) {
        let mut line = Line::new();
        line.text(text);
        self.line(&line);
    }

    fn stack(&mut self, thread: &Crash, walker: &mut Walker) {
        match self {
            Self::Report(report) => {
                write_stack(report, thread, walker);
                report.flush();
            }
            Self::Monitor(monitor) => sink::send(*monitor, &thread.encode(Kind::Thread)),
        }
    }
}

/// Tells what there is to say of each other thread.
pub(super) fn others(outlet: &mut Outlet<'_>, mut walker: Option<&mut Walker>) {
    let Ok(tasks) = Tasks::open() else {
        return outlet.text("other threads: cannot be listed\n");
    };
    outlet.text("other threads:\n");
    let (mut listed, mut patience) = (0, ALL_NAPS);
    let _ = tasks.each(&mut |id| {
        if id != own_id() {
            listed += 1;
            if let Some(line) = about(&tasks, id, traceback::level()).filter(|_| listed <= MOST) {
                outlet.line(&line);
                frames(outlet, walker.as_deref_mut(), &tasks, id, &mut patience);
            }
        }
    });
    if listed > MOST {
        let mut line = Line::new();
        let _ = writeln!(line, "  and {} more", listed - MOST);
        outlet.line(&line);
    }
    if let Outlet::Report(report) = outlet {
        report.flush();
    }
}

/// Asks the thread for its stack. One that blocks the signal does not answer, nor does one that crashes too.
fn frames(outlet: &mut Outlet<'_>, walker: Option<&mut Walker>, tasks: &Tasks, id: i32, patience: &mut u32) {
    let Some(walker) = walker else { return };
    let Some(answered) = ask(id, NAPS.min(*patience)) else {
        *patience = patience.saturating_sub(NAPS);
        return outlet.text("      does not answer\n");
    };
    let mut other = Crash::other(id);
    let mut bytes = [0_u8; 512];
    let name = stat(tasks, id, &mut bytes).map_or(&b""[..], |stat| name(id, &stat));
    for (place, byte) in other.name.iter_mut().zip(name) {
        *place = *byte;
    }
    let push = |address| other.frame_count < MOST_FRAMES && other.push_frame(address);
    walker.walk_copy(answered, push);
    outlet.stack(&other, walker);
}

/// A line with name and state; `None`: the thread has gone.
fn about(tasks: &Tasks, id: i32, level: Traceback) -> Option<Line<256>> {
    let mut bytes = [0_u8; 512];
    let stat = stat(tasks, id, &mut bytes)?;
    let mut line = Line::new();
    let (name, state) = (Quoted(name(id, &stat)), word(State::of_letter(stat.state)));
    let _ = write!(line, "  thread {name} ({id}) {state}");
    if level >= Traceback::System {
        let mut bytes = [0_u8; 64];
        let place = tasks.read(id, "wchan", &mut bytes).unwrap_or_default();
        // "0" is both: not in the kernel, and not to be told.
        if !matches!(place, b"" | b"0") {
            line.text(" in ");
            line.push(place);
        }
    }
    line.text(":\n");
    Some(line)
}

fn name<'a>(id: i32, stat: &Stat<'a>) -> &'a [u8] {
    if id.cast_unsigned() == own_process() { b"main" } else { stat.name }
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
            about(&tasks, id, level).map(|line| String::from_utf8(line.bytes().to_vec()).unwrap())
        };
        let of = |id, level| line(id, level).unwrap();
        assert_eq!(of(7, Traceback::All), "  thread 'worker' (7) sleeping:\n");
        assert_eq!(of(7, Traceback::System), "  thread 'worker' (7) sleeping in futex_do_wait:\n");
        assert_eq!(of(8, Traceback::System), "  thread 'worker' (8) sleeping:\n");
        assert_eq!(line(9, Traceback::System), None);
    }
}
