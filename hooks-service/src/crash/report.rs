//! SIGNAL HANDLER. The report of a fatal signal: composed in a fixed buffer, part by part, so that a part that cannot
//! be made costs itself only.

use super::identity::Ending;
use super::sink::{self, MonitorWait, Report};
use super::text::Line;
use super::threads::Outlet;
use super::traceback::{self, Traceback};
use super::walk::Walker;
use super::wire::{Crash, Kind, MAIN, MAX_FRAMES};
use super::{identity, latest, signals, threads, walk};
use crate::capture::Interruption;
use crate::plain::{PlainLabel, Quoted};
use crate::process::fork::{own_process, this_thread};
use crate::process::own_id;
use hooks_runtime::labels::observe;
use std::ffi::c_int;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// The thread that reports its crash, as [`this_thread`] has it; 0: none does.
static REPORTING: AtomicU64 = AtomicU64::new(0);

/// Makes the calling thread the one that reports, or says which does.
pub(super) fn claim() -> Result<(), u64> {
    REPORTING.compare_exchange(0, this_thread(), SeqCst, SeqCst).map(drop)
}

pub(super) fn is_claimed() -> bool {
    REPORTING.load(SeqCst) != 0
}

/// Whether the calling thread is reporting a crash: then nothing it does may allocate or wait.
pub(super) fn is_made_here() -> bool {
    REPORTING.load(SeqCst) == this_thread()
}

/// Writes the report to stderr and to the crash output, and its end to the monitor.
pub(super) fn write(signal: c_int, info: &libc::siginfo_t, context: &libc::ucontext_t) {
    let mut report = Report::new();
    let mut crash = describe(signal, info);
    let mut walker = walk::walker();
    let interrupted = walker.as_mut().map(|walker| walker.interrupted(context));
    let overflow = walker.as_mut().is_some_and(|walker| overflows(walker, signal, info, context));
    headline(&mut report, &crash, info, interrupted.as_ref(), overflow);
    report.flush();
    labels(&mut report);
    report.flush();
    if let (Some(walker), Some(interrupted), true) =
        (&mut walker, interrupted, traceback::level() >= Traceback::Single)
    {
        walker.walk(&interrupted, |address| crash.push_frame(address));
    }
    let mut wait = MonitorWait::default();
    if !is_named_by_the_monitor(&crash, walker.as_mut(), &mut wait) {
        stacks(&mut report, &crash, walker);
    }
    latest::write_earlier(&|_| ());
    sink::tell(Kind::End, &[]);
    wait.until_it_says(Kind::Done);
}

/// Has the monitor write the stacks with names; `false`: there is none, or it has not said that it did.
fn is_named_by_the_monitor(crash: &Crash, walker: Option<&mut Walker>, wait: &mut MonitorWait) -> bool {
    let Some(monitor) = sink::MONITOR.get() else {
        if sink::MONITOR.is_lost() {
            sink::both(b"crash monitor: its descriptor was closed, so that names are missing\n");
        }
        return false;
    };
    if traceback::level() >= Traceback::All {
        threads::others(&mut Outlet::Monitor(monitor), walker);
    }
    sink::send(monitor, &crash.encode(Kind::Crash));
    wait.until_it_says(Kind::Named)
}

/// Writes the stacks as addresses.
fn stacks(report: &mut Report, crash: &Crash, mut walker: Option<Walker>) {
    if let (Some(walker), true) = (&mut walker, crash.frame_count > 0) {
        report.line.text("stack (addresses in the files; a monitor adds names):\n");
        walk::write_stack(report, crash, walker);
        report.flush();
    }
    if traceback::level() >= Traceback::All {
        threads::others(&mut Outlet::Report(report), walker.as_mut());
    }
}

fn describe(signal: c_int, info: &libc::siginfo_t) -> Crash {
    let mut name = [0; 16];
    // SAFETY: the kernel writes 16 bytes at most.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    let name = if latest::is_main_thread() { MAIN } else { name };
    // SAFETY: a signal that the processor's fault raised has an address.
    let address = if is_fault(signal, info) { unsafe { info.si_addr() }.addr() as u64 } else { 0 };
    let (code, thread) = (info.si_code, own_id());
    Crash { signal, code, address, thread, name, frame_count: 0, frames: [0; MAX_FRAMES] }
}

/// Whether the thread itself made the fault at a known address. `SI_KERNEL` is one too, at no address that is told.
fn is_fault(signal: c_int, info: &libc::siginfo_t) -> bool {
    info.si_code > 0 && info.si_code != libc::SI_KERNEL && signal != libc::SIGABRT
}

fn headline(
    report: &mut Report,
    crash: &Crash,
    info: &libc::siginfo_t,
    interrupted: Option<&Interruption>,
    overflow: bool,
) {
    let line = &mut report.line;
    let (name, meaning) = signals::name(crash.signal);
    let (thread, code) = (Quoted(crash.name()), crash.code);
    let _ =
        write!(line, "\nthread {thread} ({}) ends the process: {name}, {meaning} (code {code}", crash.thread);
    if is_fault(crash.signal, info) {
        let _ = write!(line, ", address {:#x}", crash.address);
    }
    line.text(")\n");
    if let Some(identity) = identity::of_this_process() {
        let _ = writeln!(line, "{}", Ending(identity));
    }
    // SAFETY: a signal that was sent has a sender.
    let sender = if crash.code <= 0 { unsafe { info.si_pid() } } else { 0 };
    if sender != 0 && sender != own_process().cast_signed() {
        let _ = writeln!(line, "sent by process {sender}");
    }
    let Some(Interruption { pc, sp, .. }) = interrupted else { return };
    if overflow {
        line.text("the address is at the end of the stack: most likely it has overflowed\n");
    }
    let _ = writeln!(line, "pc {pc:#x}, sp {sp:#x}");
}

/// Whether a fault is where a stack grows into its guard page: next to the stack pointer; or at some distance below it,
/// for a frame that is large and not probed, with nothing but stack in between.
fn overflows(walker: &mut Walker, signal: c_int, info: &libc::siginfo_t, context: &libc::ucontext_t) -> bool {
    const NEAR: u64 = 64 * 1024;
    const FAR: u64 = 64 * 1024 * 1024;
    if !is_fault(signal, info) || !matches!(signal, libc::SIGSEGV | libc::SIGBUS) {
        return false;
    }
    let (address, sp) = (describe(signal, info).address, walker.interrupted(context).sp);
    let below = sp.saturating_sub(address);
    let mut is_joined = || walker.is_joined(address, sp);
    address != 0 && (address.abs_diff(sp) < NEAR || ((1..FAR).contains(&below) && is_joined()))
}

fn labels(report: &mut Report) {
    let mut count = 0;
    let left_out = observe::visit(&mut |key, value| {
        report.line.text(if count == 0 { "labels: " } else { ", " });
        let _ = write!(report.line, "{}", PlainLabel(key, value));
        let mut label = Line::<1024>::new();
        let _ = write!(label, "{key}={value}");
        sink::tell(Kind::Label, label.bytes());
        count += 1;
        report.flush_if_full();
    });
    if left_out > 0 {
        let _ = write!(report.line, " and {left_out} more");
    }
    if count > 0 {
        report.line.text("\n");
    }
    if let Some(site) = observe::innermost_site() {
        let _ = writeln!(report.line, "inside of {site}");
    }
}
