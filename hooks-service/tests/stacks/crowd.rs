//! Threads that wait in all the ways there are, until the crowd is dropped.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What all of them know.
pub(crate) struct Shared {
    pub(crate) over: AtomicBool,
    /// Nothing is ever written to it; closed at the end.
    pub(crate) reader: OwnedFd,
    epoll: OwnedFd,
    lock: Mutex<()>,
    changed: Condvar,
    /// How often each way of waiting was interrupted: by its index in [`WAYS`].
    pub(crate) interrupted: [AtomicU64; WAYS.len()],
}

type Wait = fn(&Shared);

/// The ways to wait, and the functions that a dump must show.
pub(crate) const WAYS: [(&str, Wait); 7] = [
    ("read", wait_in_read),
    ("epoll", wait_in_epoll),
    ("poll", wait_in_poll),
    ("nanosleep", wait_in_nanosleep),
    ("park", wait_in_park),
    ("condvar", wait_in_condvar),
    ("spin", spin),
];

impl Shared {
    fn over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Counts a call that was interrupted; any other failure ends the test.
    fn note(&self, way: usize, result: i64) {
        if result < 0 {
            assert_eq!(std::io::Error::last_os_error().kind(), std::io::ErrorKind::Interrupted);
            self.interrupted[way].fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[inline(never)]
fn wait_in_read(shared: &Shared) {
    while !shared.over() {
        let mut byte = 0_u8;
        // SAFETY: one byte into a local.
        let read = unsafe { libc::read(shared.reader.as_raw_fd(), (&raw mut byte).cast(), 1) };
        shared.note(0, read as i64);
    }
}

#[inline(never)]
fn wait_in_epoll(shared: &Shared) {
    while !shared.over() {
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        // SAFETY: one event into a local.
        let ready = unsafe { libc::epoll_wait(shared.epoll.as_raw_fd(), &raw mut event, 1, 5_000) };
        shared.note(1, ready.into());
    }
}

#[inline(never)]
fn wait_in_poll(shared: &Shared) {
    while !shared.over() {
        let mut wanted = libc::pollfd { fd: shared.reader.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one entry, a local.
        let ready = unsafe { libc::poll(&raw mut wanted, 1, 5_000) };
        shared.note(2, ready.into());
    }
}

#[inline(never)]
fn wait_in_nanosleep(shared: &Shared) {
    while !shared.over() {
        let time = libc::timespec { tv_sec: 5, tv_nsec: 0 };
        // SAFETY: a valid time; the rest is not asked for.
        let slept = unsafe { libc::nanosleep(&raw const time, std::ptr::null_mut()) };
        shared.note(3, slept.into());
    }
}

#[inline(never)]
fn wait_in_park(shared: &Shared) {
    while !shared.over() {
        std::thread::park();
    }
}

#[inline(never)]
fn wait_in_condvar(shared: &Shared) {
    let mut guard = shared.lock.lock().unwrap();
    while !shared.over() {
        guard = shared.changed.wait(guard).unwrap();
    }
}

#[inline(never)]
fn spin(shared: &Shared) {
    while !shared.over() {
        std::hint::spin_loop();
    }
}

/// See the module.
pub(crate) struct Crowd {
    pub(crate) shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    writer: Option<std::fs::File>,
}

impl Crowd {
    /// `count` threads, named `WAY-INDEX`, one way after the other. One of them at most spins.
    pub(crate) fn new(count: usize) -> Self {
        let (reader, writer) = std::io::pipe().unwrap();
        // SAFETY: makes a new descriptor, which nobody else owns.
        let epoll = unsafe {
            use std::os::fd::FromRawFd;
            OwnedFd::from_raw_fd(libc::epoll_create1(libc::EPOLL_CLOEXEC))
        };
        let shared = Arc::new(Shared {
            over: AtomicBool::new(false),
            reader: reader.into(),
            epoll,
            lock: Mutex::new(()),
            changed: Condvar::new(),
            interrupted: Default::default(),
        });
        let writer = Some(OwnedFd::from(writer).into());
        let mut crowd = Self { shared, threads: Vec::new(), writer };
        (0..count).for_each(|index| crowd.start(index));
        crowd
    }

    fn start(&mut self, index: usize) {
        let ways = if index < WAYS.len() { WAYS.len() } else { WAYS.len() - 1 };
        let (way, wait) = WAYS[index % ways];
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name(format!("{way}-{index}")).stack_size(256 * 1024);
        self.threads.push(thread.spawn(move || wait(&shared)).unwrap());
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        drop(self.writer.take());
        while let Some(thread) = self.threads.pop() {
            while !thread.is_finished() {
                thread.thread().unpark();
                self.shared.changed.notify_all();
                // Wakes those in calls with a timeout: a handler that does nothing would do, and a dump has one.
                let _ = hooks_service::stacks::Capture::new().interval(Duration::ZERO).take();
                std::thread::sleep(Duration::from_millis(1));
            }
            thread.join().unwrap();
        }
    }
}
