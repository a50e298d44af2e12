//! POSIX asynchronous input and output (`man 7 aio`) as futures.
//!
//! The control block belongs to the thread that waits for the kernel. The bytes belong to whoever called, and `done`
//! says when the kernel has let go of them: dropping the future does not.

use std::future::Future;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

/// What the kernel does with the bytes.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// The bytes of one transfer.
#[derive(Clone, Copy)]
pub(crate) struct Bytes {
    pub(crate) start: *mut u8,
    pub(crate) length: usize,
}

/// Resolves to how many bytes were transferred.
pub(crate) struct Transfer(Arc<Mutex<Progress>>);

#[derive(Default)]
struct Progress {
    result: Option<io::Result<usize>>,
    waker: Option<Waker>,
}

/// A control block that the kernel knows by its address.
struct Submitted(Box<libc::aiocb>);

// SAFETY: the block is plain memory; the pointer in it is only given to the kernel.
unsafe impl Send for Submitted {}

/// Starts a transfer at offset 0, on a file that stays open until it is over.
///
/// # Safety
/// `bytes` stay allocated until `done` is called, on a thread of this module's, and nobody else uses them meanwhile.
pub(crate) unsafe fn submit(
    direction: Direction,
    file: Arc<OwnedFd>,
    bytes: Bytes,
    done: impl FnOnce() + Send + 'static,
) -> io::Result<Transfer> {
    // SAFETY: zero is a value of each of its fields.
    let mut control: Box<libc::aiocb> = Box::new(unsafe { std::mem::zeroed() });
    control.aio_fildes = file.as_raw_fd();
    control.aio_buf = bytes.start.cast();
    control.aio_nbytes = bytes.length;
    control.aio_sigevent.sigev_notify = libc::SIGEV_NONE;
    // SAFETY: the block goes to the thread below, which keeps it until the kernel is done; the bytes are the caller's.
    let status = unsafe {
        match direction {
            Direction::Read => libc::aio_read(&raw mut *control),
            Direction::Write => libc::aio_write(&raw mut *control),
        }
    };
    if status != 0 {
        done();
        return Err(io::Error::last_os_error());
    }
    let progress = Arc::new(Mutex::new(Progress::default()));
    let (submitted, shared) = (Submitted(control), Arc::clone(&progress));
    thread::spawn(move || {
        let result = wait(submitted);
        done();
        drop(file);
        finish(&shared, result);
    });
    Ok(Transfer(progress))
}

fn wait(submitted: Submitted) -> io::Result<usize> {
    let Submitted(mut control) = submitted;
    loop {
        let list = [&raw const *control];
        // SAFETY: the block was submitted and is alive.
        let error = unsafe {
            libc::aio_suspend(list.as_ptr(), 1, std::ptr::null());
            libc::aio_error(&raw const *control)
        };
        match error {
            libc::EINPROGRESS => {}
            0 => {
                // SAFETY: over, and asked for once.
                let moved = unsafe { libc::aio_return(&raw mut *control) };
                return usize::try_from(moved).map_err(|_| io::Error::last_os_error());
            }
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    }
}

fn finish(progress: &Mutex<Progress>, result: io::Result<usize>) {
    let mut progress = lock(progress);
    progress.result = Some(result);
    if let Some(waker) = progress.waker.take() {
        waker.wake();
    }
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Future for Transfer {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut progress = lock(&self.0);
        if let Some(result) = progress.result.take() {
            return Poll::Ready(result);
        }
        progress.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
