//! Events as a recorder finds them.

mod core;
mod recorder;
