//! State that belongs to a thread, and threads that go on with it.

use crate::support::thread_state::{
    block, collect_leaks, is_blocked, reports, thread_id, unshare_directories,
};
use hooks_runtime::lock_os_thread;
use hooks_runtime::os_thread::{self, LockedThread, Piece};
use std::path::{Path, PathBuf};
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;

/// One pool thread, so that the next task meets what the one before has left.
fn pool() -> Runtime {
    Builder::new_current_thread().max_blocking_threads(1).build().unwrap()
}

fn read_quietly(text: &str) -> Result<u32, std::num::ParseIntError> {
    block(libc::SIGUSR1);
    let number = text.parse()?;
    // The second half, which the `?` above has skipped.
    // SAFETY: a set of zeros is valid.
    unsafe {
        let none: libc::sigset_t = std::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
    Ok(number)
}

#[test]
fn state_leaked_to_a_pool_thread_without() {
    let pool = pool();
    let blocked = pool.block_on(async {
        assert!(spawn_blocking(|| read_quietly("x")).await.unwrap().is_err());
        spawn_blocking(|| is_blocked(libc::SIGUSR1)).await.unwrap()
    });
    assert!(blocked, "another task runs with the signal blocked");
}

#[test]
fn state_leaked_to_a_pool_thread_with() {
    #[lock_os_thread(restore(signal_mask), reason = "a test")]
    fn read_quietly(text: &str) -> Result<u32, std::num::ParseIntError> {
        block(libc::SIGUSR1);
        text.parse()
    }
    let pool = pool();
    let blocked = pool.block_on(async {
        assert!(spawn_blocking(|| read_quietly("x")).await.unwrap().is_err());
        spawn_blocking(|| is_blocked(libc::SIGUSR1)).await.unwrap()
    });
    assert!(!blocked);
}

#[test]
fn state_leaked_to_a_pool_thread_undeclared_is_told() {
    #[lock_os_thread(reason = "a test")]
    fn forgets(text: &str) -> Result<u32, std::num::ParseIntError> {
        block(libc::SIGUSR1);
        text.parse()
    }
    collect_leaks();
    assert!(pool().block_on(async { spawn_blocking(|| forgets("x")).await.unwrap() }).is_err());
    assert_eq!(reports("forgets")[0].changes()[0].piece, Piece::SignalMask);
}

fn enter_root() -> PathBuf {
    unshare_directories();
    std::env::set_current_dir("/").unwrap();
    std::env::current_dir().unwrap()
}

/// What cannot be put back: a thread with a working directory of its own.
#[test]
fn unshared_directories_leaked_to_a_pool_thread_without() {
    let ours = std::env::current_dir().unwrap();
    let pool = pool();
    let seen = pool.block_on(async {
        spawn_blocking(enter_root).await.unwrap();
        spawn_blocking(|| std::env::current_dir().unwrap()).await.unwrap()
    });
    assert_eq!(seen, Path::new("/"), "another task is in the wrong directory");
    assert_ne!(seen, ours);
}

#[test]
fn unshared_directories_leaked_to_a_pool_thread_with() {
    #[lock_os_thread(reason = "a test")]
    async fn in_root() -> (PathBuf, i32) {
        (enter_root(), thread_id())
    }
    #[lock_os_thread(reason = "a test")]
    async fn afterwards() -> (PathBuf, i32) {
        (std::env::current_dir().unwrap(), thread_id())
    }
    let ours = std::env::current_dir().unwrap();
    let (first, second) = pool().block_on(async { (in_root().await, afterwards().await) });
    assert_eq!((first.0.as_path(), second.0), (Path::new("/"), ours));
    assert_ne!(first.1, second.1);
}

/// As people write it: a guard that puts back what it took on the thread where it is dropped.
struct QuietGuard(bool);

impl QuietGuard {
    fn new() -> QuietGuard {
        let before = is_blocked(libc::SIGUSR2);
        block(libc::SIGUSR2);
        QuietGuard(before)
    }
}

impl Drop for QuietGuard {
    fn drop(&mut self) {
        // SAFETY: a set of zeros is valid, and one signal is added to it.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigaddset(&raw mut set, libc::SIGUSR2);
            let how = if self.0 { libc::SIG_BLOCK } else { libc::SIG_UNBLOCK };
            libc::pthread_sigmask(how, &raw const set, std::ptr::null_mut());
        }
    }
}

/// Where a value is dropped on another thread than it was made on: the task moved at its `.await`.
fn dropped_elsewhere<G: 'static>(
    make: impl FnOnce() -> G + Send + 'static,
    left: impl FnOnce() -> bool + Send + 'static,
) -> bool {
    struct Moved<G>(G);
    // SAFETY: it is not for every `G`: it stands for an executor that moves the task, as `block_on` lets through.
    unsafe impl<G> Send for Moved<G> {}
    std::thread::spawn(move || {
        let guard = Moved(make());
        std::thread::spawn(move || {
            let guard = guard;
            drop(guard);
        })
        .join()
        .unwrap();
        left()
    })
    .join()
    .unwrap()
}

#[test]
fn guard_dropped_on_another_thread_without() {
    let still_blocked = dropped_elsewhere(QuietGuard::new, || is_blocked(libc::SIGUSR2));
    assert!(still_blocked, "its own thread was never put back, and nobody says so");
}

#[test]
fn guard_dropped_on_another_thread_with() {
    #[lock_os_thread(reason = "a test")]
    fn takes_proof() -> LockedThread {
        LockedThread::current().unwrap()
    }
    collect_leaks();
    let still_locked = dropped_elsewhere(takes_proof, || LockedThread::current().is_some());
    assert!(still_locked);
    assert_eq!(reports("takes_proof")[0].changes()[0].piece, Piece::Thread);
}

/// The whole fn on one thread: there is no other one to be dropped on.
#[test]
fn guard_across_an_await_with() {
    #[lock_os_thread(reason = "a test")]
    async fn quiet() -> bool {
        let guard = QuietGuard::new();
        tokio::task::yield_now().await;
        drop(guard);
        is_blocked(libc::SIGUSR2)
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    assert!(!runtime.block_on(async { tokio::spawn(quiet()).await.unwrap() }));
}

#[test]
fn a_hook_that_panics_is_left_alone() {
    #[lock_os_thread(reason = "a test")]
    fn forgets_again() -> u32 {
        block(libc::SIGUSR1);
        7
    }
    collect_leaks();
    let child = std::env::var_os("PANICKING_HOOK").is_some();
    if child {
        os_thread::on_leak(|_| panic!("the hook's own"));
        assert_eq!(forgets_again(), 7);
        return;
    }
    let name = ["--exact", "bugs::os_thread::a_hook_that_panics_is_left_alone", "--test-threads", "1"];
    let status = crate::support::itself::command().args(name).env("PANICKING_HOOK", "1").output().unwrap();
    assert!(status.status.success(), "{status:?}");
    assert!(String::from_utf8_lossy(&status.stdout).contains("1 passed"));
}
