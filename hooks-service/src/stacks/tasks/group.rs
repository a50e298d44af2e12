//! Tasks with equal stacks.

use super::labels::Counts;
use crate::label::Label;
use hooks_runtime::Site;
use hooks_runtime::tasks::observe::Waiting;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// Most futures of a task that are shown, from the innermost on.
pub(super) const DEEPEST: usize = 16;
/// Labels of less than this part of a group are not shown.
const LEAST_SHARE: u64 = 20;

/// The futures under our attributes that wait, at about one moment. See [`watch_tasks`](crate::stacks::watch_tasks).
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

    /// How many futures are not counted at all, because the table that [`watch_tasks`](crate::stacks::watch_tasks) made was full when they began to wait.
    pub fn left_out(&self) -> u32 {
        self.left_out
    }

    /// All tasks that wait.
    pub fn total(&self) -> u64 {
        self.groups.iter().fold(self.ungrouped, |total, group| total + group.count)
    }
}

/// Tasks that wait at one place, in the same futures.
#[derive(Clone, Debug)]
pub struct TaskGroup {
    pub(super) count: u64,
    pub(super) running: u64,
    pub(super) oldest: Duration,
    pub(super) places: Vec<Place>,
    pub(super) cut: bool,
    pub(super) labels: Vec<LabelShare>,
}

/// Where an annotated future is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A fn with an attribute.
    Site(Site),
    /// A call of [`watched`](hooks_runtime::tasks::watched).
    Line(&'static Location<'static>),
    /// A future that was given a set of labels, by a spawn helper for one.
    Labels,
}

/// A label and how many of a group's tasks have it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelShare {
    /// The label.
    pub label: Label,
    /// How many tasks have it, at least: where a group has very many different labels, some are missed.
    pub count: u64,
}

impl TaskGroup {
    /// How many tasks there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many of them were being polled at that moment.
    pub fn running(&self) -> u64 {
        self.running
    }

    /// For how long the one that waits longest has not run, in steps of a tenth of a second.
    pub fn oldest(&self) -> Duration {
        self.oldest
    }

    /// The annotated futures, innermost first, at most 16; see [`is_cut`](Self::is_cut).
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Whether some of the tasks have more futures further out.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Labels that 5 % of the tasks have or more, the most frequent first.
    pub fn labels(&self) -> &[LabelShare] {
        &self.labels
    }
}

impl Place {
    fn of(waiting: &Waiting) -> Self {
        match (waiting.site(), waiting.location()) {
            (Some(site), _) => Place::Site(site),
            (None, Some(line)) => Place::Line(line),
            (None, None) => Place::Labels,
        }
    }

    /// Source file and line, where there are any.
    pub fn line(&self) -> Option<(&'static str, u32)> {
        match self {
            Place::Site(site) => Some((site.file(), site.line())),
            Place::Line(line) => Some((line.file(), line.line())),
            Place::Labels => None,
        }
    }
}

/// The fn, or what stands for it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Site(site) => site.function(),
            Place::Line(_) => "watched",
            Place::Labels => "(labels)",
        })
    }
}

/// A group while tasks are counted: of fixed size.
#[derive(Clone, Copy)]
pub(super) struct GroupCount {
    /// What tells its stack from others, 0: no group yet.
    pub(super) key: u64,
    count: u64,
    running: u64,
    oldest: Duration,
    places: [Place; DEEPEST],
    depth: usize,
    cut: bool,
    labels: Counts,
}

impl Default for GroupCount {
    fn default() -> Self {
        Self {
            key: 0,
            count: 0,
            running: 0,
            oldest: Duration::ZERO,
            places: [Place::Labels; DEEPEST],
            depth: 0,
            cut: false,
            labels: Counts::default(),
        }
    }
}

impl GroupCount {
    /// A group of tasks with this stack, innermost first, of which there is none yet.
    pub(super) fn begin<'w>(&mut self, key: u64, stack: impl Iterator<Item = &'w Waiting>) {
        *self = Self { key, ..Self::default() };
        for (place, waiting) in self.places.iter_mut().zip(stack) {
            *place = Place::of(waiting);
            self.depth += 1;
        }
    }

    /// One task more. `cut`: it has more futures than the stack.
    pub(super) fn add<'w>(&mut self, stack: &(impl Iterator<Item = &'w Waiting> + Clone), cut: bool) {
        self.cut |= cut;
        let waits = stack.clone().next().and_then(Waiting::waits);
        self.count += 1;
        self.running += u64::from(waits.is_none());
        self.oldest = self.oldest.max(waits.unwrap_or_default());
        for (depth, waiting) in stack.clone().enumerate() {
            waiting.labels(&mut |key, value| {
                if !shadowed(key, stack.clone().take(depth)) {
                    self.labels.add(key, value);
                }
            });
        }
    }

    pub(super) fn group(&self) -> TaskGroup {
        let labels = self.labels.frequent(self.count.div_ceil(LEAST_SHARE));
        TaskGroup {
            count: self.count,
            running: self.running,
            oldest: self.oldest,
            places: self.places[..self.depth].to_vec(),
            cut: self.cut,
            labels: labels.into_iter().map(|(label, count)| LabelShare { label, count }).collect(),
        }
    }
}

/// Whether a future further in has a label of this key.
fn shadowed<'w>(key: &str, mut inner: impl Iterator<Item = &'w Waiting>) -> bool {
    inner.any(|waiting| {
        let mut found = false;
        waiting.labels(&mut |other, _| found |= other == key);
        found
    })
}
