//! The annotated futures that wait.
//!
//! In: each frame that waits, as the table of hooks-runtime has it, without an allocation (`table`). Out: groups of equal stacks
//! with how many, for how long and under which labels (`group`, `labels`), written as `text`. `watch` has hooks-runtime keep that
//! table.

mod group;
mod labels;
mod table;
mod text;
mod watch;

pub use group::{LabelShare, Place, TaskGroup, Tasks};
pub(super) use table::Table;
pub(super) use watch::{is_watched, watch};
