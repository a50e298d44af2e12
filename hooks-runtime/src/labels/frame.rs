//! The chain of frames that holds a thread's labels.
//!
//! Invariant: from `HEAD`, following `parent`, every frame is fully written and alive. A frame is written first and
//! linked then, and unlinked before it ends; the compiler may not move these past each other (`compiler_fence`), and
//! the only other reader is a signal handler on the same thread. So the chain is whole at every instruction.

mod first;

use std::sync::atomic::{AtomicPtr, Ordering::Relaxed, Ordering::SeqCst, compiler_fence};

/// A link of the chain, and where to find what it says.
#[repr(C, align(8))]
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) parent: *const Frame,
    /// The site, and the cells follow the frame: together a [`Head`]. Or the address of one in a future, with
    /// [`IN_FUTURE`].
    head: *const (),
}

/// What stands before the cells.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// The text of the site, or one of the marks below.
    pub(super) site: &'static &'static str,
}

/// Not in the address of a site, nor in that of a head.
const IN_FUTURE: usize = 1;

impl Frame {
    /// Its cells follow it.
    #[inline]
    pub(super) fn new(parent: *const Frame, site: &'static &'static str) -> Self {
        Frame { parent, head: (&raw const *site).cast() }
    }

    /// The labels stay in the future: a poll copies none of them.
    #[inline]
    pub(super) fn of_future(parent: *const Frame, head: *mut Head) -> Self {
        Frame { parent, head: head.map_addr(|address| address | IN_FUTURE).cast() }
    }

    /// The head in the future whose frame this is.
    pub(super) fn future(&self) -> Option<*mut Head> {
        let head = self.head.map_addr(|address| address & !IN_FUTURE);
        (head != self.head).then(|| head.cast_mut().cast())
    }

    /// The head, wherever it is.
    ///
    /// # Safety
    /// `frame` is alive.
    pub(super) unsafe fn head(frame: *const Frame) -> *const Head {
        // SAFETY: by the contract of this function.
        unsafe { (*frame).future().map_or((&raw const (*frame).head).cast(), <*mut Head>::cast_const) }
    }

    /// # Safety
    /// `frame` is linked, and so is what it says alive.
    pub(super) unsafe fn site(frame: *const Frame) -> &'static &'static str {
        // SAFETY: by the contract of this function.
        unsafe { (*Frame::head(frame)).site }
    }

    /// The first word of its cells.
    ///
    /// # Safety
    /// `frame` is alive, and not the root.
    pub(super) unsafe fn cells(frame: *const Frame) -> *const u64 {
        // SAFETY: the cells follow their head (`Room` and `Template` are `repr(C)`).
        unsafe { Frame::head(frame).add(1).cast() }
    }
}

/// The end of every chain, and the only frame without a parent.
static ROOT: Root = Root(Frame { parent: std::ptr::null(), head: (&raw const ROOT_SITE).cast() });
static ROOT_SITE: &str = "root";
/// Marks a frame that holds one interned set.
pub(super) static SET_SITE: &str = "set";
/// The same, and what is outside it is out of sight: the labels a task or thread was started with.
pub(super) static BASE_SITE: &str = "base";
/// Marks a frame without labels, of a future that dumps show.
pub(crate) static WATCHED_SITE: &str = "watched";

#[repr(transparent)]
struct Root(Frame);

// SAFETY: it is never written.
unsafe impl Sync for Root {}

thread_local! {
    /// The innermost frame; null until the thread's first scope. `const` and without a destructor: readable in a
    /// signal handler and while the thread ends.
    static HEAD: AtomicPtr<Frame> = const { AtomicPtr::new(std::ptr::null_mut()) };
}

/// The innermost frame, as the parent of a new one.
#[inline]
pub(super) fn innermost() -> *const Frame {
    let head = HEAD.with(|head| head.load(Relaxed));
    if head.is_null() { first::scope() } else { head }
}

/// Once on each thread: links [`ROOT`] and tells the observer.
extern "C" fn first_scope() -> *const Frame {
    let root = &raw const ROOT.0;
    // Linked first, so that scopes of the hook's own do not come here again.
    link(root);
    super::observe::run_thread_hook();
    root
}

/// Says that this thread's first scope has been, or is just starting.
pub(super) fn touch() {
    innermost();
}

/// Where a reader starts: the innermost frame, or null. Async-signal-safe.
pub(super) fn head() -> *const Frame {
    let head = HEAD.with(|head| head.load(Relaxed));
    // Pairs with the fence in `link`: what the frame holds is read after its address.
    compiler_fence(SeqCst);
    head
}

/// Makes `frame` the innermost.
#[inline]
pub(super) fn link(frame: *const Frame) {
    compiler_fence(SeqCst);
    HEAD.with(|head| head.store(frame.cast_mut(), Relaxed));
    compiler_fence(SeqCst);
}
