//! Stackful coroutines: their scopes, kept apart from those of the thread that resumes them.
//!
//! Scopes nest as calls do, and each thread knows its innermost one. A coroutine with a stack of its own (`corosensei`,
//! `generator`) that is suspended inside of an annotated fn leaves its scopes in force on the thread that had resumed it:
//! labels are seen where they do not belong, and scopes are left in another order than they were entered. Whoever resumes
//! coroutines keeps them apart with [`Scopes::resume`].
//!
//! Where nobody does nothing worse happens than that labels are lost: a scope that is left while it is not the innermost
//! one takes *all* of its thread's scopes out of force, so that none that is gone is ever looked at. That is counted in
//! [`left_out_of_order`], and the first time told to [`on_left_out_of_order`].
//!
//! The same goes for the tasks of a trace, of which a thread knows the innermost one.
//!
//! Futures are no such coroutines: they leave their scopes whenever a poll returns.
//!
//! Go's hook: none is needed, as goroutines are the runtime's own.

use super::Saved;
use crate::hook::Hook;
use crate::sites::Site;
use crate::trace::current::Current;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// The scopes that a coroutine is in while it is suspended.
///
/// ```
/// use corosensei::{Coroutine, Yielder};
/// use hooks_runtime::{coroutine::Scopes, labeled, labels::Labels};
///
/// #[labeled(job)]
/// fn work(job: &str, yielder: &Yielder<(), String>) {
///     yielder.suspend(Labels::current().to_string());
/// }
///
/// let mut jobs = ["first", "second"].map(|job| {
///     let body = move |yielder: &Yielder<(), String>, ()| work(job, yielder);
///     (Coroutine::new(body), Scopes::new())
/// });
/// for (job, expected) in jobs.iter_mut().zip(["job=first", "job=second"]) {
///     let seen = job.1.resume(|| job.0.resume(()));
///     assert_eq!(seen.as_yield().unwrap(), expected);
///     assert!(Labels::current().is_empty());
/// }
/// for (coroutine, scopes) in &mut jobs {
///     assert!(scopes.resume(|| coroutine.resume(())).as_return().is_some());
/// }
/// ```
///
/// It is not `Send`: scopes belong to their thread, and so does a coroutine that is suspended inside of one.
///
/// # Why this is safe
/// Each frame is in one chain: that of the thread or that of one `Scopes`. A frame that is left while it is the innermost of
/// its thread is in no other chain. Any other one that is left ends all chains of its thread, those in `Scopes` too: they
/// are known by a number that changes then. So whatever is put in force is alive, also where a coroutine is resumed or
/// dropped without its `Scopes`.
///
/// # Cost
/// Two loads and a store to resume, and the same to suspend. Nothing is allocated.
pub struct Scopes {
    saved: Saved,
    /// Of a trace: where it is.
    span: Current,
}

impl Scopes {
    /// Those of a coroutine that has not begun: none. Labels that it is to have besides its own, those of the thread that
    /// makes it for instance, are put in force inside of it by [`Labels::scope`](crate::labels::Labels::scope).
    pub const fn new() -> Self {
        Scopes { saved: Saved::EMPTY, span: Current::NOWHERE }
    }

    /// Calls `resume`, which resumes the coroutine, with its scopes in force instead of those that are, and keeps those that
    /// it is in when it is suspended. To drop a coroutine that is suspended is to resume it, as its stack is unwound.
    pub fn resume<R>(&mut self, resume: impl FnOnce() -> R) -> R {
        let own = std::mem::replace(&mut self.saved, Saved::EMPTY);
        let span = self.span.replace();
        let _resumed = Resumed { outside: Some(own.exchange()), span, scopes: self };
        resume()
    }
}

impl Default for Scopes {
    fn default() -> Self {
        Scopes::new()
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scopes").finish_non_exhaustive()
    }
}

/// The coroutine runs; dropped, it is suspended, has ended or unwinds.
struct Resumed<'a> {
    outside: Option<Saved>,
    span: Current,
    scopes: &'a mut Scopes,
}

impl Drop for Resumed<'_> {
    fn drop(&mut self) {
        if let Some(outside) = self.outside.take() {
            self.scopes.saved = outside.exchange();
        }
        self.scopes.span = self.span.replace();
    }
}

/// A scope that was left while another one of its thread was the innermost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LeftOutOfOrder {
    /// The attribute; `None` for a set of labels, and for what has no site of its own.
    pub site: Option<Site>,
}

/// One line: the site, and what became of its thread's scopes.
impl fmt::Display for LeftOutOfOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(site) = self.site {
            write!(f, "{site}: ")?;
        }
        f.write_str(
            "a scope was left out of order, and all labels of its thread are lost: \
             resume coroutines by `hooks_runtime::coroutine::Scopes`",
        )
    }
}

static HOOK: Hook<LeftOutOfOrder> = Hook::new();
/// No lock: a scope may be left in the child of a process that forked, and in an allocator.
static LEFT: AtomicU64 = AtomicU64::new(0);

/// How many scopes were left while they were not the innermost of their thread, since the start of the program. Each time
/// the thread's labels were lost until new ones came into force.
///
/// ```
/// assert_eq!(hooks_runtime::coroutine::left_out_of_order(), 0);
/// ```
///
/// Cost: a load.
pub fn left_out_of_order() -> u64 {
    LEFT.load(Ordering::Relaxed)
}

/// Sets what is called the first time that a scope is left out of order. It takes the place of the hook before it; a
/// panic of the hook ends there. Without one a line goes to standard error. All are counted in [`left_out_of_order`].
///
/// ```
/// use hooks_runtime::coroutine;
///
/// coroutine::on_left_out_of_order(|scope| eprintln!("{scope}"));
/// ```
pub fn on_left_out_of_order(hook: impl Fn(&LeftOutOfOrder) + Send + Sync + 'static) {
    HOOK.set(hook);
}

/// The scope of `site` is left out of order.
pub(crate) fn report(site: &'static str) {
    if LEFT.fetch_add(1, Ordering::Relaxed) == 0 {
        HOOK.tell(&LeftOutOfOrder { site: Site::known(site) }, true);
    }
}
