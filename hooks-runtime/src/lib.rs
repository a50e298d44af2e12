//! Runtime hooks for Rust: the pairs that annotated functions call.

pub mod labels;
pub mod os_thread;
mod sites;

pub use hooks_macros::{labeled, lock_os_thread};
pub use sites::{Site, sites};

#[doc(hidden)]
pub mod __private {
    //! What expansions call; nothing in here is for people, and any release may change it.
    pub use crate::labels::cell::{debug, display, text, value};
    pub use crate::labels::future::labeled_future;
    pub use crate::labels::scope::{scope, text_scope};
    pub use crate::labels::set::{label, labels};
    pub use crate::os_thread::future::token;
    pub use crate::os_thread::plan::lock_os_thread;
    pub use crate::os_thread::sendable::{carried, sent};
}
