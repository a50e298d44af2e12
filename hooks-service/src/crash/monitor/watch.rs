//! The monitor's life: it waits for the process to end, and tells what it was.

use super::death::Process;
use super::tee::{Tee, both};
use super::trace::{Memory, Trace};
use super::{names, received};
use crate::code::Module;
use crate::crash::crash_report::{Cause, CrashReport, StackFrame, ThreadStack};
use crate::crash::identity::{Ending, Identity};
use crate::crash::sink;
use crate::crash::text::CHUNK;
use crate::crash::traceback::Traceback;
use crate::crash::wire::{Crash, Kind, Message, Received, UNKNOWN_STATUS};
use std::fmt::Write;
use std::os::fd::{AsRawFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::exit;
use std::time::{Duration, SystemTime};

/// The variable by which the program knows that it is started as a monitor; its value is the descriptor to copy to
/// stderr, or empty.
pub(super) const VARIABLE: &str = "HOOKS_CRASH_MONITOR";
/// The socket to the process that is watched.
const SOCKET: RawFd = libc::STDIN_FILENO;
/// How long a process whose memory and descriptors are gone may take to be gone itself.
const LAST_BREATH: i32 = 5_000;

/// Runs the monitor; `tee` is the pipe to copy to stderr.
pub(super) fn run(tee: Option<RawFd>, on_crash: fn(CrashReport)) -> ! {
    let process = Process::parent();
    detach();
    let kept = [tee, process.descriptor.as_ref().map(AsRawFd::as_raw_fd)];
    close_all_but(kept.into_iter().flatten());
    // SAFETY: the child of a fork has one thread.
    unsafe { std::env::remove_var(VARIABLE) };
    // SAFETY: the pipe that the process passed by its number.
    let tee = tee.and_then(|pipe| unsafe { Tee::new(pipe) }.ok());
    sink::send(SOCKET, &Message::new(Kind::Ready));
    let (identity, level) = Default::default();
    Watch {
        process,
        tee,
        on_crash,
        modules: Vec::new(),
        identity,
        level,
        said: Said::default(),
        memory: Memory::default(),
    }
    .run()
}

/// Leaves the process's children and its terminal: the monitor is nobody's child that would have to be waited for, and
/// does not end by a signal that is meant for the process.
fn detach() {
    // SAFETY: `main` has just begun, or is about to: nobody is in the middle of anything. The parent ends at once, without
    // running anything.
    unsafe {
        if libc::fork() != 0 {
            libc::_exit(0);
        }
        libc::setsid();
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGPIPE] {
            libc::signal(signal, libc::SIG_IGN);
        }
        libc::prctl(libc::PR_SET_NAME, c"hooks-monitor".as_ptr());
    }
}

/// Descriptors that the process did not keep from its children, sockets that it listens on among them.
fn close_all_but(kept: impl Iterator<Item = RawFd>) {
    let mut kept: Vec<u32> = kept.map(RawFd::cast_unsigned).collect();
    kept.sort_unstable();
    let mut first = 3;
    for last in kept.into_iter().map(Some).chain([None]) {
        let end = last.map_or(u32::MAX, |descriptor| descriptor.wrapping_sub(1));
        if first <= end {
            // SAFETY: nobody in this process has opened any of them.
            unsafe { libc::syscall(libc::SYS_close_range, first, end, 0) };
        }
        first = last.unwrap_or(0) + 1;
    }
}

/// What the process has said of its end so far.
#[derive(Default)]
struct Said {
    /// When it began to, and how long it had run by then.
    since: Option<(SystemTime, Duration)>,
    text: String,
    labels: Vec<(String, String)>,
    other_threads: Vec<OtherThread>,
    /// The fatal signal of a process, with names.
    crash: Option<(Crash, Vec<StackFrame>)>,
    /// The end is explained: by a report, or by an exit in order.
    explained: bool,
}

/// A line, and the stack below it, if there is one.
struct OtherThread {
    line: String,
    thread: Option<Crash>,
    stack: Vec<StackFrame>,
}

struct Watch {
    process: Process,
    tee: Option<Tee>,
    on_crash: fn(CrashReport),
    modules: Vec<Module>,
    identity: Identity,
    level: Traceback,
    said: Said,
    /// What it records into.
    memory: Memory,
}

impl Watch {
    fn run(mut self) -> ! {
        while self.wait() {}
        // At once, before it can end for a reason that is no longer ours.
        let lives_on = self.process.lives_on();
        self.copy_stderr();
        // It had no time for the end of its report.
        self.end_of_crash(self.process.id);
        if !self.said.explained && !lives_on && self.has_ended() {
            self.ended_without_a_word();
        }
        // Children of the process may hold its stderr for longer.
        while let Some(tee) = &self.tee {
            sink::ready(tee.descriptor(), libc::POLLIN, -1);
            self.copy_stderr();
        }
        exit(0)
    }

    /// Waits for something to happen; `false`: the process has gone.
    fn wait(&mut self) -> bool {
        let entry =
            |fd: Option<RawFd>| libc::pollfd { fd: fd.unwrap_or(-1), events: libc::POLLIN, revents: 0 };
        let tee = self.tee.as_ref().map(Tee::descriptor);
        let mut entries = [
            entry(Some(SOCKET)),
            entry(self.process.descriptor.as_ref().map(AsRawFd::as_raw_fd)),
            entry(tee),
        ];
        // SAFETY: three entries, a local.
        unsafe { libc::poll(entries.as_mut_ptr(), 3, -1) };
        if entries[2].revents != 0 {
            self.copy_stderr();
        }
        if entries[0].revents != 0 {
            return self.receive();
        }
        // Gone, while a child holds the socket.
        entries[1].revents == 0
    }

    fn copy_stderr(&mut self) {
        if self.tee.as_mut().is_some_and(|tee| !tee.copy()) {
            self.tee = None;
        }
    }

    /// Takes one message; `false` at the end.
    fn receive(&mut self) -> bool {
        let mut bytes = [0_u8; CHUNK + 64];
        let (bytes, descriptor) = match received::receive(SOCKET, &mut bytes) {
            Ok(received) => received,
            Err(error) => return error.kind() == std::io::ErrorKind::Interrupted,
        };
        match Received::new(bytes) {
            // A forked child records into memory of its own, and is not watched.
            Some(message) if message.kind == Kind::Trace && message.process == self.process.id => {
                self.memory.take(descriptor);
            }
            Some(message) => self.take(&message),
            None => {}
        }
        !bytes.is_empty()
    }

    fn take(&mut self, message: &Received<'_>) {
        if !matches!(message.kind, Kind::About | Kind::Module | Kind::Exit | Kind::Trace) {
            let uptime = self.identity.uptime();
            self.said.since.get_or_insert_with(|| (SystemTime::now(), uptime));
        }
        match message.kind {
            Kind::About => self.about(message.payload),
            Kind::Module => self.modules.extend(names::parse_module(message.payload)),
            Kind::Text => self.said.text.push_str(&text(message.payload)),
            Kind::Label => self.said.labels.extend(label(message.payload)),
            Kind::Line => {
                let (line, stack) = (text(message.payload), Vec::new());
                self.said.other_threads.push(OtherThread { line, thread: None, stack });
            }
            Kind::Thread => {
                if let Some(other) = self.said.other_threads.last_mut() {
                    other.thread = Crash::decode(message.payload);
                }
            }
            Kind::Crash => self.crashed(message),
            Kind::End => self.end_of_crash(message.process),
            Kind::Panic => self.report(message.process, Cause::Panic),
            Kind::PanicUnseen => self.report(message.process, Cause::PanicUnseen),
            Kind::ExitAmidPanic => {
                let status = status(message.payload);
                self.report(message.process, Cause::ExitAmidPanic { status });
            }
            // Of a forked child that exits before the process does there is nothing to say.
            Kind::Exit => self.said.explained |= message.process == self.process.id,
            Kind::Ready | Kind::Named | Kind::Done | Kind::Trace => {}
        }
    }

    fn about(&mut self, payload: &[u8]) {
        let told = text(payload);
        let Some((level, identity)) = told.split_once(' ') else { return };
        self.level = Traceback::from_number(level.parse().unwrap_or_default());
        self.identity = Identity::parse(identity).unwrap_or_default();
    }

    fn crashed(&mut self, message: &Received<'_>) {
        // What the process wrote to stderr before comes before.
        self.copy_stderr();
        if let Some(crash) = Crash::decode(message.payload) {
            let stack = self.name_stacks(&crash);
            self.said.crash = Some((crash, stack));
        }
        sink::send(SOCKET, &Message::new(Kind::Named));
    }

    fn end_of_crash(&mut self, process: i32) {
        let Some((crash, _)) = &self.said.crash else { return };
        let cause = Cause::Signal { signal: crash.signal, code: crash.code, address: crash.address };
        self.report(process, cause);
    }

    fn ended_without_a_word(&mut self) {
        let status = self.process.status();
        let Some(cause) = silent_cause(status, || self.process.memory_ran_out()) else { return };
        let (id, ending) = (self.process.id, Ending(&self.identity));
        both(format!("\nprocess {id} has no report of its end: {cause}\n{ending}\n").as_bytes());
        self.report(id, cause);
    }

    /// Says what is known, and that it has been said.
    fn report(&mut self, process: i32, cause: Cause) {
        self.copy_stderr();
        let trace = self.write_trace(process);
        let said = std::mem::take(&mut self.said);
        self.said.explained |= process == self.process.id;
        let thread = said.crash.as_ref().map(|(crash, _)| (crash.thread.unsigned_abs(), name(crash)));
        let (time, uptime) = said.since.unwrap_or_else(|| (SystemTime::now(), self.identity.uptime()));
        let Identity { version, build_id, .. } = self.identity.clone();
        let report = CrashReport {
            process: process.unsigned_abs(),
            cause,
            time,
            uptime,
            version,
            build_id,
            text: said.text,
            thread,
            labels: said.labels,
            stack: said.crash.map(|(_, stack)| stack).unwrap_or_default(),
            other_threads: said.other_threads.into_iter().filter_map(thread_stack).collect(),
            trace,
        };
        let on_crash = self.on_crash;
        let _ = catch_unwind(AssertUnwindSafe(|| on_crash(report)));
        sink::send(SOCKET, &Message::new(Kind::Done));
    }

    /// Of the process that is watched; its children have no memory that is known here.
    fn write_trace(&mut self, process: i32) -> Option<PathBuf> {
        if process != self.process.id {
            return None;
        }
        let trace = self.memory.write(process);
        let line = trace.to_string();
        both(line.as_bytes());
        self.said.text.push_str(&line);
        if let Trace::Written(path, _) = trace { Some(path) } else { None }
    }

    /// Finds the names of all frames, writes the stacks with them, and returns that of the crash.
    fn name_stacks(&mut self, crash: &Crash) -> Vec<StackFrame> {
        let others = &mut self.said.other_threads;
        let threads: Vec<_> =
            std::iter::once(crash).chain(others.iter().filter_map(|other| other.thread.as_ref())).collect();
        let (stacks, warnings) = names::stacks(&threads, &self.modules);
        let mut stacks = stacks.into_iter();
        let stack = stacks.next().unwrap_or_default();
        others
            .iter_mut()
            .filter(|other| other.thread.is_some())
            .zip(stacks)
            .for_each(|(other, stack)| other.stack = stack);

        let all = self.level >= Traceback::System;
        let mut text = String::new();
        if !stack.is_empty() {
            text.push_str("stack:\n");
            names::push_stack(&mut text, &stack, all);
        }
        for OtherThread { line, stack, .. } in others {
            text.push_str(line);
            names::push_stack(&mut text, stack, all);
        }
        for warning in warnings {
            let _ = writeln!(text, "{warning}");
        }
        both(text.as_bytes());
        self.said.text.push_str(&text);
        stack
    }

    /// Whether the process has ended, now or in a moment.
    fn has_ended(&self) -> bool {
        let descriptor = self.process.descriptor.as_ref().map(AsRawFd::as_raw_fd);
        descriptor.is_none_or(|descriptor| sink::ready(descriptor, libc::POLLIN, LAST_BREATH))
    }
}

/// Why a process ended that said nothing of it; `None` if it was asked to, or wanted to.
fn silent_cause(status: Option<i32>, memory_ran_out: impl Fn() -> bool) -> Option<Cause> {
    let signal = status.and_then(|status| libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)));
    let asked_for = matches!(signal, Some(libc::SIGTERM | libc::SIGINT | libc::SIGHUP));
    if asked_for || status.is_some_and(|status| libc::WIFEXITED(status)) {
        return None;
    }
    let killed = signal.is_none_or(|signal| signal == libc::SIGKILL);
    Some(Cause::Killed { signal, out_of_memory: killed && memory_ran_out() })
}

/// Of an exit, where the C library tells.
fn status(payload: &[u8]) -> Option<i32> {
    let (status, _) = payload.split_first_chunk()?;
    Some(i32::from_le_bytes(*status)).filter(|status| *status != UNKNOWN_STATUS)
}

fn text(payload: &[u8]) -> String {
    String::from_utf8_lossy(payload).into_owned()
}

fn thread_stack(other: OtherThread) -> Option<ThreadStack> {
    let thread = other.thread?;
    Some(ThreadStack { id: thread.thread.unsigned_abs(), name: name(&thread), stack: other.stack })
}

fn label(payload: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8_lossy(payload);
    text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
}

fn name(crash: &Crash) -> String {
    String::from_utf8_lossy(crash.name()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_ran_out_for_those_only_that_the_kernel_may_have_killed() {
        let cause = |status, memory_ran_out| silent_cause(status, || memory_ran_out);
        let killed = |signal, out_of_memory| Some(Cause::Killed { signal, out_of_memory });
        for ran_out in [false, true] {
            assert_eq!(cause(Some(libc::SIGKILL), ran_out), killed(Some(libc::SIGKILL), ran_out));
            assert_eq!(cause(None, ran_out), killed(None, ran_out));
            assert_eq!(cause(Some(libc::SIGSEGV), ran_out), killed(Some(libc::SIGSEGV), false));
            assert_eq!(cause(Some(libc::SIGTERM), ran_out), None);
            assert_eq!(cause(Some(3 << 8), ran_out), None, "exit status 3");
        }
    }
}
