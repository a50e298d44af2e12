//! Memory and descriptors that are gone while C or the kernel still has them.
//!
//! Nothing freed is looked at: the allocator says what is free.
#![allow(clippy::needless_pass_by_value, reason = "what is passed by value is kept")]

use hooks_runtime::keep_alive;
use hooks_runtime::keep_alive::{KeepAlive, Lease};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::CString;
use std::fs::File;
use std::future::Future;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::task::{Context, Waker};
use std::thread;

/// Remembers the latest block that was freed of each of a few odd sizes, one for each form of each bug.
struct Watching;

const SMALLEST: usize = 10_007;
static FREED: [AtomicPtr<u8>; 8] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 8];

// SAFETY: `System`'s own, with a note taken of what goes back.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller's contract, which is ours.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let freed = layout.size().checked_sub(SMALLEST).and_then(|which| FREED.get(which));
        if let Some(freed) = freed {
            freed.store(pointer, Ordering::SeqCst);
        }
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// A buffer that is watched.
fn buffer(which: usize) -> Vec<u8> {
    vec![0; SMALLEST + which]
}

fn is_freed(which: usize, pointer: *const u8) -> bool {
    std::ptr::eq(FREED[which].load(Ordering::SeqCst), pointer)
}

/// A C library that keeps a pointer between two calls.
#[derive(Default)]
struct Library(AtomicPtr<u8>);

impl Library {
    fn begin(&self, bytes: *const u8) {
        self.0.store(bytes.cast_mut(), Ordering::SeqCst);
    }

    /// Would use the bytes now: are they there?
    fn finish(&self, which: usize) -> bool {
        !is_freed(which, self.0.load(Ordering::SeqCst))
    }
}

mod buffer_moved_while_c_holds_it {
    use super::*;

    fn plain(buf: Vec<u8>, library: &Library) -> bool {
        library.begin(buf.as_ptr());
        thread::spawn(move || drop(buf)).join().expect("no panic");
        library.finish(0)
    }

    // Moving `buf` as above: ui-tests/ui/keep_alive/moved*.rs.
    #[keep_alive(buf)]
    fn kept(buf: Vec<u8>, library: &Library) -> bool {
        library.begin(buf.as_ptr());
        library.finish(1)
    }

    #[test]
    fn two_forms() {
        assert!(!plain(buffer(0), &Library::default()), "C works on freed memory");
        let library = Library::default();
        assert!(kept(buffer(1), &library));
        assert!(!library.finish(1), "and after the call it is freed");
    }
}

mod cstring_of_a_temporary {
    use super::*;

    #[allow(dangling_pointers_from_temporaries, reason = "the bug")]
    fn plain(text: &[u8], library: &Library) -> bool {
        let pointer = CString::new(text).expect("no zero in it").as_ptr();
        library.begin(pointer.cast());
        library.finish(2)
    }

    // As above: ui-tests/ui/keep_alive/cstring_of_temporary.rs.
    #[keep_alive(text)]
    fn kept(text: CString, library: &Library) -> bool {
        library.begin(text.as_ptr().cast());
        library.finish(3)
    }

    #[test]
    fn two_forms() {
        assert!(!plain(&[b'x'; SMALLEST + 2 - 1], &Library::default()), "C reads freed memory");
        let text = CString::new([b'x'; SMALLEST + 3 - 1]).expect("no zero in it");
        assert!(kept(text, &Library::default()));
    }
}

mod raw_descriptor_of_a_temporary {
    use super::*;

    /// With a number that the other tests' files do not get.
    fn open(number: i32) -> OwnedFd {
        let file = File::open("/dev/null").expect("there");
        // SAFETY: duplicates an open descriptor; the result is ours alone.
        unsafe { OwnedFd::from_raw_fd(libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, number)) }
    }

    fn is_open(fd: i32) -> bool {
        // SAFETY: asks for the flags of a number.
        unsafe { libc::fcntl(fd, libc::F_GETFD) != -1 }
    }

    fn plain() -> bool {
        let fd = open(700).as_raw_fd();
        is_open(fd)
    }

    // As above, where the tokens show it: ui-tests/ui/keep_alive/fd_of_temporary.rs.
    #[keep_alive(file)]
    fn kept(file: OwnedFd) -> bool {
        is_open(file.as_raw_fd())
    }

    #[test]
    fn two_forms() {
        assert!(!plain(), "closed before it is used");
        assert!(kept(open(800)));
        assert!(!is_open(800), "and after the call it is closed");
    }
}

mod kernel_writing_after_cancel {
    use super::*;

    /// A read that is under way.
    struct Kernel(Mutex<Option<(usize, Option<Lease>)>>);

    impl Kernel {
        async fn read(&self, bytes: *mut u8, lease: Option<Lease>) {
            *self.0.lock().expect("no panic") = Some((bytes.expose_provenance(), lease));
            std::future::pending::<()>().await;
        }

        /// The read is over: writes, where there is something to write to.
        fn completes(&self, which: usize) -> bool {
            let (address, lease) = self.0.lock().expect("no panic").take().expect("under way");
            let bytes: *mut u8 = std::ptr::with_exposed_provenance_mut(address);
            let there = !is_freed(which, bytes);
            if there {
                // SAFETY: not freed, and used by nobody else.
                unsafe { bytes.write(1) };
            }
            if let Some(lease) = lease {
                lease.release();
            }
            there
        }
    }

    async fn plain(kernel: &Kernel, mut buf: Vec<u8>) {
        kernel.read(buf.as_mut_ptr(), None).await;
    }

    // The same with `&mut [u8]`: ui-tests/ui/keep_alive/async_reference.rs.
    #[keep_alive(mut buf)]
    async fn kept(kernel: &Kernel, mut buf: KeepAlive<Vec<u8>>) {
        let bytes = buf.get_mut().expect("nothing is leased yet").as_mut_ptr();
        kernel.read(bytes, Some(buf.lease())).await;
    }

    fn cancel(future: impl Future) {
        assert!(pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }

    #[test]
    fn two_forms() {
        let kernel = Kernel(Mutex::new(None));
        cancel(plain(&kernel, buffer(4)));
        assert!(!kernel.completes(4), "the kernel writes to freed memory");
        cancel(kept(&kernel, KeepAlive::new(buffer(5))));
        assert_eq!(keep_alive::counts().outstanding(), 1);
        assert!(kernel.completes(5));
        assert!(!FREED[5].load(Ordering::SeqCst).is_null(), "and then it is freed");
        assert_eq!(keep_alive::counts().outstanding(), 0);
    }
}
