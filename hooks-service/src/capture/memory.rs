//! SIGNAL HANDLER, up to the mark. Reading memory of this process without ever faulting: as it is now, or a copy of it.
//!
//! Words of a stack whose bounds are known are plain loads. Everything else (a thread's first sample, a coroutine's stack, an
//! alternate stack, a broken one) is read a page at a time through the kernel, which reports what is not mapped where a load
//! would fault. Where a sandbox forbids the call for it, such stacks are cut at the leaf.

use crate::process::to_usize;
use std::ops::Range;
use std::os::fd::RawFd;

/// Where the bytes of a page are put that was read through the kernel.
#[repr(align(4096))]
pub(crate) struct Window([u8; to_usize(PAGE)]);

/// On processors with larger pages the kernel is asked for parts of them.
pub(crate) const PAGE: u64 = 4096;

/// How the kernel is asked for a page.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// `process_vm_readv` of this process.
    Call,
    /// Through a pipe, which is empty and is nobody else's: the way that no sandbox forbids.
    Pipe { read: RawFd, write: RawFd },
}

/// Reads words.
pub(crate) struct Live<'a> {
    /// Words in here are loaded.
    direct: Range<u64>,
    window: &'a mut Window,
    /// The address of the page that is in the window.
    page: Option<u64>,
    way: Way,
}

impl Default for Window {
    fn default() -> Self {
        Self([0; to_usize(PAGE)])
    }
}

impl<'a> Live<'a> {
    /// A reader that asks the kernel for everything.
    pub(crate) fn new(window: &'a mut Window, way: Way) -> Self {
        Self { direct: 0..0, window, page: None, way }
    }

    /// Has words in `direct` loaded.
    ///
    /// # Safety
    /// They are mapped, and nobody writes to them, as long as this reads.
    pub(crate) unsafe fn with_direct(mut self, direct: Range<u64>) -> Self {
        self.direct = direct;
        self
    }

    /// The word at `address`, or an error if it is not readable. Async-signal-safe.
    #[inline]
    pub(crate) fn word(&mut self, address: u64) -> Result<u64, ()> {
        let end = address.checked_add(8).ok_or(())?;
        if self.direct.start <= address && end <= self.direct.end {
            // SAFETY: by the promise to `with_direct`.
            return Ok(unsafe {
                std::ptr::with_exposed_provenance::<u64>(to_usize(address)).read_unaligned()
            });
        }
        self.word_by_kernel(address)
    }

    #[cold]
    fn word_by_kernel(&mut self, address: u64) -> Result<u64, ()> {
        if !address.is_multiple_of(8) {
            return Err(());
        }
        self.load(address - address % PAGE)?;
        let offset = to_usize(address % PAGE);
        let bytes = self.window.0.get(offset..offset + 8).ok_or(())?;
        Ok(u64::from_ne_bytes(bytes.try_into().map_err(|_| ())?))
    }

    /// Whether the page at `start` is readable. Async-signal-safe.
    pub(crate) fn has_page(&mut self, start: u64) -> bool {
        self.load(start).is_ok()
    }

    fn load(&mut self, page: u64) -> Result<(), ()> {
        if self.page == Some(page) {
            return Ok(());
        }
        self.page = None;
        if self.way.read(page, &mut self.window.0) != PAGE.cast_signed() {
            return Err(());
        }
        self.page = Some(page);
        Ok(())
    }
}

impl Way {
    /// Reads a page and returns how many bytes were had.
    fn read(self, page: u64, to: &mut [u8]) -> i64 {
        let start = std::ptr::with_exposed_provenance_mut(to_usize(page));
        let count = match self {
            Way::Call => {
                let local = libc::iovec { iov_base: to.as_mut_ptr().cast(), iov_len: to.len() };
                let remote = libc::iovec { iov_base: start, iov_len: to.len() };
                // SAFETY: writes at most a page into `to`; what cannot be read is an error, not a fault.
                unsafe {
                    libc::process_vm_readv(libc::getpid(), &raw const local, 1, &raw const remote, 1, 0)
                }
            }
            // SAFETY: the kernel checks the source, and says EFAULT; the destination is ours. The pipe is empty and holds
            // a page, so neither waits.
            Way::Pipe { read, write } => unsafe {
                match libc::write(write, start, to.len()) {
                    written if written == to.len().cast_signed() => {
                        libc::read(read, to.as_mut_ptr().cast(), to.len())
                    }
                    _ => -1,
                }
            },
        };
        count as i64
    }
}

/// A copy of the memory from `start` on.
pub(crate) struct StackCopy<'a> {
    pub(crate) start: u64,
    pub(crate) bytes: &'a [u8],
}

impl StackCopy<'_> {
    /// The word at `address`, or an error if there is no copy of it. Async-signal-safe.
    pub(crate) fn word(&self, address: u64) -> Result<u64, ()> {
        let offset = usize::try_from(address.checked_sub(self.start).ok_or(())?).map_err(|_| ())?;
        let bytes = self.bytes.get(offset..offset.checked_add(8).ok_or(())?).ok_or(())?;
        Ok(u64::from_ne_bytes(bytes.try_into().map_err(|_| ())?))
    }
}

// The mark: what follows does not run in a handler.

/// The calling thread's own stack, or `None` where the C library does not know.
pub(crate) fn own_stack() -> Option<Range<u64>> {
    // SAFETY: the attributes are initialised by `pthread_getattr_np`, read, and destroyed once.
    unsafe {
        let mut attributes = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &raw mut attributes) != 0 {
            return None;
        }
        let (mut start, mut size) = (std::ptr::null_mut(), 0);
        let failed = libc::pthread_attr_getstack(&raw const attributes, &raw mut start, &raw mut size) != 0;
        libc::pthread_attr_destroy(&raw mut attributes);
        let start = start.addr() as u64;
        (!failed).then_some(start..start + size as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    const DIRECT: u64 = 16;

    fn check(way: Way) {
        let words = vec![7_u64; 2 * to_usize(PAGE) / 8];
        let start = words.as_ptr().expose_provenance() as u64;
        let mut window = Window::default();
        // SAFETY: the words outlive the reader.
        let mut live = unsafe { Live::new(&mut window, way).with_direct(start..start + DIRECT) };
        assert_eq!(live.word(start + 8), Ok(7));
        assert_eq!(live.page, None, "a word of a known stack needs no call");
        let across = start - start % PAGE + PAGE - 8;
        for address in [start + DIRECT, start + 24, across, start + PAGE] {
            assert_eq!(live.word(address), Ok(7), "{address:#x}");
        }
        assert!(live.page.is_some() && live.has_page(start - start % PAGE) && !live.has_page(0));
        for bad in [0, 8, u64::MAX - 3, u64::MAX - 7, 1 << 60, start + DIRECT + 1] {
            assert_eq!(live.word(bad), Err(()), "{bad:#x}");
        }
    }

    #[test]
    fn words_are_read_directly_through_the_kernel_or_not_at_all() {
        let (read, write) = std::io::pipe().unwrap();
        check(Way::Pipe { read: read.as_raw_fd(), write: write.as_raw_fd() });
        // Sandboxes and emulators may refuse the call: then no word is had, which is no fault either.
        let call = Way::Call;
        let mut window = Window::default();
        let own = (&raw const window).expose_provenance() as u64;
        if Live::new(&mut window, call).has_page(own) {
            check(call);
        } else {
            let error = std::io::Error::last_os_error().raw_os_error();
            assert!(matches!(error, Some(libc::ENOSYS | libc::EPERM)), "{error:?}");
        }
    }

    #[test]
    fn words_outside_of_the_copy_are_not_had() {
        let bytes: Vec<u8> = (0..16).collect();
        let copied = StackCopy { start: 0x1000, bytes: &bytes };
        assert_eq!(copied.word(0x1000), Ok(u64::from_ne_bytes([0, 1, 2, 3, 4, 5, 6, 7])));
        assert_eq!(copied.word(0x1008).map(u64::to_ne_bytes), Ok([8, 9, 10, 11, 12, 13, 14, 15]));
        for outside in [0, 0xfff, 0x1009, 0x1010, u64::MAX] {
            assert_eq!(copied.word(outside), Err(()), "{outside:#x}");
        }
    }
}
