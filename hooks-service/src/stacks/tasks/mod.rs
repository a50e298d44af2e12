//! The annotated futures that wait, in groups with equal stacks.
mod group;
mod labels;
mod table;
mod text;
mod watch;

pub use group::{LabelShare, Place, TaskGroup};
pub(super) use table::Table;
pub(super) use watch::is_watched;
pub use watch::watch_tasks;

/// The futures under our attributes that wait, at about one moment. See [`watch_tasks`].
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::stacks;
///
/// stacks::watch_tasks(100_000)?;
/// // .. later, in a service that stalls:
/// let dump = stacks::capture()?;
/// for group in dump.tasks().into_iter().flat_map(|tasks| tasks.groups()) {
///     println!("{} tasks, oldest {:?}, at {}", group.count(), group.oldest(), group.places()[0]);
/// }
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A task is counted where it waits: at the innermost annotated future of it that is pending. One that waits in several
/// branches at once is counted at each.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    pub(super) groups: Vec<TaskGroup>,
    pub(super) ungrouped: u64,
    pub(super) left_out: u32,
}

impl Tasks {
    /// Tasks with equal stacks, the largest group first.
    pub fn groups(&self) -> &[TaskGroup] {
        &self.groups
    }

    /// How many tasks wait at places that are not among the groups, because there were too many different ones.
    pub fn ungrouped(&self) -> u64 {
        self.ungrouped
    }

    /// How many futures are not counted at all, because the table that [`watch_tasks`] made was full when they began to wait.
    pub fn left_out(&self) -> u32 {
        self.left_out
    }

    /// All tasks that wait.
    pub fn total(&self) -> u64 {
        self.groups.iter().fold(self.ungrouped, |total, group| total + group.count)
    }
}
