//! A read is cancelled and the kernel writes afterwards: `leased` with the attribute, `plain` the same without.
//!
//! As a C library's completion callback would, `done` looks at what was read.

#[path = "leased_io.rs"]
mod aio;

use aio::{Bytes, Direction};
use hooks_runtime::keep_alive::{KeepAlive, Lease, outstanding};
use std::future::Future;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Waker};

const LENGTH: usize = 4096;

/// What the foreign side has of us.
struct Foreign {
    bytes: Bytes,
    lease: Option<Lease>,
    sums: Sender<u32>,
}

// SAFETY: it is the one user of the bytes.
unsafe impl Send for Foreign {}

impl Foreign {
    fn done(self) {
        // SAFETY: as far as this side knows, the bytes are there: that is what is tested.
        let bytes = unsafe { std::slice::from_raw_parts(self.bytes.start, self.bytes.length) };
        let sum = bytes.iter().map(|byte| u32::from(*byte)).sum();
        if let Some(lease) = self.lease {
            lease.release();
        }
        self.sums.send(sum).expect("waited for");
    }
}

#[hooks_runtime::keep_alive(mut buffer)]
async fn leased(
    direction: Direction,
    file: Arc<OwnedFd>,
    mut buffer: KeepAlive<Vec<u8>>,
    sums: Sender<u32>,
) -> io::Result<usize> {
    let vector = buffer.get_mut().expect("nothing is leased yet");
    let bytes = Bytes { start: vector.as_mut_ptr(), length: vector.len() };
    let foreign = Foreign { bytes, lease: Some(buffer.lease()), sums };
    // SAFETY: leased until done.
    unsafe { aio::submit(direction, file, bytes, move || foreign.done()) }?.await
}

async fn plain(direction: Direction, file: Arc<OwnedFd>, mut buffer: Vec<u8>, sums: Sender<u32>) -> io::Result<usize> {
    let bytes = Bytes { start: buffer.as_mut_ptr(), length: buffer.len() };
    let foreign = Foreign { bytes, lease: None, sums };
    // SAFETY: none, that is the fault: the future, and `buffer` with it, may be dropped before.
    unsafe { aio::submit(direction, file, bytes, move || foreign.done()) }?.await
}

/// Polls once, so that the transfer is under way, and cancels.
fn cancel(future: impl Future) {
    let pending = pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending();
    assert!(pending, "the other end of the pipe has done nothing yet");
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let is_leased = arguments[1] == "leased";
    let (mut reader, mut writer) = io::pipe().expect("a pipe");
    let (sums, sum) = channel();
    let (direction, file): (_, OwnedFd) = match arguments[2].as_str() {
        "read" => (Direction::Read, reader.try_clone().expect("a descriptor").into()),
        _ => {
            fill(&writer);
            (Direction::Write, writer.try_clone().expect("a descriptor").into())
        }
    };
    let (file, content) = (Arc::new(file), vec![1; LENGTH]);
    if is_leased {
        cancel(leased(direction, file, KeepAlive::new(content), sums));
        assert_eq!(outstanding().len(), 1);
    } else {
        cancel(plain(direction, file, content, sums));
    }
    match direction {
        Direction::Read => writer.write_all(&[2; LENGTH]).expect("written"),
        Direction::Write => drain(&mut reader),
    }
    let expected = if matches!(direction, Direction::Read) { 2 } else { 1 } * u32::try_from(LENGTH).expect("small");
    assert_eq!(sum.recv().expect("done"), expected);
    assert!(outstanding().is_empty());
}

/// Until the pipe takes no more.
fn fill(mut writer: &io::PipeWriter) {
    set_nonblocking(writer, true);
    while writer.write(&[0; LENGTH]).is_ok() {}
    set_nonblocking(writer, false);
}

fn set_nonblocking(writer: &io::PipeWriter, on: bool) {
    use std::os::fd::AsRawFd;
    let flags = if on { libc::O_NONBLOCK } else { 0 };
    // SAFETY: changes flags of an open file.
    assert_eq!(unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, flags) }, 0);
}

fn drain(reader: &mut io::PipeReader) {
    let mut some = vec![0; 16 * LENGTH];
    while reader.read(&mut some).expect("read") == some.len() {}
}
