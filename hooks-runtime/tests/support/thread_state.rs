//! Changes to this thread's state as foreign code makes them, and what it is now.

use hooks_runtime::os_thread::{self, Leak, LeakCount};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

pub(crate) fn thread_id() -> i32 {
    // SAFETY: no memory is passed.
    unsafe { libc::gettid() }
}

/// What is waited for comes at once, unless the code is broken: then the test is to fail, and not to hang.
const PATIENCE: Duration = Duration::from_secs(200);

/// Whether it is so before long.
pub(crate) fn is_soon(mut so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if so() {
            return true;
        }
        if start.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The next message.
pub(crate) fn received<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(PATIENCE).expect("it is sent")
}

/// Whether the thread has ended, waiting a little for one that is about to.
pub(crate) fn is_gone(thread_id: i32) -> bool {
    let path = format!("/proc/self/task/{thread_id}");
    is_soon(|| !std::path::Path::new(&path).exists())
}

pub(crate) fn block(signal: i32) {
    // SAFETY: a set of zeros is valid, and one signal is added to it.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&raw mut set, signal);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
    }
}

pub(crate) fn is_blocked(signal: i32) -> bool {
    // SAFETY: the call fills the set.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &raw mut set);
        libc::sigismember(&raw const set, signal) == 1
    }
}

pub(crate) fn affinity() -> Vec<usize> {
    // SAFETY: the kernel writes the given size.
    let set = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set);
        set
    };
    // SAFETY: the numbers are within the set.
    (0..1024).filter(|cpu| unsafe { libc::CPU_ISSET(*cpu, &set) }).collect()
}

pub(crate) fn run_on(cpu: usize) {
    // SAFETY: a set of zeros is valid, and the number is within it.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        assert_eq!(libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set), 0);
    }
}

pub(crate) fn nice() -> i32 {
    // SAFETY: no memory is passed.
    unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }
}

pub(crate) fn set_nice(nice: i32) {
    // SAFETY: no memory is passed.
    assert_eq!(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice) }, 0);
}

/// Another than it was; false where it is the last there is, and there is no privilege to go back.
pub(crate) fn change_nice() -> bool {
    let other = if nice() < 19 { nice() + 1 } else { 18 };
    // SAFETY: no memory is passed.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, other) == 0 }
}

/// Whether another thread can do that.
pub(crate) fn nice_can_change() -> bool {
    std::thread::spawn(change_nice).join().unwrap()
}

pub(crate) fn timer_slack() -> i32 {
    // SAFETY: no memory is passed.
    unsafe { libc::prctl(libc::PR_GET_TIMERSLACK) }
}

pub(crate) fn set_timer_slack(nanoseconds: libc::c_long) {
    // SAFETY: no memory is passed.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, nanoseconds) };
}

pub(crate) fn name() -> String {
    let mut name = [0u8; 16];
    // SAFETY: the kernel writes 16 bytes.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    String::from_utf8_lossy(&name).trim_end_matches('\0').to_owned()
}

pub(crate) fn set_name(name: &std::ffi::CStr) {
    // SAFETY: a string that ends in a zero.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
}

pub(crate) fn locale() -> usize {
    // SAFETY: asks.
    unsafe { libc::uselocale(std::ptr::null_mut()) }.addr()
}

/// musl's, of which the `libc` crate does not know it, is all bits.
#[cfg(target_env = "musl")]
const ALL_CATEGORIES: libc::c_int = libc::c_int::MAX;
#[cfg(not(target_env = "musl"))]
const ALL_CATEGORIES: libc::c_int = libc::LC_ALL_MASK;

/// A locale of its own, which lives as long as the process.
pub(crate) fn set_locale() {
    // SAFETY: the name ends in a zero, and "C" exists everywhere.
    unsafe {
        let locale = libc::newlocale(ALL_CATEGORIES, c"C".as_ptr(), std::ptr::null_mut());
        assert!(!locale.is_null());
        libc::uselocale(locale);
    }
}

unsafe extern "C" {
    fn fegetround() -> i32;
    fn fesetround(mode: i32) -> i32;
}

pub(crate) fn rounding() -> i32 {
    // SAFETY: asks.
    unsafe { fegetround() }
}

/// Towards zero.
pub(crate) fn set_rounding() {
    let toward_zero = if cfg!(target_arch = "x86_64") { 0xc00 } else { 0xc0_0000 };
    // SAFETY: a mode of this machine.
    assert_eq!(unsafe { fesetround(toward_zero) }, 0);
}

/// Working directory and umask of its own, which cannot be taken back.
pub(crate) fn unshare_directories() {
    // SAFETY: no memory is passed.
    assert_eq!(unsafe { libc::unshare(libc::CLONE_FS) }, 0);
}

pub(crate) fn no_new_privileges() {
    let (one, zero): (libc::c_ulong, libc::c_ulong) = (1, 0);
    // SAFETY: no memory is passed.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, one, zero, zero, zero) }, 0);
}

static REPORTS: Mutex<Vec<Leak>> = Mutex::new(Vec::new());
static COLLECTING: Once = Once::new();

/// From here on what is left changed is kept for [`reports`].
pub(crate) fn collect_leaks() {
    COLLECTING.call_once(|| os_thread::on_leak(|leak| REPORTS.lock().unwrap().push(leak.clone())));
}

/// The reports about the fn of that name.
pub(crate) fn reports(function: &str) -> Vec<Leak> {
    let reports = REPORTS.lock().unwrap();
    reports.iter().filter(|leak| leak.site().function().ends_with(function)).cloned().collect()
}

/// The counts about the fn of that name.
pub(crate) fn counts(function: &str) -> Vec<LeakCount> {
    let of = |count: &LeakCount| count.site.function().ends_with(function);
    os_thread::leaks().into_iter().filter(of).collect()
}
