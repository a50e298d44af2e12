//! Faults and signals that are not ours, each in a child process: this binary again, told by an environment variable
//! what to do.
/// Each runs its first part in a child, and checks with the second how that ended.
macro_rules! child_tests {
    ($($name:ident: $work:expr, $check:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let check: fn(&crate::fault::Child) = $check;
                check(&crate::fault::in_child(concat!(module_path!(), "::", stringify!($name)), $work));
            }
        )*
    };
}

mod chain;
mod forged;
// A program with musl is linked as a whole, and loads no libraries.
#[cfg(not(target_env = "musl"))]
mod libraries;
mod maps;
mod threads;

use crate::support::itself;
use crate::support::mapped::{mapped, page, truncate};
use hooks_runtime::fault::GuardedMap;
use std::ffi::{c_int, c_void};
use std::os::unix::process::ExitStatusExt;
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};

const WHAT: &str = "HOOKS_FAULT_CHILD";

/// Runs `work` in a child, by running the test `path` again.
fn in_child(path: &str, work: fn()) -> Child {
    if std::env::var_os(WHAT).is_some() {
        work();
        println!("THE END");
        // Not through the test harness, which would write its own.
        std::process::exit(0);
    }
    let (_, name) = path.split_once("::").unwrap();
    let mut child = itself::command();
    child.args(["--exact", name, "--nocapture"]).env(WHAT, name).env("RUST_BACKTRACE", "0");
    Child(child.output().unwrap())
}

struct Child(Output);

impl Child {
    fn died_by(&self, signal: c_int) {
        if sanitized() {
            assert!(!self.0.status.success(), "{:?}", self.0);
            self.said("AddressSanitizer");
        } else {
            assert_eq!(self.0.status.signal(), Some(signal), "{:?}", self.0);
        }
    }

    fn ended_well(&self) {
        assert!(self.0.status.success() && self.out().ends_with("THE END\n"), "{:?}", self.0);
    }

    fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    fn said(&self, what: &str) {
        let said = String::from_utf8_lossy(&self.0.stderr).into_owned();
        assert!(said.contains(what), "{said}");
    }
}

/// `AddressSanitizer` has the two signals from the start, as std has otherwise: then it is what we stand in front of, with
/// its own words and exit status. Its lane sets the variable.
fn sanitized() -> bool {
    std::env::var_os("ASAN_OPTIONS").is_some()
}

fn recovers() {
    let (file, map) = mapped(1);
    truncate(&file, 0);
    for _ in 0..3 {
        assert!(map.get::<u64>(0).is_err());
    }
}

fn read(address: usize) -> u8 {
    // SAFETY: none. That is what these tests are about.
    unsafe { std::ptr::read_volatile(std::hint::black_box(address as *const u8)) }
}

child_tests! {
    a_null_pointer_is_still_the_end: || {
        recovers();
        read(8);
    }, |child| child.died_by(libc::SIGSEGV);

    so_is_a_lost_page_without_a_slice: || {
        recovers();
        let (file, map) = mapped(1);
        truncate(&file, 0);
        read(map.as_ptr().addr());
    }, |child| child.died_by(libc::SIGBUS);

    so_is_a_lost_page_of_a_range_that_was_given_back: || {
        let (file, map) = mapped(2);
        map.with_slice(<[_]>::len).unwrap();
        let start = map.as_ptr().addr();
        drop(map);
        truncate(&file, 0);
        read(start);
    }, |child| child.died_by(libc::SIGSEGV);

    so_is_a_write_to_a_slice: || {
        let map = GuardedMap::map_anon(4096).unwrap();
        // SAFETY: one page of the map.
        unsafe { libc::mprotect(map.as_ptr().cast(), 4096, libc::PROT_READ) };
        let _ = map.with_slice(|_| {
            // SAFETY: none.
            unsafe { std::ptr::write_volatile(map.as_ptr(), 1) };
        });
    }, |child| child.died_by(libc::SIGSEGV);

    a_stack_overflow_of_a_thread_is_told: || {
        recovers();
        let deep = std::thread::Builder::new().name("deep".to_owned());
        deep.spawn(|| {
            recovers();
            deeper(0)
        }).unwrap().join().unwrap();
    }, overflowed;

    a_stack_overflow_of_a_thread_that_has_no_maps_is_told: || {
        recovers();
        std::thread::Builder::new().name("deep".to_owned()).spawn(|| deeper(0)).unwrap().join().unwrap();
    }, overflowed;

    a_stack_overflow_of_the_main_thread_is_told: || {
        recovers();
        // SAFETY: no memory is passed; the handler does not return.
        unsafe {
            libc::signal(libc::SIGUSR1, overflow_here as extern "C" fn(c_int) as libc::sighandler_t);
            libc::syscall(libc::SYS_tgkill, libc::getpid(), libc::getpid(), libc::SIGUSR1);
        }
        std::thread::sleep(std::time::Duration::from_secs(120));
    }, |child| {
        // std does not know where musl has put the main thread's stack.
        if cfg!(target_env = "musl") {
            return child.died_by(libc::SIGSEGV);
        }
        child.died_by(libc::SIGABRT);
        child.said(if sanitized() { "stack-overflow" } else { "thread 'main'" });
    };

    a_forked_child_recovers_too: || {
        let (file, map) = mapped(2);
        truncate(&file, page());
        let status = in_fork(|| {
            assert!(map.get::<u64>(page()).is_err() && map.get::<u64>(0).is_ok());
            assert!(map.with_slice(|bytes| bytes[page()].get()).is_err());
            drop(map);
        });
        assert_eq!(status, 0);
        let status = in_fork(|| assert_eq!(read(8), 0));
        assert!(sanitized() || libc::WTERMSIG(status) == libc::SIGSEGV, "{status:x}");
        recovers();
    }, Child::ended_well;
}

fn overflowed(child: &Child) {
    child.died_by(libc::SIGABRT);
    if sanitized() {
        child.said("stack-overflow");
    } else {
        child.said("thread 'deep'");
        child.said("has overflowed its stack");
    }
}

#[allow(unconditional_recursion)]
#[inline(never)]
fn deeper(depth: u64) -> u64 {
    let room = [depth; 64];
    std::hint::black_box(&room);
    deeper(depth + 1) + room[3]
}

/// Runs on the main thread, which the harness keeps for itself, on its own stack.
extern "C" fn overflow_here(_: c_int) {
    deeper(0);
}

type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

fn install(signal: c_int, handler: Handler) -> libc::sigaction {
    install_with(signal, handler as libc::sighandler_t, 0, &[])
}

/// The same with flags and signals to block.
fn install_with(signal: c_int, handler: libc::sighandler_t, flags: c_int, mask: &[c_int]) -> libc::sigaction {
    // SAFETY: plain data, and a handler of the signature that SA_SIGINFO asks for.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        let mut previous: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | flags;
        for blocked in mask {
            libc::sigaddset(&raw mut action.sa_mask, *blocked);
        }
        assert_eq!(libc::sigaction(signal, &raw const action, &raw mut previous), 0);
        previous
    }
}

fn current(signal: c_int) -> libc::sigaction {
    // SAFETY: plain data; asks, and sets nothing.
    unsafe {
        let mut action = std::mem::zeroed();
        assert_eq!(libc::sigaction(signal, std::ptr::null(), &raw mut action), 0);
        action
    }
}

extern "C" fn exit_33(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(33) }
}

static REPORTS: AtomicU32 = AtomicU32::new(0);

extern "C" fn report(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    REPORTS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: a literal.
    unsafe { libc::write(2, c"REPORTED\n".as_ptr().cast(), 9) };
}

fn in_fork(work: impl FnOnce()) -> c_int {
    // SAFETY: this process has one thread that is at work, and the child ends without returning.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            libc::_exit(c_int::from(outcome.is_err()));
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        status
    }
}
