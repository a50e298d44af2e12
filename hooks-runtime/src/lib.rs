//! [at_exit]: macro@at_exit
//! [cleanup]: macro@cleanup
//! [cleanups]: mod@cleanup
//! [coroutine]: mod@coroutine
//! [exit]: mod@exit
//! [exit_scope]: macro@exit_scope
//! [fault]: mod@fault
//! [keep_alive]: macro@keep_alive
//! [labeled]: macro@labeled
//! [labels]: mod@labels
//! [leases]: mod@keep_alive
//! [lock_os_thread]: macro@lock_os_thread
//! [os_thread]: mod@os_thread
//! [panic_on_fault]: macro@panic_on_fault
//! [region]: macro@region
//! [stacking]: crate::stacking
//! [task]: macro@task
//! [tasks]: mod@tasks
//! [trace]: mod@trace
#![doc = include_str!("../README.md")]

mod body;
mod chain;
pub mod cleanup;
pub mod exit;
pub mod fault;
mod hook;
pub mod keep_alive;
pub mod labels;
mod mutex;
mod origin;
pub mod os_thread;
mod panics;
mod polled;
mod process;
mod shared;
#[cfg(unix)]
mod signals;
mod sites;
mod sort;
mod tally;
pub mod tasks;
mod this_thread;
pub mod trace;
mod values;
mod waiting;

pub use chain::coroutine;

// Each attribute's page is its documentation, as README.md is the crate's. The links of a page are to files; the definitions
// before it come first, and lead to the same places in rustdoc.

pub use exit::exit;
/// [cleanup]: macro@cleanup
/// [exit_scope]: macro@exit_scope
/// [module]: mod@exit
/// [readme]: crate
#[doc = include_str!("../docs/at_exit.md")]
pub use hooks_macros::at_exit;
/// [at_exit]: macro@at_exit
/// [module]: mod@cleanup
/// [readme]: crate
#[doc = include_str!("../docs/cleanup.md")]
pub use hooks_macros::cleanup;
/// [at_exit]: macro@at_exit
/// [module]: mod@exit
/// [readme]: crate
#[doc = include_str!("../docs/exit_scope.md")]
pub use hooks_macros::exit_scope;
/// [module]: mod@keep_alive
/// [readme]: crate
/// [stacking]: crate::stacking
#[doc = include_str!("../docs/keep_alive.md")]
pub use hooks_macros::keep_alive;
/// [coroutine]: mod@coroutine
/// [module]: mod@labels
/// [readme]: crate
#[doc = include_str!("../docs/labeled.md")]
pub use hooks_macros::labeled;
/// [module]: mod@os_thread
/// [readme]: crate
#[doc = include_str!("../docs/lock_os_thread.md")]
pub use hooks_macros::lock_os_thread;
/// [module]: mod@fault
/// [readme]: crate
#[doc = include_str!("../docs/panic_on_fault.md")]
pub use hooks_macros::panic_on_fault;
/// [module]: mod@trace
/// [readme]: crate
/// [stacking]: crate::stacking
/// [task]: macro@task
#[doc = include_str!("../docs/region.md")]
pub use hooks_macros::region;
/// [by-call]: crate::trace::task()
/// [labeled]: macro@labeled
/// [module]: mod@trace
/// [readme]: crate
/// [region]: macro@region
#[doc = include_str!("../docs/task.md")]
pub use hooks_macros::task;
pub use sites::{Site, sites};

#[cfg(feature = "strict")]
pub mod strict {
    //! Attributes for crates whose reviewers ask for more, each under the name of the one it takes the place of.
    //!
    //! A crate chooses by what it imports, for itself: a feature would be chosen for every crate in the program. That nobody in
    //! it takes the other one, clippy sees: `disallowed-macros = ["hooks_runtime::lock_os_thread"]` in `clippy.toml`.

    /// [`#[lock_os_thread(..)]`](macro@crate::lock_os_thread) that wants a `reason`.
    ///
    /// ```
    /// use hooks_runtime::strict::lock_os_thread;
    ///
    /// #[lock_os_thread(reason = "the driver keeps its handle per thread")]
    /// fn query() {}
    /// # query();
    /// ```
    ///
    /// ```compile_fail
    /// #[hooks_runtime::strict::lock_os_thread] // `reason = ".."` is missing
    /// fn query() {}
    /// ```
    pub use hooks_macros::lock_os_thread_with_reason as lock_os_thread;
}

#[doc = include_str!("../docs/stacking.md")]
#[cfg(doc)]
pub mod stacking {}

#[doc(hidden)]
pub mod __attributes {
    //! Those of `hooks-service`, which exports them.
    pub use hooks_macros::capture;
}

#[doc(hidden)]
pub mod __service {
    //! What `hooks-service` shares with this crate; nothing in here is for people, and any release may change it.
    pub mod flushers {
        //! Flushers that are registered for a while.
        pub use crate::exit::flusher::{Entry, add, remove};
    }
    pub use crate::hook::say;
    pub use crate::labels::entered::leave;
    pub use crate::panics::message;
    #[cfg(unix)]
    pub mod signals {
        //! What a signal does, handlers that call those that they stand in front of, alternate stacks.
        #[cfg(any(target_os = "linux", target_vendor = "apple"))]
        pub use crate::signals::delivery;
        pub use crate::signals::{action, handler, stack};
    }
    pub mod trace {
        //! Spans and events that another crate's instrumentation tells of.
        pub use crate::trace::current::{here, new_id};
        pub use crate::trace::payload::Payload;
        pub use crate::trace::switch::state;
        pub use crate::trace::writer::{record, record_at, record_with};
    }
}

#[doc(hidden)]
pub mod __private {
    //! What expansions call; nothing in here is for people, and any release may change it.

    #[deprecated(
        note = "it needs unwinding, which `panic = \"abort\"` takes away: a fault stays an `Err`, and `exit_task` ends \
                the process"
    )]
    #[inline]
    pub const fn needs_unwinding() {}

    pub use crate::body::{call_once, of_type};
    pub use crate::chain::room::room;
    pub use crate::cleanup::argument::Argument;
    pub use crate::cleanup::background::WhenFull;
    pub use crate::cleanup::guard::{
        RemoveCloneOrItIsClosedTwice, cleanup, cleanup_in_background, guarded, guarded_outcome, not_closed,
        not_closed_in_background,
    };
    pub use crate::exit::ending::{Ended, UnknownStatus};
    pub use crate::exit::flusher::{Entry, failure};
    pub use crate::exit::process::exit_scope_main;
    pub use crate::exit::task::{exit_scope, exit_scope_future, exit_token};
    pub use crate::fault::scope::{panic_on_fault, panic_on_fault_future};
    pub use crate::keep_alive::hold::{
        KeptAlive, another, keep_alive, keep_alive_mut_over_await, keep_alive_mut_owned,
        keep_alive_over_await, keep_alive_owned, moved, still_needed,
    };
    pub use crate::labels::scope::{frame, frame_all, frame_text, labeled_future};
    pub use crate::labels::set::{label, labels};
    pub use crate::os_thread::caller::token;
    pub use crate::os_thread::plan::{carried, lock_os_thread, sent};
    pub use crate::trace::region::{limit, region_begun as region, region_unseen, region_with};
    pub use crate::trace::span::{
        region_future, region_span, region_span_unseen, region_span_with, slow_region_future, task,
        task_future,
    };
    pub use crate::trace::switch::is_on;
    pub use crate::values::cell::{debug, display, text};
    pub use crate::values::value::value;
    pub use inventory::submit;
}
