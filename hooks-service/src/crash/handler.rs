//! SIGNAL HANDLER, up to the mark. One report for the process, the handler that was there before us, and the death that was due.
//!
//! The thread that crashes first reports; others that crash meanwhile wait to be ended with the process. The report
//! runs on a stack of its own, so that the 8 KiB of an alternate stack that std gives its threads are enough. A crash
//! of the report itself ends in a short line, and the process dies all the same.

use super::error::Error;
use super::text::Line;
use super::traceback::{self, Traceback};
use super::{latest, report, signals, sink};
use crate::capture::call_on_stack;
use crate::process::action;
use crate::process::fork::{is_of_another_process, own_process, this_thread};
use crate::process::handler;
use crate::process::{Mapping, own_id, page_size};
use std::ffi::{c_int, c_void};
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize, Ordering::SeqCst};

/// By which signal the process ends.
static SIGNAL: AtomicI32 = AtomicI32::new(0);
/// The report is out, and the handler that was there before us runs.
static CHAINING: AtomicBool = AtomicBool::new(false);
/// The ends of the stacks that the report runs on, and a crash within it.
static STACKS: [AtomicPtr<u8>; 2] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 2];
/// How many of them are in use.
static STACKS_USED: AtomicUsize = AtomicUsize::new(0);

/// A signal as the kernel hands it over. All three live until the handler returns.
#[derive(Clone, Copy)]
struct Delivery {
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
}

extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let delivery = Delivery { signal, info, context };
    if delivery.was_ignored() {
        return;
    }
    match report::claim() {
        Ok(()) => delivery.first(),
        Err(thread) if thread == this_thread() => delivery.again(),
        Err(thread) if is_of_another_process(thread) => delivery.of_a_forked_child(),
        Err(_) => loop {
            // SAFETY: waits for a signal that does not come, but for the one that ends the process.
            unsafe { libc::pause() };
        },
    }
}

impl Delivery {
    fn info(&self) -> &libc::siginfo_t {
        // SAFETY: see the struct.
        unsafe { &*self.info }
    }

    fn ucontext(&self) -> &libc::ucontext_t {
        // SAFETY: see the struct.
        unsafe { &*self.context.cast() }
    }

    /// A signal that was sent, and that the program had ignored before it installed us, is still ignored. Not that of
    /// `abort`: it would only be sent once more, with nobody left to report it.
    fn was_ignored(&self) -> bool {
        let info = self.info();
        let ignored =
            signals::previous(self.signal).is_some_and(|before| before.sa_sigaction == libc::SIG_IGN);
        // While a crash is reported no handler may return: it has run over the frames of the first one, on the same
        // alternate stack.
        if !ignored || info.si_code > 0 || report::is_claimed() {
            return false;
        }
        // SAFETY: a signal that was sent has a sender.
        let by_itself = unsafe { info.si_pid() }.cast_unsigned() == own_process();
        !(by_itself && self.signal == libc::SIGABRT)
    }

    fn first(self) {
        SIGNAL.store(self.signal, SeqCst);
        signals::block_all_but_fatal();
        on_crash_stack(&mut || {
            if latest::is_panicking() {
                latest::write(latest::MOST);
            }
            report::write(self.signal, self.info(), self.ucontext());
            CHAINING.store(true, SeqCst);
            self.chain();
        });
        if traceback::level() == Traceback::Crash {
            allow_core();
        }
        self.die();
    }

    /// Calls the handler that was there before. Std's prints that the stack has overflowed, and aborts: then [`again`]
    /// is next. If the handler returns, the process dies by the signal.
    fn chain(self) {
        let Some(before) = signals::previous(self.signal) else { return };
        if matches!(before.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN) {
            return;
        }
        // SAFETY: it was installed for this signal, and the rest is what the kernel passed to us.
        unsafe { handler::call(before, self.signal, self.info, self.context) };
    }

    /// This thread is ending the process already.
    fn again(self) {
        if CHAINING.load(SeqCst) {
            return self.die();
        }
        on_crash_stack(&mut || self.say_that_the_report_ends());
        handler::end_by(SIGNAL.load(SeqCst));
    }

    fn say_that_the_report_ends(self) {
        let mut line = Line::<128>::new();
        line.text("crash within the crash report: ");
        line.text(signals::name(self.signal).0);
        line.text("; the report ends here\n");
        sink::both(line.bytes());
    }

    /// This process was forked while its parent was reporting: what a report is made with is in use, and will not be
    /// given back.
    fn of_a_forked_child(self) {
        on_crash_stack(&mut || {
            let mut line = Line::<128>::new();
            let process = own_process();
            let name = signals::name(self.signal).0;
            let _ = writeln!(line, "process {process}, forked during a crash report, ends by {name}");
            sink::both(line.bytes());
        });
        handler::end_by(self.signal);
    }

    /// Has the signal delivered again, as it came, when the handler returns, and no handler left: so the process dies
    /// by it, and a core file shows the registers of the crash.
    fn die(self) {
        // The first process of a container ends by a fault, but ignores what is sent to it.
        if self.info().si_code <= 0 && own_process() == 1 {
            handler::end_by(self.signal);
        }
        action::set_default(self.signal);
        // SAFETY: a local set; the context is the kernel's, and is what the mask becomes when the handler returns.
        let sent = unsafe {
            let mut set = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, self.signal);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
            libc::sigdelset(&raw mut (*self.context.cast::<libc::ucontext_t>()).uc_sigmask, self.signal);
            let (process, thread) = (own_process(), own_id());
            libc::syscall(libc::SYS_rt_tgsigqueueinfo, process, thread, self.signal, self.info)
        };
        if sent != 0 {
            handler::end_by(self.signal);
        }
    }
}

/// Runs `work` on the next crash stack; `false` if there is none left.
fn on_crash_stack(work: &mut dyn FnMut()) -> bool {
    extern "C" fn trampoline(work: *mut c_void) {
        // SAFETY: the address of the reference below, which outlives the call.
        let work = unsafe { &mut *work.cast::<&mut dyn FnMut()>() };
        work();
    }
    let index = STACKS_USED.fetch_add(1, SeqCst);
    let top = STACKS.get(index).map_or(std::ptr::null_mut(), |top| top.load(SeqCst));
    if top.is_null() {
        return false;
    }
    let mut work = work;
    // SAFETY: each stack is used once in the life of the process. Handlers that may run meanwhile are ours, for the
    // fatal signals; they do not return to the frame that they may have overwritten on the alternate stack.
    unsafe { call_on_stack(top, trampoline, (&raw mut work).cast()) };
    true
}

/// Raises the limit on the size of core files as far as it goes.
fn allow_core() {
    // SAFETY: reads and writes a local.
    unsafe {
        let mut limit = std::mem::zeroed::<libc::rlimit>();
        if libc::getrlimit(libc::RLIMIT_CORE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_CORE, &raw const limit);
        }
    }
}

// The mark: what follows does not run in the handler.

/// Makes the stacks that the report runs on.
pub(super) fn prepare() -> Result<(), Error> {
    for top in STACKS.iter().filter(|top| top.load(SeqCst).is_null()) {
        top.store(stack()?, SeqCst);
    }
    Ok(())
}

/// Takes the fatal signals over, after [`prepare`]. The kernel has no reason to refuse.
pub(super) fn install() -> Result<(), Error> {
    signals::install(handle)?;
    // Faults of guarded maps are recovered in front of us, and are no crashes.
    hooks_runtime::fault::owner::step_in_front();
    Ok(())
}

/// A stack with a guard page below it, for the life of the process. Only pages that are used take memory.
fn stack() -> Result<*mut u8, Error> {
    const SIZE: usize = 256 * 1024;
    let mapping = Mapping::new(SIZE).map_err(Error::kernel("mmap"))?;
    mapping.guard(0, page_size()).map_err(Error::kernel("mprotect"))?;
    let mapping = std::mem::ManuallyDrop::new(mapping);
    // SAFETY: the end of the mapping.
    Ok(unsafe { mapping.start().add(SIZE) })
}
