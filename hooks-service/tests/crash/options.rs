//! What a victim is told besides its way to die.

use super::{handlers, victim};
use hooks_runtime::fault::GuardedMap;
use hooks_service::crash::{CrashOutput, Monitor, Panics, Traceback};
use std::sync::OnceLock;
use std::time::Duration;

/// The crash output that is to be installed.
pub(crate) fn output(has: &dyn Fn(&str) -> bool, file: &str) -> CrashOutput {
    let mut output = if has("unread") { unread() } else { CrashOutput::file(file).unwrap() };
    if has("all") {
        output = output.panics(Panics::All);
    }
    if has("threads") {
        output = output.traceback(Traceback::System);
    }
    if has("version") {
        output = output.version("1.4.2\nforged");
    }
    if has("silent") {
        output = output.traceback(Traceback::None);
    }
    if has("monitor") || has("tee") {
        // A busy machine may take long to find the names.
        let monitor = Monitor::new().wait_at_most(Duration::from_secs(300));
        output = output.monitor(if has("tee") { monitor.tee_stderr() } else { monitor });
    }
    output
}

/// What the program did before.
pub(crate) fn before(has: &dyn Fn(&str) -> bool) {
    #[cfg(feature = "trace")]
    if has("trace-before") {
        record();
    }
    if has("guarded-before") {
        recover_a_fault();
    }
    if has("small-files") {
        let limit = libc::rlimit { rlim_cur: 200, rlim_max: 200 };
        // SAFETY: reads the local.
        unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) };
    }
    if has("no-core") {
        // SAFETY: reads and writes the local.
        unsafe {
            let mut limit = std::mem::zeroed();
            libc::getrlimit(libc::RLIMIT_CORE, &raw mut limit);
            limit.rlim_cur = 0;
            libc::setrlimit(libc::RLIMIT_CORE, &raw const limit);
        }
    }
    let ignored = [("ignored", libc::SIGSEGV), ("ignored", libc::SIGABRT), ("ignored-trap", libc::SIGTRAP)];
    for (option, signal) in ignored {
        if has(option) {
            // SAFETY: no handler.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
        }
    }
    if has("inheritable") {
        // SAFETY: a descriptor that children get, as sockets of careless libraries are.
        unsafe { libc::dup2(1, 77) };
    }
    if has("hook-panics") {
        std::panic::set_hook(Box::new(|_| panic!("in the hook")));
    }
    if has("hook-aborts") {
        std::panic::set_hook(Box::new(|_| std::process::abort()));
    }
    if has("hook-exits") {
        std::panic::set_hook(Box::new(|info| {
            own_hook(info);
            if !info.location().unwrap().file().ends_with("ways.rs") {
                std::process::exit(3);
            }
        }));
    }
    if has("hook") {
        std::panic::set_hook(Box::new(own_hook));
    }
    if has("any-panic-exits") {
        any_panic_exits();
    }
    handlers::install(has);
}

/// What it does after.
pub(crate) fn after(has: &dyn Fn(&str) -> bool, file: &str) {
    #[cfg(feature = "trace")]
    if has("trace") {
        record();
    }
    if has("guarded-before") || has("guarded-after") {
        recover_a_fault();
    }
    if has("no-descriptors") {
        victim::use_all_descriptors();
    }
    if has("closed") {
        victim::close_descriptors(file);
    }
    if has("replaced") {
        // SAFETY: what was stdout is stderr too from here on.
        unsafe { libc::dup2(1, 2) };
    }
    if has("late-hook") {
        std::panic::set_hook(Box::new(own_hook));
    }
    if has("any-panic-exits-late") {
        any_panic_exits();
    }
    if has("any-panic-exits-alone") {
        std::panic::set_hook(Box::new(|_| std::process::exit(1)));
    }
}

/// A pipe whose other end is open, and read by nobody.
fn unread() -> CrashOutput {
    let (reader, writer) = std::io::pipe().unwrap();
    std::mem::forget(reader);
    CrashOutput::descriptor(writer).unwrap()
}

/// What a program does that has maps: no crash, and so nothing that is told.
fn recover_a_fault() {
    static MAP: OnceLock<GuardedMap> = OnceLock::new();
    // Once: a new map would look whose the signals are.
    let map = MAP.get_or_init(|| GuardedMap::map_anon(1).unwrap());
    // SAFETY: the page of the map, to which there is no reference.
    let barred = unsafe { libc::mprotect(map.as_ptr().cast(), 1, libc::PROT_NONE) };
    assert!(barred == 0 && map.get::<u8>(0).is_err());
}

/// "A panic anywhere ends the service": the hook that most have, which are not built to abort.
fn any_panic_exits() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        before(info);
        std::process::exit(1);
    }));
}

fn own_hook(info: &std::panic::PanicHookInfo<'_>) {
    let text = info.payload().downcast_ref::<&str>().copied().unwrap_or("no text");
    eprintln!("the program's own hook: {text}");
}

/// A recorder that runs until the end, and what it has recorded by then: a region that is over and one that is not.
#[cfg(feature = "trace")]
fn record() {
    use hooks_service::trace::Trace;
    std::mem::forget(Trace::builder().start(std::io::sink()).unwrap());
    hooks_runtime::trace::region("the last words", || ());
    std::mem::forget(hooks_runtime::__private::region(&OPEN));
}

#[cfg(feature = "trace")]
static OPEN: &str = "region() crash::options::open options.rs:1";
