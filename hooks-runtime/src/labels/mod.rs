//! Labels: what a piece of work is, readable by every observer.
pub mod observe;
