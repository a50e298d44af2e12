//! Leases: what stays, until when, and what is known about them.
//!
//! The list of leases is the process's, and under `cargo test` these tests share one: each looks only at its own.

use crate::support::itself;
use hooks_runtime::keep_alive::{
    self, KeepAlive, Lease, Outstanding, outstanding, outstanding_by_site, release_lease,
};
use std::ffi::c_void;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

struct Counted(Arc<AtomicUsize>, #[allow(dead_code)] [u8; 64]);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counted() -> (KeepAlive<Counted>, impl Fn() -> usize) {
    let drops = Arc::new(AtomicUsize::new(0));
    let value = KeepAlive::new(Counted(Arc::clone(&drops), [0; 64]));
    (value, move || drops.load(Ordering::SeqCst))
}

#[test]
fn without_leases_it_is_a_box() {
    let (value, drops) = counted();
    let address = value.as_ptr();
    let moved = Box::new(value);
    assert_eq!(moved.as_ptr(), address, "the value stays where it is");
    drop(moved);
    assert_eq!(drops(), 1);
}

#[test]
fn a_lease_outlives_the_owner() {
    let (value, drops) = counted();
    let (first, second) = (value.lease(), value.lease());
    assert_eq!(value.leases(), 2);
    drop(value);
    first.release();
    assert_eq!(drops(), 0);
    second.release();
    assert_eq!(drops(), 1);
}

#[test]
fn an_owner_outlives_its_leases() {
    let (mut value, drops) = counted();
    value.lease().release();
    assert_eq!((value.leases(), drops()), (0, 0));
    assert!(value.get_mut().is_some());
    drop(value);
    assert_eq!(drops(), 1);
}

#[test]
fn contents_are_ours_again_only_after_the_release() {
    let mut value = KeepAlive::new(vec![1]);
    let lease = value.lease();
    assert!(value.get_mut().is_none());
    let mut value = value.into_inner().expect_err("leased");
    assert_eq!(*value, [1]);
    lease.release();
    value.get_mut().expect("released").push(2);
    assert_eq!(value.into_inner().expect("released"), [1, 2]);
}

#[test]
fn bytes_do_not_move_while_leased() {
    let mut value = KeepAlive::new(vec![0_u8; 32]);
    let bytes = value.get_mut().expect("no lease").as_mut_ptr();
    let lease = value.lease();
    let elsewhere = thread::spawn(move || drop(value));
    elsewhere.join().expect("no panic");
    // SAFETY: leased, and nobody else has it.
    unsafe {
        bytes.add(31).write(5);
        assert_eq!(bytes.add(31).read(), 5);
    }
    lease.release();
}

#[test]
fn any_thread_releases() {
    let (value, drops) = counted();
    let leases: Vec<Lease> = (0..100).map(|_| value.lease()).collect();
    drop(value);
    thread::scope(|scope| {
        for lease in leases {
            scope.spawn(move || lease.release());
        }
    });
    assert_eq!(drops(), 1);
}

#[test]
fn leases_and_releases_race() {
    let (value, drops) = counted();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|_| value.lease().release()));
        }
    });
    assert_eq!((value.leases(), drops()), (0, 0));
    drop(value);
    assert_eq!(drops(), 1);
}

/// What a C library keeps: two words and a fn to call when it is done.
struct ForeignWork {
    user_data: *mut c_void,
    release: unsafe extern "C" fn(*mut c_void),
}

// SAFETY: leases may be released on any thread.
unsafe impl Send for ForeignWork {}

impl ForeignWork {
    fn done(self) {
        // SAFETY: `user_data` is a lease, used once.
        unsafe { (self.release)(self.user_data) }
    }
}

#[test]
fn c_releases() {
    let (value, drops) = counted();
    let work = ForeignWork { user_data: value.lease().into_raw(), release: release_lease };
    drop(value);
    assert_eq!(drops(), 0);
    thread::spawn(move || work.done()).join().expect("no panic");
    assert_eq!(drops(), 1);
}

#[test]
fn a_lease_comes_back_from_c() {
    let (value, drops) = counted();
    let raw = value.lease().into_raw();
    drop(value);
    // SAFETY: made by `into_raw`, used once.
    unsafe { Lease::from_raw(raw) }.release();
    assert_eq!(drops(), 1);
}

fn of_line(line: u32) -> Vec<Outstanding> {
    outstanding().into_iter().filter(|lease| is_here(lease.site(), line)).collect()
}

fn is_here(site: &std::panic::Location<'_>, line: u32) -> bool {
    site.file().ends_with("leases.rs") && site.line() == line
}

#[test]
fn what_is_out_is_listed_by_site_and_age() {
    let value = KeepAlive::new([0_u8; 16]);
    let (line, older) = (line!(), value.lease());
    thread::sleep(Duration::from_millis(2));
    let (other_line, younger) = (line!(), value.lease());
    let (old, young) = (of_line(line)[0], of_line(other_line)[0]);
    assert!(old.age() > young.age());
    assert_eq!(old.type_name(), "[u8; 16]");
    assert!(!old.is_lost());
    let shown = old.to_string();
    assert!(shown.starts_with("[u8; 16] leased at ") && shown.contains("leases.rs"), "{shown}");
    let all = outstanding();
    let place = |line| all.iter().position(|lease| is_here(lease.site(), line));
    assert!(place(line) < place(other_line), "the oldest first");
    older.release();
    assert!(of_line(line).is_empty());
    younger.release();
}

#[test]
fn leaks_show_as_a_count_at_their_line() {
    let value = KeepAlive::new(());
    let before = keep_alive::counts();
    let (line, leases) = (line!(), (0..3).map(|_| value.lease()).collect::<Vec<_>>());
    let at = outstanding_by_site().into_iter().find(|at| is_here(at.site, line)).expect("listed");
    assert_eq!(at.count, 3);
    assert!(at.oldest >= of_line(line)[2].age() || at.oldest > Duration::ZERO);
    leases.into_iter().for_each(Lease::release);
    let after = keep_alive::counts();
    assert!(after.taken >= before.taken + 3 && after.released >= before.released + 3);
    assert!(of_line(line).is_empty());
}

#[test]
fn a_dropped_lease_keeps_the_memory_and_is_listed_as_lost() {
    let (value, drops) = counted();
    let (line, lease) = (line!(), value.lease());
    drop((value, lease));
    assert_eq!(drops(), 0, "whoever had the lease may still write");
    assert!(of_line(line)[0].is_lost());
}

#[test]
fn files_are_leased_too() {
    let file = KeepAlive::new(std::fs::File::open("/dev/null").expect("there"));
    let fd = file.as_fd().as_raw_fd();
    let lease = file.lease();
    drop(file);
    // SAFETY: asks for the flags of a number.
    assert_ne!(unsafe { libc::fcntl(fd, libc::F_GETFD) }, -1, "open");
    lease.release();
}

/// Runs one of the tests below in a process of its own, which has to die.
fn dies(test: &str) -> String {
    dies_with(test, Stdio::piped())
}

/// With that as its standard error.
fn dies_with(test: &str, errors: impl Into<Stdio>) -> String {
    let test = format!("keep_alive::leases::{test}");
    let mut child = itself::command();
    child.args(["--exact", &test, "--nocapture"]).env("HOOKS_DIES", "1").stderr(errors);
    let child = child.output().expect("starts");
    assert_eq!(child.status.signal(), Some(libc::SIGABRT), "{child:?}");
    String::from_utf8_lossy(&child.stderr).into_owned()
}

fn is_child() -> bool {
    std::env::var_os("HOOKS_DIES").is_some()
}

#[test]
fn a_double_release_aborts_and_names_the_lease() {
    if !is_child() {
        let said = dies("a_double_release_aborts_and_names_the_lease");
        assert!(said.contains("leases.rs:") && said.contains("released twice"), "{said}");
        return;
    }
    let raw = KeepAlive::new(1).lease().into_raw();
    // SAFETY: the second one is the fault that is to be found.
    unsafe {
        release_lease(raw);
        release_lease(raw);
    }
}

/// Not by `release_lease`, from which no panic comes out, aborting or not.
#[test]
#[cfg(target_os = "linux")]
fn a_double_release_aborts_where_nothing_can_be_written() {
    if !is_child() {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("there");
        dies_with("a_double_release_aborts_where_nothing_can_be_written", full);
        return;
    }
    let raw = KeepAlive::new(1).lease().into_raw();
    let release = || {
        // SAFETY: the second time is the fault that is to be found.
        unsafe { Lease::from_raw(raw) }.release();
    };
    release();
    assert!(std::panic::catch_unwind(release).is_ok(), "it has unwound");
}

#[test]
fn a_double_release_is_found_after_its_place_is_taken_again() {
    if !is_child() {
        let said = dies("a_double_release_is_found_after_its_place_is_taken_again");
        assert!(said.contains("released twice, long after the first"), "{said}");
        return;
    }
    let raw = KeepAlive::new(1).lease().into_raw();
    // SAFETY: as above.
    unsafe { release_lease(raw) };
    let _other = KeepAlive::new(2).lease();
    // SAFETY: as above.
    unsafe { release_lease(raw) };
}

#[test]
fn what_is_no_lease_is_not_released() {
    if !is_child() {
        let said = dies("what_is_no_lease_is_not_released");
        assert!(said.contains("is no lease"), "{said}");
        return;
    }
    // SAFETY: the fault that is to be found.
    unsafe { release_lease(std::ptr::null_mut()) };
}
