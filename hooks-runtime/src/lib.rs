//! Runtime hooks for Rust: the pairs that annotated functions call.

pub mod labels;
mod sites;

pub use hooks_macros::labeled;
pub use sites::{Site, sites};

#[doc(hidden)]
pub mod __private {
    //! What expansions call; nothing in here is for people, and any release may change it.
    pub use crate::labels::cell::{debug, display, text, value};
    pub use crate::labels::future::labeled_future;
    pub use crate::labels::scope::{scope, text_scope, value_scope};
    pub use crate::labels::set::{label, labels};
}
