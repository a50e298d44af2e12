//! The table of futures that wait, and what polls note in it.
//!
//! [`note`] is called at each poll and finds the future's entry; [`registry`] is the table, without locks, of
//! [`node`](node::Node)s whose numbers [`free_list`] has when they are not in use. A dump reads it by [`crate::tasks::observe`].
//!
//! In: each poll and each drop of an annotated future (`note`), and the clock that a dump has advanced.
//! Out: a `node` for each future that waits, in the table that `registry` keeps without locks; its number goes back to
//! the `free_list`. What a future's entry points to outlives it while somebody is `reading`. `models` runs all that with
//! loom's atomics, which `crate::shared` chooses.

mod free_list;
#[cfg(all(test, loom))]
mod models;
pub(crate) mod node;
pub(crate) mod note;
pub(crate) mod reading;
pub(crate) mod registry;
