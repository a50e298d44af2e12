//! The annotated futures that wait, in groups with equal stacks.
mod group;
mod labels;
mod table;
mod text;
mod watch;

pub use group::{LabelShare, Place, TaskGroup, Tasks};
pub(super) use table::Table;
pub(super) use watch::{is_watched, watch};
