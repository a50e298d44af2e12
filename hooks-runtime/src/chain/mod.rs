//! SIGNAL HANDLER, as far as [`head_in_handler`] and [`Frame`].
//!
//! The chain of frames: the scopes that a thread is in.
//!
//! Labels, guarded maps and `exit_task` each have a frame on the stack of the fn, or of the future's poll, that they cover,
//! linked to the frame outside of it. What a frame means is in its cells ([`crate::values::cell`]).
//!
//! # Invariant
//! From `HEAD`, following `parent`, every frame is fully written and alive. A frame is written first and linked then, and
//! taken out before it ends; the compiler may not move these past each other (`compiler_fence`), and the only other reader
//! is a signal handler on the same thread. So the chain is whole at every instruction.
//!
//! Stacks of calls are left in the order that they are entered in, and then a frame that is left is the head. Stackful
//! coroutines do not keep to that. So a frame that is left while it is *not* the head empties the chain: nothing is
//! reachable any more, and so nothing that is gone. What was linked before then is never the head again, since the head is
//! only ever set to a new frame, to the parent of the head, to the root, and to what [`coroutine`] saved in the same
//! epoch, which ends when the chain is emptied.
//!
//! In: a frame on the stack (`room`), when its fn or poll begins and ends; chains that coroutines put aside
//! (`coroutine`).
//! Out: the thread's frames from the innermost out, for readers on the same thread; one call of the `thread_hook` on
//! each thread. What is rare of that is kept out of the way in `cold`.

mod cold;
pub mod coroutine;
mod known;
pub(crate) mod room;
pub(crate) mod thread_hook;

use std::cell::Cell;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed, Ordering::SeqCst, compiler_fence};

/// A link of the chain, and where to find what it says.
#[repr(C, align(8))]
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) parent: *const Frame,
    /// The site, and the cells follow the frame: together a [`Head`]. Or the address of one in a future, with
    /// [`IN_FUTURE`].
    head: *const (),
}

/// What stands before the cells.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    /// The text of the site, or a mark: a text without parentheses, known by its address.
    pub(crate) site: &'static &'static str,
}

/// Not in the address of a site, nor in that of a head.
const IN_FUTURE: usize = 1;

impl Frame {
    /// Its cells follow it.
    #[inline]
    fn new(parent: *const Frame, site: &'static &'static str) -> Self {
        Frame { parent, head: (&raw const *site).cast() }
    }

    /// The cells stay in the future: a poll copies none of them.
    #[inline]
    fn of_future(parent: *const Frame, head: *mut Head) -> Self {
        Frame { parent, head: head.map_addr(|address| address | IN_FUTURE).cast() }
    }

    /// The head in the future whose frame this is.
    pub(crate) fn future(&self) -> Option<*mut Head> {
        let head = self.head.map_addr(|address| address & !IN_FUTURE);
        (head != self.head).then(|| head.cast_mut().cast())
    }

    /// The head, wherever it is.
    ///
    /// # Safety
    /// `frame` is alive.
    unsafe fn head(frame: *const Frame) -> *const Head {
        // SAFETY: by the contract of this function.
        unsafe { (*frame).future().map_or((&raw const (*frame).head).cast(), <*mut Head>::cast_const) }
    }

    /// # Safety
    /// `frame` is linked, and so is what it says alive.
    pub(crate) unsafe fn site(frame: *const Frame) -> &'static &'static str {
        // SAFETY: by the contract of this function.
        unsafe { (*Frame::head(frame)).site }
    }

    /// The first word of its cells.
    ///
    /// # Safety
    /// `frame` is alive, and not the root.
    pub(crate) unsafe fn cells(frame: *const Frame) -> *const u64 {
        // SAFETY: the cells follow their head (`Room` and `Template` are `repr(C)`).
        unsafe { Frame::head(frame).add(1).cast() }
    }
}

/// The end of every chain, and the only frame without a parent.
static ROOT: Root = Root(Frame { parent: std::ptr::null(), head: (&raw const ROOT_SITE).cast() });
static ROOT_SITE: &str = "root";

#[repr(transparent)]
struct Root(Frame);

// SAFETY: it is never written.
unsafe impl Sync for Root {}

thread_local! {
    /// The innermost frame; null until the thread's first scope. `const` and without a destructor: readable in a
    /// signal handler and while the thread ends.
    static HEAD: AtomicPtr<Frame> = const { AtomicPtr::new(std::ptr::null_mut()) };
    /// How often the chain was emptied.
    static EPOCH: Cell<u64> = const { Cell::new(0) };
}

/// The innermost frame, as the parent of a new one.
#[inline]
fn innermost() -> *const Frame {
    let head = HEAD.with(|head| head.load(Relaxed));
    if head.is_null() { cold::first_scope() } else { head }
}

/// Once on each thread: links [`ROOT`] and tells the observer.
extern "C" fn first_scope() -> *const Frame {
    let root = &raw const ROOT.0;
    known::note();
    // Linked first, so that scopes of the hook's own do not come here again.
    link(root);
    thread_hook::run();
    root
}

/// Says that this thread's first scope has been, or is just starting.
pub(crate) fn touch() {
    innermost();
}

/// Where a reader starts that may be a signal handler: the innermost frame, or null. Async-signal-safe.
pub(crate) fn head_in_handler() -> *const Frame {
    if known::is_known() { head() } else { std::ptr::null() }
}

/// The innermost frame, or null, on a thread that may allocate.
fn head() -> *const Frame {
    let head = HEAD.with(|head| head.load(Relaxed));
    // Pairs with the fence in `link`: what the frame holds is read after its address.
    compiler_fence(SeqCst);
    head
}

/// From the innermost frame to the root, which is left out.
///
/// # Safety
/// As long as the frames are used no scope of this thread is left: they are alive until then.
pub(crate) unsafe fn frames() -> impl Iterator<Item = *const Frame> {
    let mut next = head();
    std::iter::from_fn(move || {
        let this = next;
        // SAFETY: the invariant: null, the root, or alive; the caller's.
        let parent = unsafe { this.as_ref() }?.parent;
        next = parent;
        (!parent.is_null()).then_some(this)
    })
}

/// Makes `frame` the innermost.
#[inline]
fn link(frame: *const Frame) {
    compiler_fence(SeqCst);
    HEAD.with(|head| head.store(frame.cast_mut(), Relaxed));
    compiler_fence(SeqCst);
}

/// Takes out `frame`, which was linked with this `parent` and is about to end.
#[inline]
fn unlink(frame: *const Frame, parent: *const Frame) {
    compiler_fence(SeqCst);
    HEAD.with(|head| {
        if std::ptr::eq(head.load(Relaxed), frame) {
            head.store(parent.cast_mut(), Relaxed);
        } else {
            cold::left_out_of_order(frame);
        }
    });
    compiler_fence(SeqCst);
}

/// `frame` is left while another one is the head.
extern "C" fn left_out_of_order(frame: *const Frame) -> *const Frame {
    let root = &raw const ROOT.0;
    link(root);
    EPOCH.set(EPOCH.get() + 1);
    // SAFETY: it ends when this has returned.
    coroutine::report(unsafe { Frame::site(frame) });
    root
}

/// A chain that is out of force, to be put in force again on the same thread.
pub(crate) struct Saved {
    head: *const Frame,
    epoch: u64,
}

impl Saved {
    /// No frames.
    pub(crate) const EMPTY: Saved = Saved { head: &raw const ROOT.0, epoch: 0 };

    /// Puts this chain in force and returns the one that was. Where scopes were left out of order since it was saved,
    /// its frames may be gone, and none of them comes back.
    pub(crate) fn exchange(self) -> Saved {
        let (before, epoch) = (innermost(), EPOCH.get());
        // Frames belong to one chain each: a new one is linked to that in force, and whole chains change places here. So
        // a frame that is left and is the head is in no saved chain, and any other one ends the epoch.
        link(if self.epoch == epoch { self.head } else { &raw const ROOT.0 });
        Saved { head: before, epoch }
    }
}
